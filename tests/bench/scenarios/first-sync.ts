import type { Contender } from "@/tests/bench/contenders/contender";
import { foreignTable, replication } from "@/tests/bench/contenders/database";
import { guide } from "@/tests/bench/contenders/guide";
import { raw } from "@/tests/bench/contenders/raw";
import { roster } from "@/tests/bench/contenders/roster";
import { script } from "@/tests/bench/contenders/script";
import { inAll, type ProcessorTime, readProcessorTime, spentPerPair } from "@/tests/bench/processor-time";
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
    return await compare(stage, { users, sizes, everybody, destination: "endpoint" });
  },
};

/** The same through the embedded Supabase API, which bounds it. */
export const firstSyncEmbedded: Scenario = {
  name: "first-sync-embedded",
  run: async (stage, sizes) => {
    const users = sizes.pick(10_000, 1_000);
    return await compare(stage, { users, sizes, everybody: contenders(sizes, 2), destination: "embedded" });
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

async function compare(stage: Stage, comparison: Comparison): Promise<Finding[]> {
  const { users, sizes, everybody, destination } = comparison;
  const runs: Record<string, Run[]> = {};
  for (let round = 0; round < sizes.rounds; round++) {
    for (const [name, make] of Object.entries(everybody)) {
      const run = await runOnce(stage, make(), users, destination);
      runs[name] = [...(runs[name] ?? []), run];
      sizes.progress(`${name} ${Math.round(run.rate)} pairs/s${run.spent ? `, ${inWords(run.spent)}` : ""}`);
    }
  }
  const findings = [rateFinding(runs, comparison)];
  const isTimed = Object.values(runs).every((all) => all.every(({ spent }) => spent));
  return isTimed ? [...findings, spentFinding(runs, comparison)] : findings;
}

const nameOf = ({ destination }: Comparison) =>
  destination === "endpoint" ? "first-sync" : "first-sync-embedded";

function rateFinding(runs: Record<string, Run[]>, comparison: Comparison): Finding {
  const { contenders, ratios } = compared(runs, "pairs/s", ({ rate }) => rate);
  const { raw: toRaw = 0, script: toScript = 0, guide: toGuide = 0, fdw: toFdw = 1 } = ratios;
  return {
    name: nameOf(comparison),
    claim: `${comparison.users} users to ${SITES} sites: at least 0.8 of raw, above script, 100 × guide, half of fdw`,
    contenders,
    ratios,
    holds: toRaw >= 0.8 && toScript > 1 && toGuide >= 100 && toFdw >= 0.5,
  };
}

/** The same by what it costs, which a machine that is busy with something else hardly changes. */
function spentFinding(runs: Record<string, Run[]>, comparison: Comparison): Finding {
  const { contenders, ratios } = compared(runs, "µs/pair", ({ spent }) =>
    spent ? inAll(spent) : Number.NaN,
  );
  const { script: toScript = 0, fdw: toFdw = 1 } = ratios;
  return {
    name: `${nameOf(comparison)}-processor`,
    claim: "processor time of a pair in all processes: at most that of script, at most twice that of fdw",
    contenders,
    ratios,
    holds: toScript <= 1 && toFdw <= 2,
  };
}

function compared(runs: Record<string, Run[]>, measure: string, figureOf: (run: Run) => number) {
  const values = Object.entries(runs).map(([name, all]) => [name, all.map(figureOf)] as const);
  const [, ours = []] = values.find(([name]) => name === "roster") ?? [];
  return {
    contenders: Object.fromEntries(values.map(([name, theirs]) => [name, measured(measure, theirs)])),
    ratios: Object.fromEntries(
      values.filter(([name]) => name !== "roster").map(([name, theirs]) => [name, ratio(ours, theirs)]),
    ),
  };
}

function inWords(spent: ProcessorTime): string {
  const parts = Object.entries(spent).map(([who, time]) => `${who} ${time.toFixed(1)}`);
  return `${inAll(spent).toFixed(1)} µs (${parts.join(", ")})`;
}

/** How many requests at once to each site are best for the raw contender. */
async function bestConcurrency(stage: Stage, users: number): Promise<number> {
  const rates = new Map<number, number>();
  for (const atOnce of [1, 2, 4])
    rates.set(atOnce, (await runOnce(stage, raw(atOnce), users, "endpoint")).rate);
  const [best] = [...rates].sort(([, a], [, b]) => b - a);
  return best?.[0] ?? 1;
}

interface Run {
  /** Pairs a second. */
  rate: number;
  /** For each pair; null where the system does not say. */
  spent: ProcessorTime | null;
}

async function runOnce(
  stage: Stage,
  contender: Contender,
  allUsers: number,
  destination: Destination,
): Promise<Run> {
  const users = contender.users ?? allUsers;
  const scene = await stage.set({ users, sites: SITES, destination });
  await contender.prepare?.(scene, stage);
  const from = await readProcessorTime(stage, scene);
  const began = performance.now();
  await contender.fill(scene, stage);
  const seconds = (performance.now() - began) / 1000;
  const to = await readProcessorTime(stage, scene);
  for (const { sql, database } of scene.sites) {
    const [row] = await sql`select count(*)::int as rows from user_profiles`;
    if (row?.rows !== users) throw new Error(`${database} has ${row?.rows} of ${users} users`);
  }
  await contender.finish?.(scene, stage);
  await stage.strike(scene);
  const pairs = users * SITES;
  return { rate: pairs / seconds, spent: from && to && spentPerPair(from, to, pairs) };
}
