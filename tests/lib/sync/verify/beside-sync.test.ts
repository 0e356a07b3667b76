import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, inject, test } from "vitest";
import type { SideLoop } from "@/lib/sync/side-loop";
import type { SiteReader } from "@/lib/sync/verify/ports";
import { Arena } from "@/tests/support/faults/arena";
import { editAtRandom, USUAL_EDITS } from "@/tests/support/faults/edits";
import { Ledger } from "@/tests/support/faults/ledger";
import { Random } from "@/tests/support/faults/random";
import { untilTrue } from "@/tests/support/faults/truth";
import { requestVerify, siteSql, startTestVerifier, verified } from "@/tests/support/verification";

let arena: Arena;
const verifiers: SideLoop[] = [];

afterEach(async () => {
  await Promise.all(verifiers.splice(0).map((verifier) => verifier.stop()));
  await arena.close();
});

function begin(wrap?: (reader: SiteReader) => SiteReader): void {
  verifiers.push(startTestVerifier(arena, wrap));
}

/** Small pages, slowly read: whatever can come in between does. */
const slowly = (reader: SiteReader): SiteReader => ({
  after: async (cursor, limit) => {
    const rows = await reader.after(cursor, Math.min(limit, 40));
    await sleep(40);
    return rows;
  },
  present: async (ids) => {
    const present = await reader.present(ids);
    await sleep(40);
    return present;
  },
});

test("while users are edited, removed and sent again at random, nothing is found wrongly", {
  timeout: 120_000,
}, async () => {
  arena = await Arena.create(inject("adminUrl"), [{ removal: "deactivate" }]);
  const { sql } = arena.centre;
  await arena.addUsers(150);
  arena.startEngine();
  begin(slowly);
  const random = new Random(11);
  const edits = { weights: USUAL_EDITS, ledger: new Ledger() };
  let done = false;
  const editing = (async () => {
    while (!done) {
      await editAtRandom(sql, random, edits);
      if (random.chance(0.02)) await sql`select sync_all_start(null, 'test')`;
    }
  })();
  for (let round = 0; round < 4; round++) {
    const found = await verified(arena, await requestVerify(arena));
    expect(found.items, `round ${round}`).toEqual([]);
    expect(found).toMatchObject({ different: 0, missing: 0, extra: 0 });
  }
  done = true;
  await editing;
  await untilTrue(arena, 30_000);
  const found = await verified(arena, await requestVerify(arena));
  expect(found).toMatchObject({ different: 0, missing: 0, extra: 0, skipped: 0 });
  const [unseen] = await sql`
    select count(*)::int as pairs from user_sync_status where status = 'synced' and verified_at is null`;
  expect(unseen).toEqual({ pairs: 0 });
});

test("what changes between reading a page and comparing it is not found wrongly", {
  timeout: 60_000,
}, async () => {
  arena = await Arena.create(inject("adminUrl"), [{}]);
  const { sql } = arena.centre;
  await arena.addUsers(12);
  arena.startEngine();
  await untilTrue(arena, 30_000);
  let changed = false;
  begin((reader) => ({
    ...reader,
    after: async (cursor, limit) => {
      const rows = await reader.after(cursor, limit);
      if (changed) return rows;
      changed = true;
      // All of it has reached the site when the page is compared; the page is older.
      await sql`update user_profiles set team = 'New' where id = 'u1'`;
      await sql`update user_profiles set status = 'inactive' where id = 'u2'`;
      await sql`delete from user_profiles where id = 'u3'`;
      await sql`insert into user_profiles (id, email) values ('u20', 'u20@example.com')`;
      await untilTrue(arena, 30_000);
      return rows;
    },
  }));
  const found = await verified(arena, await requestVerify(arena));
  expect(found.items).toEqual([]);
  expect(found).toMatchObject({ equal: 9, different: 0, missing: 0, extra: 0 });
  const unseen = await sql`
    select user_id from user_sync_status where status = 'synced' and verified_at is null order by user_id`;
  expect(unseen.map(({ user_id }) => user_id)).toEqual(["u1", "u20"]);
});

test("a change that is committed and not yet fanned out makes no difference", {
  timeout: 60_000,
}, async () => {
  arena = await Arena.create(inject("adminUrl"), [{}]);
  const { sql } = arena.centre;
  await arena.addUsers(5);
  const engine = arena.startEngine();
  await untilTrue(arena, 30_000);
  await engine.stop();
  await sql`update user_profiles set team = 'New' where id = 'u1'`;
  await sql`update user_profiles set status = 'inactive' where id = 'u2'`;
  await sql`delete from user_profiles where id = 'u3'`;
  begin();
  const found = await verified(arena, await requestVerify(arena));
  expect(found).toMatchObject({ equal: 2, skipped: 3, items: [] });
});

test("a user who is on the way is passed over, and does not count as seen", { timeout: 60_000 }, async () => {
  arena = await Arena.create(inject("adminUrl"), [{}]);
  const { sql } = arena.centre;
  await arena.addUsers(30);
  const engine = arena.startEngine();
  await untilTrue(arena, 30_000);
  await engine.stop();
  await siteSql(arena)`update user_profiles set team = 'Theirs' where id in ('u1', 'u2')`;
  await sql`update user_profiles set team = 'Ours' where id = 'u1'`;
  begin();
  const found = await verified(arena, await requestVerify(arena));
  expect(found.items).toMatchObject([{ userId: "u2", kind: "different" }]);
  expect(found).toMatchObject({ equal: 28, skipped: 1 });
});

test("when a worker dies in the middle, another goes on, and nothing is counted twice or lost", {
  timeout: 60_000,
}, async () => {
  arena = await Arena.create(inject("adminUrl"), [{}]);
  await arena.addUsers(400);
  arena.startEngine();
  await untilTrue(arena, 30_000);
  await siteSql(arena)`update user_profiles set team = 'Theirs' where id in ('u11', 'u399')`;
  await siteSql(arena)`delete from user_profiles where id in ('u20', 'u21', 'u300')`;
  let calls = 0;
  const mayDie = (every: number) => {
    if (++calls % every === 0) throw new Error("this worker dies");
  };
  begin((reader) => ({
    after: async (cursor, limit) => {
      mayDie(4);
      return await reader.after(cursor, Math.min(limit, 50));
    },
    present: async (ids) => {
      mayDie(3);
      return await reader.present(ids);
    },
  }));
  const found = await verified(arena, await requestVerify(arena));
  expect(calls).toBeGreaterThan(12);
  expect(found).toMatchObject({ equal: 395, different: 2, missing: 3, extra: 0, skipped: 0 });
});
