// Calls the methods of an installed LangSmith SDK for Node.js, one after the other, as its users do:
// `node node_probes.mjs FOLDER < asked.json`, where FOLDER/node_modules has the SDK. It prints the
// lines of `python_probes.py`; what it is told is the same.

import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';

import { CALLS } from './node_calls.mjs';
import { methods } from './node_methods.mjs';

const SERVER = process.env.LOCUM_URL;
const LONGEST = 30; // seconds of a call; one that is retried again and again is given up then

const sdk = createRequire(`${process.argv[2]}/`)('langsmith');
const { Client, Langsmith } = sdk;

let heard = [];
let warned = [];
for (const level of ['warn', 'error']) {
  console[level] = (...words) => heard.push(words.map(String).join(' '));
}
process.removeAllListeners('warning');
process.on('warning', (warning) => warned.push(`${warning.name}: ${warning.message}`));

/** A new client. The generated one takes no address from LANGSMITH_ENDPOINT. */
function clientOf(kind) {
  return kind === 'Client' ? new Client() : new Langsmith({ baseURL: SERVER });
}

/** The value: a list where it comes by and by or in pages. */
async function settled(value) {
  if (value?.[Symbol.asyncIterator] === undefined) {
    const found = await value;
    return found?.[Symbol.asyncIterator] === undefined ? found : settled(found);
  }
  const items = [];
  for await (const item of value) items.push(item);
  return items;
}

async function answered(kind, call, asked) {
  const client = clientOf(kind);
  try {
    return await settled(call(client, asked));
  } finally {
    if (kind === 'Client') {
      await client.flush();
      await client.awaitPendingTraceBatches();
      await client._getServerInfoPromise;
      client.cleanup();
    }
  }
}

function typeOf(value) {
  if (Array.isArray(value)) return value.length ? `list of ${typeOf(value[0])}` : 'list';
  return value === null || value === undefined ? 'NoneType' : typeof value;
}

async function requestsOfThisCall() {
  const { requests } = await (await fetch(`${SERVER}/__locum/journal`)).json();
  await fetch(`${SERVER}/__locum/reset`, { method: 'POST' });
  return requests.map(({ method, path, operation, status, reason }) => ({ method, path, operation, status, reason }));
}

async function probed(kind, call, asked) {
  heard = [];
  warned = [];
  let value = null;
  let error = null;
  let timer;
  const began = performance.now();
  const tooLong = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`TooLong: not done after ${LONGEST} s`)), LONGEST * 1000);
  });
  try {
    value = (await Promise.race([answered(kind, call, asked), tooLong])) ?? null;
  } catch (raised) {
    error = `${raised?.name}: ${raised?.message}`;
  }
  clearTimeout(timer);
  const seconds = (performance.now() - began) / 1000;
  const requests = await requestsOfThisCall();
  return { seconds, type: typeOf(value), value, error, requests, log: heard, warnings: [...new Set(warned)].sort() };
}

process.stdout.write(`${JSON.stringify(methods(sdk))}\n`);
const asked = JSON.parse(await text(process.stdin));
await requestsOfThisCall();
for (const [client, probes] of Object.entries(CALLS)) {
  for (const [method, expected, call] of probes) {
    if (asked.only && !asked.only.includes(method)) continue;
    const told = await probed(client, call, asked);
    process.stdout.write(`${JSON.stringify({ client, method, expected, ...told })}\n`);
  }
}
