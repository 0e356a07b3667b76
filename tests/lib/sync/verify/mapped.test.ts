import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startWorker, type Worker } from "@/lib/sync";
import type { Mapping } from "@/lib/sync/core/mapping";
import { until } from "@/tests/support/faults/truth";
import { outgoing } from "@/tests/support/outgoing";
import { createCentre, createSite, type TestProject } from "@/tests/support/stack";
import type { Found } from "@/tests/support/verification";

/** For machines that are busy. */
const PATIENT = { timeout: 60_000 };
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const written = { onlyOnCreate: false, clearWhenEmpty: true };

/** The site chooses emp_id; names are its own once the row is there, and an empty team leaves what it has. */
const EMPLOYEES: Mapping = {
  schema: "public",
  table: "employees",
  match: "work_mail",
  columns: [
    { column: "work_mail", from: { kind: "field", field: "email" }, ...written },
    { column: "display_name", from: { kind: "field", field: "full_name" }, ...written, onlyOnCreate: true },
    {
      column: "hr_role",
      from: {
        kind: "values",
        field: "role",
        values: { admin: "hr_admin" },
        otherwise: { kind: "value", value: "employee" },
      },
      ...written,
    },
    { column: "team_name", from: { kind: "field", field: "team" }, ...written, clearWhenEmpty: false },
    { column: "changed_at", from: { kind: "field", field: "updated_at" }, ...written },
  ],
};

let centre: TestProject;
let hrms: TestProject;
let worker: Worker;
let siteId: string;

beforeAll(async () => {
  [centre, hrms] = await Promise.all([createCentre(), createSite({ name: "hrms", table: "none" })]);
  await hrms.sql`
    create table employees (
      emp_id uuid primary key default gen_random_uuid(), work_mail text not null unique, display_name text,
      hr_role text not null, team_name text, changed_at timestamptz, is_active boolean not null default true)`;
  await hrms.sql`grant all on employees to service_role`;
  await hrms.reloadSchema();
  await centre.sql`insert into user_profiles (id, email, full_name)
    select 'u' || n, 'u' || n || '@example.com', 'Name ' || n from generate_series(1, 1050) n`;
  const [row] = await centre.sql`
    insert into connected_sites (name, url, removal_guard) values ('hrms', ${hrms.url}, false) returning id`;
  siteId = String(row?.id);
  await map(EMPLOYEES);
  await centre.sql`select site_set_credentials(${siteId}, ${hrms.url}, ${hrms.secretKey}, 'last')`;
  worker = startWorker({
    supabaseUrl: centre.url,
    secretKey: centre.secretKey,
    openCredentials: async (_site, sealed) => sealed,
    outgoing,
    log: silent,
  });
  await settled();
}, 60_000);
afterAll(async () => {
  await worker.stop();
  await Promise.all([centre.close(), hrms.close()]);
});

async function map(mapping: Mapping) {
  await centre.sql`select site_set_mapping(${siteId}, ${centre.sql.json(mapping)}, 'deactivate', 'is_active')`;
}

async function settled() {
  await until("nothing is on its way", 30_000, async () => {
    const [row] = await centre.sql`
      select (select count(*) from pgmq.q_user_changes) + (select count(*) from sync_runs where finished_at is null)
        + (select count(*) from user_sync_state where desired_version > synced_version) as left`;
    return row?.left === "0";
  });
}

async function read(id: string): Promise<Found> {
  const [row] = await centre.sql`select verification_read(${siteId}, ${id}, null, null, null, 5000) as found`;
  return row?.found;
}

async function compare(repair = false): Promise<Found> {
  const [row] = await centre.sql`select request_verify(${siteId}, ${repair}) as answer`;
  const id = String(row?.answer.verificationId);
  worker.wake();
  await until("the site is compared", 30_000, async () => (await read(id)).finishedAt !== undefined);
  return await read(id);
}

