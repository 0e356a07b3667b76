import { afterEach, expect, inject, test } from "vitest";
import { Arena } from "@/tests/support/faults/arena";
import { editAtRandom, USUAL_EDITS } from "@/tests/support/faults/edits";
import { Ledger } from "@/tests/support/faults/ledger";
import { Random } from "@/tests/support/faults/random";
import { untilTrue } from "@/tests/support/faults/truth";

let arena: Arena;
afterEach(async () => await arena.close());

/** The counts as the status view has them, pair by pair. */
async function countedByView() {
  return await arena.centre.sql`
    select v.site_id,
      count(*) filter (where v.status = 'synced')::int as synced,
      count(*) filter (where v.status = 'pending')::int as pending,
      count(*) filter (where v.status = 'retrying')::int as retrying,
      count(*) filter (where v.status = 'failed')::int as failed
    from user_sync_status v group by v.site_id order by v.site_id`;
}

async function countedByTallies() {
  return await arena.centre.sql`
    select site_id, synced::int, pending::int, retrying::int, failed::int from sync_site_counts() order by site_id`;
}

test("the tallies say what the status view says, at rest, while users wait and when a site is blocked", {
  timeout: 60_000,
}, async () => {
  arena = await Arena.create(inject("adminUrl"), [{}, { removal: "keep" }, { removal: "deactivate" }]);
  const { sql } = arena.centre;
  const random = new Random(7);
  const edits = { weights: USUAL_EDITS, ledger: new Ledger() };
  const engine = arena.startEngine();
  for (let edit = 0; edit < 150; edit++) await editAtRandom(sql, random, edits);
  await untilTrue(arena, 20_000);
  expect(await countedByTallies()).toEqual(await countedByView());
  const [active] = await sql`select count(*)::int as users from user_profiles where status = 'active'`;
  expect(await countedByTallies()).toMatchObject(
    [active, active, active].map((row) => ({ synced: row?.users })),
  );

  await engine.stop();
  await sql`update user_profiles set team = 'T' where status = 'active'`;
  await sql`select sync_fan_out(20)`;
  expect(await countedByTallies()).toEqual(await countedByView());
  const [site] = arena.sites;
  await sql`update connected_sites set health = 'blocked' where id = ${site?.id ?? ""}`;
  await sql`select sync_tally_compact()`;
  expect(await countedByTallies()).toEqual(await countedByView());
  expect(
    await sql`select from sync_tallies group by site_id, generation, status, dirty having count(*) > 1`,
  ).toEqual([]);
});

test("users who are not at a new site yet are waiting there", async () => {
  arena = await Arena.create(inject("adminUrl"), []);
  const { sql } = arena.centre;
  await sql`insert into user_profiles (id, email) select 'u' || n, n || '@example.com' from generate_series(1, 30) n`;
  await arena.addSite("late", {});
  expect(await countedByTallies()).toMatchObject([{ pending: 30, synced: 0 }]);
  expect(await countedByTallies()).toEqual(await countedByView());
});

test("the history has every attempt in its minute", async () => {
  arena = await Arena.create(inject("adminUrl"), [{}]);
  const { sql } = arena.centre;
  await sql`insert into user_profiles (id, email) select 'u' || n, n || '@example.com' from generate_series(1, 30) n`;
  arena.startEngine();
  await untilTrue(arena, 20_000);
  const [row] = await sql`select sync_history(now() - interval '1 hour', 60) as bars`;
  expect(row?.bars).toHaveLength(60);
  const succeeded = row?.bars.reduce((sum: number, bar: { succeeded: number }) => sum + bar.succeeded, 0);
  expect(succeeded).toBe(30);
  await sql`select sync_log_maintain()`;
  const [again] = await sql`select sum(succeeded)::int as succeeded from sync_minutes`;
  expect(again?.succeeded).toBe(30);
});
