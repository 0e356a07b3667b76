import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestCluster } from "@/tests/support/cluster";

/** Ends PostgreSQL's first process at once; the others follow it, and it is started again by its keeper. */
export async function killPostgres({ dataDir }: TestCluster): Promise<void> {
  const text = await readFile(join(dataDir, "data", "postmaster.pid"), "utf8").catch(() => "");
  const pid = Number(text.split("\n")[0]);
  try {
    if (pid > 1) process.kill(pid, "SIGKILL");
  } catch {
    // It is just being started again.
  }
}
