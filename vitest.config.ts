import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const notVitest = ["tests/e2e/**", "tests/bench/**", "node_modules/**"];
/** Tests that measure times or run processes of their own: beside others they would measure those. */
const alone = [
  "tests/lib/sync/{chaos,crashes,isolation,late-commits,lost-answers,poison,postgres-death,site-down,woken-worker}.test.ts",
  "tests/lib/sync/verify/acceptance.test.ts",
];
const node = {
  environment: "node" as const,
  globalSetup: ["tests/support/global-setup.ts"],
  setupFiles: ["tests/support/fresh-file.ts", "tests/support/console.ts"],
  isolate: false,
  // The embedded Auth hashes a password in 75 ms otherwise, as it should where somebody might guess.
  env: { LITE_AUTH_BCRYPT_COST: "4" },
  // Databases and APIs are made in hooks, on machines that may be busy.
  hookTimeout: 30_000,
  testTimeout: 15_000,
};

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, "") } },
  test: {
    expect: { poll: { timeout: 10_000 } },
    // Vitest leaves one processor to itself; of two, that is half of what tests could have.
    maxWorkers: 2,
    // In CI, where one loss holds everything up, a test may try again; the report marks it, and it is to be looked into.
    retry: process.env.CI ? 1 : 0,
    projects: [
      {
        extends: true,
        test: {
          name: "node",
          ...node,
          include: ["tests/**/*.test.ts"],
          exclude: [...notVitest, ...alone],
        },
      },
      {
        extends: true,
        test: {
          name: "alone",
          ...node,
          include: alone,
          exclude: notVitest,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          environment: "happy-dom",
          include: ["tests/**/*.test.tsx"],
          exclude: notVitest,
          setupFiles: ["tests/support/fresh-file.ts", "tests/support/console.ts", "tests/support/dom.ts"],
          isolate: false,
        },
      },
    ],
  },
});
