import type { TestProject } from "vitest/node";
import { startTestCluster } from "@/tests/support/cluster";

declare module "vitest" {
  export interface ProvidedContext {
    /** Connection string of the test run's PostgreSQL, as its superuser. */
    adminUrl: string;
  }
}

/** One PostgreSQL for the whole test run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { adminUrl, stop } = await startTestCluster({ durable: false });
  project.provide("adminUrl", adminUrl);
  return stop;
}
