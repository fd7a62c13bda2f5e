import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

const DEBIANS = '/usr/bin/chromium';

export default defineConfig({
  testDir: '.',
  fullyParallel: true,
  workers: 4,
  forbidOnly: true,
  timeout: 60_000, // the first request about a large dataset waits until it is made and loaded
  globalTimeout: 240_000,
  use: {
    launchOptions: {
      // Without either it is the browser of `npx playwright install chromium`.
      executablePath: process.env.CHROMIUM ?? (existsSync(DEBIANS) ? DEBIANS : undefined),
      args: ['--disable-gpu'], // beside Playwright's own: headless, a new profile, no background requests
    },
  },
  // Both take any free port; what they print says which, as the variable of the group's name.
  webServer: [
    {
      command: 'locum serve --port 0 --time-limit 60',
      wait: { stdout: /Locum listens on (?<LOCUM_URL>\S+)/ },
    },
    {
      command: 'node server.js',
      wait: { stdout: /The dashboard is at (?<DASHBOARD_URL>\S+)/ },
    },
  ],
});
