import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startWorker, type Worker } from "@/lib/sync";
import type { Mapping } from "@/lib/sync/core/mapping";
import { outgoing } from "@/tests/support/outgoing";
import { createCentre, createSite, type TestProject } from "@/tests/support/stack";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

const EMPLOYEES: Mapping = {
  schema: "public",
  table: "employees",
  match: "work_mail",
  columns: [
    {
      column: "work_mail",
      from: { kind: "field", field: "email" },
      onlyOnCreate: false,
      clearWhenEmpty: true,
    },
    {
      column: "display_name",
      from: { kind: "template", template: "{full_name} ({team})" },
      onlyOnCreate: false,
      clearWhenEmpty: true,
    },
    {
      column: "hr_role",
      from: {
        kind: "values",
        field: "role",
        values: { admin: "hr_admin" },
        otherwise: { kind: "value", value: "employee" },
      },
      onlyOnCreate: false,
      clearWhenEmpty: true,
    },
  ],
};

let centre: TestProject;
let hrms: TestProject;
let worker: Worker | undefined;
let siteId: string;

beforeEach(async () => {
  [centre, hrms] = await Promise.all([createCentre(), createSite({ name: "hrms", table: "none" })]);
  await hrms.sql`
    create table employees (
      emp_id uuid primary key default gen_random_uuid(),
      work_mail text not null unique,
      display_name text,
      hr_role text not null,
      is_active boolean not null default true
    )`;
  await hrms.sql`grant all on employees to service_role`;
  await hrms.reloadSchema();
  const [row] =
    await centre.sql`insert into connected_sites (name, url) values ('hrms', ${hrms.url}) returning id`;
  siteId = String(row?.id);
});

afterEach(async () => {
  await worker?.stop();
  worker = undefined;
  await Promise.all([centre.close(), hrms.close()]);
});

function start() {
  worker = startWorker({
    supabaseUrl: centre.url,
    secretKey: centre.secretKey,
    openCredentials: async (_site, sealed) => sealed,
    outgoing,
    log: silent,
  });
}

async function connect(mapping: Mapping, policy = "deactivate", column: string | null = "is_active") {
  await centre.sql`select site_set_mapping(${siteId}, ${centre.sql.json(mapping)}, ${policy}, ${column})`;
  await centre.sql`select site_set_credentials(${siteId}, ${hrms.url}, ${hrms.secretKey}, 'last')`;
  // What becomes of rows that the site had before is decided: see take-over.test.ts.
  await centre.sql`update connected_sites set take_over = null`;
  start();
}

/** Waits until nothing is on its way any more. */
async function settled() {
  const counts = () => centre.sql`
    select (select count(*) from pgmq.q_user_changes)::int as queued,
      (select count(*) from user_sync_status where status in ('pending', 'retrying'))::int as waiting,
      (select count(*) from sync_runs where finished_at is null)::int as runs`;
  const nothing = { queued: 0, waiting: 0, runs: 0 };
  await expect.poll(async () => (await counts())[0], { timeout: 20_000, interval: 30 }).toEqual(nothing);
}

function addUser(id: string, email: string, more: { full_name?: string; role?: string; team?: string } = {}) {
  return centre.sql`insert into user_profiles ${centre.sql({ id, email, ...more })}`;
}

async function employees() {
  return [
    ...(await hrms.sql`select work_mail, display_name, hr_role, is_active from employees order by work_mail`),
  ];
}

async function states() {
  const rows = await centre.sql`select user_id, status, error from user_sync_status order by user_id`;
  return Object.fromEntries(rows.map((row) => [row.user_id, row.error ?? row.status]));
}

