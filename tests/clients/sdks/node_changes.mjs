// What is called of the LangSmith SDK for Node.js to write, as `python_changes.py` has it for Python:
// each call also reads back what it wrote, and returns that. The server is as new before each.

import { randomUUID } from 'node:crypto';

/** What is read when it is written, with what the writing has returned. */
const after = (write, read) => async (c, a) => {
  const made = await write(c, a);
  await c.flush();
  await c.awaitPendingTraceBatches();
  return read(c, a, made);
};

const all = async (pages) => {
  const items = [];
  for await (const item of pages) items.push(item);
  return items;
};

/** Whether nothing is there to be read. */
async function gone(reading) {
  try {
    await reading;
  } catch (error) {
    if (error.status !== 404 && !/404|not found/i.test(error.message)) throw error;
    return 'gone';
  }
  return 'there';
}

/** A root run as callers of createRun describe one that they give an id. */
function run() {
  const id = randomUUID();
  const start = new Date().toISOString();
  const part = `${start.replace(/[-:.Z]/g, '')}000Z${id}`;
  const inputs = { question: 'Where?' };
  return { id, trace_id: id, dotted_order: part, name: 'turn', run_type: 'chain', inputs, start_time: start };
}

/** A run that is sent so, as it is read. */
const newRun = (send) => (c, a) => {
  const sent = run();
  return after(() => send(c, sent), () => c.readRun(sent.id))(c, a);
};

const scored = { score: 0.25, comment: 'ours' };
const example = (a) => ({ dataset_id: a.dataset, inputs: { q: 1 }, outputs: { a: 2 } });
const change = (a) => ({ id: a.example, dataset_id: a.dataset, outputs: { a: 2 }, split: 'ours' });
const read = (c, _, made) => c.readExample(made.id);
const readChanged = (c, a) => c.readExample(a.example);
const readGone = (c, a) => gone(c.readExample(a.example));
const readIds = (c, a, made) => all(c.listExamples({ datasetId: a.dataset, exampleIds: made.example_ids }));
const readAll = (c, a, made) => readIds(c, a, { example_ids: made.map(({ id }) => id) });
const share = (c, a) => c.runs.share.create(a.child, { session_id: a.project, trace_id: a.trace });
const csv = () => new Blob(['q,a\n1,2\n3,4\n']);

