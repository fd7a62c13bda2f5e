// Names the public methods of an installed LangSmith SDK for Node.js, those of its generated client by
// their resources: `Client.listRuns`, `Client.threads.stats`. `node node_methods.mjs FOLDER` prints
// them as a JSON list.

import { createRequire } from 'node:module';

const { Client, Langsmith } = createRequire(`${process.argv[2]}/`)('langsmith');

/** The names of a prototype's functions: getters are no calls. */
function functionsOf(prototype) {
  return Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([name, { value }]) => typeof value === 'function' && name !== 'constructor' && !/^_/.test(name))
    .map(([name]) => name);
}

/** The methods of a resource and of those in it, each with the resources on its way. */
function* methodsOf(resource, path) {
  for (const name of functionsOf(Object.getPrototypeOf(resource))) yield `${path}.${name}`;
  for (const [name, below] of Object.entries(resource)) {
    if (name !== '_client' && typeof below === 'object') yield* methodsOf(below, `${path}.${name}`);
  }
}

function* generated(client, path) {
  for (const [name, value] of Object.entries(client)) {
    if (value?._client !== undefined) yield* methodsOf(value, `${path}.${name}`);
  }
}

// What of the generated client's resources the handwritten one has is named as it is reached there.
const client = new Client({ apiKey: 'none' });
const all = [...generated(new Langsmith({ apiKey: 'none' }), 'Langsmith')];
const getters = Object.entries(Object.getOwnPropertyDescriptors(Client.prototype)).filter(([, { get }]) => get);
const reached = getters.flatMap(([name]) => {
  const resource = client[name];
  return resource?._client === undefined ? [] : [...methodsOf(resource, `Client.${name}`)];
});
const own = functionsOf(Client.prototype).map((name) => `Client.${name}`);
process.stdout.write(JSON.stringify([...new Set([...own, ...reached, ...all])].sort()));
