import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { PUT as saveCredentials } from "@/app/api/sites/[id]/credentials/route";
import { PATCH as updateSite } from "@/app/api/sites/[id]/route";
import { POST as repair } from "@/app/api/sites/[id]/verifications/[verificationId]/repair/route";
import { GET as getVerification } from "@/app/api/sites/[id]/verifications/[verificationId]/route";
import { GET as listVerifications } from "@/app/api/sites/[id]/verifications/route";
import { GET as getVerify, PUT as setVerify, POST as verify } from "@/app/api/sites/[id]/verify/route";
import { POST as createSite } from "@/app/api/sites/route";
import { POST as drain } from "@/app/api/sync/drain/route";
import { GET as getStatus } from "@/app/api/sync/status/route";
import { PATCH as updateUser } from "@/app/api/users/[id]/route";
import type { Page } from "@/lib/http/page";
import type { Problem } from "@/lib/http/problem";
import type { PairState } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";
import type { SiteVerify, Verification, VerificationDetail, VerifyStarted } from "@/lib/verify/schema";
import { call, callJson, withCentre } from "@/tests/app/api/call";
import { createSite as createSiteProject, type TestProject } from "@/tests/support/stack";

const secret = "a-scheduler-secret-of-enough-characters";
const centre = withCentre();
let hrms: TestProject;
let id: string;

beforeAll(async () => {
  vi.stubEnv("ROSTER_DRAIN_SECRET", secret);
  hrms = await createSiteProject({ name: "hrms" });
  await centre().sql`insert into user_profiles (id, email, full_name)
    select 'u' || n, 'u' || n || '@example.com', 'Name ' || n from generate_series(1, 6) n`;
  ({ id } = await callJson<Site>(createSite, { method: "POST", body: { name: "hrms", url: hrms.url } }));
  const body = { supabaseUrl: hrms.url, supabaseKey: hrms.secretKey };
  await call(saveCredentials, { method: "PUT", params: { id }, body });
  await work();
});
afterAll(async () => await hrms.close());

/** Has a worker do all there is to do. */
async function work() {
  const headers = { authorization: `Bearer ${secret}` };
  await call(drain, { method: "POST", body: {}, headers });
}

async function start(body = {}): Promise<string> {
  const options = { method: "POST", params: { id }, body };
  const started = await callJson<VerifyStarted>(verify, options);
  await work();
  return started.verificationId;
}

function found(verificationId: string, query = ""): Promise<VerificationDetail> {
  return callJson(getVerification, { path: `/api${query}`, params: { id, verificationId } });
}

async function putRight(verificationId: string, body: object) {
  const params = { id, verificationId };
  const answer = await callJson<{ pairs: number }>(repair, { method: "POST", params, body });
  await work();
  return answer;
}

async function pairs(status: string): Promise<PairState[]> {
  const path = `/api?status=${status}`;
  return (await callJson<Page<PairState>>(getStatus, { path })).items;
}

test("a site is compared on demand, and what is otherwise there is told with both values", async () => {
  await hrms.sql`update user_profiles set role = 'boss', full_name = null where id = 'u1'`;
  await hrms.sql`delete from user_profiles where id = 'u2'`;
  await hrms.sql`insert into user_profiles (id, clerk_user_id, email) values ('own', 'own', 'own@example.com')`;
  const verificationId = await start();
  const answer = await found(verificationId);
  expect(answer).toMatchObject({
    equal: 4,
    different: 1,
    missing: 1,
    extra: 1,
    repaired: 0,
    items: [
      {
        userId: "u1",
        kind: "different",
        fields: [
          { name: "full_name", here: "Name 1", there: null },
          { name: "role", here: "user", there: "boss" },
        ],
      },
      { userId: "own", kind: "extra", email: "own@example.com" },
      { userId: "u2", kind: "missing", fields: [] },
    ],
    nextCursor: null,
  });
  expect(answer.finishedAt).toBeDefined();
  const first = await found(verificationId, "?limit=2");
  expect(first.items).toHaveLength(2);
  const rest = await found(verificationId, `?limit=2&cursor=${first.nextCursor}`);
  expect(rest.items.map(({ userId }) => userId)).toEqual(["u2"]);
  expect((await found(verificationId, "?kind=missing")).items).toHaveLength(1);
});

test("the status is no greener than the site, and says when a user was seen there", async () => {
  expect(await pairs("different")).toMatchObject([
    {
      user_id: "u1",
      error_code: "row_different",
      error: "The site's row has another full_name, role.",
      verified_at: null,
    },
  ]);
  expect((await pairs("different"))[0]?.drifted_at).not.toBeNull();
  expect(await pairs("missing")).toMatchObject([{ user_id: "u2", error_code: "row_missing" }]);
  const synced = await pairs("synced");
  expect(synced).toHaveLength(4);
  expect(synced.every((pair) => pair.verified_at !== null && pair.drifted_at === null)).toBe(true);
});

