import { afterEach, expect, inject, test } from "vitest";
import type { SideLoop } from "@/lib/sync/side-loop";
import type { SiteReader } from "@/lib/sync/verify/ports";
import { Arena } from "@/tests/support/faults/arena";
import type { SiteOptions } from "@/tests/support/faults/arena-site";
import { untilTrue } from "@/tests/support/faults/truth";
import { repaired, requestVerify, siteSql, startTestVerifier, verified } from "@/tests/support/verification";

/** For machines that are busy. */
const PATIENT = { timeout: 60_000 };

let arena: Arena;
let verifier: SideLoop;

async function begin(users: number, options: SiteOptions = {}, wrap?: (reader: SiteReader) => SiteReader) {
  arena = await Arena.create(inject("adminUrl"), [options]);
  await arena.addUsers(users);
  arena.startEngine();
  await untilTrue(arena, 60_000);
  verifier = startTestVerifier(arena, wrap);
  return { centre: arena.centre.sql, site: siteSql(arena) };
}

afterEach(async () => {
  await verifier.stop();
  await arena.close();
});

async function compare(repair = false) {
  return await verified(arena, await requestVerify(arena, repair));
}

/** How many users are in which state, and how many of them were seen there, as the status view has it. */
async function states() {
  const rows = await arena.centre.sql`
    select status, count(*)::int as users, count(verified_at)::int as verified from user_sync_status group by status`;
  return Object.fromEntries(rows.map(({ status, users, verified }) => [status, [users, verified]]));
}

/** The tallies and the view, which are to say the same. */
async function drifted() {
  const [tallied] = await arena.centre.sql`
    select synced::int, drifted::int, pending::int, removed::int from sync_site_counts()`;
  const [viewed] = await arena.centre.sql`
    select count(*) filter (where status = 'synced')::int as synced,
      count(*) filter (where status in ('different', 'missing', 'extra'))::int as drifted,
      count(*) filter (where status = 'pending')::int as pending,
      count(*) filter (where status in ('removed', 'kept'))::int as removed
    from user_sync_status`;
  expect(tallied).toEqual(viewed);
  return tallied?.drifted;
}

test(
  "what was changed, deleted and added at a site is found, and is equal again after a repair",
  PATIENT,
  async () => {
    const { site } = await begin(1_200);
    expect(await compare()).toMatchObject({ equal: 1_200, different: 0, missing: 0, extra: 0, skipped: 0 });
    expect(await states()).toEqual({ synced: [1_200, 1_200] });

    await site`update user_profiles set role = 'admin', team = 'Theirs' where id = 'u17'`;
    await site`update user_profiles set full_name = '' where id = 'u18'`;
    await site`delete from user_profiles where id in ('u3', 'u1200', 'u999')`;
    await site`insert into user_profiles (id, clerk_user_id, email) values ('own', 'own', 'own@example.com')`;
    const found = await compare(true);
    expect(found).toMatchObject({ equal: 1_195, different: 2, missing: 3, extra: 1, skipped: 0 });
    expect(found.items).toMatchObject([
      {
        userId: "u17",
        kind: "different",
        email: "u17@example.com",
        fields: [
          { name: "role", here: "user", there: "admin" },
          { name: "team", here: null, there: "Theirs" },
        ],
      },
      { userId: "u18", kind: "different", fields: [{ name: "full_name", here: "Name 18", there: "" }] },
      { userId: "own", kind: "extra", email: "own@example.com" },
      { userId: "u1200", kind: "missing" },
      { userId: "u3", kind: "missing" },
      { userId: "u999", kind: "missing" },
    ]);
    await repaired(arena, found.id, 5);
    expect(await compare()).toMatchObject({ equal: 1_200, different: 0, missing: 0, extra: 1 });
    expect(await site`select id from user_profiles where id = 'own'`).toHaveLength(1);
  },
);

test(
  "a row that is put right at the site itself is equal again at the next look, and green",
  PATIENT,
  async () => {
    const { site } = await begin(10);
    await site`update user_profiles set role = 'admin' where id = 'u1'`;
    await site`delete from user_profiles where id = 'u2'`;
    await compare();
    expect(await states()).toEqual({ different: [1, 0], missing: [1, 0], synced: [8, 8] });
    expect(await drifted()).toBe(2);
    const first = await arena.centre.sql`select drifted_at from user_sync_status where user_id = 'u1'`;
    await compare();
    expect(await arena.centre.sql`select drifted_at from user_sync_status where user_id = 'u1'`).toEqual(
      first,
    );
    await site`update user_profiles set role = 'user' where id = 'u1'`;
    expect(await compare()).toMatchObject({ equal: 9, different: 0, missing: 1 });
    expect(await states()).toEqual({ missing: [1, 0], synced: [9, 9] });
    expect(await drifted()).toBe(1);
  },
);

test("a site that lost everything is found empty, a thousand users at a time", PATIENT, async () => {
  const { site } = await begin(1_100);
  await site`delete from user_profiles`;
  expect(await compare()).toMatchObject({ equal: 0, missing: 1_100, extra: 0 });
  expect(await states()).toEqual({ missing: [1_100, 0] });
  expect(await drifted()).toBe(1_100);
});

test("a site that answers fewer rows than it was asked for is read to its end", PATIENT, async () => {
  const { site } = await begin(300, {}, (reader) => ({
    ...reader,
    after: (cursor, limit) => reader.after(cursor, Math.min(limit, 37)),
  }));
  await site`delete from user_profiles where id in ('u1', 'u300')`;
  expect(await compare()).toMatchObject({ equal: 298, missing: 2 });
});

test("missing rows are found where the site has another order of ids than the list", PATIENT, async () => {
  const { centre, site } = await begin(1_200);
  await site`alter table user_profiles alter column id type text collate "und-x-icu"`;
  await centre`insert into user_profiles (id, email)
    select case n % 3 when 0 then 'U' when 1 then 'a-' else 'A' end || n, 'more' || n || '@example.com'
    from generate_series(1, 1200) n`;
  await untilTrue(arena, 30_000);
  await site`delete from user_profiles where id in ('U3', 'a-4', 'A5', 'u1', 'u1200')`;
  const found = await compare();
  expect(await centre`select in_order from site_verifications`).toEqual([{ in_order: false }]);
  expect(found).toMatchObject({ equal: 2_395, different: 0, missing: 5, extra: 0 });
  expect(found.items.map(({ userId }) => userId).sort()).toEqual(["A5", "U3", "a-4", "u1", "u1200"]);
});

test(
  "another row with a user's address is extra, and the user's own failure stays what it is",
  PATIENT,
  async () => {
    const { centre, site } = await begin(5);
    await site`insert into user_profiles (id, clerk_user_id, email) values ('own', 'own', 'eve@example.com')`;
    await centre`insert into user_profiles (id, email) values ('eve', 'eve@example.com')`;
    await expect
      .poll(() => centre`select status, error_code from user_sync_status where user_id = 'eve'`, {
        timeout: 20_000,
      })
      .toEqual([{ status: "retrying", error_code: "conflict" }]);
    const found = await compare();
    expect(found).toMatchObject({ equal: 5, missing: 0, extra: 1 });
    expect(found.items).toMatchObject([{ userId: "own", kind: "extra", email: "eve@example.com" }]);
    expect(await states()).toMatchObject({ retrying: [1, 0] });
  },
);
