import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { PUT as putCredentials } from "@/app/api/sites/[id]/credentials/route";
import { DELETE, GET as getOne, PATCH } from "@/app/api/sites/[id]/route";
import { POST as testSite } from "@/app/api/sites/[id]/test/route";
import { GET as list, POST } from "@/app/api/sites/route";
import type { Page } from "@/lib/http/page";
import type { Problem } from "@/lib/http/problem";
import type { ConnectionTest, CredentialsSaved } from "@/lib/sites/credentials-schema";
import type { Site } from "@/lib/sites/schema";
import { call, callJson, withCentre } from "@/tests/app/api/call";
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
  await centre().sql`truncate connected_sites cascade`;
});

function connect(name: string) {
  return callJson<Site>(POST, { method: "POST", body: { name, url: `https://${name}.example.com/` } });
}

function save(id: string, body: unknown) {
  return call(putCredentials, { method: "PUT", params: { id }, body });
}

describe("a site", () => {
  test("is connected without credentials and found by id and in the list", async () => {
    const site = await connect("hrms");
    expect(site).toMatchObject({
      name: "hrms",
      url: "https://hrms.example.com",
      kind: "supabase",
      status: "active",
      hasCredentials: false,
      keyLastFour: null,
      health: "ok",
      retryAt: null,
    });
    expect(await callJson(getOne, { params: { id: site.id } })).toEqual(site);
    expect(await callJson(list)).toEqual({ items: [site], nextCursor: null });
  });

  test("is listed by name, page by page", async () => {
    for (const name of ["sales", "cms", "hrms"]) await connect(name);
    const first = await callJson<Page<Site>>(list, { path: "/api/sites?limit=2" });
    const second = await callJson<Page<Site>>(list, {
      path: `/api/sites?limit=2&cursor=${first.nextCursor}`,
    });
    expect([...first.items, ...second.items].map((site) => site.name)).toEqual(["cms", "hrms", "sales"]);
    expect(second.nextCursor).toBeNull();
  });

  test("cannot have another one's name, in whatever case", async () => {
    await connect("hrms");
    const body = { name: "HRMS", url: "https://other.example.com" };
    const problem = await callJson<Problem>(POST, { method: "POST", body });
    expect(problem).toMatchObject({ status: 409, errors: [{ path: "name" }] });
  });

  test("is changed, and disconnected for good", async () => {
    const { id } = await connect("hrms");
    const params = { id };
    const paused = await callJson(PATCH, { method: "PATCH", params, body: { status: "paused" } });
    expect(paused).toMatchObject({ name: "hrms", status: "paused" });
    await save(id, { supabaseUrl: project.url, supabaseKey: project.secretKey });
    expect(await callJson(DELETE, { method: "DELETE", params })).toMatchObject({ id, hasCredentials: false });
    expect((await call(DELETE, { method: "DELETE", params })).status).toBe(404);
    expect((await call(getOne, { params })).status).toBe(404);
    const [row] = await centre().sql`select credentials_sealed from connected_sites where id = ${id}`;
    expect(row).toEqual({ credentials_sealed: null });
    expect(await connect("hrms")).toMatchObject({ name: "hrms" });
  });

  test("is disconnecting while its rows are removed, keeps its URL meanwhile, and can be kept after all", async () => {
    const { id } = await connect("hrms");
    const params = { id };
    const credentials = { supabaseUrl: project.url, supabaseKey: project.secretKey };
    await save(id, credentials);
    await centre().sql`
      insert into user_sync_state (user_id, site_id, desired_version, synced_version, status, written)
      values ('u1', ${id}, 1, 1, 'synced', true), ('u2', ${id}, 1, 1, 'removed', false)`;
    const remove = { method: "DELETE", path: `/api/sites/${id}?rows=remove`, params };
    expect(await callJson(DELETE, remove)).toMatchObject({ status: "disconnecting", rowsToRemove: 1 });
    // Asked twice, it begins once.
    expect(await callJson(DELETE, remove)).toMatchObject({ status: "disconnecting", rowsToRemove: 1 });
    expect((await save(id, credentials)).status).toBe(200);
    const elsewhere = await save(id, { ...credentials, supabaseUrl: "https://127.0.0.1:1" });
    expect(await elsewhere.json()).toMatchObject({ status: 409, errors: [{ path: "supabaseUrl" }] });
    const [none] = await centre().sql`select count(*)::int as open from sync_runs where finished_at is null`;
    expect(none).toEqual({ open: 0 });
    const kept = await callJson(PATCH, { method: "PATCH", params, body: { status: "active" } });
    expect(kept).toMatchObject({ status: "active", rowsToRemove: null, hasCredentials: true });
    const [again] = await centre().sql`select count(*)::int as open from sync_runs where finished_at is null`;
    expect(again).toEqual({ open: 1 });
    const audit = await centre().sql`
      select action, before, after from audit_log where target_id = ${id} and action = 'site.updated' order by id`;
    expect([...audit]).toEqual([
      { action: "site.updated", before: { status: "active" }, after: { status: "disconnecting" } },
      { action: "site.updated", before: { status: "disconnecting" }, after: { status: "active" } },
    ]);
  });

  test("that is disconnecting is left as it is at once when asked to keep the rows", async () => {
    const { id } = await connect("hrms");
    await save(id, { supabaseUrl: project.url, supabaseKey: project.secretKey });
    await callJson(DELETE, { method: "DELETE", path: `/api/sites/${id}?rows=remove`, params: { id } });
    const left = await callJson(DELETE, { method: "DELETE", params: { id } });
    expect(left).toMatchObject({ id, hasCredentials: false });
    expect((await call(getOne, { params: { id } })).status).toBe(404);
  });

  test("without credentials has no rows to remove, and is disconnected at once", async () => {
    const { id } = await connect("hrms");
    const remove = { method: "DELETE", path: `/api/sites/${id}?rows=remove`, params: { id } };
    expect(await callJson(DELETE, remove)).toMatchObject({ id, hasCredentials: false });
    expect((await call(getOne, { params: { id } })).status).toBe(404);
    const unknown = await call(DELETE, {
      method: "DELETE",
      path: `/api/sites/${id}?rows=all`,
      params: { id },
    });
    expect(unknown.status).toBe(422);
  });

  test("cannot be told to disconnect by its status", async () => {
    const { id } = await connect("hrms");
    const body = { status: "disconnecting" };
    expect((await call(PATCH, { method: "PATCH", params: { id }, body })).status).toBe(422);
  });

  test("that is not there is a 404, whatever is done to it", async () => {
    const params = { id: randomUUID() };
    const credentials = { supabaseUrl: project.url, supabaseKey: project.secretKey };
    for (const response of [
      await call(getOne, { params }),
      await call(PATCH, { method: "PATCH", params, body: { name: "x" } }),
      await call(DELETE, { method: "DELETE", params }),
      await save(params.id, credentials),
      await call(testSite, { method: "POST", params, body: credentials }),
    ]) {
      expect(await response.json()).toMatchObject({ status: 404, code: "not_found" });
    }
  });
});

