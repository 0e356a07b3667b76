import { setTimeout as sleep } from "node:timers/promises";
import { untilRunsFinished } from "@/tests/bench/contenders/roster";
import type { Child } from "@/tests/bench/processes/calls";
import type { WorkerProcess } from "@/tests/bench/processes/worker";
import { type Finding, limited, measured, percentile } from "@/tests/bench/report";
import { Landings } from "@/tests/bench/scenarios/landing";
import type { Scenario, Sizes } from "@/tests/bench/scenarios/scenario";
import { connectSites, type Scene, type Stage } from "@/tests/bench/stage";

const USERS = 1_000;

/** One user is changed through the server, everybody else being in sync. */
export const editToFour: Scenario = {
  name: "edit-4-sites",
  run: (stage, sizes) =>
    withEdits(stage, 4, async (edit) => {
      const runs = await inTurn(sizes, sizes.pick(200, 20), edit);
      return [
        limited(
          "edit-4-sites p50",
          "from the commit to the row being visible at all four: under 30 ms",
          parts(runs, 0.5),
          30,
          "most",
        ),
        limited("edit-4-sites p99", "and under 100 ms for 99 of 100", parts(runs, 0.99), 100, "most"),
      ];
    }),
};

export const editToHundred: Scenario = {
  name: "edit-100-sites",
  run: (stage, sizes) =>
    withEdits(stage, sizes.pick(100, 20), async (edit) => {
      const runs = await inTurn(sizes, sizes.pick(100, 10), edit);
      return [
        limited(
          "edit-100-sites p99",
          "at the last of 100 sites: under 1 s",
          parts(runs, 0.99),
          1_000,
          "most",
        ),
      ];
    }),
};

/** 20 edits a second for five minutes: the last minute's delay is the first one's. */
export const steadyEdits: Scenario = {
  name: "steady-edits",
  run: (stage, sizes) =>
    withEdits(stage, 4, async (edit) => {
      const seconds = sizes.pick(300, 10);
      const started: Promise<number>[] = [];
      const began = performance.now();
      for (let n = 0; n < seconds * 20; n++) {
        await sleep(Math.max(0, began + n * 50 - performance.now()));
        started.push(edit());
      }
      const delays = await Promise.all(started);
      const part = Math.floor(delays.length / 5);
      const [first, last] = [percentile(delays.slice(0, part), 0.5), percentile(delays.slice(-part), 0.5)];
      return [
        {
          name: "steady-edits",
          claim: `20 edits a second for ${seconds} s: the delay at the end is at most 1.2 × that at the start`,
          contenders: {
            first: measured("ms", [first]),
            last: measured("ms", [last]),
            all: measured("ms", delays),
          },
          ratios: { first: Number((last / first).toPrecision(3)) },
          holds: last <= 1.2 * first,
        },
      ];
    }),
};

type Edit = () => Promise<number>;

/** Edits one after the other, in as many parts as there are rounds. */
async function inTurn(sizes: Sizes, count: number, edit: Edit): Promise<number[][]> {
  const runs: number[][] = [];
  await edit();
  for (let round = 0; round < sizes.rounds; round++) {
    const delays: number[] = [];
    for (let n = 0; n < count; n++) {
      delays.push(await edit());
      await sleep(20); // people do not edit in a loop; leases are given back by then
    }
    runs.push(delays);
    sizes.progress(
      `p50 ${percentile(delays, 0.5).toFixed(1)} ms, p99 ${percentile(delays, 0.99).toFixed(1)} ms`,
    );
  }
  return runs;
}

function parts(runs: readonly number[][], part: number) {
  return measured(
    "ms",
    runs.map((delays) => percentile(delays, part)),
  );
}

/** `edit` changes a user, wakes the worker as the server does, and resolves with the delay in milliseconds. */
export async function withEdits(
  stage: Stage,
  sites: number,
  use: (edit: Edit, scene: Scene, worker: Child<WorkerProcess>) => Promise<Finding[]>,
): Promise<Finding[]> {
  const scene = await stage.set({ users: USERS, sites });
  const { centre } = scene;
  await connectSites(scene);
  const worker = await stage.startWorker(centre);
  await untilRunsFinished(scene);
  const users = await centre.sql<{ id: string }[]>`select id from user_profiles`;
  const landings = await Landings.at(scene.sites);
  let edits = 0;
  const edit = async () => {
    const { id = "" } = users[edits++ % users.length] ?? {};
    const name = `Edit ${edits}`;
    const landed = landings.everywhere(sites, id, name);
    await centre.sql`update user_profiles set full_name = ${name} where id = ${id}`;
    const committed = performance.now();
    void worker.call("wake");
    return (await landed) - committed;
  };
  const findings = await use(edit, scene, worker);
  await worker.call("stop");
  await worker.end();
  await landings.close();
  await stage.strike(scene);
  return findings;
}
