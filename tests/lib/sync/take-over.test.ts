import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startWorker, type Worker } from "@/lib/sync";
import { DEFAULT_MAPPING } from "@/lib/sync/core/mapping";
import { checkPerson } from "@/lib/take-over/check-person";
import { full } from "@/tests/support/acceptance";
import { outgoing } from "@/tests/support/outgoing";
import { createCentre, createSite, type TestProject } from "@/tests/support/stack";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

let centre: TestProject;
let site: TestProject;
let workers: Worker[] = [];
let siteId: string;

beforeEach(async () => {
  [centre, site] = await Promise.all([createCentre(), createSite()]);
  const [row] = await centre.sql`
    insert into connected_sites (name, url, removal_guard) values ('shop', ${site.url}, false) returning id`;
  siteId = String(row?.id);
});

afterEach(async () => {
  await stop();
  await Promise.all([centre.close(), site.close()]);
});

async function stop(): Promise<void> {
  await Promise.all(workers.map((worker) => worker.stop()));
  workers = [];
}

function wake(): void {
  for (const worker of workers) worker.wake();
}

function start(): void {
  const worker = startWorker({
    supabaseUrl: centre.url,
    secretKey: centre.secretKey,
    openCredentials: async (_site, sealed) => sealed,
    checkPerson,
    outgoing,
    log: silent,
  });
  workers.push(worker);
}

async function connect(): Promise<void> {
  await centre.sql`select site_set_credentials(${siteId}, ${site.url}, ${site.secretKey}, 'last')`;
  start();
}

async function takeOver(): Promise<
  Record<string, unknown> & { groups: Record<string, number>; state: string }
> {
  const [row] = await centre.sql`select take_over_read(${siteId}) as read`;
  return row?.read;
}

async function reaches(state: string) {
  await expect.poll(async () => (await takeOver()).state, { timeout: 30_000, interval: 30 }).toBe(state);
  return await takeOver();
}

async function decide(groups: Record<string, string>, rows: object[] = []) {
  const [row] = await centre.sql`
    select request_take_over(${siteId}, ${centre.sql.json(groups)}, ${centre.sql.json(rows as [])}) as answer`;
  wake();
  return row?.answer;
}

async function items(kind: string) {
  const [row] = await centre.sql`select take_over_items(${siteId}, ${kind}, null, null, 500) as page`;
  return row?.page.items as {
    rowId: string;
    users: { id: string }[];
    reason: string;
    problem: string;
    why: string;
  }[];
}

/** Waits until nothing is on its way any more; users that the site refused are left. */
async function settled() {
  const counts = () => centre.sql`
    select (select count(*) from pgmq.q_user_changes)::int as queued,
      (select count(*) from user_sync_status where status = 'pending')::int as waiting,
      (select count(*) from sync_runs where finished_at is null)::int as runs`;
  const nothing = { queued: 0, waiting: 0, runs: 0 };
  await expect.poll(async () => (await counts())[0], { timeout: 30_000, interval: 30 }).toEqual(nothing);
}

async function states() {
  const rows = await centre.sql`select user_id, status, error from user_sync_status order by user_id`;
  return Object.fromEntries(rows.map((row) => [row.user_id, row.error ?? row.status]));
}

function addUser(id: string, email: string, more: { full_name?: string; clerk_user_id?: string } = {}) {
  return centre.sql`insert into user_profiles ${centre.sql({ id, email, ...more })}`;
}

function addRow(id: string, email: string, more: Record<string, string> = {}) {
  return site.sql`insert into user_profiles ${site.sql({ id, clerk_user_id: id, email, ...more })}`;
}

async function rowsThere() {
  return [...(await site.sql`select id, email, full_name from user_profiles order by id`)];
}

