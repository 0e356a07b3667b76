import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { PUT as putCredentials } from "@/app/api/sites/[id]/credentials/route";
import { GET as getSite, PATCH as patchSite } from "@/app/api/sites/[id]/route";
import { GET, POST } from "@/app/api/sites/[id]/take-over/route";
import { POST as scan } from "@/app/api/sites/[id]/take-over/scan/route";
import { GET as why } from "@/app/api/sites/[id]/why/route";
import { POST as createSiteAt } from "@/app/api/sites/route";
import { POST as syncAll } from "@/app/api/sync/all-users/route";
import { POST as drain } from "@/app/api/sync/drain/route";
import { GET as getRun } from "@/app/api/sync/runs/[id]/route";
import { GET as readUser, POST as syncUser } from "@/app/api/sync/user/route";
import { createApiKey } from "@/lib/access/api-key";
import type { Problem } from "@/lib/http/problem";
import type { Run, UserSync } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";
import type { TakeOver } from "@/lib/take-over/schema";
import { addKey, call, callJson, withCentre } from "@/tests/app/api/call";
import { createSite, type TestProject } from "@/tests/support/stack";

const secret = "a-scheduler-secret-of-enough-characters";
const centre = withCentre();
let project: TestProject;
let id: string;

beforeAll(async () => {
  vi.stubEnv("ROSTER_DRAIN_SECRET", secret);
  project = await createSite();
});
afterAll(async () => {
  await project.close();
});
beforeEach(async () => {
  await centre().sql`truncate connected_sites, user_sync_state, site_row_keys, sync_runs, audit_log cascade`;
  await centre().sql`delete from user_profiles`;
  await project.sql`delete from user_profiles`;
  await centre().sql`
    insert into user_profiles (id, email, full_name) values
      ('u1', 'ada@example.com', 'Ada'), ('u2', 'bob@example.com', 'Bob'), ('u3', 'new@example.com', 'New')`;
  await project.sql`
    insert into user_profiles (id, clerk_user_id, email, full_name) values
      ('a', 'a', 'ADA@example.com', 'A.'), ('u2', 'u2', 'bob@example.com', 'B.'), ('own', 'own', 'own@example.com', 'Own'),
      ('broken', 'broken', 'no address', 'Broken')`;
  const body = { name: "shop", url: "https://shop.example.com" };
  id = (await callJson<Site>(createSiteAt, { method: "POST", body })).id;
});

async function connect() {
  const body = { supabaseUrl: project.url, supabaseKey: project.secretKey };
  await call(putCredentials, { method: "PUT", params: { id }, body });
  await work();
}

/** Has workers do what is to be done. */
async function work() {
  const headers = { authorization: `Bearer ${secret}` };
  const drained = await callJson<{ done: boolean }>(drain, {
    method: "POST",
    body: { seconds: 20 },
    headers,
  });
  expect(drained.done).toBe(true);
}

function read(query = "") {
  return callJson<TakeOver>(GET, { path: `/api${query}`, params: { id } });
}

function decide(body: unknown) {
  return callJson<Partial<Problem> & { runId?: string }>(POST, { method: "POST", params: { id }, body });
}

test("a site that has users waits, and its rows are told by whose they are", async () => {
  await connect();
  expect(await read()).toMatchObject({
    holds: true,
    state: "ready",
    scanned: 4,
    groups: { same_id: 1, same_email: 1, same_clerk_id: 0, only_here: 1, only_there: 2, conflicting: 0 },
    items: [],
  });
  const { items } = await read("?group=same_email");
  expect(items).toMatchObject([
    {
      rowId: "a",
      there: { email: "ADA@example.com", full_name: "A." },
      users: [{ id: "u1", email: "ada@example.com", matchedBy: ["email"] }],
    },
  ]);
  expect((await read("?group=only_here")).items).toMatchObject([{ rowId: null, users: [{ id: "u3" }] }]);
  const first = await read("?group=only_there&limit=1");
  expect(first.items).toMatchObject([
    { rowId: "broken", problem: expect.stringContaining("e-mail address") },
  ]);
  const rest = await read(`?group=only_there&limit=1&cursor=${first.nextCursor}`);
  expect(rest.items).toMatchObject([{ rowId: "own", problem: null }]);
  expect((await read("?group=only_there&q=OWN@")).items).toMatchObject([{ rowId: "own" }]);
  expect((await read("?group=same_email&q=bob")).items).toEqual([]);
  expect(await callJson<Site>(getSite, { params: { id } })).toMatchObject({ waitsForTakeOver: true });
  const resumed = { method: "PATCH", params: { id }, body: { status: "active" } };
  expect((await call(patchSite, resumed)).status).toBe(409);
  const { results } = await callJson<UserSync>(readUser, { path: "/api?userId=u1" });
  expect(results).toMatchObject([
    { status: "pending", errorCode: "take_over_waiting", advice: expect.stringContaining("Decide") },
  ]);
  const waits = { status: 409, detail: expect.stringContaining("Decide under Take over") };
  const one = { method: "POST", body: { userId: "u1", siteId: id } };
  expect(await callJson<Problem>(syncUser, one)).toMatchObject(waits);
  expect(await callJson<Problem>(syncAll, { method: "POST", body: { siteIds: [id] } })).toMatchObject({
    ...waits,
    errors: [{ path: "siteIds.0" }],
  });
});

