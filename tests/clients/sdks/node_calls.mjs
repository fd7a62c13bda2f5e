// What is called of the LangSmith SDK for Node.js, as `python_calls.py` has it for Python: each is
// [method, what is expected, the call of a client with the ids of `asked.py`].

import { CHANGES } from './node_changes.mjs';

const ALL_RUN = [
  'ID', 'NAME', 'RUN_TYPE', 'STATUS', 'START_TIME', 'END_TIME', 'LATENCY_SECONDS', 'FIRST_TOKEN_TIME',
  'ERROR', 'ERROR_PREVIEW', 'METADATA', 'INPUTS', 'OUTPUTS', 'PARENT_RUN_IDS', 'PROJECT_ID', 'TRACE_ID',
  'THREAD_ID', 'DOTTED_ORDER', 'IS_ROOT', 'REFERENCE_EXAMPLE_ID', 'REFERENCE_DATASET_ID', 'TOTAL_TOKENS',
  'PROMPT_TOKENS', 'COMPLETION_TOKENS', 'TOTAL_COST', 'PROMPT_COST', 'COMPLETION_COST', 'TAGS',
  'PROMPT_TOKEN_DETAILS', 'COMPLETION_TOKEN_DETAILS', 'PROMPT_COST_DETAILS', 'COMPLETION_COST_DETAILS',
  'IS_IN_DATASET', 'FEEDBACK_STATS',
];
const HIDDEN = ['INPUTS', 'OUTPUTS', 'REFERENCE_EXAMPLE_ID', 'IS_IN_DATASET']; // from who has but a token
const PUBLIC = ALL_RUN.filter((name) => !HIDDEN.includes(name));
const ALL_TRACE = [
  'THREAD_ID', 'TRACE_ID', 'PROMPT_TOKENS', 'COMPLETION_TOKENS', 'TOTAL_TOKENS', 'START_TIME', 'END_TIME',
  'LATENCY', 'FIRST_TOKEN_TIME', 'PROMPT_COST', 'COMPLETION_COST', 'TOTAL_COST', 'PROMPT_TOKEN_DETAILS',
  'COMPLETION_TOKEN_DETAILS', 'PROMPT_COST_DETAILS', 'COMPLETION_COST_DETAILS', 'NAME',
];
const ALL_THREAD_STATS = [
  'TURNS', 'FIRST_START_TIME', 'LAST_START_TIME', 'LAST_END_TIME', 'LATENCY_P50', 'LATENCY_P99',
  'PROMPT_TOKENS', 'PROMPT_COST', 'COMPLETION_TOKENS', 'COMPLETION_COST', 'TOTAL_TOKENS', 'TOTAL_COST',
  'PROMPT_TOKEN_DETAILS', 'COMPLETION_TOKEN_DETAILS', 'PROMPT_COST_DETAILS', 'COMPLETION_COST_DETAILS',
];
const ALL_THREADS_STATS = [
  'THREAD_COUNT', 'TRACE_COUNT', 'TOTAL_TOKENS', 'TOTAL_COST', 'ERROR_RATE', 'STREAMING_RATE', 'LATENCY_P50',
  'LATENCY_P99', 'MEDIAN_TOKENS', 'FIRST_TOKEN_P50', 'FIRST_TOKEN_P99', 'PROMPT_TOKENS', 'COMPLETION_TOKENS',
  'PROMPT_COST', 'COMPLETION_COST', 'PROMPT_TOKEN_DETAILS', 'COMPLETION_TOKEN_DETAILS', 'PROMPT_COST_DETAILS',
  'COMPLETION_COST_DETAILS',
];

const window = (a) => ({ min_start_time: a.first, max_start_time: a.now });

