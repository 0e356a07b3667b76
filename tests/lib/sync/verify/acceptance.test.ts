import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, expect, inject, test } from "vitest";
import type { SiteReader } from "@/lib/sync/verify/ports";
import { full } from "@/tests/support/acceptance";
import { Arena } from "@/tests/support/faults/arena";
import { untilTrue } from "@/tests/support/faults/truth";
import { repaired, requestVerify, startTestVerifier, verified } from "@/tests/support/verification";

const USERS = full ? 100_000 : 10_000;
const CHANGED = USERS / 100;
/** Promised for 100,000 rows on two processors that have nothing else to do. */
const SECONDS = 20;
/**
 * How much more may be in use near the end than near the beginning, in bytes, garbage aside. Keeping what was read would
 * take some 400 bytes a row.
 */
const GROWTH = 8 * 1024 * 1024;

let arena: Arena;
afterEach(async () => await arena.close());

/** Every n-th user by a number that differs for each kind, so that no row is touched twice. */
const picked = (offset: number) => `(substr(id, 2)::int % 100) = ${offset}`;

async function damage(): Promise<void> {
  const [site] = arena.sites;
  await site?.project.sql.unsafe(`
    update user_profiles set role = 'admin' where ${picked(7)};
    delete from user_profiles where ${picked(41)};
    insert into user_profiles (id, clerk_user_id, email)
      select 'own' || n, 'own' || n, 'own' || n || '@example.org' from generate_series(1, ${CHANGED}) n`);
}

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Notes ten times on the way how much memory is in use. */
function weighing(heaps: number[]) {
  let pages = 0;
  return (reader: SiteReader): SiteReader => ({
    ...reader,
    after: async (cursor, limit) => {
      const rows = await reader.after(cursor, limit);
      if (++pages % (USERS / 10_000) === 0) {
        collectGarbage();
        heaps.push(process.memoryUsage().heapUsed);
      }
      return rows;
    },
  });
}

test(`${USERS} rows, 1 % changed, deleted and added by SQL: all found, none wrongly, repaired, others untouched`, {
  timeout: 900_000,
}, async () => {
  arena = await Arena.create(inject("adminUrl"), [{}]);
  await arena.addUsers(USERS);
  arena.startEngine();
  await untilTrue(arena, 600_000);
  await damage();
  const heaps: number[] = [];
  const verifier = startTestVerifier(arena, weighing(heaps));
  const began = performance.now();
  const id = await requestVerify(arena);
  const found = await verified(arena, id, 120_000);
  const seconds = (performance.now() - began) / 1000;
  const grown = (heaps.at(-2) ?? Number.NaN) - (heaps[1] ?? Number.NaN);
  const megabytes = (grown / 1024 / 1024).toFixed(0);
  process.stdout.write(
    `      ${USERS} rows compared in ${seconds.toFixed(1)} s, ${megabytes} MB more in use at the end\n`,
  );

  expect(found).toMatchObject({
    equal: USERS - 2 * CHANGED,
    different: CHANGED,
    missing: CHANGED,
    extra: CHANGED,
    skipped: 0,
  });
  const kindOf = (userId: string) =>
    userId.startsWith("own") ? "extra" : Number(userId.slice(1)) % 100 === 7 ? "different" : "missing";
  expect(found.items.filter(({ userId, kind }) => kind !== kindOf(userId))).toEqual([]);
  expect(seconds).toBeLessThan(SECONDS);
  expect(grown).toBeLessThan(GROWTH);

  await arena.centre
    .sql`select request_verify_repair(${arena.sites[0]?.id ?? ""}, ${id}, kind, null, 10000, true)
    from unnest(array['different', 'missing']) kind`;
  await repaired(arena, id, 2 * CHANGED, 120_000);
  const after = await verified(arena, await requestVerify(arena), 120_000);
  expect(after).toMatchObject({ equal: USERS, different: 0, missing: 0, extra: CHANGED });
  await verifier.stop();
});
