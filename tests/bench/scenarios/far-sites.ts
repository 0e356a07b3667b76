import { availableParallelism } from "node:os";
import { untilRunsFinished } from "@/tests/bench/contenders/roster";
import { inAll, readProcessorTime, spentPerPair } from "@/tests/bench/processor-time";
import { type Finding, measured, percentile, ratio } from "@/tests/bench/report";
import type { Scenario, Sizes } from "@/tests/bench/scenarios/scenario";
import { connectSites, type Scene, type Stage } from "@/tests/bench/stage";

/** Sites that are far away, and more workers: with everybody changed, and with few, where the processors have time left. */
export const farSites: Scenario = {
  name: "far-sites",
  run: async (stage, sizes) => [
    // For long enough that the second until other workers look counts little.
    await ofWorkers(stage, sizes, { name: "far-sites", users: sizes.pick(1_000, 200), delayMs: 100 }),
    await ofWorkers(stage, sizes, { name: "far-sites-few", users: 5, delayMs: 500 }),
  ],
};

interface Distance {
  name: string;
  users: number;
  delayMs: number;
}

async function ofWorkers(stage: Stage, sizes: Sizes, { name, users, delayMs }: Distance): Promise<Finding> {
  const sites = sizes.pick(100, 20);
  const rates: Record<string, number[]> = {};
  const busy: Record<string, number[]> = {};
  for (let round = 0; round < sizes.rounds; round++) {
    for (const workers of [1, 2, 4]) {
      const { rate, share } = await rateOf(stage, { users, sites, workers, delayMs });
      rates[workers] = [...(rates[workers] ?? []), rate];
      busy[workers] = [...(busy[workers] ?? []), share];
      const used = `${Math.round(share * 100)} % of the processors`;
      sizes.progress(`${workers} workers: ${Math.round(rate)} pairs/s, ${used}`);
    }
  }
  const { 1: one = [], 2: two = [], 4: four = [] } = rates;
  const [doubled, again] = [ratio(two, one), ratio(four, two)];
  const isFull = (workers: number) => percentile(busy[workers] ?? [], 0.5) >= FULL;
  return {
    name,
    claim: `${sites} sites ${delayMs} ms away, ${users} users: 2 workers at least 1.6 × as fast as 1, 4 at least 1.3 × as 2, or at the processors' limit`,
    contenders: Object.fromEntries(
      Object.entries(rates).map(([n, values]) => [`${n} workers`, measured("pairs/s", values)]),
    ),
    ratios: { "2 to 1": doubled, "4 to 2": again },
    holds: (doubled >= 1.6 || isFull(2)) && (again >= 1.3 || isFull(4)),
  };
}

/** The share of all processors' time from which on more workers have nothing to work with. */
const FULL = 0.9;

async function rateOf(
  stage: Stage,
  { users, sites, workers, delayMs }: Record<"users" | "sites" | "workers" | "delayMs", number>,
) {
  const scene = await stage.set({ users, sites, delayMs });
  await connectSites(scene);
  const children = await Promise.all(Array.from({ length: workers }, () => stage.startWorker(scene.centre)));
  await untilRunsFinished(scene);
  // Connections and processes are warm now; everybody is changed. Fanning that out is one statement at the centre, which takes one
  // processor however many workers there are: the clock starts behind it.
  await scene.centre.sql.begin(async (sql) => {
    await sql`update user_profiles set team = 'Changed'`;
    await sql`select sync_fan_out()`;
  });
  const before = await readProcessorTime(stage, scene);
  const began = performance.now();
  for (const child of children) void child.call("wake");
  await untilNothingWaits(scene);
  const tookMs = performance.now() - began;
  const after = await readProcessorTime(stage, scene);
  const spentMs = before && after ? inAll(spentPerPair(before, after, 1)) / 1000 : 0;
  for (const child of children) await child.end();
  await stage.strike(scene);
  return { rate: (users * sites) / (tookMs / 1000), share: spentMs / tookMs / availableParallelism() };
}

/** Waits until none of the sites needs anything; all of them unless some are named. */
export async function untilNothingWaits(
  { centre }: Scene,
  siteIds: readonly string[] | null = null,
): Promise<void> {
  for (;;) {
    const [open] = await centre.sql`
      select exists (select from pgmq.q_user_changes) or exists (
        select from connected_sites s where (${siteIds as string[] | null}::uuid[] is null or s.id = any (${siteIds as string[] | null}::uuid[]))
          and exists (select from user_sync_state p where p.site_id = s.id and p.desired_version > p.synced_version)) as any`;
    if (open?.any === false) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Five of fifty sites do not answer: what the others notice. */
export const deadSites: Scenario = {
  name: "dead-sites",
  run: async (stage, sizes) => {
    const [sites, dead] = sizes.pick([50, 5], [20, 2]);
    const scene = await stage.set({ users: 1_000, sites });
    const ids = await connectSites(scene);
    const worker = await stage.startWorker(scene.centre);
    await untilRunsFinished(scene);
    const change = async (team: string, watched: readonly string[]) => {
      const began = performance.now();
      await scene.centre.sql`update user_profiles set team = ${team}`;
      await worker.call("wake");
      await untilNothingWaits(scene, watched);
      return (performance.now() - began) / 1000;
    };
    const living = ids.slice(dead);
    await change("warm", living);
    const times = await alternate(sizes, {
      well: () => change(`well ${performance.now()}`, living),
      troubled: async () => {
        await Promise.all(
          scene.sites.slice(0, dead).map(({ url }) => stage.apis.call("hang", { url, hangs: true })),
        );
        const took = await change(`troubled ${performance.now()}`, living);
        await Promise.all(
          scene.sites.slice(0, dead).map(({ url }) => stage.apis.call("hang", { url, hangs: false })),
        );
        await scene.centre.sql`select sync_retry(null, null)`;
        await untilNothingWaits(scene);
        return took;
      },
    });
    await worker.end();
    await stage.strike(scene);
    return [deadFinding(times, sites, dead)];
  },
};

function deadFinding(
  { well = [], troubled = [] }: Record<string, number[]>,
  sites: number,
  dead: number,
): Finding {
  const slower = ratio(troubled, well);
  return {
    name: "dead-sites",
    claim: `${dead} of ${sites} sites dead: the others at most 10 % slower`,
    contenders: { well: measured("s", well), troubled: measured("s", troubled) },
    ratios: { "troubled to well": slower },
    holds: slower <= 1.1,
  };
}

async function alternate(
  sizes: Sizes,
  ways: Record<string, () => Promise<number>>,
): Promise<Record<string, number[]>> {
  const times: Record<string, number[]> = {};
  for (let round = 0; round < sizes.rounds; round++) {
    for (const [name, way] of Object.entries(ways)) {
      const took = await way();
      times[name] = [...(times[name] ?? []), took];
      sizes.progress(`${name} ${took.toFixed(2)} s`);
    }
  }
  return times;
}