describe("credentials", () => {
  test("are saved sealed, and only their last four characters are ever answered", async () => {
    const { id } = await connect("hrms");
    const response = await save(id, { supabaseUrl: `${project.url}/`, supabaseKey: project.secretKey });
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({
      hasCredentials: true,
      supabaseUrl: project.url,
      keyLastFour: project.secretKey.slice(-4),
    });
    expect(text).not.toContain(project.secretKey.slice(0, -4));
    const [row] = await centre().sql`select credentials_sealed from connected_sites where id = ${id}`;
    expect(row?.credentials_sealed).toMatch(/^ey[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/);
    const runs = await centre().sql`select kind from sync_runs r join sync_run_sites s on s.run_id = r.id
      where s.site_id = ${id}`;
    expect([...runs]).toEqual([{ kind: "site" }]);
  });

  test("of the central project itself are refused", async () => {
    const { id } = await connect("hrms");
    const response = await save(id, { supabaseUrl: centre().url, supabaseKey: centre().secretKey });
    expect(await response.json()).toMatchObject({ status: 422, errors: [{ path: "supabaseUrl" }] });
  });

  test("of another project, or of none, are refused by name and not saved", async () => {
    const { id } = await connect("hrms");
    const jwt = (payload: object) => `e30.${Buffer.from(JSON.stringify(payload)).toString("base64url")}.x`;
    for (const [supabaseKey, message] of [
      [jwt({ role: "service_role", ref: "wxyz" }), 'This key belongs to the project "wxyz", but the URL is'],
      [jwt({ role: "service_role", ref: "abcd", exp: 1 }), "This key expired on 1970-01-01."],
      [`sbp_${"0a".repeat(20)}`, "This is the access token of a Supabase account"],
      [centre().secretKey, "This is the secret key of the central project"],
    ] as const) {
      const body = { supabaseUrl: "https://abcd.supabase.co", supabaseKey };
      const text = await (await save(id, body)).text();
      const errors = [{ path: "supabaseKey", message: expect.stringContaining(message) }];
      expect(JSON.parse(text)).toMatchObject({ status: 422, errors });
      expect(text).not.toContain(supabaseKey);
    }
    expect(await callJson(getOne, { params: { id } })).toMatchObject({ hasCredentials: false });
  });

  test("that are public are saved, with a warning and the safer way", async () => {
    const { id } = await connect("hrms");
    const response = await save(id, { supabaseUrl: project.url, supabaseKey: project.publishableKey });
    const { warning } = (await response.json()) as CredentialsSaved;
    expect(warning).toMatch(/works only where everybody may change the users.*secret key instead/);
    const secret = await save(id, { supabaseUrl: project.url, supabaseKey: project.secretKey });
    expect(await secret.json()).not.toHaveProperty("warning");
  });

  test("that are wrong are named field by field, without repeating the key", async () => {
    const { id } = await connect("hrms");
    const response = await save(id, { supabaseUrl: "ftp://x", supabaseKey: "has spaces secret" });
    const text = await response.text();
    const problem = JSON.parse(text) as Problem;
    expect(problem.errors?.map((error) => error.path)).toEqual(["supabaseUrl", "supabaseKey"]);
    expect(text).not.toContain("spaces secret");
  });
});

describe("a connection test", () => {
  function run(id: string, body: unknown) {
    return callJson<ConnectionTest & Problem>(testSite, { method: "POST", params: { id }, body });
  }

  test("without anything saved says that credentials are not configured", async () => {
    const { id } = await connect("hrms");
    const response = await call(testSite, { method: "POST", params: { id } });
    expect(await response.json()).toMatchObject({
      status: 409,
      code: "credentials_missing",
      detail: "Site Supabase credentials not configured",
    });
  });

  test("of saved credentials that work lets a blocked site go on", async () => {
    const { id } = await connect("hrms");
    await save(id, { supabaseUrl: project.url, supabaseKey: project.secretKey });
    await centre().sql`update connected_sites set health = 'blocked', error_code = 'table_missing'`;
    const blocked = await callJson<Site>(getOne, { params: { id } });
    expect(blocked.advice).toContain("SQL");
    expect(await run(id, {})).toMatchObject({ ok: true });
    expect(await callJson(getOne, { params: { id } })).toMatchObject({ health: "ok", errorCode: null });
  });

  test("sends a saved key nowhere but to the URL it was saved for", async () => {
    const { id } = await connect("hrms");
    await save(id, { supabaseUrl: project.url, supabaseKey: project.secretKey });
    const problem = await run(id, { supabaseUrl: "http://127.0.0.1:1" });
    expect(problem).toMatchObject({ status: 422, errors: [{ path: "supabaseKey" }] });
  });

  test("of saved credentials that cannot be opened says why, and what to do", async () => {
    const { id } = await connect("hrms");
    await save(id, { supabaseUrl: project.url, supabaseKey: project.secretKey });
    await centre().sql`update connected_sites set credentials_sealed = credentials_sealed || 'A'`;
    const problem = await run(id, {});
    expect(problem).toMatchObject({ status: 409, code: "credentials_unreadable" });
    expect(problem.detail).toMatch(/It was changed.* ROSTER_SECRET_KEYS/);
    const deactivate = { method: "PATCH", params: { id }, body: { removalPolicy: "deactivate" } };
    expect((await call(PATCH, deactivate)).status).toBe(409);
  });

  test("never sends the central project's key to a site", async () => {
    const { id } = await connect("hrms");
    const problem = await run(id, { supabaseUrl: "http://127.0.0.1:1", supabaseKey: centre().secretKey });
    expect(problem).toMatchObject({ status: 422, errors: [{ path: "supabaseKey" }] });
  });

  test("of given credentials leaves the saved ones and the site's health alone", async () => {
    const { id } = await connect("hrms");
    await save(id, { supabaseUrl: project.url, supabaseKey: "sb_secret_wrong_wrong" });
    await centre().sql`update connected_sites set health = 'blocked', error_code = 'credentials_rejected'`;
    expect(await run(id, { supabaseUrl: project.url, supabaseKey: project.secretKey })).toMatchObject({
      ok: true,
    });
    expect(await run(id, {})).toMatchObject({ ok: false });
    expect(await callJson(getOne, { params: { id } })).toMatchObject({ health: "blocked" });
  });
});
