import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { GET as audit } from "@/app/api/audit/route";
import { POST as acceptInvitation } from "@/app/api/invitations/accept/route";
import { POST as invite } from "@/app/api/invitations/route";
import { DELETE as revokeKey } from "@/app/api/keys/[id]/route";
import { POST as createKey } from "@/app/api/keys/route";
import { PATCH as changeRole, DELETE as removeMember } from "@/app/api/members/[id]/route";
import { PUT as saveCredentials } from "@/app/api/sites/[id]/credentials/route";
import { PATCH as changeSite, DELETE as disconnect } from "@/app/api/sites/[id]/route";
import { POST as createSite } from "@/app/api/sites/route";
import { POST as syncAll } from "@/app/api/sync/all-users/route";
import { POST as assertList } from "@/app/api/sync/assert/route";
import { POST as retry } from "@/app/api/sync/retry/route";
import { POST as syncUser } from "@/app/api/sync/user/route";
import { PATCH as changeUser, DELETE as deactivate } from "@/app/api/users/[id]/route";
import { POST as createUser } from "@/app/api/users/route";
import { AUDIT_ACTIONS } from "@/lib/audit/actions";
import type { AuditEntry } from "@/lib/audit/schema";
import type { Page } from "@/lib/http/page";
import type { Handler } from "@/lib/http/route";
import type { CreatedKey } from "@/lib/keys/schema";
import type { Invited } from "@/lib/members/schema";
import type { Site } from "@/lib/sites/schema";
import type { User } from "@/lib/users/schema";
import { type Caller, call, callJson, nobody, withCentre } from "@/tests/app/api/call";
import { createAccount, createMember, memberSession, type Person, signIn } from "@/tests/app/api/people";

const centre = withCentre();
let ada: Person;
let owner: Caller;

beforeAll(async () => {
  ada = await createMember(centre(), "owner", "ada@example.com");
  owner = await signIn(ada);
});
beforeEach(async () => {
  await centre().sql`truncate connected_sites, user_sync_state cascade`;
  await centre().sql`delete from user_profiles`;
  await centre().sql`truncate audit_log`;
});

const send = <T>(handler: Handler, method: string, body?: object, id = "", as = owner) =>
  callJson<T>(handler, { as, method, body, params: id ? { id } : {} });

async function entries(query = "") {
  return (await callJson<Page<AuditEntry>>(audit, { as: owner, path: `/api/audit?${query}` })).items;
}

async function lines(query = "") {
  return (await entries(query)).map(({ action, target }) => `${action} ${target.name}`);
}

describe("a change of a user", () => {
  test("is written down: by whom, what was there before and after, and in which request", async () => {
    const created = await call(createUser, {
      as: owner,
      method: "POST",
      body: { email: "u@example.com", team: "A" },
    });
    const { id } = (await created.json()) as User;
    await send(changeUser, "PATCH", { team: "B", full_name: "Ü" }, id);
    const [second, first] = await entries();
    expect(first).toMatchObject({
      actor: { kind: "member", id: ada.id, name: "ada@example.com" },
      action: "user.created",
      target: { kind: "user", id, name: "u@example.com" },
      before: null,
      after: { email: "u@example.com", team: "A", role: "user", status: "active" },
      requestId: created.headers.get("x-request-id"),
    });
    expect(second).toMatchObject({ action: "user.updated", before: { team: "A", full_name: null } });
    expect(second?.after).toEqual({ team: "B", full_name: "Ü" });
  });

  test("by a key names the key", async () => {
    await call(createUser, { method: "POST", body: { email: "u@example.com" } });
    expect((await entries())[0]).toMatchObject({
      actor: { kind: "key", name: "test", id: expect.any(String) },
    });
  });

  test("by SQL is written down as well, for every row, as the database's own", async () => {
    const { sql } = centre();
    await sql`insert into user_profiles (id, email) select 'u' || n, 'u' || n || '@example.com' from generate_series(1, 3) n`;
    await sql`update user_profiles set role = 'x' where id <> 'u1'`;
    await sql`update user_profiles set id = 'u9' where id = 'u1'`;
    await sql`delete from user_profiles where id = 'u2'`;
    const all = await entries();
    expect(all.map(({ action, target }) => `${action} ${target.id}`).reverse()).toEqual([
      "user.created u1",
      "user.created u2",
      "user.created u3",
      "user.updated u2",
      "user.updated u3",
      "user.updated u1", // of one statement, in the order of their ids
      "user.updated u9",
      "user.deleted u2",
    ]);
    expect(all[0]).toMatchObject({ actor: { kind: "database", id: null }, address: null, requestId: null });
  });

  test("that changes nothing, and one that is refused, leave no line", async () => {
    const { id } = await send<User>(createUser, "POST", { email: "u@example.com" });
    await send(changeUser, "PATCH", { role: "user" }, id);
    await send(createUser, "POST", { email: "U@example.com" });
    expect(await lines()).toEqual(["user.created u@example.com"]);
  });
});

