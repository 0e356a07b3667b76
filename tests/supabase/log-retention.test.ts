import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { Arena } from "@/tests/support/faults/arena";
import { untilTrue } from "@/tests/support/faults/truth";

let arena: Arena;
beforeEach(async () => {
  arena = await Arena.create(inject("adminUrl"), [{}]);
});
afterEach(async () => await arena.close());

/** Partitions of the log by name, but for the one that catches the rest. */
async function weeks(): Promise<string[]> {
  const rows = await arena.centre.sql<{ name: string }[]>`
    select inhrelid::regclass::text as name from pg_inherits
    where inhparent = 'user_sync_log_rows'::regclass and inhrelid <> 'user_sync_log_default'::regclass order by name`;
  return rows.map(({ name }) => name.replace("public.", ""));
}

/** The partition that an attempt so many weeks from now goes to. */
async function weekOf(weeksFromNow: number): Promise<{ name: string; from: string; to: string }> {
  const [row] = await arena.centre.sql<{ name: string; from: string; to: string }[]>`
    select 'user_sync_log_' || to_char(week, 'YYYYMMDD') as name, week::text as from, (week + 7)::text as to
    from (select (date_trunc('week', now()) + make_interval(weeks => ${weeksFromNow}))::date as week)`;
  if (!row) throw new Error("no week");
  return row;
}

async function writeAttempt(userId: string, weeksFromNow: number): Promise<void> {
  await arena.centre.sql`
    insert into user_sync_log_rows
      (created_at, site_id, site, user_id, operation, trigger, status, attempt, duration_ms)
    select now() + make_interval(weeks => ${weeksFromNow}), id, name, ${userId}, 'upsert', 'change', 'success', 1, 5
    from connected_sites`;
}

async function attemptsOf(userId: string): Promise<{ partition: string }[]> {
  return await arena.centre.sql<{ partition: string }[]>`
    select tableoid::regclass::text as partition from user_sync_log_rows where user_id = ${userId}`;
}

test("this week's partition and the next two are there before they are needed", async () => {
  const ahead = await Promise.all([0, 1, 2].map(weekOf));
  expect(await weeks()).toEqual(ahead.map(({ name }) => name));
});

test("weeks wholly older than the retention are dropped, and no younger one", async () => {
  const { sql } = arena.centre;
  for (const ago of [-40, -12]) {
    const { name, from, to } = await weekOf(ago);
    await sql.unsafe(
      `create table public.${name} partition of public.user_sync_log_rows for values from ('${from}') to ('${to}')`,
    );
    await writeAttempt(`left${ago}`, ago);
  }
  await sql`select sync_log_maintain()`;
  expect(await attemptsOf("left-40")).toEqual([]);
  expect(await weeks()).not.toContain((await weekOf(-40)).name);
  expect(await attemptsOf("left-12")).toEqual([{ partition: (await weekOf(-12)).name }]);
});

test("what was logged while no worker made partitions is kept, and moves into its own when one does", async () => {
  const { sql } = arena.centre;
  const { name } = await weekOf(1);
  await sql.unsafe(`drop table public.${name}`);
  await writeAttempt("u1", 1);
  expect(await attemptsOf("u1")).toEqual([{ partition: "user_sync_log_default" }]);
  await sql`select sync_log_maintain()`;
  expect(await attemptsOf("u1")).toEqual([{ partition: name }]);
});

test("the log of a user and of a site is readable when both are gone", async () => {
  const { sql } = arena.centre;
  arena.startEngine();
  await sql`insert into user_profiles (id, email, full_name) values ('gone', 'gone@example.com', 'Gone')`;
  await untilTrue(arena, 15_000);
  await sql`delete from user_profiles where id = 'gone'`;
  await untilTrue(arena, 15_000);
  await sql`select site_disconnect(id) from connected_sites`;
  expect(
    await sql`select site, email, operation, status from user_sync_log where user_id = 'gone' order by id`,
  ).toEqual([
    { site: "site0", email: "gone@example.com", operation: "upsert", status: "success" },
    { site: "site0", email: "gone@example.com", operation: "remove", status: "success" },
  ]);
});