const CLIENT = [
  ['readRun', 'run', (c, a) => c.readRun(a.run)],
  ['readRun', 'run with children', (c, a) => c.readRun(a.run, { loadChildRuns: true })],
  ['getRunUrl', 'url', (c, a) => c.readRun(a.run).then((run) => c.getRunUrl({ run }))],
  ['getRunUrl', 'url by the run\'s path', (c, a) => c.getRunUrl({ runId: a.run })],
  ['listRuns', 'runs of the project', (c, a) => c.listRuns({ projectId: a.project })],
  ['listRuns', 'root runs of the project', (c, a) => c.listRuns({ projectName: a.project_name, isRoot: true })],
  ['listRuns', 'runs of the trace', (c, a) => c.listRuns({ traceId: a.trace })],
  ['listRuns', 'runs by id', (c, a) => c.listRuns({ id: [a.child, a.run] })],
  ['listRuns', 'children of the run', (c, a) => c.listRuns({ parentRunId: a.run })],
  ['listRuns', 'runs on the example', (c, a) => c.listRuns({ referenceExampleId: [a.example] })],
  [
    'listRuns',
    'three model calls',
    (c, a) =>
      c.listRuns({ projectId: a.project, filter: 'eq(run_type, "llm")', startTime: new Date(a.middle), limit: 3 }),
  ],
  [
    'listRuns',
    'failed runs, oldest first',
    (c, a) => c.listRuns({ projectId: a.project, error: true, order: 'asc' }),
  ],
  [
    'listRuns',
    'selected fields',
    (c, a) =>
      c.listRuns({ projectId: a.project, isRoot: true, select: ['inputs', 'total_cost', 'feedback_stats'] }),
  ],
  [
    'listGroupRuns',
    'threads by groups',
    (c, a) => c.listGroupRuns({ projectId: a.project, groupBy: 'conversation', limit: 4 }),
  ],
  ['readThread', 'runs of the thread', (c, a) => c.readThread({ threadId: a.thread, projectId: a.project })],
  [
    'listThreads',
    'threads by runs',
    (c, a) => c.listThreads({ projectId: a.project, startTime: new Date(a.first) }),
  ],
  ['getRunStats', 'statistics', (c, a) => c.getRunStats({ projectIds: [a.project] })],
  [
    'getRunStats',
    'statistics of root runs',
    (c, a) => c.getRunStats({ projectNames: [a.project_name], isRoot: true }),
  ],
  ['readRunSharedLink', 'no link', (c, a) => c.readRunSharedLink(a.run)],
  ['readRunSharedLink', 'link', (c, a) => c.readRunSharedLink(a.shared_run)],
  ['readDatasetSharedSchema', 'share of the dataset', (c, a) => c.readDatasetSharedSchema(a.dataset)],
  ['readSharedDataset', 'public dataset', (c, a) => c.readSharedDataset(a.token)],
  ['listSharedExamples', 'public examples', (c, a) => c.listSharedExamples(a.token)],
  ['hasProject', 'is there', (c, a) => c.hasProject({ projectName: a.project_name })],
  ['hasProject', 'is not there', (c) => c.hasProject({ projectName: 'nobody\'s' })],
  ['readProject', 'project', (c, a) => c.readProject({ projectId: a.project })],
  [
    'readProject',
    'project with statistics',
    (c, a) => c.readProject({ projectName: a.project_name, includeStats: true }),
  ],
  ['getProjectUrl', 'url of the project', (c, a) => c.getProjectUrl({ projectId: a.project })],
  ['getDatasetUrl', 'url of the dataset', (c, a) => c.getDatasetUrl({ datasetId: a.dataset })],
  ['listProjects', 'projects', (c) => c.listProjects()],
  ['listProjects', 'projects with statistics', (c) => c.listProjects({ includeStats: true })],
  ['listProjects', 'experiments', (c, a) => c.listProjects({ referenceDatasetName: a.dataset_name })],
  ['listProjects', 'no experiments', (c) => c.listProjects({ referenceFree: true })],
  ['listProjects', 'projects named sql', (c) => c.listProjects({ nameContains: 'SQL' })],
  ['listProjects', 'project alone', (c, a) => c.listProjects({ projectIds: [a.project] })],
  ['listProjects', 'projects of the demo', (c) => c.listProjects({ metadata: { owner: 'demo' } })],
  ['readDataset', 'dataset', (c, a) => c.readDataset({ datasetId: a.dataset })],
  ['readDataset', 'dataset', (c, a) => c.readDataset({ datasetName: a.dataset_name })],
  ['hasDataset', 'is there', (c, a) => c.hasDataset({ datasetName: a.dataset_name })],
  ['hasDataset', 'is not there', (c) => c.hasDataset({ datasetName: 'nobody\'s' })],
  ['listDatasets', 'datasets', (c) => c.listDatasets()],
  ['listDatasets', 'dataset alone', (c, a) => c.listDatasets({ datasetName: a.dataset_name })],
  ['readExample', 'example', (c, a) => c.readExample(a.example)],
  ['listExamples', 'examples', (c, a) => c.listExamples({ datasetId: a.dataset })],
  ['listExamples', 'examples of the split', (c, a) => c.listExamples({ datasetId: a.dataset, splits: [a.split] })],
  ['listExamples', 'two examples', (c, a) => c.listExamples({ datasetId: a.dataset, offset: 1, limit: 2 })],
  [
    'listExamples',
    'examples of the topic',
    (c, a) => c.listExamples({ datasetName: a.dataset_name, metadata: { topic: a.topic } }),
  ],
  ['listDatasetSplits', 'splits', (c, a) => c.listDatasetSplits({ datasetId: a.dataset })],
  ['readDatasetVersion', 'newest version', (c, a) => c.readDatasetVersion({ datasetId: a.dataset, tag: 'latest' })],
  ['diffDatasetVersions', 'what changed', (c, a) =>
    c.diffDatasetVersions({ datasetId: a.dataset, fromVersion: a.oldest_version, toVersion: a.newest_version })],
  ['readFeedback', 'feedback', (c, a) => c.readFeedback(a.feedback)],
  ['listFeedback', 'feedback of the run', (c, a) => c.listFeedback({ runIds: [a.run] })],
  ['runs.queryV2', 'runs of the project, v2', (c, a) =>
    c.runs.queryV2({ project_ids: [a.project], selects: ALL_RUN, page_size: 40, ...window(a) })],
  ['runs.queryV2', 'runs of the last day, v2', (c, a) => c.runs.queryV2({ project_ids: [a.project] })],
  ['runs.queryV2', 'failed root runs, v2', (c, a) =>
    c.runs.queryV2({
      project_ids: [a.project], is_root: true, filter: 'eq(status, "error")', selects: ALL_RUN, ...window(a),
    })],
  ['runs.retrieveV2', 'run, v2', (c, a) =>
    c.runs.retrieveV2(a.run, { project_id: a.project, start_time: a.run_start, selects: ALL_RUN })],
  ['runs.getURL', 'url, v2', (c, a) => c.runs.getURL(a.run, { project_id: a.project, trace_id: a.trace })],
  ['traces.query', 'traces, v2', (c, a) =>
    c.traces.query({ project_id: a.project, selects: ALL_RUN, page_size: 20, ...window(a) })],
  ['traces.listRuns', 'runs of the trace, v2', (c, a) =>
    c.traces.listRuns(a.trace, { project_id: a.project, selects: ALL_RUN })],
  ['public.runs.query', 'runs of the shared trace, v2', (c, a) =>
    c.public.runs.query(a.run_token, { selects: PUBLIC })],
  ['public.runs.retrieve', 'run of the shared trace, v2', (c, a) =>
    c.public.runs.retrieve(a.shared_child, {
      share_token: a.run_token, start_time: a.shared_child_start, selects: PUBLIC,
    })],
  ['threads.query', 'threads, v2', (c, a) =>
    c.threads.query({ project_id: a.project, page_size: 10, ...window(a) })],
  ['threads.query', 'threads of the last day, v2', (c, a) => c.threads.query({ project_id: a.project })],
  ['threads.listTraces', 'traces of the thread, v2', (c, a) =>
    c.threads.listTraces(a.thread, { project_id: a.project, selects: ALL_TRACE, page_size: 2 })],
  ['threads.stats', 'statistics of the thread', (c, a) =>
    c.threads.stats(a.thread, { session_id: a.project, selects: ALL_THREAD_STATS })],
  ['threads.aggregateStats', 'statistics of threads', (c, a) =>
    c.threads.aggregateStats({ project_id: a.project, select: ALL_THREADS_STATS, ...window(a) })],
  ['sessions.listV2', 'projects, v2', (c) => c.sessions.listV2()],
  ['sessions.listV2', 'projects with statistics, v2', (c) =>
    c.sessions.listV2({ include_stats: true, page_size: 3 })],
  ['sessions.resolve', 'experiment by its address', (c, a) =>
    c.sessions.resolve({ kind: 'EXPERIMENT', id: a.experiment })],
  ['sessions.retrieve', 'project with all statistics', (c, a) =>
    c.sessions.retrieve(a.project, { include_stats: true })],
  ['datasets.listV2', 'datasets, v2', (c) => c.datasets.listV2()],
  ['datasets.experimentRuns.query', 'experiment\'s runs, v2', (c, a) =>
    c.datasets.experimentRuns.query(a.dataset, { experiment_ids: [a.experiment], selects: ALL_RUN })],
];

