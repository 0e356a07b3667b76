import { afterEach, expect, inject, test } from "vitest";
import type { Verifier } from "@/lib/sync/verify/verifier";
import { Arena } from "@/tests/support/faults/arena";
import type { SiteOptions } from "@/tests/support/faults/arena-site";
import { untilTrue } from "@/tests/support/faults/truth";
import { repaired, requestVerify, startTestVerifier, verified } from "@/tests/support/verification";

let arena: Arena;
let verifier: Verifier;

async function begin(options: SiteOptions = {}, users = 2_500): Promise<void> {
  arena = await Arena.create(inject("adminUrl"), [options]);
  await arena.addUsers(users);
  arena.startEngine();
  await untilTrue(arena, 60_000);
  verifier = startTestVerifier(arena);
}

afterEach(async () => {
  await verifier.stop();
  await arena.close();
});

function site() {
  const [first] = arena.sites;
  if (!first) throw new Error("The arena has a site");
  return first.project;
}

async function compare(repair = false) {
  return await verified(arena, await requestVerify(arena, repair));
}

async function states() {
  return await arena.centre.sql`
    select status, count(*)::int as users, count(verified_at)::int as verified from user_sync_status
    group by status order by status`;
}

test("a site that is as the list says is equal, and every user counts as seen there", async () => {
  await begin();
  expect(await compare()).toMatchObject({ equal: 2_500, different: 0, missing: 0, extra: 0, skipped: 0 });
  expect(await states()).toEqual([{ status: "synced", users: 2_500, verified: 2_500 }]);
});

test("what was changed, deleted and added there is found, shown in the states, and equal again after a repair", async () => {
  await begin();
  const { sql } = site();
  await sql`update user_profiles set role = 'admin', team = 'Theirs' where id = 'u17'`;
  await sql`update user_profiles set full_name = '' where id = 'u18'`;
  await sql`delete from user_profiles where id in ('u3', 'u2500', 'u999')`;
  await sql`insert into user_profiles (id, clerk_user_id, email) values ('own', 'own', 'own@example.com')`;
  const found = await compare();
  expect(found).toMatchObject({ equal: 2_495, different: 2, missing: 3, extra: 1, skipped: 0, repaired: 0 });
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
    { userId: "u2500", kind: "missing" },
    { userId: "u3", kind: "missing" },
    { userId: "u999", kind: "missing" },
  ]);
  expect(await states()).toEqual([
    { status: "different", users: 2, verified: 0 },
    { status: "missing", users: 3, verified: 0 },
    { status: "synced", users: 2_495, verified: 2_495 },
  ]);

  const again = await compare(true);
  expect(again).toMatchObject({ different: 2, missing: 3, extra: 1 });
  await repaired(arena, again.id, 5);
  const last = await compare();
  expect(last).toMatchObject({ equal: 2_500, different: 0, missing: 0, extra: 1 });
  expect(await sql`select id from user_profiles where id = 'own'`).toHaveLength(1);
});