export const CHANGES = [
  ['createRun', 'new run', newRun((c, sent) => c.createRun(sent))],
  [
    'updateRun',
    'run with new outputs',
    after(
      (c, a) => c.updateRun(a.run, { outputs: { answer: 'new' }, end_time: a.now }),
      (c, a) => c.readRun(a.run),
    ),
  ],
  ['batchIngestRuns', 'new run', newRun((c, sent) => c.batchIngestRuns({ runCreates: [sent] }))],
  ['multipartIngestRuns', 'new run', newRun((c, sent) => c.multipartIngestRuns({ runCreates: [sent] }))],
  ['shareRun', 'shared', after((c, a) => c.shareRun(a.run), async (c, a) => Boolean(await c.readRunSharedLink(a.run)))],
  [
    'unshareRun',
    'not shared',
    after((c, a) => c.unshareRun(a.shared_run), async (c, a) => Boolean(await c.readRunSharedLink(a.shared_run))),
  ],
  [
    'createProject',
    'new project',
    after(
      (c) => c.createProject({ projectName: 'new', description: 'ours' }),
      (c) => c.readProject({ projectName: 'new' }),
    ),
  ],
  [
    'updateProject',
    'project with new description',
    after(
      (c, a) => c.updateProject(a.project, { description: 'ours' }),
      (c, a) => c.readProject({ projectId: a.project }),
    ),
  ],
  [
    'deleteProject',
    'gone',
    after(
      (c, a) => c.deleteProject({ projectId: a.project }),
      (c, a) => gone(c.readProject({ projectId: a.project })),
    ),
  ],
  [
    'createFeedback',
    'new feedback',
    after((c, a) => c.createFeedback(a.run, 'quality', { ...scored, sessionId: a.project }), (c, _, made) => c.readFeedback(made.id)),
  ],
  [
    'createFeedback',
    'new feedback of the run',
    after(
      (c, a) => c.createFeedback(a.run, 'quality', { ...scored, traceId: a.trace, sessionId: a.project }),
      (c, a) => all(c.listFeedback({ runIds: [a.run], feedbackKeys: ['quality'] })),
    ),
  ],
  [
    'logEvaluationFeedback',
    'rating of the run',
    after(
      async (c, a) => c.logEvaluationFeedback({ key: 'rated', score: 0.5 }, await c.readRun(a.run)),
      (c, a) => all(c.listFeedback({ runIds: [a.run], feedbackKeys: ['rated'] })),
    ),
  ],
  [
    'updateFeedback',
    'changed feedback',
    after((c, a) => c.updateFeedback(a.feedback, scored), (c, a) => c.readFeedback(a.feedback)),
  ],
  [
    'deleteFeedback',
    'gone',
    after((c, a) => c.deleteFeedback(a.feedback), (c, a) => gone(c.readFeedback(a.feedback))),
  ],
  [
    'createDataset',
    'new dataset',
    after(
      (c) => c.createDataset('new', { description: 'ours' }),
      (c) => c.readDataset({ datasetName: 'new' }),
    ),
  ],
  [
    'updateDataset',
    'dataset with new description',
    after(
      (c, a) => c.updateDataset({ datasetId: a.dataset, description: 'ours' }),
      (c, a) => c.readDataset({ datasetId: a.dataset }),
    ),
  ],
  [
    'deleteDataset',
    'gone',
    after(
      (c, a) => c.deleteDataset({ datasetId: a.dataset }),
      (c, a) => gone(c.readDataset({ datasetId: a.dataset })),
    ),
  ],
  [
    'shareDataset',
    'public examples of it',
    after(
      async (c) => {
        const { id } = await c.createDataset('new');
        await c.createExample(example({ dataset: id }));
        return c.shareDataset(id);
      },
      (c, _, made) => c.listSharedExamples(made.share_token),
    ),
  ],
  [
    'unshareDataset',
    'gone',
    after((c, a) => c.unshareDataset(a.dataset), (c, a) => gone(c.readSharedDataset(a.token))),
  ],
  [
    'clonePublicDataset',
    'as many examples',
    after(
      (c, a) => c.clonePublicDataset(a.token, { datasetName: 'copy' }),
      async (c) => (await all(c.listExamples({ datasetName: 'copy' }))).length,
    ),
  ],
  ['createExample', 'new example', after((c, a) => c.createExample(example(a)), read)],
  ['createExamples', 'new examples', after((c, a) => c.createExamples([example(a), example(a)]), readAll)],
  [
    'uploadExamplesMultipart',
    'new examples',
    after((c, a) => c.uploadExamplesMultipart(a.dataset, [example(a), example(a)]), readIds),
  ],
  [
    'createChatExample',
    'new chat example',
    after(
      (c, a) =>
        c.createChatExample(
          [{ type: 'human', data: { content: 'Where?' } }],
          { type: 'ai', data: { content: 'There.' } },
          { datasetId: a.dataset },
        ),
      read,
    ),
  ],
  [
    'createLLMExample',
    'new text example',
    after((c, a) => c.createLLMExample('Where?', 'There.', { datasetId: a.dataset }), read),
  ],
  ['updateExample', 'changed example', after((c, a) => c.updateExample(change(a)), readChanged)],
  ['updateExamples', 'changed example', after((c, a) => c.updateExamples([change(a)]), readChanged)],
  [
    'updateExamplesMultipart',
    'changed example',
    after((c, a) => c.updateExamplesMultipart(a.dataset, [change(a)]), readChanged),
  ],
  ['deleteExample', 'gone', after((c, a) => c.deleteExample(a.example), readGone)],
  ['deleteExamples', 'gone', after((c, a) => c.deleteExamples([a.example]), readGone)],
  ['deleteExamples', 'gone', after((c, a) => c.deleteExamples([a.example], { hardDelete: true }), readGone)],
  [
    'updateDatasetSplits',
    'examples of the new split',
    after(
      (c, a) => c.updateDatasetSplits({ datasetId: a.dataset, splitName: 'ours', exampleIds: [a.example] }),
      (c, a) => all(c.listExamples({ datasetId: a.dataset, splits: ['ours'] })),
    ),
  ],
  [
    'uploadCsv',
    'examples of the file',
    after(
      (c) =>
        c.uploadCsv({ csvFile: csv(), fileName: 'new.csv', inputKeys: ['q'], outputKeys: ['a'], name: 'new' }),
      async (c, _, made) =>
        (await all(c.listExamples({ datasetId: made.id }))).sort((one, other) => one.inputs.q - other.inputs.q),
    ),
  ],
  [
    'datasets.examples.updateMetadata',
    'changes of two examples',
    (c, a) =>
      c.datasets.examples.updateMetadata(a.dataset, {
        example_ids: [a.example, a.run],
        operations: [{ key: 'ours', operation: 'SET', value: 1 }],
      }),
  ],
  [
    'datasets.examples.delete',
    'gone',
    after((c, a) => c.datasets.examples.delete(a.example, { dataset_id: a.dataset }), readGone),
  ],
  [
    'runs.share.create',
    'ids of the shared trace',
    after(share, (c, _, made) => c.public.runs.query(made.share_token, {})),
  ],
  [
    'runs.share.delete',
    'gone',
    after(share, async (c, a, made) => {
      await c.runs.share.delete(a.trace, { session_id: a.project });
      return gone(c.public.runs.query(made.share_token, {}));
    }),
  ],
  ['sessions.create', 'new project', (c) => c.sessions.create({ name: 'new', description: 'ours' })],
  [
    'sessions.update',
    'project with new description',
    (c, a) => c.sessions.update(a.project, { description: 'ours' }),
  ],
  [
    'sessions.delete',
    'projects without it',
    after((c, a) => c.sessions.delete(a.project), (c) => all(c.sessions.listV2({ page_size: 100 }))),
  ],
];