describe("a site with users under other ids, which its other tables refer to", () => {
  test.each(full ? [5_000] : [300])(
    "is taken over without losing a row: %i users",
    { timeout: 60_000 },
    async (users) => {
      // By e-mail in other spelling, by Clerk id, by the same id; the last twentieth is only there.
      const [byEmail, byClerk, byId] = [users * 0.8, users * 0.9, users * 0.95];
      await site.sql`alter table user_profiles add column is_active boolean default true`;
      await site.sql`
      insert into user_profiles (id, clerk_user_id, email, full_name, created_at, updated_at)
      select 'legacy-' || n, 'clerk_' || n,
        case when n <= ${byEmail} then (array['P' || n || '@Example.com', '  p' || n || '@example.COM', 'P' || n || '@EXAMPLE.com '])[n % 3 + 1]
          when n <= ${byClerk} then 'private' || n || '@home.example' else 'p' || n || '@example.com' end,
        'Old name ' || n, '2020-01-01', now()
      from generate_series(1, ${users}) n`;
      await site.sql`create table orders (id bigint generated always as identity, user_id text not null references user_profiles (id))`;
      await site.sql`insert into orders (user_id) select id from user_profiles`;
      await site.reloadSchema();
      await centre.sql`
      insert into user_profiles (id, clerk_user_id, email, full_name, updated_at)
      select case when n > ${byClerk} then 'legacy-' || n else 'u' || n end,
        case when n > ${byEmail} then 'clerk_' || n else 'u' || n end, 'p' || n || '@example.com', 'Name ' || n, '2019-01-01'
      from generate_series(1, ${byId}) n`;
      await centre.sql`insert into user_profiles (id, email, full_name) select 'new' || n, 'new' || n || '@example.com', 'New ' || n from generate_series(1, 20) n`;
      const before =
        await site.sql`select md5(string_agg(p::text, '' order by id)) as sum from user_profiles p`;

      await connect();
      start(); // a second one: neither does what the other has done
      const found = await reaches("ready");
      expect(found.groups).toEqual({
        same_id: users * 0.05,
        same_email: byEmail,
        same_clerk_id: users * 0.1,
        only_here: 20,
        only_there: users * 0.05,
        conflicting: 0,
      });
      expect(
        await site.sql`select md5(string_agg(p::text, '' order by id)) as sum from user_profiles p`,
      ).toEqual(before);

      const groups = { same_id: "link", same_email: "link", same_clerk_id: "link", only_there: "import" };
      expect(await decide(groups)).toEqual({ runId: expect.any(String) });
      expect(await reaches("done")).toMatchObject({
        linked: byId,
        imported: users * 0.05,
        refused: 0,
        holds: false,
      });
      await settled();
      const [all] = await site.sql`
      select count(*)::int as rows, count(*) filter (where id like 'legacy-%')::int as legacy,
        count(distinct lower(btrim(email)))::int as people,
        count(*) filter (where id like 'legacy-%' and created_at = '2020-01-01')::int as as_made
      from user_profiles`;
      expect(all).toEqual({ rows: users + 20, legacy: users, people: users + 20, as_made: users });
      const [orders] =
        await site.sql`select count(*)::int as kept from orders o join user_profiles p on p.id = o.user_id`;
      expect(orders?.kept).toBe(users);
      // Each row has its own person's values, and the Clerk id that only the site knew.
      const wrong = await site.sql`
      select id from user_profiles p where id like 'legacy-%' and (clerk_user_id, email, full_name) is distinct from (
        'clerk_' || substr(id, 8), 'p' || substr(id, 8) || '@example.com',
        case when substr(id, 8)::int <= ${byId} then 'Name ' else 'Old name ' end || substr(id, 8))`;
      expect([...wrong]).toEqual([]);
      expect(await centre.sql`select distinct status from user_sync_status`).toEqual([{ status: "synced" }]);

      // What happens later arrives at the same rows.
      await centre.sql`update user_profiles set full_name = 'Edited', email = 'edited' || substr(id, 2) || '@example.com' where id in ('u1', 'u77')`;
      await site.sql`delete from orders where user_id = 'legacy-2'`;
      await centre.sql`delete from user_profiles where id in ('u2', 'u3')`;
      await expect
        .poll(async () => Object.keys(await states()).length, { timeout: 10_000 })
        .toBe(byId + users * 0.05 + 20 - 1);
      await settled();
      expect(
        await site.sql`select id, email, full_name from user_profiles where id in ('legacy-1', 'legacy-77') order by id`,
      ).toEqual([
        { id: "legacy-1", email: "edited1@example.com", full_name: "Edited" },
        { id: "legacy-77", email: "edited77@example.com", full_name: "Edited" },
      ]);
      expect(await site.sql`select id from user_profiles where id in ('legacy-2', 'legacy-3')`).toEqual([
        { id: "legacy-3" },
      ]);
      expect((await states()).u3).toMatch(/violates foreign key constraint/);

      await centre.sql`select site_set_removal(${siteId}, 'deactivate', 'is_active')`;
      await centre.sql`update user_profiles set status = 'inactive' where id in ('u4', ${`legacy-${users}`})`;
      wake();
      await expect
        .poll(
          async () => [...(await site.sql`select id from user_profiles where not is_active order by id`)],
          {
            timeout: 10_000,
          },
        )
        .toEqual(
          [{ id: "legacy-3" }, ...["legacy-4", `legacy-${users}`].sort().map((id) => ({ id }))].sort(
            (a, b) => (a.id < b.id ? -1 : 1),
          ),
        );
      const [left] = await site.sql`select count(*)::int as rows from user_profiles`;
      expect(left?.rows).toBe(users + 19);
    },
  );
});

