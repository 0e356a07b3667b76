import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { PUT as putCredentials } from "@/app/api/sites/[id]/credentials/route";
import { PATCH } from "@/app/api/sites/[id]/route";
import { POST } from "@/app/api/sites/route";
import type { Problem } from "@/lib/http/problem";
import type { Site } from "@/lib/sites/schema";
import { call, callJson, deadUrl, withCentre } from "@/tests/app/api/call";
import { createSite, type TestProject } from "@/tests/support/stack";

const centre = withCentre();
let project: TestProject;

beforeAll(async () => {
  project = await createSite();
});
afterAll(async () => {
  await project.close();
});
beforeEach(async () => {
  await centre().sql`truncate connected_sites, user_sync_state cascade`;
  await project.sql`alter table user_profiles drop column if exists is_active, drop column if exists active`;
  await project.reloadSchema();
});

async function connect(supabaseUrl = project.url) {
  const body = { name: "hrms", url: "https://hrms.example.com" };
  const { id } = await callJson<Site>(POST, { method: "POST", body });
  const credentials = { supabaseUrl, supabaseKey: project.secretKey };
  await call(putCredentials, { method: "PUT", params: { id }, body: credentials });
  return id;
}

function choose(id: string, body: { removalPolicy: string; name?: string }) {
  return callJson<Partial<Problem>>(PATCH, { method: "PATCH", params: { id }, body });
}

async function addColumn(definition: string) {
  await project.sql.unsafe(`alter table user_profiles add column ${definition}`);
  await project.reloadSchema();
}

describe("when a user leaves, a site", () => {
  test("deletes the row unless told otherwise, and keeps it when told so", async () => {
    const id = await connect();
    expect(await choose(id, { removalPolicy: "keep" })).toMatchObject({
      removalPolicy: "keep",
      removalColumn: null,
    });
    expect(await choose(id, { removalPolicy: "delete", name: "people" })).toMatchObject({
      name: "people",
      removalPolicy: "delete",
    });
  });

  test("deactivates it by the boolean column that is found there", async () => {
    await addColumn("active boolean");
    const id = await connect();
    expect(await choose(id, { removalPolicy: "deactivate" })).toMatchObject({
      removalPolicy: "deactivate",
      removalColumn: "active",
    });
    await addColumn("is_active boolean");
    expect(await choose(id, { removalPolicy: "deactivate" })).toMatchObject({ removalColumn: "is_active" });
    expect(await choose(id, { removalPolicy: "keep" })).toMatchObject({ removalColumn: null });
  });

  test.each([
    ["no such column", null],
    ["one that is text", "is_active text"],
  ])("cannot deactivate it with %s, says what to add, and changes nothing", async (_what, column) => {
    if (column) await addColumn(column);
    const id = await connect();
    const problem = await choose(id, { removalPolicy: "deactivate", name: "people" });
    expect(problem).toMatchObject({ status: 422, errors: [{ path: "removalPolicy" }] });
    expect(problem.errors?.[0]?.message).toContain(
      "alter table public.user_profiles add column is_active boolean not null default true",
    );
    const [row] = await centre().sql`select name, removal_policy from connected_sites`;
    expect(row).toEqual({ name: "hrms", removal_policy: "delete" });
  });

  test("that does not answer says so", async () => {
    const id = await connect(await deadUrl());
    const problem = await choose(id, { removalPolicy: "deactivate" });
    expect(problem).toMatchObject({ status: 409, errors: [{ path: "removalPolicy" }] });
    expect(problem.detail).toBe("The site's Supabase does not answer: the connection was refused.");
  });

  test("without credentials cannot be asked for a column", async () => {
    const body = { name: "hrms", url: "https://hrms.example.com" };
    const { id } = await callJson<Site>(POST, { method: "POST", body });
    expect(await choose(id, { removalPolicy: "deactivate" })).toMatchObject({ code: "credentials_missing" });
    expect(await choose(id, { removalPolicy: "keep" })).toMatchObject({ removalPolicy: "keep" });
  });

  test("of the kind webhook decides by itself", async () => {
    const id = await connect();
    await centre().sql`update connected_sites set kind = 'webhook' where id = ${id}`;
    expect(await choose(id, { removalPolicy: "keep" })).toMatchObject({
      status: 422,
      errors: [{ path: "removalPolicy", message: expect.stringContaining("user.removed") }],
    });
  });
});

test("another policy is applied to users who left before, where the site still has their row", async () => {
  const id = await connect();
  await centre().sql`
    insert into user_profiles (id, email, status) values
      ('gone', 'gone@example.com', 'inactive'), ('never', 'never@example.com', 'inactive'), ('here', 'h@example.com', 'active')`;
  await centre().sql`
    insert into user_sync_state (user_id, site_id, desired_version, synced_version, status, written) values
      ('gone', ${id}, 1, 1, 'kept', true), ('never', ${id}, 1, 1, 'removed', false), ('here', ${id}, 1, 1, 'synced', true)`;
  await choose(id, { removalPolicy: "keep" });
  const states = await centre().sql`select user_id, status from user_sync_state order by user_id`;
  expect([...states]).toEqual([
    { user_id: "gone", status: "pending" },
    { user_id: "here", status: "synced" },
    { user_id: "never", status: "removed" },
  ]);
});
