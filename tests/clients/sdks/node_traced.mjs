// Traces an application by an installed LangSmith SDK for Node.js, and evaluates it, as its users do:
// `node node_traced.mjs FOLDER`, where FOLDER/node_modules has the SDK. What is traced, and printed, is
// as in `python_traced.py`.

import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const require = createRequire(`${process.argv[2]}/`);
const { Client } = require('langsmith');
const { evaluate } = require('langsmith/evaluation');
const { getCurrentRunTree, traceable } = require('langsmith/traceable');

const [PROJECT, DATASET, TURNS, EXAMPLES, FAILING] = ['application', 'questions', 12, 20, 7];
const log = [];
const warnings = [];
for (const level of ['warn', 'error']) {
  console[level] = (...words) => log.push(words.map(String).join(' '));
}
process.removeAllListeners('warning');
process.on('warning', (warning) => warnings.push(`${warning.name}: ${warning.message}`));
console.log = () => {}; // where evaluate() says what it does

const client = new Client();

/** A model's call, of which even ones tell their usage twice. */
const model = traceable(
  async (number) => {
    await sleep(21); // a timer may be up to a millisecond early
    if (number === FAILING) throw new Error('no answer');
    const usage = {
      input_tokens: 100 + number,
      output_tokens: 10,
      total_tokens: 110 + number,
      input_token_details: { cache_read: 4 },
      input_cost: 0.001,
      output_cost: 0.0005,
      total_cost: 0.0015,
    };
    if (number % 2) return { text: `answer ${number}`, usage_metadata: usage };
    const run = getCurrentRunTree();
    run.metadata = { ...run.metadata, usage_metadata: usage };
    return { text: `answer ${number}`, ...(number % 4 ? { usage_metadata: usage } : {}) };
  },
  { run_type: 'llm', name: 'model', tags: ['small'] },
);
const search = traceable(async (number) => (await model(number)).text, { run_type: 'tool', name: 'search' });

/** Trace turns of three threads; return the ids of their runs. */
async function conversations() {
  const turns = [];
  for (let number = 0; number < TURNS; number += 1) {
    const turn = traceable((each) => search(each), {
      name: 'turn',
      project_name: PROJECT,
      client,
      metadata: { thread_id: `thread ${number % 3}` },
      on_end: (run) => turns.push(run.id),
    });
    try {
      await turn(number);
    } catch (error) {
      if (number !== FAILING) throw error;
    }
  }
  for (const [number, id] of turns.entries()) {
    await client.createFeedback(id, 'helpful', { score: number % 2, traceId: id });
  }
  return turns;
}

/**
 * Evaluate over a new dataset, and share it; return the ids of it and of the experiment, and the token.
 * Every fourth answer is wrong.
 */
async function evaluation() {
  const numbers = Array.from({ length: EXAMPLES }, (_, number) => number);
  const dataset = await client.createDataset(DATASET);
  await client.createExamples({
    datasetId: dataset.id,
    inputs: numbers.map((number) => ({ number })),
    outputs: numbers.map((number) => ({ answer: `answer ${number + 100}` })),
    metadata: numbers.map((number) => ({ topic: number % 2 ? 'odd' : 'even' })),
  });
  const answered = async ({ number }) => {
    const { text } = await model(number + 100);
    return { answer: number % 4 ? text : 'none' };
  };
  const found = await evaluate(answered, {
    data: DATASET,
    evaluators: [({ run, example }) => ({ key: 'exact', score: run.outputs.answer === example.outputs.answer })],
    summaryEvaluators: [({ runs, examples }) => ({ key: 'answers', score: runs.length / examples.length })],
    experimentPrefix: 'first',
    client,
  });
  if (found.results.length !== EXAMPLES) throw new Error(`${found.results.length} results`);
  for await (const experiment of client.listProjects({ referenceDatasetId: dataset.id })) {
    const { share_token: token } = await client.shareDataset(dataset.id);
    return { dataset: dataset.id, experiment: experiment.id, token };
  }
  throw new Error('no experiment');
}

const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const made = await evaluation();
made.turns = await conversations();
await client.flush();
await client.awaitPendingTraceBatches();
print({ ...made, flushed: Date.now() / 1000 });
client.cleanup();
print({ log, warnings });