test("a change of a site is written down without its secrets, and what workers do is not", async () => {
  const { id } = await send<Site>(createSite, "POST", { name: "hrms", url: "https://hrms.example.com" });
  await send(changeSite, "PATCH", { name: "people", status: "paused" }, id);
  const supabaseKey = "sb_secret_0123456789abcdef";
  const credentials = { supabaseUrl: "https://hrms.supabase.example", supabaseKey };
  await send(saveCredentials, "PUT", credentials, id);
  await send(saveCredentials, "PUT", credentials, id);
  await send(changeSite, "PATCH", { removalPolicy: "keep" }, id);
  await centre()
    .sql`update connected_sites set health = 'degraded', failures = 1, lease_until = now(), retry_at = now()`;
  await send(disconnect, "DELETE", undefined, id);
  const all = await entries();
  expect(all.map(({ action }) => action).reverse()).toEqual([
    "site.created",
    "site.updated",
    "site.credentials_changed",
    "site.credentials_resealed",
    "site.updated",
    "site.disconnected",
  ]);
  const [, policy, , changed, renamed] = all;
  expect(renamed).toMatchObject({
    before: { name: "hrms", status: "active" },
    after: { name: "people", status: "paused" },
  });
  expect(changed?.after).toEqual({ url: "https://hrms.supabase.example", key_ends_in: "cdef" });
  expect(policy).toMatchObject({ before: { removal_policy: "delete" }, after: { removal_policy: "keep" } });
  const text = JSON.stringify(all);
  expect(text).not.toContain(supabaseKey);
  expect(text).not.toContain("eyJ"); // how a sealed value begins
});

test("members, invitations and keys are written down, without what would let somebody in", async () => {
  const { link } = await send<Invited>(invite, "POST", { email: "bob@example.com", role: "viewer" });
  const token = new URL(link).searchParams.get("token");
  const bob = await createAccount(centre());
  const { email, password } = bob;
  await call(acceptInvitation, { as: nobody, method: "POST", body: { token, email, password } });
  await send(changeRole, "PATCH", { role: "admin" }, bob.id);
  await send(removeMember, "DELETE", undefined, bob.id);
  const { id, key } = await send<CreatedKey>(createKey, "POST", { name: "Backup", scopes: ["users:read"] });
  await send(revokeKey, "DELETE", undefined, id);
  const all = await entries();
  expect(all.map(({ action, target }) => `${action} ${target.name}`).reverse()).toEqual([
    "invitation.created bob@example.com",
    "invitation.accepted bob@example.com",
    `member.added ${email}`,
    `member.role_changed ${email}`,
    `member.removed ${email}`,
    "key.created Backup",
    "key.revoked Backup",
  ]);
  const added = all.find(({ action }) => action === "member.added");
  expect(added).toMatchObject({
    actor: { kind: "member", id: bob.id, name: email },
    after: { role: "viewer" },
  });
  const changed = all.find(({ action }) => action === "member.role_changed");
  expect(changed).toMatchObject({
    before: { role: "viewer" },
    after: { role: "admin" },
    actor: { id: ada.id },
  });
  const [tokens] = await centre().sql`select token_hash from invitations where accepted_by = ${bob.id}`;
  const text = JSON.stringify(all);
  for (const secret of [token, key, password, tokens?.token_hash]) expect(text).not.toContain(secret);
});

test("syncs that were started, retried and asserted are written down", async () => {
  const { id } = await send<User>(createUser, "POST", { email: "u@example.com" });
  await send(syncUser, "POST", { userId: id, wait: 0 });
  await send(syncUser, "POST", { userId: "nobody", wait: 0 });
  await send(syncAll, "POST", {});
  await send(retry, "POST", { userId: id });
  await send(retry, "POST", {});
  await send(assertList, "POST", { confirm: true, removeUnknown: true });
  expect((await lines()).reverse()).toEqual([
    "user.created u@example.com",
    "sync.user_started u@example.com",
    "sync.started null",
    "sync.retried u@example.com",
    "sync.retried null",
    "sync.asserted null",
    "sync.unknown_removed null",
  ]);
});

describe("the audit log", () => {
  test("is read by owners alone", async () => {
    for (const as of [
      undefined,
      await memberSession(centre(), "admin"),
      await memberSession(centre(), "viewer"),
    ]) {
      expect((await call(audit, as ? { as } : {})).status).toBe(403);
    }
  });

  test("is filtered by who, what, whom and when, and read page by page", async () => {
    const { sql } = centre();
    const user = await send<User>(createUser, "POST", { email: "u@example.com" });
    await sql`update audit_log set at = now() - interval '2 days'`;
    await send(changeUser, "PATCH", { role: "x" }, user.id);
    await send(deactivate, "DELETE", undefined, user.id);
    await sql`insert into user_profiles (id, email) values ('sql', 'sql@example.com')`;
    const yesterday = new Date(Date.now() - 86_400_000).toISOString();
    expect(await lines(`actor=${ada.id}`)).toHaveLength(3);
    expect(await lines("action=user.created")).toEqual([
      "user.created sql@example.com",
      "user.created u@example.com",
    ]);
    expect(await lines("target=sql")).toEqual(["user.created sql@example.com"]);
    expect(await lines(`to=${yesterday}`)).toEqual(["user.created u@example.com"]);
    expect(await lines(`from=${yesterday}&target=${user.id}`)).toHaveLength(2);
    const first = await callJson<Page<AuditEntry>>(audit, { as: owner, path: "/api/audit?limit=3" });
    const rest = await entries(`limit=3&cursor=${first.nextCursor}`);
    expect([...first.items, ...rest]).toEqual(await entries());
    const problem = await callJson(audit, { as: owner, path: "/api/audit?action=user.kissed" });
    expect(problem).toMatchObject({ status: 422 });
  });

  test("knows no action but those that are offered as filters", async () => {
    const { sql } = centre();
    const written = await sql`
      select distinct (regexp_matches(p.prosrc, '''((?:users?|site|sync|plan|removals|alerts|member|invitation|key|settings)[.][a-z_]+)''', 'g'))[1] as action
      from pg_proc p where p.pronamespace = 'public'::regnamespace`;
    expect(new Set(written.map(({ action }) => action as string))).toEqual(new Set<string>(AUDIT_ACTIONS));
  });
});
