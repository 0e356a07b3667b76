// npm run test:chaos -- --minutes N [--seed S] [--often postgres] [--steps 60]: random schedules of so many steps on real
// databases, processes and connections, one after the other until the time is over. What is named by --often happens ten
// times as often. Ends with 1 when anything differs in the end.
import { parseArgs } from "node:util";
import { startTestCluster } from "@/tests/support/cluster";
import { Chaos, USUAL } from "@/tests/support/faults/chaos";
import { Random, seeded } from "@/tests/support/faults/random";

const HEAL_MS = 120_000;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string" },
    often: { type: "string" },
    steps: { type: "string", default: "60" },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  console.error("Usage: npm run test:chaos -- --minutes <more than 0> [--seed <whole number>]");
  process.exit(2);
}
const weights = { ...USUAL };
for (const name of Object.keys(USUAL) as (keyof typeof USUAL)[])
  if (name === values.often) weights[name] *= 10;

// `postgres` 3.4.9 asks for array types on every new connection, and nobody hears of it when that connection breaks.
process.on("unhandledRejection", (error) => {
  const broken = error instanceof Error && "code" in error && String(error.code).startsWith("CONNECTION_");
  if (!broken) throw error;
});

const say = (text: string) => console.log(`${new Date().toISOString()} ${text}`);

/** Runs schedules until the time is over; returns how many ended well. */
async function run(chaos: Chaos): Promise<number> {
  const deadline = Date.now() + minutes * 60_000;
  const random = new Random(seed);
  let schedules = 0;
  while (Date.now() < deadline) {
    const began = Date.now();
    await seeded(random.int(0, 2 ** 31 - 1), (chance) =>
      chaos.schedule(chance, { steps: Number(values.steps), healMs: HEAL_MS }),
    );
    schedules++;
    say(`schedule ${schedules} ended well after ${Date.now() - began} ms`);
  }
  return schedules;
}

say(`seed ${seed}, ${minutes} minutes`);
const cluster = await startTestCluster({ durable: true });
try {
  const chaos = await Chaos.start(cluster, weights);
  try {
    const schedules = await run(chaos);
    say(`every site equal and every status true after each of ${schedules} schedules`);
  } finally {
    for (const [what, times] of [...chaos.done].sort(([, a], [, b]) => b - a)) say(`${times} × ${what}`);
    await chaos.close();
  }
} catch (error) {
  say(`FAILED (--seed ${seed}): ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  await cluster.stop();
}
process.exit();