test("what was decided is done, written down, and followed by the site's sync", async () => {
  await connect();
  const { runId } = await decide({ link: { all: true }, import: { rowIds: ["own", "broken"] } });
  expect(await decide({ leave: { all: true } })).toMatchObject({ status: 409 });
  await work();
  expect(await read()).toMatchObject({
    state: "done",
    holds: false,
    linked: 2,
    imported: 1,
    refused: 1,
    left: 0,
    runId,
  });
  expect((await read("?group=refused")).items).toMatchObject([
    { rowId: "broken", why: expect.stringContaining("E-mail") },
  ]);
  expect(await callJson<Run>(getRun, { params: { id: runId ?? "" } })).toMatchObject({
    succeeded: 4,
    failed: 0,
    pending: 0,
  });
  expect([...(await project.sql`select id, email, full_name from user_profiles order by id`)]).toEqual([
    { id: "a", email: "ada@example.com", full_name: "Ada" },
    { id: "broken", email: "no address", full_name: "Broken" },
    { id: "own", email: "own@example.com", full_name: "Own" },
    { id: "u2", email: "bob@example.com", full_name: "Bob" },
    { id: "u3", email: "new@example.com", full_name: "New" },
  ]);
  const [line] = await centre()
    .sql`select actor_name, target_id, after from audit_log where action = 'site.take_over_decided'`;
  expect(line).toMatchObject({
    actor_name: "test",
    target_id: id,
    after: { groups: { same_id: "link", same_email: "link", same_clerk_id: "link" }, rows: 2, run_id: runId },
  });
});

test("leaving all alone is a decision too, and can be made again", async () => {
  await connect();
  await decide({ leave: { all: true } });
  await work();
  expect(await read()).toMatchObject({ state: "done", holds: false, left: 4 });
  const reason = await callJson<{ status: string; reason: string }>(why, {
    path: "/api?userId=u1",
    params: { id },
  });
  expect(reason).toMatchObject({
    status: "out_of_scope",
    reason: expect.stringContaining("left to the site"),
  });

  expect(await callJson(scan, { method: "POST", params: { id } })).toMatchObject({
    state: "scanning",
    holds: false,
  });
  await work();
  expect((await read()).groups).toMatchObject({ same_id: 1, same_email: 1, only_there: 2, only_here: 0 });
  await decide({ link: { rowIds: ["a"] }, leave: { groups: ["only_there"] } });
  await work();
  expect(await read()).toMatchObject({ state: "done", linked: 1, left: 3 });
  expect(await project.sql`select full_name from user_profiles where id in ('a', 'u2') order by id`).toEqual([
    { full_name: "Ada" },
    { full_name: "B." },
  ]);
});

describe("is refused", () => {
  test.each<[string, unknown, string]>([
    ["nothing", {}, ""],
    ["a row named twice", { link: { rowIds: ["a"] }, leave: { rowIds: ["a"] } }, "leave.rowIds.0"],
    [
      "a group with two decisions",
      { link: { groups: ["same_id"] }, leave: { groups: ["same_id"] } },
      "leave.groups",
    ],
    ["linking rows of nobody as a group", { link: { groups: ["only_there"] } }, "link.groups.0"],
    ["a row that is not there", { link: { rowIds: ["a", "nowhere"] } }, "link.rowIds.1"],
  ])("%s", async (_what, body, path) => {
    await connect();
    expect(await decide(body)).toMatchObject({ status: 422, errors: [{ path }] });
  });

  test("deciding before anything was looked at, and where nothing can be", async () => {
    expect(await decide({ leave: { all: true } })).toMatchObject({ code: "credentials_missing" });
    expect(await read()).toMatchObject({ state: "none", holds: false });
    await project.sql`delete from user_profiles`;
    await connect();
    expect(await decide({ leave: { all: true } })).toMatchObject({ status: 409 });
  });

  test("importing with a key that may not make users", async () => {
    await connect();
    const key = createApiKey();
    await addKey(centre(), key, ["sites:write"]);
    const as = { authorization: `Bearer ${key}` };
    const options = { method: "POST", params: { id }, body: { import: { all: true } }, as };
    expect((await call(POST, options)).status).toBe(403);
  });
});
