import { beforeEach, describe, expect, test } from "vitest";
import { POST as preview } from "@/app/api/sites/[id]/scope/preview/route";
import { GET, PUT } from "@/app/api/sites/[id]/scope/route";
import { GET as why } from "@/app/api/sites/[id]/why/route";
import type { ScopePreview, ScopeSaved, Why } from "@/lib/scope/schema";
import { call, callJson } from "@/tests/app/api/call";
import { withIdleCentre } from "@/tests/app/api/idle-centre";

const { centre, addUsers, addSite } = withIdleCentre();
let id: string;
beforeEach(async () => {
  id = await addSite("hrms");
  await addUsers(5);
});

const sales = { all: [{ field: "team", is: ["Sales"] }, { not: { field: "role", is: ["guest", null] } }] };

function save(scope: unknown) {
  return callJson<ScopeSaved>(PUT, { method: "PUT", params: { id }, body: { scope } });
}

describe("a site's scope", () => {
  test("is everyone until it is set, is written down, and starts a full sync", async () => {
    expect(await callJson(GET, { params: { id } })).toEqual({ scope: null });
    expect(await save(sales)).toEqual({ scope: sales, runId: expect.any(String) });
    expect(await callJson(GET, { params: { id } })).toEqual({ scope: sales });
    const [entry] = await centre().sql`select action, after from audit_log order by id desc limit 1`;
    expect(entry).toMatchObject({ action: "site.updated", after: { scope: sales } });
    expect(await save(sales)).toEqual({ scope: sales, runId: null });
    expect(await save(null)).toMatchObject({ scope: null, runId: expect.any(String) });
  });

  test.each([
    ["no rules", { all: [] }],
    ["a field that users do not have", { field: "salary", is: ["1"] }],
    ["no value", { field: "team", is: [] }],
    ["too much within each other", { not: { not: { not: { not: { not: { field: "team", is: ["x"] } } } } } }],
    ["more than one thing in a rule", { ...sales, any: [] }],
  ])("with %s is refused", async (_what, scope) => {
    expect(await save(scope)).toMatchObject({ status: 422 });
  });

  test("is previewed: how many, and who would come and go", async () => {
    await centre().sql`update user_profiles set team = 'Sales' where id in ('u1', 'u2')`;
    await centre().sql`update user_profiles set status = 'inactive' where id = 'u5'`;
    await centre().sql`
      insert into user_sync_state (user_id, site_id, desired_version, synced_version, status, written, generation)
      select id, ${id}, 1, 1, 'synced', true, s.generation from user_profiles, (select generation from connected_sites) s where id in ('u1', 'u3')`;
    const shown = await callJson<ScopePreview>(preview, {
      method: "POST",
      params: { id },
      body: { scope: sales },
    });
    expect(shown).toEqual({
      users: 4,
      inScope: 2,
      added: 1,
      removed: 1,
      addedSample: [{ id: "u2", email: "u2@example.com", full_name: null }],
      removedSample: [{ id: "u3", email: "u3@example.com", full_name: null }],
    });
    // Deactivated or kept when they left the scope before: they would not be removed once more.
    await centre().sql`update user_sync_state set status = 'out_of_scope' where user_id = 'u3'`;
    const again = await callJson(preview, { method: "POST", params: { id }, body: { scope: sales } });
    expect(again).toMatchObject({ removed: 0, removedSample: [] });
    await centre().sql`update user_sync_state set status = 'synced' where user_id = 'u3'`;
    const everyone = await callJson(preview, { method: "POST", params: { id }, body: { scope: null } });
    expect(everyone).toMatchObject({ inScope: 4, added: 2, removed: 0 });
  });
});

describe("why a user is not at a site", () => {
  test("is told by each rule", async () => {
    await save(sales);
    const asked = (userId: string) => callJson<Why>(why, { path: `/api?userId=${userId}`, params: { id } });
    expect(await asked("u1")).toEqual({
      inScope: false,
      rules: [
        { rule: "all of these", passed: false, depth: 0 },
        { rule: "team is Sales", passed: false, depth: 1 },
        { rule: "not this", passed: true, depth: 1 },
        { rule: "role is guest or nothing", passed: false, depth: 2 },
      ],
      status: "pending",
      reason: "The site's scope leaves this user out; removing is on its way.",
    });
    await centre().sql`update user_profiles set status = 'inactive' where id = 'u1'`;
    expect((await asked("u1")).reason).toContain("The user is inactive.");
    expect(await asked("nobody")).toMatchObject({ status: 404 });
    expect((await call(why, { path: "/api", params: { id } })).status).toBe(422);
  });
});
