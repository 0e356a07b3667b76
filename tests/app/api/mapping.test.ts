import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { GET as getColumns } from "@/app/api/sites/[id]/columns/route";
import { PUT as putCredentials } from "@/app/api/sites/[id]/credentials/route";
import { POST as preview } from "@/app/api/sites/[id]/mapping/preview/route";
import { GET, PUT } from "@/app/api/sites/[id]/mapping/route";
import { POST } from "@/app/api/sites/route";
import type { Problem } from "@/lib/http/problem";
import type { MappingPreview, MappingSaved, SiteColumns } from "@/lib/mapping/schema";
import type { Site } from "@/lib/sites/schema";
import { addKey, call, callJson, deadUrl, withCentre } from "@/tests/app/api/call";
import { createSite, type TestProject } from "@/tests/support/stack";

const centre = withCentre();
let project: TestProject;
let id: string;

beforeAll(async () => {
  project = await createSite({ table: "none" });
});
afterAll(async () => {
  await project.close();
});
beforeEach(async () => {
  await centre().sql`truncate connected_sites, user_sync_state, sync_runs, audit_log cascade`;
  await centre().sql`delete from user_profiles`;
  await table(`create table employees (
    emp_id uuid primary key default gen_random_uuid(), work_mail text not null unique, display_name text,
    hr_role text not null, is_active boolean not null default true)`);
  id = await connect();
});

async function table(definition: string) {
  await project.sql`drop table if exists employees`;
  await project.sql.unsafe(definition);
  await project.sql`grant all on employees to service_role`;
  await project.reloadSchema();
}

async function connect(supabaseUrl = project.url, name = "hrms") {
  const body = { name, url: "https://hrms.example.com" };
  const site = await callJson<Site>(POST, { method: "POST", body });
  const credentials = { supabaseUrl, supabaseKey: project.secretKey };
  await call(putCredentials, { method: "PUT", params: { id: site.id }, body: credentials });
  return site.id;
}

const MAIL = { column: "work_mail", from: { kind: "field", field: "email" } };
const ROLE = {
  column: "hr_role",
  from: { kind: "values", field: "role", values: { admin: "hr_admin" }, otherwise: { kind: "same" } },
};

function mapped(columns: object[], more: object = {}, place: object = {}) {
  const mapping = { table: "employees", match: "work_mail", columns, ...place };
  return { mapping, removalPolicy: "deactivate", removalColumn: "is_active", ...more };
}

function save(body: unknown) {
  return callJson<Partial<Problem> & Partial<MappingSaved>>(PUT, { method: "PUT", params: { id }, body });
}

function look(body: unknown) {
  return callJson<MappingPreview>(preview, { method: "POST", params: { id }, body });
}

describe("a site's columns", () => {
  test("are those that its API describes", async () => {
    const path = "/api?table=employees";
    const found = await callJson<SiteColumns>(getColumns, { path, params: { id } });
    expect(found).toMatchObject({ source: "description", tables: ["employees"] });
    expect(found.columns).toMatchObject([
      { name: "emp_id", type: "uuid", required: true, hasDefault: true, primaryKey: true },
      { name: "work_mail", type: "text", required: true, hasDefault: false },
      { name: "display_name", required: false },
      { name: "hr_role", required: true },
      { name: "is_active", type: "boolean", hasDefault: true },
    ]);
    const other = await callJson<SiteColumns>(getColumns, { path: "/api?table=people", params: { id } });
    expect(other.columns).toBeNull();
  });

  test("of a site that does not answer are not known, and the answer says why", async () => {
    id = await connect(await deadUrl(), "cms");
    const problem = await callJson<Problem>(getColumns, { path: "/api?table=employees", params: { id } });
    expect(problem).toMatchObject({ status: 409, detail: expect.stringContaining("does not answer") });
  });
});

