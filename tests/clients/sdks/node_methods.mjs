// Names the public methods of an installed LangSmith SDK for Node.js, those of its generated client by
// their resources: `Client.listRuns`, `Client.threads.stats`. `node node_methods.mjs FOLDER` prints
// them as a JSON list.

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

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

/** The methods of the resources that are these properties of a client. */
function* resourcesOf(client, names, path) {
  for (const name of names) {
    if (client[name]?._client !== undefined) yield* methodsOf(client[name], `${path}.${name}`);
  }
}

/** The names of all methods. Of the generated client's resources the handwritten one has most too. */
export function methods({ Client, Langsmith }) {
  const client = new Client({ apiKey: 'none' });
  const generated = new Langsmith({ apiKey: 'none' });
  const getters = Object.entries(Object.getOwnPropertyDescriptors(Client.prototype)).filter(([, { get }]) => get);
  const names = [
    ...functionsOf(Client.prototype).map((name) => `Client.${name}`),
    ...resourcesOf(client, getters.map(([name]) => name), 'Client'),
    ...resourcesOf(generated, Object.keys(generated), 'Langsmith'),
  ];
  return [...new Set(names)].sort();
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.stdout.write(JSON.stringify(methods(createRequire(`${process.argv[2]}/`)('langsmith'))));
}
