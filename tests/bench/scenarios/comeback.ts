import { untilRunsFinished } from "@/tests/bench/contenders/roster";
import { limited, measured } from "@/tests/bench/report";
import { untilNothingWaits } from "@/tests/bench/scenarios/far-sites";
import type { Scenario } from "@/tests/bench/scenarios/scenario";
import { connectSites } from "@/tests/bench/stage";

const LIMIT_S = 15;

/** A site was away while everybody changed: how long it takes from its return until nobody waits. */
export const comeback: Scenario = {
  name: "comeback",
  run: async (stage, sizes) => {
    const users = sizes.pick(100_000, 5_000);
    const scene = await stage.set({ users, sites: 1 });
    await connectSites(scene);
    const worker = await stage.startWorker(scene.centre);
    await untilRunsFinished(scene);
    const took: number[] = [];
    for (let round = 0; round < sizes.rounds; round++) {
      const { sql } = scene.centre;
      await sql`update connected_sites set status = 'paused'`;
      await sql`update user_profiles set team = ${`Round ${round}`}`;
      await worker.call("wake");
      await untilFannedOut(sql, users);
      await stage.admin`checkpoint`;
      const began = performance.now();
      await sql`update connected_sites set status = 'active'`;
      await worker.call("wake");
      await untilNothingWaits(scene);
      took.push((performance.now() - began) / 1000);
      sizes.progress(`${took.at(-1)?.toFixed(1)} s`);
    }
    await worker.call("stop");
    await worker.end();
    await stage.strike(scene);
    const claim = `${users} waiting pairs of a site that comes back: done within ${LIMIT_S} s`;
    return [limited("comeback", claim, measured("s", took), LIMIT_S, "most")];
  },
};

async function untilFannedOut(sql: import("postgres").Sql, users: number): Promise<void> {
  for (;;) {
    const [row] =
      await sql`select count(*)::int as pairs from user_sync_state where desired_version > synced_version`;
    if (row?.pairs === users) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