test("one row is repaired, then all of a kind, and rows of the site's own stay until somebody says otherwise", async () => {
  const verificationId = await start();
  expect(await putRight(verificationId, { kind: "different", userIds: ["u1"] })).toEqual({ pairs: 1 });
  expect(await found(verificationId)).toMatchObject({ repaired: 1 });
  expect(await putRight(verificationId, { kind: "missing" })).toEqual({ pairs: 1 });
  expect(await putRight(verificationId, { kind: "missing" })).toEqual({ pairs: 0 });
  expect(await found(verificationId)).toMatchObject({ different: 1, missing: 1, extra: 1, repaired: 2 });
  const rows =
    await hrms.sql`select id, full_name, role from user_profiles where id in ('u1', 'u2') order by id`;
  expect(rows).toEqual([
    { id: "u1", full_name: "Name 1", role: "user" },
    { id: "u2", full_name: "Name 2", role: "user" },
  ]);
  expect(await hrms.sql`select from user_profiles where id = 'own'`).toHaveLength(1);
  expect(await putRight(verificationId, { kind: "extra", userIds: ["own"] })).toEqual({ pairs: 1 });
  expect(await hrms.sql`select from user_profiles where id = 'own'`).toHaveLength(0);
  expect(await found(await start())).toMatchObject({ equal: 6, different: 0, missing: 0, extra: 0 });
});

test("a verification may repair by itself, also a row that is newer at the site", async () => {
  await hrms.sql`update user_profiles set team = 'Theirs', updated_at = now() + interval '1 day' where id = 'u3'`;
  const verificationId = await start({ repair: true });
  expect(await found(verificationId)).toMatchObject({ repair: true, different: 1, repaired: 1 });
  expect(await hrms.sql`select team from user_profiles where id = 'u3'`).toEqual([{ team: null }]);
});

test("how often a site is compared is read and set, and the newest comparisons are listed", async () => {
  const read = () => callJson<SiteVerify>(getVerify, { params: { id } });
  expect(await read()).toMatchObject({ everyMinutes: 60, onDrift: "report", runningId: null });
  const body = { everyMinutes: 15, onDrift: "repair" };
  const set = { method: "PUT", params: { id }, body };
  expect(await callJson<SiteVerify>(setVerify, set)).toMatchObject(body);
  expect((await read()).last).toMatchObject({ different: 1, repaired: 1 });
  const list = await callJson<Page<Verification>>(listVerifications, {
    path: "/api?limit=2",
    params: { id },
  });
  expect(list.items).toHaveLength(2);
  const path = `/api?limit=500&cursor=${list.nextCursor}`;
  expect(
    (await callJson<Page<Verification>>(listVerifications, { path, params: { id } })).items,
  ).toHaveLength(2);
});

test("a comparison that is due by schedule begins by itself, and repairs when the site is set to", async () => {
  await hrms.sql`update user_profiles set team = 'Theirs' where id = 'u4'`;
  await centre().sql`update site_verifications set started_at = started_at - interval '16 minutes'`;
  await callJson(updateUser, { method: "PATCH", params: { id: "u5" }, body: { team: "New" } });
  await expect
    .poll(
      async () => {
        await work();
        return (await callJson<SiteVerify>(getVerify, { params: { id } })).last;
      },
      { timeout: 10_000 },
    )
    .toMatchObject({ requestedBy: null, different: 1, repaired: 1 });
});

test("what cannot be compared is refused with the reason", async () => {
  const problem = (siteId: string) =>
    callJson<Problem>(verify, { method: "POST", params: { id: siteId }, body: {} });
  const body = { name: "hook", url: "https://hook.example.com", kind: "webhook" };
  const hook = await callJson<Site>(createSite, { method: "POST", body });
  expect(await problem(hook.id)).toMatchObject({
    status: 409,
    detail: expect.stringContaining("HTTP endpoint"),
  });
  const settings = { everyMinutes: 60, onDrift: "report" };
  const refused = await call(setVerify, { method: "PUT", params: { id: hook.id }, body: settings });
  expect(refused.status).toBe(409);
  const bare = await callJson<Site>(createSite, {
    method: "POST",
    body: { name: "bare", url: "https://bare.example.com" },
  });
  expect(await problem(bare.id)).toMatchObject({ code: "credentials_missing" });
  expect(await problem("7f3b5c52-0000-4000-8000-000000000009")).toMatchObject({ status: 404 });
  await call(updateSite, { method: "PATCH", params: { id }, body: { status: "paused" } });
  expect(await problem(id)).toMatchObject({ status: 409, detail: expect.stringContaining("paused") });
  await call(updateSite, { method: "PATCH", params: { id }, body: { status: "active" } });
});

test("what is no longer the state of the site is not acted on", async () => {
  const verificationId = await start();
  const params = { id, verificationId };
  await call(updateSite, { method: "PATCH", params: { id }, body: { removalPolicy: "keep" } });
  const kept = await callJson<Problem>(repair, { method: "POST", params, body: { kind: "extra" } });
  expect(kept).toMatchObject({ status: 409, detail: expect.stringContaining("keeps") });
  await centre().sql`update connected_sites set generation = generation + 1 where id = ${id}`;
  const outdated = await callJson<Problem>(repair, { method: "POST", params, body: { kind: "missing" } });
  expect(outdated).toMatchObject({ status: 409, detail: expect.stringContaining("Verify the site again") });
});

test("who asked and who had rows repaired is written down", async () => {
  const actions = await centre().sql`
    select action from audit_log where action in ('site.verify_started', 'site.verify_changed', 'site.repair_started')
    group by action order by action`;
  expect(actions.map(({ action }) => action)).toEqual([
    "site.repair_started",
    "site.verify_changed",
    "site.verify_started",
  ]);
});
