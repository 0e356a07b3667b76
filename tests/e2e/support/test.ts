import { test as base, expect } from "@playwright/test";
import { type Databases, openDatabases } from "@/tests/e2e/support/databases";
import { type Demo, startDemo } from "@/tests/e2e/support/demo";
import { type StorageState, signIn } from "@/tests/e2e/support/sign-in";

interface TestFixtures {
  /**
   * Fails a test during which the browser's console showed an error or a warning. A status that a test wants to see, of
   * which the browser says so by itself, is its annotation "refused".
   */
  page: import("@playwright/test").Page;
}

interface WorkerFixtures {
  /** Whether the demo starts without sites and users. Files that want the same share one. */
  empty: boolean;
  demo: Demo;
  /** The cookies of the demo's owner. */
  ownerSession: StorageState;
  databases: Databases;
}

const demoMilliseconds = 260_000;

/** Playwright's `test`, with a running demo and its databases. */
export const test = base.extend<TestFixtures, WorkerFixtures>({
  empty: [false, { option: true, scope: "worker" }],
  demo: [
    async ({ empty }, provide) => {
      const demo = await startDemo({ empty });
      await provide(demo);
      await demo.stop();
    },
    { scope: "worker", timeout: demoMilliseconds },
  ],
  ownerSession: [
    async ({ demo }, provide) => {
      await provide(await signIn(demo.facts.dashboardUrl, demo.facts.admin));
    },
    { scope: "worker" },
  ],
  // Pages are opened as the owner; a test of signing in starts from { cookies: [], origins: [] }.
  storageState: async ({ ownerSession }, provide) => {
    await provide(ownerSession);
  },
  databases: [
    async ({ demo }, provide) => {
      const databases = openDatabases(demo.facts);
      await provide(databases);
      await databases.close();
    },
    { scope: "worker" },
  ],
  baseURL: async ({ demo }, provide) => {
    await provide(demo.facts.dashboardUrl);
  },
  page: async ({ page }, provide, { annotations }) => {
    const refused = annotations.find(({ type }) => type === "refused")?.description;
    const problems: string[] = [];
    page.on("console", (message) => {
      if (refused && message.text().includes(`the server responded with a status of ${refused}`)) return;
      if (["error", "warning"].includes(message.type())) problems.push(`${message.text()} (${page.url()})`);
    });
    page.on("pageerror", (error) => problems.push(String(error)));
    await provide(page);
    expect(problems, "the browser's console").toEqual([]);
  },
});

export { expect };