test("a site that Roster shares has the documented table, but for when its rows were made", async () => {
  const [row] = await centre.sql`select documented_mapping() as mapping`;
  const columns = DEFAULT_MAPPING.columns.map((one) => ({
    ...one,
    onlyOnCreate: one.column === "created_at",
  }));
  expect(row?.mapping).toEqual({ ...DEFAULT_MAPPING, columns });
});

test("who comes back from a mistyped address, to a table that was Roster's alone, has nothing to decide", async () => {
  const point = async (url: string) => {
    await centre.sql`select site_set_credentials(${siteId}, ${url}, ${site.secretKey}, 'last')`;
    const [row] = await centre.sql`select take_over, status from connected_sites where id = ${siteId}`;
    return row;
  };
  await centre.sql`insert into user_profiles (id, email) values ('u1', 'u1@example.com')`;
  await connect();
  const there = () => site.sql`select id from user_profiles`;
  await expect.poll(there).toEqual([{ id: "u1" }]);
  await stop();
  expect(await point("http://127.0.0.1:1")).toEqual({ take_over: "look", status: "active" });
  expect(await point("http://127.0.0.1:2")).toEqual({ take_over: "look", status: "active" });
  expect(await point(site.url)).toEqual({ take_over: null, status: "active" });
  await centre.sql`update connected_sites set shared = true where id = ${siteId}`;
  await point("http://127.0.0.1:1");
  expect(await point(site.url)).toMatchObject({ take_over: "look" });
});

test("an empty site is written to at once, with nothing to decide", async () => {
  await addUser("u1", "ada@example.com", { full_name: "Ada" });
  // The connection is being tested just then.
  await addRow("roster-connection-test-1", "roster-connection-test-1@example.invalid");
  await connect();
  await settled();
  await site.sql`delete from user_profiles where id = 'roster-connection-test-1'`;
  expect(await rowsThere()).toEqual([{ id: "u1", email: "ada@example.com", full_name: "Ada" }]);
  expect(await takeOver()).toMatchObject({ state: "none", holds: false });
});

