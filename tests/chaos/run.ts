// npm run test:chaos -- --minutes N [--seed S] [--steps 60] [--often postgres] [--never handOver]: random schedules of so
// many steps on real databases, processes and connections, one after the other until the time is over. What --often
// names happens ten times as often, what --never names not at all. Says every 10 s what still differs while things heal.
// Ends with 1 and the seed when anything differs in the end.
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startTestCluster } from "@/tests/support/cluster";
import { surviveBrokenConnections } from "@/tests/support/faults/broken-connections";
import { Chaos, USUAL } from "@/tests/support/faults/chaos";
import { Random, seeded } from "@/tests/support/faults/random";

const HEAL_MS = 120_000;
/** Longer than ending everything takes; what hangs then is a broken connection that nobody waits for. */
const CLOSE_MS = 30_000;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string" },
    steps: { type: "string", default: "60" },
    often: { type: "string", multiple: true, default: [] },
    never: { type: "string", multiple: true, default: [] },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const steps = Number(values.steps);
const weights = { happens: weigh(USUAL.happens), edits: weigh(USUAL.edits) };
const known = Object.values(USUAL).flatMap(Object.keys);
const unknown = [...values.often, ...values.never].filter((name) => !known.includes(name));
if (!(minutes > 0 && steps > 0) || !Number.isSafeInteger(seed) || unknown.length > 0) {
  console.error(
    "Usage: npm run test:chaos -- --minutes <more than 0> [--seed <whole number>] [--steps <more than 0>]\n" +
      `  [--often <name>] [--never <name>], names: ${known.join(", ")}`,
  );
  process.exit(2);
}

function weigh<T extends Record<string, number>>(usual: T): T {
  const weighed = Object.entries(usual).map(([name, weight]) => {
    if (values.never.includes(name)) return [name, 0];
    return [name, values.often.includes(name) ? 10 * weight : weight];
  });
  return { ...usual, ...Object.fromEntries(weighed) };
}

const say = (text: string) => console.log(`${new Date().toISOString()} ${text}`);

function fail(error: unknown): void {
  say(`FAILED (--seed ${seed}): ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

surviveBrokenConnections((error) => {
  fail(error);
  process.exit();
});

/** Runs schedules until the time is over; returns how many ended well. */
async function run(chaos: Chaos): Promise<number> {
  const deadline = Date.now() + minutes * 60_000;
  const random = new Random(seed);
  let schedules = 0;
  while (Date.now() < deadline) {
    const began = Date.now();
    await seeded(random.int(0, 2 ** 31 - 1), (chance) =>
      chaos.schedule(chance, { steps, healMs: HEAL_MS, onProgress: say }),
    );
    schedules++;
    say(`schedule ${schedules} ended well after ${Date.now() - began} ms`);
  }
  return schedules;
}

async function atMost(milliseconds: number, work: Promise<void>): Promise<void> {
  await Promise.race([work, sleep(milliseconds)]);
}

say(`seed ${seed}, ${minutes} minutes`);
const cluster = await startTestCluster({ durable: true });
try {
  const chaos = await Chaos.start(cluster, weights);
  try {
    const schedules = await run(chaos);
    say(`every site equal and every status true after each of ${schedules} schedules`);
  } finally {
    for (const [what, times] of chaos.tally()) say(`${times} × ${what}`);
    await atMost(CLOSE_MS, chaos.close());
  }
} catch (error) {
  fail(error);
} finally {
  await cluster.stop();
}
process.exit();