test("a mapped site is compared column by column, as its mapping says, and put right", PATIENT, async () => {
  expect(await compare()).toMatchObject({ equal: 1_050, different: 0, missing: 0, extra: 0, skipped: 0 });
  await hrms.sql`update employees set hr_role = 'boss' where work_mail = 'u7@example.com'`;
  // The site's own from the beginning, or as long as the list has none, or a time.
  await hrms.sql`update employees set display_name = 'Theirs', team_name = 'Theirs', changed_at = changed_at - interval '1 day'
    where work_mail = 'u8@example.com'`;
  await hrms.sql`update employees set is_active = false where work_mail = 'u9@example.com'`;
  await hrms.sql`delete from employees where work_mail in ('u10@example.com', 'u1050@example.com')`;
  await hrms.sql`insert into employees (work_mail, hr_role) values ('own@example.com', 'boss')`;

  const found = await compare();
  expect(found).toMatchObject({ equal: 1_046, different: 2, missing: 2, extra: 1, skipped: 0 });
  expect(found.items).toMatchObject([
    { userId: "u7", fields: [{ name: "hr_role", here: "employee", there: "boss" }] },
    { userId: "u9", fields: [{ name: "is_active", here: "true", there: "false" }] },
    { userId: "own@example.com", kind: "extra" },
    { userId: "u10", kind: "missing" },
    { userId: "u1050", kind: "missing" },
  ]);

  await compare(true);
  await settled();
  expect(await compare()).toMatchObject({ equal: 1_050, different: 0, missing: 0, extra: 1 });
  const rows = await hrms.sql`select hr_role, display_name, team_name, is_active from employees
    where work_mail in ('u7@example.com', 'u8@example.com', 'u9@example.com') order by work_mail`;
  expect(rows).toEqual([
    { hr_role: "employee", display_name: "Name 7", team_name: null, is_active: true },
    { hr_role: "employee", display_name: "Theirs", team_name: "Theirs", is_active: true },
    { hr_role: "employee", display_name: "Name 9", team_name: null, is_active: true },
  ]);
});

test("a row of nobody is taken away when somebody says so, under its key", PATIENT, async () => {
  // Its key is the id of a user, whose row is another one.
  await centre.sql`insert into user_profiles (id, email) values ('odd@example.com', 'even@example.com')`;
  await settled();
  await hrms.sql`insert into employees (work_mail, hr_role) values ('odd@example.com', 'boss')`;
  const found = await compare();
  expect(found.items.map(({ userId }) => userId)).toEqual(["own@example.com", "row odd@example.com"]);
  await centre.sql`select request_verify_repair(${siteId}, ${found.id}, 'extra', null, 100, true)`;
  worker.wake();
  await settled();
  const gone = await hrms.sql`select work_mail from employees where not is_active order by work_mail`;
  expect(gone.map((row) => row.work_mail)).toEqual(["odd@example.com", "own@example.com"]);
  expect(await compare()).toMatchObject({ equal: 1_053, different: 0, missing: 0, extra: 0 });
});

test("rows that nothing identifies are nobody's, and the rest is read once", PATIENT, async () => {
  await centre.sql`delete from user_profiles where id not in ('u1', 'u2')`;
  await settled();
  await hrms.sql`delete from employees where not is_active`;
  await hrms.sql`alter table employees alter work_mail drop not null`;
  await hrms.sql`insert into employees (hr_role) values ('boss'), ('boss')`;
  expect(await compare()).toMatchObject({ equal: 2, different: 0, missing: 0, extra: 0 });
});

test("a row that keeps a key of its own is found under it", PATIENT, async () => {
  const byId = { column: "emp_id", from: { kind: "field" as const, field: "id" as const }, ...written };
  await centre.sql`delete from user_profiles`;
  await settled();
  await hrms.sql`delete from employees`;
  await map({ ...EMPLOYEES, match: "emp_id", columns: [byId, ...EMPLOYEES.columns] });
  const [id, linked] = [randomUUID().toUpperCase(), randomUUID()];
  await centre.sql`insert into user_profiles (id, email) values (${id}, 'ada@example.com')`;
  await settled();
  expect(await compare()).toMatchObject({ equal: 1, different: 0, missing: 0, extra: 0 });
  // As if it had been linked to a row of the site's own.
  await hrms.sql`update employees set emp_id = ${linked}, hr_role = 'boss'`;
  await centre.sql`update site_row_keys set key = ${linked} where user_id = ${id}`;
  const found = await compare();
  expect(found).toMatchObject({ equal: 0, different: 1, missing: 0, extra: 0 });
  expect(found.items).toMatchObject([
    { userId: id, fields: [{ name: "hr_role", here: "employee", there: "boss" }] },
  ]);
});
