import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { PUT as saveCredentials } from "@/app/api/sites/[id]/credentials/route";
import { POST as createSite } from "@/app/api/sites/route";
import { POST as drain } from "@/app/api/sync/drain/route";
import { POST as retry } from "@/app/api/sync/retry/route";
import { POST as createUser } from "@/app/api/users/route";
import type { Problem } from "@/lib/http/problem";
import type { Drained } from "@/lib/runs/request-schema";
import type { Site } from "@/lib/sites/schema";
import { call, callJson, withCentre } from "@/tests/app/api/call";
import { createSite as createSiteProject, type TestProject } from "@/tests/support/stack";

const secret = "a-scheduler-secret-of-enough-characters";
const authorization = `Bearer ${secret}`;
const centre = withCentre();
let hrms: TestProject;

beforeAll(async () => {
  vi.stubEnv("ROSTER_DRAIN_SECRET", secret);
  hrms = await createSiteProject({ name: "hrms" });
});
afterAll(async () => await hrms.close());

test("a scheduler without the secret is refused", async () => {
  const answer = await call(drain, { method: "POST", body: {} });
  expect(answer.status).toBe(401);
  expect(((await answer.json()) as Problem).code).toBe("unauthorized");
});

test("a drain does all there is to do, says so, and leaves no lease behind", async () => {
  const site = await callJson<Site>(createSite, { method: "POST", body: { name: "hrms", url: hrms.url } });
  await call(saveCredentials, {
    method: "PUT",
    params: { id: site.id },
    body: { supabaseUrl: hrms.url, supabaseKey: hrms.secretKey },
  });
  await call(createUser, { method: "POST", body: { email: "ada@example.com" } });
  const drained = await callJson<Drained>(drain, { method: "POST", body: {}, headers: { authorization } });
  const left = { changes: 0, pairs: 0, fullSyncs: 0, verifications: 0, takeOvers: 0, plans: 0, jobs: 0 };
  expect(drained).toEqual({ done: true, left });
  expect(await hrms.sql`select email from user_profiles`).toEqual([{ email: "ada@example.com" }]);
  expect(await centre().sql`select lease_id from connected_sites`).toEqual([{ lease_id: null }]);
});

test("a drain ends when its time is over and says what is left", async () => {
  await hrms.sql`alter table user_profiles add constraint nobody check (email = 'ada@example.com')`;
  await call(createUser, { method: "POST", body: { email: "bob@example.com" } });
  await callJson<Drained>(drain, { method: "POST", body: { seconds: 1 }, headers: { authorization } });
  const [pair] = await centre().sql`select status from user_sync_status where email = 'bob@example.com'`;
  expect(pair).toEqual({ status: "retrying" });
});

test("a retry by hand makes what failed due at once", async () => {
  await hrms.sql`alter table user_profiles drop constraint nobody`;
  expect(await callJson(retry, { method: "POST", body: {} })).toEqual({ pairs: 1 });
  await callJson<Drained>(drain, { method: "POST", body: {}, headers: { authorization } });
  expect(await hrms.sql`select count(*)::int as users from user_profiles`).toEqual([{ users: 2 }]);
});
