import { afterEach, expect, inject, test } from "vitest";
import type { SideLoop } from "@/lib/sync/side-loop";
import { Arena } from "@/tests/support/faults/arena";
import type { Removal } from "@/tests/support/faults/arena-site";
import { untilTrue } from "@/tests/support/faults/truth";
import { repaired, requestVerify, siteSql, startTestVerifier, verified } from "@/tests/support/verification";

let arena: Arena;
let verifier: SideLoop;

afterEach(async () => {
  await verifier.stop();
  await arena.close();
});

/** Six users; u5 left by deactivation and u6 by deletion, as the site's policy says. */
async function begin(removal: Removal) {
  arena = await Arena.create(inject("adminUrl"), [{ removal }]);
  await arena.addUsers(6);
  arena.startEngine();
  await untilTrue(arena, 30_000);
  const { sql: centre } = arena.centre;
  await centre`update user_profiles set status = 'inactive' where id = 'u5'`;
  await centre`delete from user_profiles where id = 'u6'`;
  await untilTrue(arena, 30_000);
  verifier = startTestVerifier(arena);
  return { centre, site: siteSql(arena), siteId: arena.sites[0]?.id ?? "" };
}

async function compare() {
  return await verified(arena, await requestVerify(arena));
}

async function statusOf(userId: string) {
  const [row] = await arena.centre.sql`select status from user_sync_status where user_id = ${userId}`;
  return row?.status;
}

async function isAtSite(id: string): Promise<boolean> {
  const rows = await siteSql(arena)`select from user_profiles where id = ${id}`;
  return rows.length === 1;
}

test("who left and is at the site again is extra, stays, and goes when somebody says so", {
  timeout: 60_000,
}, async () => {
  const { centre, site, siteId } = await begin("delete");
  expect(await compare()).toMatchObject({ equal: 4, extra: 0, missing: 0 });
  for (const id of ["u5", "u6"]) {
    await site`insert into user_profiles (id, clerk_user_id, email) values (${id}, ${id}, ${`${id}@example.com`})`;
  }
  const found = await compare();
  expect(found).toMatchObject({ equal: 4, extra: 2 });
  expect(found.items).toMatchObject([{ userId: "u5" }, { userId: "u6", email: "u6@example.com" }]);
  expect(await statusOf("u5")).toBe("extra");
  const [counts] = await centre`select drifted::int, removed::int from sync_site_counts()`;
  const [viewed] = await centre`
    select count(*) filter (where status = 'extra')::int as drifted, count(*) filter (where status = 'removed')::int as removed
    from user_sync_status`;
  expect(counts).toEqual(viewed);

  await centre`select request_verify_repair(${siteId}, ${found.id}, 'different', null, 100, true)`;
  await centre`select request_verify_repair(${siteId}, ${found.id}, 'extra', null, 100, true)`;
  await repaired(arena, found.id, 2);
  expect([await isAtSite("u5"), await isAtSite("u6")]).toEqual([false, false]);
  expect(await compare()).toMatchObject({ equal: 4, extra: 0 });
  expect(await statusOf("u5")).toBe("removed");
});

test("an extra row that the site removes itself is no longer extra", { timeout: 60_000 }, async () => {
  const { site } = await begin("delete");
  await site`insert into user_profiles (id, clerk_user_id, email) values ('u5', 'u5', 'u5@example.com')`;
  expect(await compare()).toMatchObject({ extra: 1 });
  await site`delete from user_profiles where id = 'u5'`;
  expect(await compare()).toMatchObject({ extra: 0, missing: 0 });
  expect(await statusOf("u5")).toBe("removed");
});

test("where users are deactivated, their rows belong there, and one that is active again does not", {
  timeout: 60_000,
}, async () => {
  const { site } = await begin("deactivate");
  expect(await compare()).toMatchObject({ equal: 6, different: 0, extra: 0 });
  await site`update user_profiles set is_active = true where id = 'u5'`;
  await site`update user_profiles set is_active = false where id = 'u1'`;
  const found = await compare();
  expect(found).toMatchObject({ equal: 4, different: 1, extra: 1 });
  expect(found.items).toMatchObject([
    { userId: "u1", kind: "different", fields: [{ name: "is_active", here: "true", there: "false" }] },
    { userId: "u5", kind: "extra" },
  ]);
});

test("where rows are kept, those of users who left belong there", { timeout: 60_000 }, async () => {
  await begin("keep");
  expect(await compare()).toMatchObject({ equal: 6, different: 0, extra: 0 });
  expect(await statusOf("u5")).toBe("kept");
});
