// Each test has a sandbox of its own, so that one server shows many states side by side.
import { expect, test as base } from '@playwright/test';

const { LOCUM_URL, DASHBOARD_URL } = process.env;

const SCENARIOS = [
  'default', 'all-errors', 'all-pending', 'empty', 'extreme-values', 'late-data', 'many-groups',
  'null-heavy', 'one-run', 'outage', 'spike', 'steady', 'time-edges', 'tiny', 'unicode',
];

// What the page asks, written once more: the tests read the answers without it.
const THREADS = {
  path: '/api/v1/runs/group/stats',
  headers: { 'X-API-Key': 'locum-demo-key' },
  data: { session_id: 'b25c46de-99dd-5b80-aba4-91ad745e8df7', group_by: 'conversation' },
};
const SESSIONS = {
  path: '/v1/session/metrics/query',
  headers: { Authorization: 'Bearer locum-demo-key' },
  data: { nameContains: '', timezoneDifference: 0 },
};

const test = base.extend({
  // Opens the page in a new sandbox with these settings; returns the sandbox's address.
  open: async ({ page, request }, use) => {
    await use(async (settings) => {
      const made = await request.post(`${LOCUM_URL}/__locum/sandboxes`, { data: settings });
      expect(made.status()).toBe(201);
      const { url } = await made.json();
      await page.goto(`${DASHBOARD_URL}?api=${encodeURIComponent(url)}`);
      return url;
    });
  },
  threads: ({ page }, use) => use(page.locator('#threads')),
  sessions: ({ page }, use) => use(page.locator('#sessions')),
});

// The panel's figures by name and its rows in order, as numbers; null where there is none.
function read(panel) {
  return panel.evaluate((section) => {
    const pairs = (names, numbers) =>
      [...section.querySelectorAll(names)].map((name, index) => {
        const { value } = section.querySelectorAll(numbers)[index];
        return [name.textContent, value === '' ? null : Number(value)];
      });
    return { figures: Object.fromEntries(pairs('dt', 'dd data')), rows: pairs('li span', 'li data') };
  });
}

for (const scenario of SCENARIOS) {
  test(`shows the numbers of ${scenario}`, async ({ request, open, threads, sessions }) => {
    const answers = [];
    for (const { path, headers, data } of [THREADS, SESSIONS]) {
      const answer = await request.post(LOCUM_URL + path, {
        headers: { ...headers, Prefer: `scenario=${scenario}` },
        data,
      });
      expect(answer.status()).toBe(200);
      expect(answer.headers()['preference-applied']).toBe(`scenario=${scenario}`);
      answers.push(await answer.body());
    }
    const url = await open({ scenario });
    for (const [index, { path, headers, data }] of [THREADS, SESSIONS].entries()) {
      for (const address of [`${LOCUM_URL}/__locum/with/scenario=${scenario}`, url]) {
        const answer = await request.post(address + path, { headers, data });
        expect((await answer.body()).equals(answers[index])).toBe(true);
      }
    }

    if (scenario === 'empty') {
      for (const panel of [threads, sessions]) {
        await expect(panel).toHaveAttribute('data-state', 'empty');
        await expect(panel.getByRole('status')).toHaveText('Nothing yet');
      }
      return;
    }
    const [stats, { data }] = answers.map((body) => JSON.parse(body));
    await expect(threads).toHaveAttribute('data-state', 'ready');
    expect(await read(threads)).toEqual({
      figures: {
        Threads: stats.group_count,
        Turns: stats.run_count,
        Failed: stats.error_rate,
        'Latency p50': stats.latency_p50,
        'Latency p99': stats.latency_p99,
        Tokens: stats.total_tokens,
        Cost: stats.total_cost,
      },
      rows: stats.run_facets.filter((facet) => facet.key === 'name').map((facet) => [facet.value, facet.n]),
    });
    await expect(sessions).toHaveAttribute('data-state', 'ready');
    expect(await read(sessions)).toEqual({
      figures: {
        'Requests per session': data.average.session_count[0].average,
        Duration: data.average.session_duration[0].average,
        'Cost per session': data.average.session_cost[0].average,
      },
      rows: data.session_count.map((bin) => [`${bin.range_start} to ${bin.range_end}`, bin.value]),
    });
  });
}

test('the scenarios are those of the server', async ({ request }) => {
  const answer = await request.get(`${LOCUM_URL}/__locum/datasets`);
  const names = (await answer.json()).datasets.map((dataset) => dataset.name);
  expect(names.sort()).toEqual([...SCENARIOS].sort());
});

// Counted in the rows of `tiny`: 26 turns with a thread, in 6 threads, of which one turn failed.
// `one-run` has a single request, of $0.002799.
test('rounds what is read', async ({ open, threads, sessions }) => {
  await open({ scenario: 'tiny' });
  await expect(threads.locator('dd')).toContainText(['6', '26', '3.8%']);
  await open({ scenario: 'one-run' });
  await expect(sessions.locator('dd')).toHaveText(['1', '0 sec', '$0.002799']);
  await expect(sessions.locator('li')).toHaveText(['1 to 11']); // one session of 1 to 1 requests
});

test('shows a dash where a number is missing', async ({ open, threads }) => {
  await open({ scenario: 'all-pending' });
  await expect(threads.locator('dt:text("Latency p50") + dd')).toHaveText('–');
});

for (const [code, ofThreads, ofSessions] of [
  [401, '401: Invalid token', '401: No API key found'],
  [429, '429: Rate limit exceeded. Try again in 1 s', '429: Rate limit exceeded. Try again in 1 s'],
  [500, '500: Internal Server Error', '500: Internal Server Error'],
]) {
  test(`tells a ${code} in the vendor's words`, async ({ open, threads, sessions }) => {
    await open({ code });
    for (const [panel, text] of [[threads, ofThreads], [sessions, ofSessions]]) {
      await expect(panel).toHaveAttribute('data-state', 'error');
      await expect(panel.getByRole('status')).toHaveText(text);
    }
  });
}

for (const fault of ['reset', 'truncate']) {
  test(`tells a broken connection: ${fault}`, async ({ open, threads, sessions }) => {
    await open({ scenario: 'tiny', fault });
    for (const panel of [threads, sessions]) {
      await expect(panel).toHaveAttribute('data-state', 'error');
      await expect(panel.getByRole('status')).toHaveText('The connection broke');
    }
  });
}

test('is loading, then slow, while nothing comes', async ({ page, open, threads }) => {
  await page.clock.install({ time: 0 });
  await page.clock.pauseAt(1000);
  await open({ fault: 'hang' });
  await expect(threads).toHaveAttribute('data-state', 'loading');
  await page.clock.runFor(500);
  await expect(threads).toHaveAttribute('data-state', 'slow');
});

test('is slow, then ready, when the answer is late', async ({ open, threads, sessions }) => {
  await open({ scenario: 'tiny', delay: 3 });
  for (const state of ['slow', 'ready']) {
    await expect(threads).toHaveAttribute('data-state', state);
    await expect(sessions).toHaveAttribute('data-state', state);
  }
});

test('recovers with its sandbox', async ({ page, request, open, threads }) => {
  const url = await open({ scenario: 'tiny', code: 503 });
  await expect(threads).toHaveAttribute('data-state', 'error');
  const name = url.split('=').pop();
  await request.put(`${LOCUM_URL}/__locum/sandboxes/${name}`, { data: { scenario: 'tiny' } });
  await page.reload();
  await expect(threads).toHaveAttribute('data-state', 'ready');
});
