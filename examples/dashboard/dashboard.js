// How the project support-bot does: LangSmith's statistics of its threads, Helicone's of its sessions.
// `?api=` is the address of both. Each panel's data-state is loading, slow, ready, empty or error.

const API = new URLSearchParams(location.search).get('api') ?? 'http://127.0.0.1:4010';
const KEY = 'locum-demo-key';
const PROJECT = 'b25c46de-99dd-5b80-aba4-91ad745e8df7'; // support-bot, in every bundled dataset
const SLOW_MILLISECONDS = 500;

const count = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });
const seconds = new Intl.NumberFormat('en', { style: 'unit', unit: 'second', maximumFractionDigits: 2 });
const share = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });
const dollars = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD', maximumFractionDigits: 6 });

const PANELS = {
  threads: {
    path: '/api/v1/runs/group/stats',
    headers: { 'X-API-Key': KEY },
    body: { session_id: PROJECT, group_by: 'conversation' },
    isEmpty: (stats) => stats.group_count === 0,
    figures: (stats) => [
      ['Threads', count, stats.group_count],
      ['Turns', count, stats.run_count],
      ['Failed', share, stats.error_rate],
      ['Latency p50', seconds, stats.latency_p50],
      ['Latency p99', seconds, stats.latency_p99],
      ['Tokens', count, stats.total_tokens],
      ['Cost', dollars, stats.total_cost],
    ],
    rows: (stats) =>
      stats.run_facets.filter(({ key }) => key === 'name').map(({ value, n }) => [value, n]),
  },
  sessions: {
    path: '/v1/session/metrics/query',
    headers: { Authorization: `Bearer ${KEY}` },
    body: { nameContains: '', timezoneDifference: 0 },
    isEmpty: ({ data }) => data.session_count.length === 0,
    figures: ({ data: { average } }) => [
      ['Requests per session', count, average.session_count[0].average],
      ['Duration', seconds, average.session_duration[0].average],
      ['Cost per session', dollars, average.session_cost[0].average],
    ],
    rows: ({ data }) =>
      data.session_count.map((bin) => [`${bin.range_start} to ${bin.range_end}`, bin.value]),
  },
};

class Failure extends Error {}

async function ask({ path, headers, body }) {
  let response, text;
  try {
    response = await fetch(API + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    text = await response.text();
  } catch {
    throw new Failure('The connection broke');
  }
  const answer = JSON.parse(text);
  if (!response.ok) {
    const retry = response.headers.get('Retry-After');
    const message = answer.detail ?? answer.error ?? answer.message; // each vendor has its own word
    throw new Failure(`${response.status}: ${message}` + (retry ? `. Try again in ${retry} s` : ''));
  }
  return answer;
}

// Texts are set as text: a run's name may look like HTML.
function element(tag, ...children) {
  const made = document.createElement(tag);
  made.append(...children);
  return made;
}

// <data value> holds the exact number, beside the rounded one that is read; a missing one is a dash.
function number(format, value) {
  const made = element('data', value === null ? '–' : format.format(value));
  made.value = value ?? '';
  return made;
}

async function show(section, panel) {
  const enter = (state, text) => {
    section.dataset.state = state;
    section.querySelector('[role=status]').textContent = text;
  };
  enter('loading', 'Loading…');
  const slow = setTimeout(() => enter('slow', 'This takes longer than usual…'), SLOW_MILLISECONDS);
  try {
    const answer = await ask(panel);
    if (panel.isEmpty(answer)) {
      enter('empty', 'Nothing yet');
      return;
    }
    const figures = panel.figures(answer).flatMap(([name, format, value]) => [
      element('dt', name),
      element('dd', number(format, value)),
    ]);
    const rows = panel.rows(answer).map(([name, value]) =>
      element('li', element('span', name), number(count, value)),
    );
    section.querySelector('dl').replaceChildren(...figures);
    section.querySelector('ol').replaceChildren(...rows);
    enter('ready', '');
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    enter('error', error.message);
  } finally {
    clearTimeout(slow);
  }
}

for (const [id, panel] of Object.entries(PANELS)) show(document.getElementById(id), panel);
