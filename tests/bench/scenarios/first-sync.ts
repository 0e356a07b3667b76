import type { Contender } from "@/tests/bench/contenders/contender";
import { foreignTable, replication } from "@/tests/bench/contenders/database";
import { guide } from "@/tests/bench/contenders/guide";
import { raw } from "@/tests/bench/contenders/raw";
import { roster } from "@/tests/bench/contenders/roster";
import { script } from "@/tests/bench/contenders/script";
import { type Finding, measured, ratio } from "@/tests/bench/report";
import type { Scenario, Sizes } from "@/tests/bench/scenarios/scenario";
import type { Destination, Stage } from "@/tests/bench/stage";

const SITES = 4;

/** Everybody to four new sites, by all contenders in turn. */
export const firstSync: Scenario = {
  name: "first-sync",
  run: async (stage, sizes) => {
    const users = sizes.pick(100_000, 5_000);
    const atOnce = await bestConcurrency(stage, users);
    const everybody = { ...contenders(sizes, atOnce), fdw: foreignTable, replication };
    return [await compare(stage, { users, sizes, everybody, destination: "endpoint" })];
  },
};

/** The same through the embedded Supabase API, which bounds it. */
export const firstSyncEmbedded: Scenario = {
  name: "first-sync-embedded",
  run: async (stage, sizes) => {
    const users = sizes.pick(10_000, 1_000);
    return [await compare(stage, { users, sizes, everybody: contenders(sizes, 2), destination: "embedded" })];
  },
};

type Everybody = Record<string, () => Contender>;

function contenders(sizes: Sizes, atOnce: number): Everybody {
  return { roster: () => roster(), script, raw: () => raw(atOnce), guide: () => guide(sizes.pick(100, 20)) };
}

interface Comparison {
  users: number;
  sizes: Sizes;
  everybody: Everybody;
  destination: Destination;
}

async function compare(stage: Stage, { users, sizes, everybody, destination }: Comparison): Promise<Finding> {
  const rates: Record<string, number[]> = {};
  for (let round = 0; round < sizes.rounds; round++) {
    for (const [name, make] of Object.entries(everybody)) {
      const rate = await pairsPerSecond(stage, make(), users, destination);
      rates[name] = [...(rates[name] ?? []), rate];
      sizes.progress(`${name} ${Math.round(rate)} pairs/s`);
    }
  }
  const { roster: ours = [], ...others } = rates;
  const ratios = Object.fromEntries(
    Object.entries(others).map(([name, theirs]) => [name, ratio(ours, theirs)]),
  );
  const { raw: toRaw = 0, script: toScript = 0, guide: toGuide = 0, fdw: toFdw = 1 } = ratios;
  return {
    name: destination === "endpoint" ? "first-sync" : "first-sync-embedded",
    claim: `${users} users to ${SITES} sites: at least 0.8 of raw, above script, 100 × guide, half of fdw`,
    contenders: Object.fromEntries(
      Object.entries(rates).map(([name, values]) => [name, measured("pairs/s", values)]),
    ),
    ratios,
    holds: toRaw >= 0.8 && toScript > 1 && toGuide >= 100 && toFdw >= 0.5,
  };
}

/** How many requests at once to each site are best for the raw contender. */
async function bestConcurrency(stage: Stage, users: number): Promise<number> {
  const rates = new Map<number, number>();
  for (const atOnce of [1, 2, 4])
    rates.set(atOnce, await pairsPerSecond(stage, raw(atOnce), users, "endpoint"));
  const [best] = [...rates].sort(([, a], [, b]) => b - a);
  return best?.[0] ?? 1;
}

async function pairsPerSecond(
  stage: Stage,
  contender: Contender,
  allUsers: number,
  destination: Destination,
): Promise<number> {
  const users = contender.users ?? allUsers;
  const scene = await stage.set({ users, sites: SITES, destination });
  await contender.prepare?.(scene, stage);
  const began = performance.now();
  await contender.fill(scene, stage);
  const seconds = (performance.now() - began) / 1000;
  for (const { sql, database } of scene.sites) {
    const [row] = await sql`select count(*)::int as rows from user_profiles`;
    if (row?.rows !== users) throw new Error(`${database} has ${row?.rows} of ${users} users`);
  }
  await contender.finish?.(scene, stage);
  await stage.strike(scene);
  return (users * SITES) / seconds;
}