describe("until somebody decides", () => {
  test("nothing is written, whatever else is asked for", async () => {
    await addUser("u1", "ada@example.com", { full_name: "Ada" });
    await addRow("old", "Ada@Example.com", { full_name: "A." });
    await connect();
    expect(await reaches("ready")).toMatchObject({ holds: true });
    await centre.sql`update user_profiles set full_name = 'Ada King' where id = 'u1'`;
    await centre.sql`select request_sync_user('u1', 'test')`;
    await centre.sql`select request_retry(null, null)`;
    await centre.sql`select site_update(${siteId}, null, null, 'active')`;
    wake();
    await expect
      .poll(async () => [...(await centre.sql`select status, take_over from connected_sites`)])
      .toEqual([{ status: "paused", take_over: "waiting" }]);
    expect(await rowsThere()).toEqual([{ id: "old", email: "Ada@Example.com", full_name: "A." }]);
  });

  test("rows that could be several users', users with several rows, and users who left are conflicting", async () => {
    await addUser("u1", "one@example.com", { clerk_user_id: "clerk_1" });
    await addUser("u2", "two@example.com", { clerk_user_id: "clerk_2" });
    await addUser("u3", "three@example.com");
    await addUser("gone", "gone@example.com");
    await centre.sql`update user_profiles set status = 'inactive' where id = 'gone'`;
    await addRow("both", "one@example.com", { clerk_user_id: "clerk_2" });
    await addRow("first", "THREE@example.com");
    await addRow("second", " three@example.com");
    await addRow("left", "gone@example.com");
    await connect();
    expect((await reaches("ready")).groups).toMatchObject({ conflicting: 4, same_email: 0, only_here: 0 });
    const found = (await items("conflicting")).map(({ rowId, reason, users }) => [
      rowId,
      reason,
      users.map(({ id }) => id),
    ]);
    expect(found).toEqual([
      ["both", "several_users", ["u1", "u2"]],
      ["first", "several_rows", ["u3"]],
      ["left", "inactive", ["gone"]],
      ["second", "several_rows", ["u3"]],
    ]);

    await decide({}, [
      { key: "second", decision: "link", userId: "u3" },
      { key: "left", decision: "link" },
      { key: "both", decision: "link", userId: "u2" },
    ]);
    expect(await reaches("done")).toMatchObject({ linked: 2, refused: 1, left: 1 });
    await settled();
    expect((await items("refused")).map(({ rowId, why }) => [rowId, why])).toEqual([
      ["left", "This user is inactive, so the row would be removed at once."],
    ]);
    expect(await rowsThere()).toMatchObject([
      { id: "both", email: "two@example.com" },
      { id: "first", email: "THREE@example.com" },
      { id: "left", email: "gone@example.com" },
      { id: "second", email: "three@example.com" },
    ]);
    // Whose row was given to somebody else is not sent, or there would be a second one.
    expect(await states()).toEqual({ gone: "removed", u1: "out_of_scope", u2: "synced", u3: "synced" });
  });
});

test("what is left alone is never touched, and nobody is there twice", async () => {
  await addUser("u1", "ada@example.com", { full_name: "Ada" });
  await addUser("same", "bob@example.com", { full_name: "Bob" });
  await addUser("new", "new@example.com", { full_name: "New" });
  await addRow("old", "ADA@example.com", { full_name: "A." });
  await addRow("same", "bob@example.com", { full_name: "B." });
  await addRow("own", "own@example.com", { full_name: "Own" });
  await connect();
  await reaches("ready");
  await decide({});
  expect(await reaches("done")).toMatchObject({ left: 3, linked: 0 });
  await settled();
  const mine = [
    { id: "new", email: "new@example.com", full_name: "New" },
    { id: "old", email: "ADA@example.com", full_name: "A." },
    { id: "own", email: "own@example.com", full_name: "Own" },
    { id: "same", email: "bob@example.com", full_name: "B." },
  ];
  expect(await rowsThere()).toEqual(mine);
  expect(await states()).toEqual({ new: "synced", same: "out_of_scope", u1: "out_of_scope" });

  // Nor does anybody come to own such a row by having its id, and leaving takes nothing away.
  await addUser("own", "somebody@example.com");
  await centre.sql`update user_profiles set full_name = 'X' where id in ('u1', 'same')`;
  await centre.sql`update user_profiles set status = 'inactive' where id = 'same'`;
  await expect.poll(async () => (await states()).own, { timeout: 10_000 }).toMatch(/row of its own/);
  await settled();
  await centre.sql`delete from user_profiles where id in ('own', 'u1', 'same')`;
  await settled();
  expect(await rowsThere()).toEqual(mine);
});

