// Writes runs by an installed LangSmith SDK for Node.js as its users do: `node node_writes.mjs
// FOLDER`, where FOLDER/node_modules has the SDK. What is written, and printed, is as in
// `python_writes.py`.

import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';

const require = createRequire(`${process.argv[2]}/`);
const { Client, RunTree } = require('langsmith');

const client = new Client();
const TEXT = 'größer als 1 €, 😀';
const NOW = new Date().toISOString();
const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);

const root = new RunTree({
  name: 'root',
  run_type: 'chain',
  inputs: { q: TEXT },
  extra: { metadata: { thread_id: 'a', usage_metadata: { input_tokens: 1 } } },
  attachments: {
    note: ['text/plain', new TextEncoder().encode(TEXT)],
    image: { mimeType: 'image/png', data: bytes },
  },
  client,
});
await root.postRun();
const llm = root.createChild({
  name: 'llm',
  run_type: 'llm',
  inputs: { messages: [TEXT] },
  tags: ['x'],
});
await llm.postRun();
llm.addEvent({ name: 'new_token', time: NOW });
await llm.end({ usage_metadata: { input_tokens: 1, output_tokens: 2 } });
await llm.patchRun();
const tool = root.createChild({ name: 'tool', run_type: 'tool', inputs: {} });
await tool.postRun();
await tool.end(undefined, TEXT);
await tool.patchRun();
await root.end({ a: [1, 2.5, null, true] });
await root.patchRun();
await client.createFeedback(root.id, 'k', { score: 0.5, traceId: root.trace_id, comment: TEXT });

const alone = randomUUID();
await client.createRun({
  id: alone,
  name: 'alone',
  run_type: 'tool',
  inputs: { a: 1 },
  start_time: NOW,
});
await client.updateRun(alone, { outputs: { b: 2 }, end_time: NOW });
await client.flush();
await client.awaitPendingTraceBatches();
client.cleanup();

console.log(JSON.stringify({ root: root.id, llm: llm.id, tool: tool.id, alone }));
