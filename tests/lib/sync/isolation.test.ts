import { afterEach, expect, inject, test } from "vitest";
import type { Engine } from "@/lib/sync/engine";
import { full } from "@/tests/support/acceptance";
import { Arena } from "@/tests/support/faults/arena";
import { until, untilTrue } from "@/tests/support/faults/truth";

const USERS = 300;
/**
 * Single times differ by half on a busy machine, so each one with faults is divided by its neighbour without, and the
 * middle of many such ratios counts. Of 50 pairs measured under a load of 10 on 2 processors, any 15 in a row had
 * their middle at 1.02 or below, any 5 at 1.18, and the worst pair was at 1.9. An engine that serves one site at a time
 * is at 15 whenever the black hole comes first.
 */
const [PAIRS, MIDDLE] = full ? [15, 1.1] : [5, 1.3];
const WORST = 4;
const PATIENCE_MS = 120_000;

let arena: Arena;
let engine: Engine;

afterEach(async () => await arena.close());

/** Waits until none of these sites needs anything. */
async function untilServed(sites: readonly { id: string }[]): Promise<void> {
  const { sql } = arena.centre;
  const ids = sites.map(({ id }) => id);
  await until("the sites have it", PATIENCE_MS, async () => {
    const [left] = await sql`
      select exists (select from pgmq.q_user_changes) or exists (
        select from user_sync_state
        where site_id = any (${ids}::uuid[]) and desired_version > synced_version
      ) as waiting`;
    return left?.waiting === false;
  });
}

/** Changes everybody; returns how long it takes until the first six sites have it, in milliseconds. */
async function timeSix(team: string): Promise<number> {
  await arena.changeEverybody(team);
  const began = performance.now();
  engine.wake();
  await untilServed(arena.sites.slice(0, 6));
  return performance.now() - began;
}

async function timeSixInTrouble(team: string): Promise<number> {
  const [blackHole, throttling] = arena.sites.slice(6);
  await blackHole?.proxy.set({ kind: "blackHole" });
  await throttling?.proxy.set({ kind: "throttle", status: 429, retryAfterSeconds: 1 });
  const milliseconds = await timeSix(team);
  for (const { proxy } of arena.sites.slice(6)) await proxy.set({ kind: "none" });
  return milliseconds;
}

/** Waits until all is as before the trouble, so that nothing of it falls into the next measurement. */
async function recover(): Promise<void> {
  await until("every site is well", PATIENCE_MS, async () => {
    await arena.centre.sql`update connected_sites set retry_at = now() where retry_at > now()`;
    engine.wake();
    return (await arena.count("connected_sites where health <> 'ok' or lease_id is not null")) === 0;
  });
  await untilServed(arena.sites);
}

const middle = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

test("eight sites, one black-holed and one throttling: the other six have everything as soon as without", {
  timeout: 1_800_000,
}, async () => {
  const sites = Array.from({ length: 8 }, () => ({}));
  arena = await Arena.create(inject("adminUrl"), sites);
  await arena.addUsers(USERS);
  engine = arena.startEngine();
  await untilTrue(arena, PATIENCE_MS);
  const ratios: number[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    // In turns the one and the other first: what the machine does meanwhile hits both alike.
    const troubledFirst = pair % 2 === 0 ? await timeSixInTrouble(`First ${pair}`) : null;
    await recover();
    const healthy = await timeSix(`Well ${pair}`);
    await recover();
    const troubled = troubledFirst ?? (await timeSixInTrouble(`Last ${pair}`));
    await recover();
    ratios.push(troubled / healthy);
  }
  const shown = ratios.map((ratio) => ratio.toFixed(2)).join(" ");
  process.stdout.write(`      with faults against without: ${shown}, middle ${middle(ratios).toFixed(2)}\n`);
  expect(middle(ratios)).toBeLessThan(MIDDLE);
  expect(Math.max(...ratios)).toBeLessThan(WORST);
  await untilTrue(arena, PATIENCE_MS);
});