test("a decision is applied to what is there when it is applied", async () => {
  await addUser("u1", "ada@example.com", { full_name: "Ada" });
  await addUser("u2", "bob@example.com", { full_name: "Bob" });
  await addUser("u3", "eve@example.com", { full_name: "Eve" });
  await addRow("a", "ADA@example.com");
  await addRow("b", "BOB@example.com");
  await addRow("wrong", "not an address");
  await connect();
  expect((await items("only_there")).length).toBe(0);
  await reaches("ready");
  expect(await items("only_there")).toMatchObject([
    { rowId: "wrong", problem: expect.stringContaining("e-mail address") },
  ]);
  await stop();
  // Meanwhile a row comes, another goes, and a user leaves the list.
  await addRow("c", "EVE@example.com");
  await site.sql`delete from user_profiles where id = 'a'`;
  await centre.sql`delete from user_profiles where id = 'u2'`;
  await decide({ same_email: "link", only_there: "import" });
  start();
  expect(await reaches("done")).toMatchObject({ linked: 1, imported: 1, refused: 1 });
  await settled();
  expect(await rowsThere()).toMatchObject([
    { id: "b", email: "BOB@example.com" }, // a user of the list again, of that address
    { id: "c", email: "eve@example.com", full_name: "Eve" },
    { id: "u1", email: "ada@example.com", full_name: "Ada" },
    { id: "wrong", email: "not an address" },
  ]);
  expect(await states()).toEqual({ b: "synced", u1: "synced", u3: "synced" });
});

test("who is on the way to the site when their row is linked is waited for", async () => {
  await addUser("u1", "ada@example.com", { full_name: "Ada" });
  await addRow("a", "ADA@example.com");
  await connect();
  await reaches("ready");
  await stop();
  const [batch] = await centre.sql`
    insert into sync_claims (id, site_id, lease_id, user_ids, versions, upserts, triggers, attempts, run_ids, row_times, emails)
    values (gen_random_uuid(), ${siteId}, gen_random_uuid(), '{u1}', '{1}', '{t}', '{change}', '{1}', '{null}', '{now}', '{x}')
    returning id`;
  await decide({ same_email: "link" });
  start();
  await reaches("applying");
  const phase = async () => (await centre.sql`select phase from site_take_overs`)[0]?.phase;
  await expect.poll(phase).toBe("apply");
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await takeOver()).toMatchObject({ state: "applying", linked: 0, refused: 0 });
  await centre.sql`delete from sync_claims where id = ${String(batch?.id)}`;
  expect(await reaches("done")).toMatchObject({ linked: 1, refused: 0 });
  await settled();
  expect(await rowsThere()).toMatchObject([{ id: "a", email: "ada@example.com", full_name: "Ada" }]);
});