describe("a mapping", () => {
  test("that fits is saved, written down, and starts a full sync; nothing is left of the trial", async () => {
    const saved = await save(mapped([MAIL, ROLE]));
    expect(saved).toMatchObject({
      mapping: {
        schema: "public",
        table: "employees",
        columns: [{ clearWhenEmpty: true }, { onlyOnCreate: false }],
      },
      removalPolicy: "deactivate",
      removalColumn: "is_active",
      runId: expect.any(String),
    });
    expect(await callJson(GET, { params: { id } })).toEqual({
      mapping: saved.mapping,
      removalPolicy: saved.removalPolicy,
      removalColumn: saved.removalColumn,
    });
    expect(await project.sql`select * from employees`).toEqual([]);
    const [entry] = await centre().sql`select action, after from audit_log order by id desc limit 1`;
    expect(entry).toMatchObject({ action: "site.updated", after: { mapping: { table: "employees" } } });
    const [site] = await centre().sql`select generation from connected_sites`;
    expect(site?.generation).toBe(3); // first credentials, another place
    expect(await save(mapped([MAIL, ROLE]))).toMatchObject({ runId: null });
    expect(await save({ mapping: null })).toMatchObject({ mapping: null, removalColumn: null });
  });

  test.each<[string, object, string, string]>([
    [
      "names a table that is not there",
      mapped([MAIL, ROLE], {}, { table: "people" }),
      "mapping.table",
      "no table people",
    ],
    [
      "names a column that is not there",
      mapped([MAIL, ROLE, { ...MAIL, column: "nick" }]),
      "mapping.columns.2.column",
      "no column nick",
    ],
    ["leaves a required column empty", mapped([MAIL]), "mapping.columns", "hr_role must not be empty"],
    [
      "gives a uuid an e-mail address",
      mapped([MAIL, ROLE, { ...MAIL, column: "emp_id" }]),
      "mapping.columns.2.from",
      "emp_id is a uuid",
    ],
    [
      "deactivates by what is no boolean",
      mapped([MAIL, ROLE], { removalColumn: "display_name" }),
      "removalColumn",
      "has to be a boolean",
    ],
    [
      "deactivates by nothing",
      mapped([MAIL, ROLE], { removalColumn: null }),
      "removalColumn",
      "Choose the column",
    ],
    [
      "matches by a column that is not unique",
      mapped([MAIL, ROLE, { ...MAIL, column: "display_name" }], {}, { match: "display_name" }),
      "mapping.match",
      'alter table "employees" add unique ("display_name")',
    ],
  ])("that %s is refused before it is saved", async (_what, body, path, message) => {
    expect(await save(body)).toMatchObject({
      status: 422,
      errors: [{ path, message: expect.stringContaining(message) }],
    });
    const [site] = await centre().sql`select mapping from connected_sites`;
    expect(site?.mapping).toBeNull();
  });

  test("whose rows a rule of the table refuses is refused with the database's own words", async () => {
    await project.sql`alter table employees add constraint only_staff check (hr_role = 'staff')`;
    const refused = await save(mapped([MAIL, ROLE]));
    expect(refused.errors).toEqual([
      { path: "mapping.columns", message: expect.stringContaining("only_staff") },
    ]);
  });

  test("is for Supabase projects, with credentials", async () => {
    await centre().sql`update connected_sites set kind = 'webhook'`;
    expect(await save(mapped([MAIL, ROLE]))).toMatchObject({ status: 422, errors: [{ path: "mapping" }] });
    await centre().sql`update connected_sites set kind = 'supabase', credentials_sealed = null`;
    expect(await save(mapped([MAIL, ROLE]))).toMatchObject({ code: "credentials_missing" });
  });
});

describe("a mapping's preview", () => {
  test("shows ten of the site's users as they would arrive, and who would be refused", async () => {
    await centre().sql`
      insert into user_profiles (id, email, role, team)
      select 'u' || n, 'u' || n || '@example.com', case n when 3 then 'admin' else 'user' end, 'T' from generate_series(1, 12) n`;
    await centre().sql`insert into user_profiles (email, status) values ('gone@example.com', 'inactive')`;
    const scope = { field: "team", is: ["T"] };
    await centre().sql`update connected_sites set scope = ${centre().sql.json(scope)}`;
    const shown = await look(
      mapped([MAIL, ROLE, { column: "emp_id", from: { kind: "field", field: "id" } }]),
    );
    expect(shown.arrivals).toHaveLength(10);
    expect(shown.arrivals.find(({ userId }) => userId === "u3")).toMatchObject({
      email: "u3@example.com",
      row: { work_mail: "u3@example.com", hr_role: "hr_admin", emp_id: "u3", is_active: true },
      problems: [{ column: "emp_id", message: 'emp_id is a uuid; "u3" is none.' }],
    });
    expect(shown.warnings).toEqual([
      {
        path: "mapping.columns.2.from",
        message: expect.stringMatching(/^10 of these 10 users would be refused/),
      },
    ]);
    expect(shown.problems).toEqual([]);
    expect(await project.sql`select * from employees`).toEqual([]);
  });

  test("is not for keys that may not read users", async () => {
    await addKey(centre(), "roster_blindkeyblindkeyblindkeyblindkeyblindkey00", ["sites:write"]);
    const as = { authorization: "Bearer roster_blindkeyblindkeyblindkeyblindkeyblindkey00" };
    const answer = await call(preview, { method: "POST", params: { id }, body: { mapping: null }, as });
    expect([401, 403]).toContain(answer.status);
  });
});
