import { chmod, rm } from "node:fs/promises";
import { applySiteTable, connect, prepareDatabase } from "@/supabase/local/database";
import { randomText } from "@/supabase/local/keys";
import { migrate } from "@/supabase/local/migrate";
import { type Cluster, type ClusterOptions, startCluster } from "@/supabase/local/postgres";
import { scratchFolder } from "@/tests/support/scratch";
import { centreTemplate, emptyTemplate, siteTemplate } from "@/tests/support/templates";

export interface TestCluster {
  /** Connection string of the database `postgres`, as the superuser. */
  adminUrl: string;
  dataDir: string;
  stop(): Promise<void>;
}

/** A PostgreSQL of its own in a temporary directory, with the databases that tests clone. */
export async function startTestCluster(
  options: Pick<ClusterOptions, "durable" | "settings">,
): Promise<TestCluster> {
  const dataDir = await scratchFolder("roster-tests-");
  await chmod(dataDir, 0o755);
  let cluster: Cluster | undefined;
  const stop = async () => {
    await cluster?.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    cluster = await startCluster({ dataDir, password: randomText(12), ...options });
    const adminUrl = cluster.url("postgres");
    const admin = connect(adminUrl);
    for (const name of [emptyTemplate, siteTemplate, centreTemplate]) {
      await prepareDatabase(admin, name, cluster.url(name));
    }
    await admin.end();
    await applySiteTable(cluster.url(siteTemplate));
    await migrate(cluster.url(centreTemplate));
    return { adminUrl, dataDir, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
