// Kills PostgreSQL while users are being written, --rounds times. Ends with 1 when a change that was acknowledged is not in
// the list or at the sites afterwards, or when nothing is delivered within 15 s of PostgreSQL being alive again.
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startTestCluster } from "@/tests/support/cluster";
import { Arena } from "@/tests/support/faults/arena";
import { surviveBrokenConnections } from "@/tests/support/faults/broken-connections";
import { CROWD, editAtRandom, USUAL_EDITS } from "@/tests/support/faults/edits";
import { wrongEffectsSince } from "@/tests/support/faults/effects";
import { killPostgres } from "@/tests/support/faults/kill-postgres";
import { Ledger } from "@/tests/support/faults/ledger";
import { Random } from "@/tests/support/faults/random";
import { until, untilTrue } from "@/tests/support/faults/truth";

const WRITERS = 6;
/** Users who pass their addresses on wait for each other at the sites, which is not what this is about. */
const EDITS = { ...USUAL_EDITS, handOver: 0 };
/** Acknowledged changes before each death, and after it. */
const CHANGES = 40;
const RESUME_MS = 15_000;

const { values } = parseArgs({ options: { rounds: { type: "string", default: "2" } } });
const ledger = new Ledger();

function fail(error: unknown): never {
  console.log(`FAILED: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
surviveBrokenConnections(fail);

const cluster = await startTestCluster({ durable: true });
const arena = await Arena.create(cluster.adminUrl, [{}, { guarded: false }], 1);
try {
  await arena.addUsers(CROWD);
  await arena.startWorker();
  await untilTrue(arena, 30_000);
  for (let round = 1; round <= Number(values.rounds); round++) await killOnce(round);
} catch (error) {
  fail(error);
} finally {
  await Promise.race([arena.close(), sleep(20_000)]);
  await cluster.stop();
}
process.exit();

async function killOnce(round: number): Promise<void> {
  const writing = new AbortController();
  const writers = Array.from({ length: WRITERS }, (_, n) =>
    write(new Random(100 * round + n), writing.signal),
  );
  const before = ledger.acknowledged;
  await acknowledgeMore();
  await killPostgres(cluster);
  const resumed = await untilDelivering(`back${round}`);
  await acknowledgeMore();
  writing.abort();
  await Promise.all(writers);
  await untilTrue(arena, 30_000);
  const wrong = [...(await arena.withCentre((sql) => ledger.lost(sql))), ...(await wrongEffectsSince(arena))];
  if (wrong.length > 0) throw new Error(wrong.join("\n  "));
  const changes = ledger.acknowledged - before;
  console.log(`death ${round}: ${changes} changes acknowledged, none lost, delivering after ${resumed} ms`);
}

async function write(random: Random, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await arena.ask((sql) => editAtRandom(sql, random, { weights: EDITS, ledger }));
    await sleep(random.int(0, 20));
  }
}

async function acknowledgeMore(): Promise<void> {
  const enough = ledger.acknowledged + CHANGES;
  await until(`${CHANGES} changes are acknowledged`, 30_000, async () => ledger.acknowledged >= enough);
}

/** Waits for PostgreSQL; returns how long it took from then until a new user was at every site, in milliseconds. */
async function untilDelivering(id: string): Promise<number> {
  const insert = () =>
    arena.ask((sql) => sql`insert into user_profiles (id, email) values (${id}, ${`${id}@example.com`})`);
  await until("PostgreSQL is back", 30_000, insert);
  const alive = Date.now();
  await until("users are delivered again", RESUME_MS, async () => {
    const there = await Promise.all(arena.everySite.map((site) => site.users().catch(() => new Map())));
    return there.every((users) => users.has(id));
  });
  return Date.now() - alive;
}
