import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const notVitest = ["tests/e2e/**", "tests/bench/**", "node_modules/**"];

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, "") } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "node",
          environment: "node",
          include: ["tests/**/*.test.ts"],
          exclude: notVitest,
          globalSetup: ["tests/support/global-setup.ts"],
          setupFiles: ["tests/support/console.ts"],
          // Databases and APIs are made in hooks, on machines that may be busy.
          hookTimeout: 30_000,
          testTimeout: 15_000,
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          environment: "happy-dom",
          include: ["tests/**/*.test.tsx"],
          exclude: notVitest,
          setupFiles: ["tests/support/console.ts", "tests/support/dom.ts"],
        },
      },
    ],
  },
});
