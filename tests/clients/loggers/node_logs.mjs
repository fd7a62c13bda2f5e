// Logs calls by the installed @helicone/helpers as its users do: `node node_logs.mjs FOLDER`, where
// FOLDER/node_modules has it, with the server's address in LOCUM_URL and a key in LANGSMITH_API_KEY.
// Prints a JSON line: what it complains of. The id of each call is that of its place.

import { createRequire } from 'node:module';

const require = createRequire(`${process.argv[2]}/`);
const { HeliconeManualLogger } = require('@helicone/helpers');

const complaints = [];
console.error = (...told) => complaints.push(told.map(String).join(' '));

const url = process.env.LOCUM_URL;
const apiKey = process.env.LANGSMITH_API_KEY;
const headers = { 'Helicone-Property-Client': 'npm', 'Helicone-Session-Id': 'npm-1' };
const id = (place) => ({ 'Helicone-Request-Id': `6f1c000${place}-3a2b-4c5d-8e6f-7a8b9c0d1e2f` });
const asked = { model: 'pebble-7b', messages: [{ role: 'user', content: 'Which pier? ä€' }] };
const usage = { prompt_tokens: 18, completion_tokens: 5 };
const said = { model: 'pebble-7b-0926', choices: [], usage };
const stream = () => {
  const chunk = { ...said, object: 'chat.completion.chunk' };
  return new Blob([`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`]).stream();
};

const answered = async (recorder) => {
  recorder.appendResults(said);
  return 'returned';
};
// The addresses that the documentation names, and the server's own.
for (const [at, path] of ['', '/custom/v1/log', '/v1/trace/custom/log'].entries()) {
  const logger = new HeliconeManualLogger({ apiKey, headers, loggingEndpoint: url + path });
  for (const [by, provider] of [undefined, 'openai', 'anthropic'].entries()) {
    const place = 1 + 3 * at + by;
    const returned = await logger.logRequest(asked, answered, id(place), provider);
    if (returned !== 'returned') complaints.push(`${place}: ${returned}`);
  }
}
const logger = new HeliconeManualLogger({ apiKey, headers, loggingEndpoint: url });
await logger.logSingleRequest(asked, JSON.stringify(said), {
  additionalHeaders: id('a'),
  latencyMs: 1500,
});
const streamed = { ...asked, stream: true };
await logger.logSingleStream(streamed, stream(), id('b'));
await logger.logStream(streamed, async (recorder) => recorder.attachStream(stream()), id('c'));
const builder = logger.logBuilder(asked, id('d'));
builder.setError(new Error('upstream refused'));
await builder.sendLog();
const tool = { _type: 'tool', toolName: 'tide_table', input: { port: 'Mossbay' } };
await logger.logRequest(tool, answered, id('e'));

console.log(JSON.stringify(complaints));