test.each([
  ["uuid", "8d1f0a52-3c1b-4c7e-9a64-7f0b8f2f1c33"],
  ["integer", "17"],
])("a table of its own with a key of type %s is taken over by e-mail address", async (type, key) => {
  await site.sql.unsafe(
    `create table employees (emp_id ${type} primary key, work_mail text unique, display_name text not null)`,
  );
  await site.sql`grant all on employees to service_role`;
  await site.sql.unsafe(`insert into employees values ('${key}', 'ADA@example.com ', 'A.')`);
  await site.reloadSchema();
  const column = (name: string, field: string) => ({
    column: name,
    from: { kind: "field", field },
    onlyOnCreate: false,
    clearWhenEmpty: true,
  });
  const mapping = {
    schema: "public",
    table: "employees",
    match: "emp_id",
    columns: [column("emp_id", "id"), column("work_mail", "email"), column("display_name", "full_name")],
  };
  await centre.sql`select site_set_mapping(${siteId}, ${centre.sql.json(mapping)}, 'delete', null)`;
  await addUser("0b7ad5a4-6c1f-4a2e-9d5b-0f4e2f3d9c11", "ada@example.com", { full_name: "Ada" });
  await connect();
  expect((await reaches("ready")).groups).toMatchObject({ same_email: 1 });
  await decide({ same_email: "link" });
  await reaches("done");
  await settled();
  const row = {
    emp_id: type === "integer" ? Number(key) : key,
    work_mail: "ada@example.com",
    display_name: "Ada",
  };
  expect(await site.sql`select * from employees`).toEqual([row]);
  await centre.sql`update user_profiles set status = 'inactive'`;
  await settled();
  expect(await site.sql`select * from employees`).toEqual([]);
});

describe("a site that is looked at again", () => {
  test("forgets what was decided before about a row with which it could not be done", async () => {
    await addRow("own", "not an address");
    await connect();
    await reaches("ready");
    await decide({}, [{ key: "own", decision: "import" }]);
    expect(await reaches("done")).toMatchObject({ imported: 0, refused: 1 });
    await site.sql`update user_profiles set email = 'own@example.com'`;

    await centre.sql`select request_take_over_scan(${siteId})`;
    wake();
    expect((await reaches("ready")).groups).toMatchObject({ only_there: 1 });
    await decide({ only_there: "leave" });
    expect(await reaches("done")).toMatchObject({ imported: 0, left: 1 });
    expect([...(await centre.sql`select id from user_profiles`)]).toEqual([]);
  });

  test("gets who was left to it and has no row there any more", async () => {
    await addUser("u1", "ada@example.com", { full_name: "Ada" });
    await addRow("old", "ADA@example.com", { full_name: "A." });
    await addRow("own", "own@example.com", { full_name: "Own" });
    await connect();
    await reaches("ready");
    await decide({});
    await reaches("done");
    await settled();
    expect(await states()).toEqual({ u1: "out_of_scope" });
    await site.sql`delete from user_profiles where id = 'old'`;

    await centre.sql`select request_take_over_scan(${siteId})`;
    wake();
    expect((await reaches("ready")).groups).toMatchObject({ only_here: 1, only_there: 1 });
    await decide({});
    await reaches("done");
    await settled();
    expect(await states()).toEqual({ u1: "synced" });
    expect(await rowsThere()).toMatchObject([{ id: "own" }, { id: "u1" }]);
  });
});

test("a decision goes on when the key that was refused is replaced, or when somebody looks again", async () => {
  await addUser("u1", "ada@example.com", { full_name: "Ada" });
  await addRow("old", "ADA@example.com", { full_name: "A." });
  await connect();
  await reaches("ready");
  const replaceKey = (key: string) =>
    centre.sql`select site_set_credentials(${siteId}, ${site.url}, ${key}, 'last')`;
  await replaceKey("sb_secret_of_another_project_altogether");
  await decide({ same_email: "link" });
  const error = async () => (await takeOver()).errorCode;
  await expect.poll(error, { timeout: 10_000 }).toBe("credentials_rejected");
  expect(await takeOver()).toMatchObject({ state: "applying" });
  const [again] = await centre.sql`select request_take_over_scan(${siteId}) as answer`;
  expect(again?.answer).toEqual({});
  expect(await takeOver()).toMatchObject({ state: "applying" });
  await replaceKey(site.secretKey);
  wake();
  expect(await reaches("done")).toMatchObject({ linked: 1 });
});

test("an id with spaces around it is no user of the list", async () => {
  await addRow(" own", "own@example.com");
  await connect();
  await reaches("ready");
  expect(await items("only_there")).toMatchObject([
    { rowId: " own", problem: expect.stringContaining("Id") },
  ]);
});

