import { setTimeout as sleep } from "node:timers/promises";
import type { Contender } from "@/tests/bench/contenders/contender";
import type { Child } from "@/tests/bench/processes/calls";
import type { WorkerProcess } from "@/tests/bench/processes/worker";
import { connectSites, type Scene } from "@/tests/bench/stage";

const LOOK_MS = 25;

/** The product as it ships: sites are connected, and a worker fills them, with a state and a log row per pair. */
export function roster(flags: readonly string[] = []): Contender {
  let worker: Child<WorkerProcess> | undefined;
  return {
    prepare: async ({ centre }, stage) => {
      worker = await stage.startWorker(centre, flags);
    },
    fill: async (scene) => {
      await connectSites(scene);
      await worker?.call("wake");
      await untilRunsFinished(scene);
    },
    finish: async ({ centre, sites }) => {
      await worker?.call("stop");
      await worker?.end();
      const [kept] = await centre.sql`
        select (select count(*) from user_profiles)::int as users,
          (select count(*) from user_sync_state where status = 'synced' and synced_version >= desired_version)::int as states,
          (select count(*) from user_sync_log where status = 'success')::int as entries`;
      const pairs = Number(kept?.users) * sites.length;
      if (kept?.states !== pairs || kept?.entries !== pairs) {
        throw new Error(`${pairs} pairs, but ${JSON.stringify(kept)}`);
      }
    },
  };
}

export async function untilRunsFinished({ centre }: Scene): Promise<void> {
  for (;;) {
    const [open] = await centre.sql`select exists (select from sync_runs where finished_at is null) as any`;
    if (open?.any === false) return;
    await sleep(LOOK_MS);
  }
}
