import { afterEach, describe, expect, inject, test } from "vitest";
import { Arena } from "@/tests/support/faults/arena";
import { until, untilTrue } from "@/tests/support/faults/truth";

let arena: Arena;

afterEach(async () => await arena.close());

/** A centre with these users, all at one site. */
async function startWith(ids: readonly string[]) {
  arena = await Arena.create(inject("adminUrl"), [{}]);
  const { sql } = arena.centre;
  await sql`
    insert into user_profiles (id, email, clerk_user_id)
    select id, id || '@example.com', 'clerk ' || id from unnest(${ids as string[]}::text[]) id`;
  arena.startEngine();
  await untilTrue(arena, 15_000);
  const [site] = arena.sites;
  if (!site) throw new Error("There is one site");
  return { sql, there: site.project.sql };
}

/** Everybody gets the value of the next one in the list, the last one the first one's, in one transaction. */
async function rotate(column: "email" | "clerk_user_id", ids: readonly string[]) {
  const { sql } = arena.centre;
  await sql.begin(async (tx) => {
    const rows =
      await tx`select id, ${tx(column)} as value from user_profiles where id = any (${ids as string[]})`;
    const values = new Map(rows.map(({ id, value }) => [String(id), String(value)]));
    await tx`update user_profiles set ${tx(column)} = 'on the way ' || id where id = any (${ids as string[]})`;
    for (const [n, id] of ids.entries()) {
      const value = values.get(ids[(n + 1) % ids.length] ?? "") ?? "";
      await tx`update user_profiles set ${tx(column)} = ${value} where id = ${id}`;
    }
  });
}

describe("a unique value that passes from one user to another", () => {
  test.for([
    ["two users who swap their e-mail addresses", "email", 2],
    ["five users whose addresses go round", "email", 5],
    ["two users who swap their Clerk ids", "clerk_user_id", 2],
  ] as const)("%s all get them at the site", { timeout: 40_000 }, async ([, column, many]) => {
    const ids = Array.from({ length: many }, (_, n) => `u${n}`);
    const { sql } = await startWith(ids);
    await rotate(column, ids);
    await untilTrue(arena, 10_000);
    expect(await sql`select from user_sync_log where status = 'failed'`).toHaveLength(0);
  });

  test("a user whose row waits for its next attempt makes room for another one all the same", {
    timeout: 40_000,
  }, async () => {
    const { sql, there } = await startWith(["u1", "u2"]);
    await there`alter table user_profiles add constraint no_team check (team is null)`;
    await sql`update user_profiles set email = 'new@example.com', team = 'T' where id = 'u1'`;
    await until("u1 was refused", 10_000, async () => {
      return (
        (await sql`select from user_sync_status where user_id = 'u1' and status = 'retrying'`).length > 0
      );
    });
    await sql`update user_profiles set email = 'u1@example.com' where id = 'u2'`;
    await until("u2 is there", 10_000, async () => {
      return (await sql`select from user_sync_status where user_id = 'u2' and status = 'synced'`).length > 0;
    });
    await there`alter table user_profiles drop constraint no_team`;
    await sql`select sync_retry(null, null)`;
    await untilTrue(arena, 10_000);
  });

  test("a row that is not Roster's keeps what it has, and the failure names it", {
    timeout: 40_000,
  }, async () => {
    const { sql, there } = await startWith(["u1"]);
    const theirs = { id: "theirs", clerk_user_id: "theirs", email: "wanted@example.com" };
    await there`insert into user_profiles ${there(theirs)}`;
    await sql`update user_profiles set email = 'wanted@example.com' where id = 'u1'`;
    await until("u1 was refused", 10_000, async () => {
      return (
        (await sql`select from user_sync_status where user_id = 'u1' and status = 'retrying'`).length > 0
      );
    });
    const [pair] = await sql`select error_code, error from user_sync_status where user_id = 'u1'`;
    expect(pair).toEqual({
      error_code: "conflict",
      error: "Another row at the site (id theirs) already has this email (wanted@example.com).",
    });
    expect(await there`select email from user_profiles where id = 'theirs'`).toEqual([
      { email: "wanted@example.com" },
    ]);
  });
});
