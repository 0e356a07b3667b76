import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { applySiteTable, connect, prepareDatabase } from "@/supabase/local/database";
import { randomText } from "@/supabase/local/keys";
import { migrate } from "@/supabase/local/migrate";
import { type Cluster, startCluster } from "@/supabase/local/postgres";
import { centreTemplate, emptyTemplate, siteTemplate } from "@/tests/support/templates";

declare module "vitest" {
  export interface ProvidedContext {
    /** Connection string of the test run's PostgreSQL, as its superuser. */
    adminUrl: string;
  }
}

/** One PostgreSQL for the whole test run, with the databases that tests clone. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), "roster-tests-"));
  await chmod(dataDir, 0o755);
  let cluster: Cluster | undefined;
  const teardown = async () => {
    await cluster?.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    cluster = await startCluster({ dataDir, password: randomText(12), durable: false });
    const admin = connect(cluster.url("postgres"));
    for (const name of [emptyTemplate, siteTemplate, centreTemplate]) {
      await prepareDatabase(admin, name, cluster.url(name));
    }
    await admin.end();
    await applySiteTable(cluster.url(siteTemplate));
    await migrate(cluster.url(centreTemplate));
    project.provide("adminUrl", cluster.url("postgres"));
    return teardown;
  } catch (error) {
    await teardown();
    throw error;
  }
}