const REFUSED = [
  ['createPresignedFeedbackToken', (c, a) => c.createPresignedFeedbackToken(a.run, 'quality')],
  ['updateDatasetTag', (c, a) => c.updateDatasetTag({ datasetId: a.dataset, asOf: a.newest_version, tag: 'new' })],
  ['createComparativeExperiment', (c, a) =>
    c.createComparativeExperiment({ name: 'new', experimentIds: [a.experiment, a.other_experiment] })],
  ['readDatasetOpenaiFinetuning', (c, a) => c.readDatasetOpenaiFinetuning({ datasetId: a.dataset })],
  ['listPresignedFeedbackTokens', (c, a) => c.listPresignedFeedbackTokens(a.run)],
  ['listFeedbackConfigs', (c) => c.listFeedbackConfigs()],
  ['listAnnotationQueues', (c) => c.listAnnotationQueues()],
  ['createAnnotationQueue', (c) => c.createAnnotationQueue({ name: 'new' })],
  ['listPrompts', (c) => c.listPrompts()],
  ['threads.share.create', (c, a) => c.threads.share.create(a.thread, { project_id: a.project })],
  ['threads.share.delete', (c, a) => c.threads.share.delete(a.thread, { project_id: a.project })],
  ['threads.share.retrieve', (c, a) => c.threads.share.retrieve(a.thread, { project_id: a.project })],
  ['sessions.dashboard', (c, a) => c.sessions.dashboard(a.project, {})],
];

/** The probes by the class that is called. */
export const CALLS = {
  Client: [...CLIENT, ...CHANGES, ...REFUSED.map(([method, call]) => [method, 'refused', call])],
  Langsmith: [['info.list', 'info', (c) => c.info.list()]],
};
