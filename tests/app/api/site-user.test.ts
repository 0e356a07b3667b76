import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { PUT as putCredentials } from "@/app/api/sites/[id]/credentials/route";
import { GET as readSiteUser } from "@/app/api/sites/[id]/users/[userId]/route";
import { POST as createSite } from "@/app/api/sites/route";
import type { Site } from "@/lib/sites/schema";
import type { SiteUser } from "@/lib/sites/site-user-schema";
import { call, callJson, deadUrl } from "@/tests/app/api/call";
import { withIdleCentre } from "@/tests/app/api/idle-centre";
import { createSite as createProject, type TestProject } from "@/tests/support/stack";

const { centre, addUsers, addSite } = withIdleCentre();
let project: TestProject;
let siteId: string;

beforeAll(async () => {
  project = await createProject();
});
afterAll(async () => await project.close());
beforeEach(async () => {
  await project.sql`truncate user_profiles`;
  await addUsers(1);
  siteId = await connect(project.url, project.secretKey);
});

async function connect(supabaseUrl: string, supabaseKey: string): Promise<string> {
  const body = { name: `site ${randomUUID()}`, url: "https://hrms.example.com" };
  const { id } = await callJson<Site>(createSite, { method: "POST", body });
  await call(putCredentials, { method: "PUT", params: { id }, body: { supabaseUrl, supabaseKey } });
  return id;
}

function read<Answer = SiteUser>(id = siteId, userId = "u1") {
  return callJson<Answer>(readSiteUser, { params: { id, userId } });
}

/** Puts the user's row at the site, as a sync would. */
async function deliver() {
  const [user] = await centre().sql`
    select id, clerk_user_id, email, full_name, role, team, department, created_at, updated_at from user_profiles`;
  await project.sql`insert into user_profiles ${project.sql(user ?? {})}`;
}

test("the row here and the row there are the same after a sync", async () => {
  await deliver();
  const answer = await read();
  expect(answer).toMatchObject({
    siteId,
    userId: "u1",
    here: { id: "u1", status: "active" },
    there: { kind: "row", differs: [], row: { id: "u1", email: "u1@example.com" } },
  });
});

test("fields that somebody changed at the site are named", async () => {
  await deliver();
  await project.sql`update user_profiles set role = 'boss', team = 'Other'`;
  const { there } = await read();
  expect(there).toMatchObject({ kind: "row", row: { role: "boss", team: "Other" } });
  expect(there).toHaveProperty("differs", ["role", "team"]);
});

test("a user who is not there, and whose address somebody else has there, are told apart", async () => {
  expect((await read()).there).toEqual({ kind: "none" });
  await project.sql`insert into user_profiles (id, clerk_user_id, email) values ('x', 'x', 'u1@example.com')`;
  expect((await read()).there).toMatchObject({ kind: "other", row: { id: "x" } });
});

test("a user whose row is gone here can still be seen there", async () => {
  await deliver();
  await centre().sql`delete from user_profiles`;
  expect(await read()).toMatchObject({ here: null, there: { kind: "row", differs: [] } });
});

test("a site that does not answer, or has no credentials, or cannot be asked, says so with what to do", async () => {
  const dead = await connect(await deadUrl(), "sb_secret_0123456789");
  expect((await read(dead)).there).toMatchObject({
    kind: "unreadable",
    error: expect.stringContaining("does not answer"),
    advice: expect.stringContaining("Check that the site is running"),
  });
  expect((await read(await addSite("bare", false))).there).toMatchObject({
    kind: "unreadable",
    advice: expect.stringContaining("Supabase credentials"),
  });
  const body = { name: "endpoint", url: "https://garage.example.com", kind: "webhook" };
  const { id } = await callJson<Site>(createSite, { method: "POST", body });
  expect((await read(id)).there).toMatchObject({
    kind: "unreadable",
    error: expect.stringContaining("HTTP endpoint"),
  });
  expect(await read<object>(randomUUID())).toMatchObject({ status: 404 });
});

test("the key is in no answer, not even when the site has it in a row", async () => {
  await deliver();
  await project.sql`update user_profiles set full_name = ${`key ${project.secretKey}`}`;
  const text = JSON.stringify(await read());
  expect(text).toContain("[redacted]");
  expect(text).not.toContain(project.secretKey);
});
