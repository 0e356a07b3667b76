import { defineConfig } from "@playwright/test";
import { chooseBrowser } from "@/tests/e2e/support/browser";

const { executablePath, env } = chooseBrowser();
/** What measures how fast changes arrive; beside others it would measure those. */
const times = /(latency|volume)\.spec\.ts$/;

export default defineConfig({
  testDir: "tests/e2e",
  outputDir: "test-results/playwright",
  globalSetup: "./tests/e2e/support/global-setup.ts",
  // Every worker runs a demo of its own, with PostgreSQL and a dashboard: more of them only wait for each other.
  workers: 2,
  projects: [
    { name: "times", testMatch: times, workers: 1 },
    // For one file of these: npx playwright test --no-deps users.spec
    { name: "pages", testIgnore: times, dependencies: ["times"] },
  ],
  forbidOnly: process.env.CI !== undefined,
  retries: process.env.CI ? 1 : 0, // as in vitest.config.ts
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [["list"], ["json", { outputFile: "test-results/playwright.json" }]],
  use: {
    actionTimeout: 15_000,
    navigationTimeout: 30_000,
    locale: "en-GB",
    timezoneId: "UTC",
    screenshot: "only-on-failure",
    launchOptions: { ...(executablePath && { executablePath }), ...(env && { env }) },
  },
});
