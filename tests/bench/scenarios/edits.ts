import { setTimeout as sleep } from "node:timers/promises";
import { COLUMNS } from "@/tests/bench/contenders/contender";
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
        delayed(
          "edit-4-sites p50",
          "from the commit to the row being visible at all four: under 30 ms",
          runs,
          0.5,
          30,
        ),
        delayed("edit-4-sites p99", "and under 100 ms for 99 of 100", runs, 0.99, 100),
      ];
    }),
};

export const editToHundred: Scenario = {
  name: "edit-100-sites",
  run: (stage, sizes) =>
    withEdits(stage, sizes.pick(100, 20), async (edit, { sites }) => {
      const runs = await inTurn(sizes, sizes.pick(100, 10), edit);
      return [
        delayed("edit-100-sites p99", `at the last of ${sites.length} sites: under 1 s`, runs, 0.99, 1_000),
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

/** Changes a user and resolves with the delay in milliseconds; `raw` writes the row to all sites itself, by one request each. */
type Edit = (by?: "roster" | "raw") => Promise<number>;

interface Delays {
  roster: number[][];
  raw: number[][];
}

/** Edits one after the other, ours and raw ones in turn, in as many parts as there are rounds. */
async function inTurn(sizes: Sizes, count: number, edit: Edit): Promise<Delays> {
  const runs: Delays = { roster: [], raw: [] };
  await edit();
  await edit("raw");
  for (let round = 0; round < sizes.rounds; round++) {
    const delays: Record<"roster" | "raw", number[]> = { roster: [], raw: [] };
    for (let n = 0; n < count; n++) {
      for (const by of ["roster", "raw"] as const) {
        delays[by].push(await edit(by));
        await sleep(20); // people do not edit in a loop; leases are given back by then
      }
    }
    runs.roster.push(delays.roster);
    runs.raw.push(delays.raw);
    const at = (part: number) => percentile(delays.roster, part).toFixed(1);
    sizes.progress(
      `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, raw p50 ${percentile(delays.raw, 0.5).toFixed(1)} ms`,
    );
  }
  return runs;
}

/** A finding about a part of the delays, with what the raw way took beside it. */
function delayed(name: string, claim: string, runs: Delays, part: number, limit: number): Finding {
  const finding = limited(name, claim, parts(runs.roster, part), limit, "most");
  const raw = parts(runs.raw, part);
  const { median = 0 } = finding.contenders.roster ?? {};
  return {
    ...finding,
    contenders: { ...finding.contenders, raw },
    ratios: { ...finding.ratios, raw: Number((median / raw.median).toPrecision(3)) },
  };
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
  const edit: Edit = async (by = "roster") => {
    const { id = "" } = users[edits++ % users.length] ?? {};
    const name = `Edit ${edits}`;
    const landed = landings.everywhere(sites, id, name);
    await centre.sql`update user_profiles set full_name = ${name} where id = ${id}`;
    const committed = performance.now();
    if (by === "raw") await writeTo(scene, id);
    else void worker.call("wake");
    return (await landed) - committed;
  };
  const findings = await use(edit, scene, worker);
  await worker.call("stop");
  await worker.end();
  await landings.close();
  await stage.strike(scene);
  return findings;
}

/** The row as it is in the list, to all sites at once. */
async function writeTo({ centre, sites }: Scene, id: string): Promise<void> {
  const [row] = await centre.sql<{ body: string }[]>`
    select json_agg(u)::text as body from (select ${centre.sql([...COLUMNS])} from user_profiles where id = ${id}) u`;
  const columns = COLUMNS.map((column) => `%22${column}%22`).join(",");
  await Promise.all(
    sites.map(async ({ url, key }) => {
      const answer = await fetch(`${url}/rest/v1/user_profiles?on_conflict=id&columns=${columns}`, {
        method: "POST",
        headers: { apikey: key, "content-type": "application/json" },
        body: row?.body ?? "[]",
      });
      await answer.text();
    }),
  );
}