describe("a site with a table of its own", () => {
  test("gets users as its mapping says, keeps its ids, and deactivates who leaves", async () => {
    await addUser("u1", "ada@example.com", { full_name: "Ada", team: "Engines", role: "admin" });
    await connect(EMPLOYEES);
    await settled();
    expect(await employees()).toEqual([
      { work_mail: "ada@example.com", display_name: "Ada (Engines)", hr_role: "hr_admin", is_active: true },
    ]);
    const [made] = await hrms.sql`select emp_id from employees`;
    expect(made?.emp_id).toMatch(/^[0-9a-f-]{36}$/);

    await centre.sql`update user_profiles set status = 'inactive' where id = 'u1'`;
    await settled();
    expect(await employees()).toMatchObject([{ work_mail: "ada@example.com", is_active: false }]);
    expect(await states()).toEqual({ u1: "removed" });

    await centre.sql`update user_profiles set status = 'active', role = 'user' where id = 'u1'`;
    await settled();
    expect(await employees()).toMatchObject([{ hr_role: "employee", is_active: true }]);
    expect(await hrms.sql`select emp_id from employees`).toEqual([made]);
  });

  test("keeps a person's row when the value that identifies it changes", async () => {
    await addUser("u1", "ada@example.com", { full_name: "Ada" });
    await connect(EMPLOYEES);
    await settled();
    const before = await hrms.sql`select emp_id from employees`;
    await centre.sql`update user_profiles set email = 'ada.king@example.com' where id = 'u1'`;
    await settled();
    expect(await employees()).toMatchObject([{ work_mail: "ada.king@example.com" }]);
    expect(await hrms.sql`select emp_id from employees`).toEqual(before);
  });

  test("never gives one person's row to another when addresses are passed on or swapped", async () => {
    await addUser("u1", "a@example.com", { full_name: "One" });
    await addUser("u2", "b@example.com", { full_name: "Two" });
    await connect(EMPLOYEES);
    await settled();
    const ids = async () => {
      const rows = await hrms.sql`select display_name, emp_id from employees order by display_name`;
      return Object.fromEntries(rows.map((row) => [row.display_name, row.emp_id]));
    };
    const before = await ids();
    await centre.sql.begin(async (sql) => {
      await sql`update user_profiles set email = 'c@example.com' where id = 'u1'`;
      await sql`update user_profiles set email = 'a@example.com' where id = 'u2'`;
      await sql`update user_profiles set email = 'b@example.com' where id = 'u1'`;
      await sql`insert into user_profiles (id, email, full_name) values ('u0', 'c@example.com', 'Zero')`;
    });
    await settled();
    expect(await employees()).toMatchObject([
      { work_mail: "a@example.com", display_name: "Two ()" },
      { work_mail: "b@example.com", display_name: "One ()" },
      { work_mail: "c@example.com", display_name: "Zero ()" },
    ]);
    expect(await ids()).toMatchObject(before);
  });

  test("keeps what is written on creation only, and what stays when it is empty", async () => {
    const [mail, name, role] = EMPLOYEES.columns;
    if (!mail || !name || !role) throw new Error("The mapping has three columns");
    await addUser("u1", "ada@example.com", { full_name: "Ada" });
    const columns = [
      mail,
      { ...name, from: { kind: "field", field: "full_name" } as const, clearWhenEmpty: false },
      { ...role, onlyOnCreate: true },
    ];
    await connect({ ...EMPLOYEES, columns }, "delete", null);
    await settled();
    await hrms.sql`update employees set hr_role = 'director'`;
    await addUser("u2", "bob@example.com", { role: "admin" });
    await centre.sql`update user_profiles set full_name = 'Ada King', role = 'admin' where id = 'u1'`;
    await settled();
    expect(await employees()).toMatchObject([
      { work_mail: "ada@example.com", display_name: "Ada King", hr_role: "director" },
      { work_mail: "bob@example.com", display_name: null, hr_role: "hr_admin" },
    ]);
    await centre.sql`update user_profiles set full_name = null`;
    await settled();
    expect(await employees()).toMatchObject([{ display_name: "Ada King" }, { display_name: null }]);
    await centre.sql`update user_profiles set status = 'inactive' where id = 'u1'`;
    await settled();
    expect(await employees()).toMatchObject([{ work_mail: "bob@example.com" }]);
    expect([...(await centre.sql`select user_id, key from site_row_keys`)]).toEqual([
      { user_id: "u2", key: "bob@example.com" },
    ]);
  });

  test("writes a linked person's row under the id that it has there", async () => {
    const mapping: Mapping = {
      ...EMPLOYEES,
      match: "emp_id",
      columns: [
        { column: "emp_id", from: { kind: "field", field: "id" }, onlyOnCreate: false, clearWhenEmpty: true },
        ...EMPLOYEES.columns,
      ],
    };
    const [known, linked, fresh] = [randomUUID(), randomUUID(), randomUUID().toUpperCase()];
    await hrms.sql`insert into employees (emp_id, work_mail, hr_role) values (${known}, 'Ada@Example.com', 'x')`;
    await centre.sql`
      insert into site_row_keys (site_id, user_id, generation, key)
      select id, ${linked}, generation, ${known} from connected_sites`;
    await addUser(linked, "ada@example.com", { full_name: "Ada" });
    await addUser(fresh, "bob@example.com");
    await centre.sql`update connected_sites set mapping = ${centre.sql.json(mapping)}, endpoint_url = ${hrms.url}`;
    await connect(mapping, "delete", null);
    await settled();
    const rows = await hrms.sql`select emp_id, work_mail from employees order by work_mail`;
    expect([...rows]).toEqual([
      { emp_id: known, work_mail: "ada@example.com" },
      { emp_id: fresh.toLowerCase(), work_mail: "bob@example.com" },
    ]);
    await centre.sql`update user_profiles set status = 'inactive' where id = ${linked}`;
    await settled();
    expect(await employees()).toMatchObject([{ work_mail: "bob@example.com" }]);
  });

  test("refuses one user whose value its column cannot take, and lets the others land", async () => {
    await hrms.sql`alter table employees add check (hr_role <> 'hr_admin')`;
    await addUser("u1", "ada@example.com", { role: "admin" });
    await addUser("u2", "bob@example.com");
    await connect(EMPLOYEES);
    await expect.poll(states, { timeout: 10_000 }).toMatchObject({ u2: "synced" });
    expect(await employees()).toMatchObject([{ work_mail: "bob@example.com" }]);
    expect((await states()).u1).toContain("employees_hr_role_check");
  });

  test.each([
    ["the table is gone", "drop table employees", "shows no table public.employees"],
    ["a column is gone", "alter table employees drop column display_name", "display_name"],
    [
      "its key is not unique",
      "alter table employees drop constraint employees_work_mail_key",
      "no unique index",
    ],
  ])("waits for a person when %s, and says what to do", async (_what, change, said) => {
    await hrms.sql.unsafe(change);
    await hrms.reloadSchema();
    await addUser("u1", "ada@example.com");
    await connect(EMPLOYEES);
    const site = () => centre.sql`select health, error_code, error from connected_sites`;
    await expect.poll(async () => (await site())[0]?.health, { timeout: 10_000 }).toBe("blocked");
    expect((await site())[0]).toMatchObject({
      error_code: "mapping_broken",
      error: expect.stringContaining(said),
    });
  });

  test("another table is another place: everybody is written there, and the old rows stay", async () => {
    await addUser("u1", "ada@example.com");
    await connect(EMPLOYEES);
    await settled();
    await hrms.sql`create table staff (like employees including all)`;
    await hrms.sql`grant all on staff to service_role`;
    await hrms.reloadSchema();
    const staff = { ...EMPLOYEES, table: "staff" };
    await centre.sql`select site_set_mapping(${siteId}, ${centre.sql.json(staff)}, 'deactivate', 'is_active')`;
    await settled();
    expect(await hrms.sql`select work_mail from staff`).toEqual([{ work_mail: "ada@example.com" }]);
    expect(await employees()).toHaveLength(1);
  });
});