test("what a decision does never waits for a request that waits for it", async () => {
  await addUser("u1", "ada@example.com", { full_name: "Ada" });
  await addRow("old", "ADA@example.com", { full_name: "A." });
  await connect();
  await reaches("ready");
  await stop();
  await decide({ same_email: "link" });
  const lease = crypto.randomUUID();
  await centre.sql`
    update site_take_overs set phase = 'apply', lease_id = ${lease}, lease_until = now() + interval '1 minute'`;
  const step = await centre.sql.begin(async (request) => {
    await request`select from connected_sites for no key update`;
    const stepping = centre.sql`select sync_take_over_step(${siteId}, ${lease}, 60) as step`.execute();
    const waiting = async () =>
      (
        await centre.sql`select from pg_stat_activity where wait_event_type = 'Lock' and query like '%sync_take_over_step(%'`
      ).length;
    await expect.poll(waiting, { timeout: 10_000, interval: 20 }).toBe(1);
    await request`select from site_take_overs for no key update nowait`;
    return { stepping };
  });
  expect(await step.stepping).toMatchObject([{ step: { kind: "held", phase: "apply" } }]);
});

test("a row that was left alone keeps its address, whoever has its id and whoever needs its address", async () => {
  await addUser("u1", "ada@example.com", { full_name: "Ada" });
  await addRow("old", "ADA@example.com", { full_name: "A." });
  await addRow("u1", "first@example.com", { full_name: "First", clerk_user_id: "c1" });
  await addRow("own", "own@example.com", { full_name: "Own" });
  await connect();
  await reaches("ready");
  await decide({}, [{ key: "old", decision: "link", userId: "u1" }]);
  expect(await reaches("done")).toMatchObject({ linked: 1, left: 2 });
  await settled();
  // One has the id of a user who is somewhere else there, the other that of a user who cannot be there.
  await addUser("own", "somebody@example.com");
  await expect.poll(async () => (await states()).own, { timeout: 10_000 }).toMatch(/row of its own/);
  await addUser("u2", "first@example.com");
  await addUser("u3", "own@example.com");
  const theirs = async () => [(await states()).u2, (await states()).u3].join();
  await expect.poll(theirs, { timeout: 10_000 }).toMatch(/id u1\).*id own\)/);
  await settled();
  expect(await rowsThere()).toEqual([
    { id: "old", email: "ada@example.com", full_name: "Ada" },
    { id: "own", email: "own@example.com", full_name: "Own" },
    { id: "u1", email: "first@example.com", full_name: "First" },
  ]);
});

test("a worker that died on the way makes no row of the site's own Roster's", async () => {
  await addRow("other", "other@example.com");
  await connect();
  await reaches("ready");
  await decide({});
  await reaches("done");
  await settled();
  await stop();
  // A row that Roster put there and one that the site did, and nothing is known of what the worker did.
  await addUser("mine", "mine@example.com", { full_name: "Mine" });
  await addUser("own", "somebody@example.com", { full_name: "X" });
  await addRow("mine", "mine@example.com", { full_name: "Mine", role: "user" });
  await addRow("own", "own@example.com", { full_name: "Own", updated_at: "2020-01-01" });
  await centre.sql`select sync_fan_out()`;
  await centre.sql`select sync_mark_in_doubt(${siteId}, '{mine,own}', '{t,t}', '{null,null}')`;
  start();
  await expect.poll(async () => (await states()).own, { timeout: 10_000 }).toMatch(/row of its own/);
  await settled();
  expect((await states()).mine).toBe("synced");
  await centre.sql`delete from user_profiles`;
  await settled();
  expect(await rowsThere()).toEqual([
    { id: "other", email: "other@example.com", full_name: null },
    { id: "own", email: "own@example.com", full_name: "Own" },
  ]);
});
