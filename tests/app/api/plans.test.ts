import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { POST as apply } from "@/app/api/plans/[id]/apply/route";
import { GET as read } from "@/app/api/plans/[id]/route";
import { POST as make } from "@/app/api/plans/route";
import { PUT as saveCredentials } from "@/app/api/sites/[id]/credentials/route";
import { GET as getScope } from "@/app/api/sites/[id]/scope/route";
import { GET as why } from "@/app/api/sites/[id]/why/route";
import { POST as createSite } from "@/app/api/sites/route";
import { GET as getRun } from "@/app/api/sync/runs/[id]/route";
import { createApiKey } from "@/lib/access/api-key";
import { env } from "@/lib/env";
import type { Problem } from "@/lib/http/problem";
import type { KeyScope } from "@/lib/keys/schema";
import type { Plan, PlanMade, PlanRequest } from "@/lib/plans/schema";
import type { Run } from "@/lib/runs/schema";
import type { Why } from "@/lib/scope/schema";
import type { Site } from "@/lib/sites/schema";
import type { Worker } from "@/lib/sync";
import { onWake } from "@/lib/wake";
import { startConfiguredWorker } from "@/lib/worker";
import { addKey, call, callJson, withCentre } from "@/tests/app/api/call";
import { until } from "@/tests/support/faults/truth";
import { createSite as createSiteProject, type TestProject } from "@/tests/support/stack";

/** For machines that are busy. */
const PATIENT = { timeout: 60_000 };
const USERS = 1_000;

const centre = withCentre();
let hrms: TestProject;
let worker: Worker;
let id: string;

beforeAll(async () => {
  hrms = await createSiteProject({ name: "hrms" });
  await hrms.sql`alter table user_profiles add column is_active boolean`;
  await hrms.reloadSchema();
  ({ id } = await callJson<Site>(createSite, { method: "POST", body: { name: "hrms", url: hrms.url } }));
  const body = { supabaseUrl: hrms.url, supabaseKey: hrms.secretKey };
  await call(saveCredentials, { method: "PUT", params: { id }, body });
  worker = startConfiguredWorker(env());
  onWake(() => worker.wake());
  await centre().sql`insert into user_profiles (id, email, full_name, team)
    select 'u' || n, 'u' || n || '@example.com', 'Name ' || n, case when n <= 970 then 'Sales' else 'Garage' end
    from generate_series(1, ${USERS}::int) n`;
  await settled();
}, 60_000);
afterAll(async () => {
  onWake(undefined);
  await worker.stop();
  await hrms.close();
});

/** Waits until nothing is on its way. */
async function settled() {
  worker.wake();
  await until("nothing is on its way", 30_000, async () => {
    const [row] = await centre().sql`
      select (select count(*) from pgmq.q_user_changes) + (select count(*) from sync_runs where finished_at is null)
        + (select count(*) from user_sync_state where desired_version > synced_version and due_at < 'infinity') as left`;
    return row?.left === "0";
  });
}

async function planned(input: PlanRequest): Promise<Plan> {
  const made = await callJson<PlanMade>(make, { method: "POST", body: input });
  return await reached(made.id);
}

async function reached(planId: string): Promise<Plan> {
  const get = () => callJson<Plan>(read, { params: { id: planId } });
  await expect.poll(async () => (await get()).state, { timeout: 30_000 }).not.toBe("planning");
  return await get();
}

/** Applies a plan and waits for the end of its run. */
async function applied({ id: planId }: Plan): Promise<Run> {
  const answer = await call(apply, { method: "POST", params: { id: planId } });
  expect(answer.status).toBe(202);
  const { runId } = (await answer.json()) as { runId: string };
  await settled();
  return await callJson<Run>(getRun, { params: { id: runId } });
}

async function refusal({ id: planId }: Plan): Promise<Problem> {
  const problem = await callJson<Problem>(apply, { method: "POST", params: { id: planId } });
  expect(problem.status).toBe(409);
  return problem;
}

/** Every row of the site, to see exactly what a plan did. */
async function rows(): Promise<Map<string, string>> {
  const found =
    await hrms.sql`select id, to_jsonb(u) - 'updated_at' - 'created_at' as row from user_profiles u`;
  return new Map(found.map(({ id: userId, row }) => [userId, JSON.stringify(row)]));
}

function changedIds(before: Map<string, string>, after: Map<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((one) => before.get(one) !== after.get(one))
    .sort();
}

// The tests go on where the one before has ended.
const notGarage = { not: { field: "team" as const, is: ["Garage"] } };

describe("a scope so that 30 of 1,000 users leave", () => {
  test("is planned, applied, and exact, and every pair says why", PATIENT, async () => {
    const plan = await planned({ action: "scope", siteId: id, scope: notGarage });
    const [site] = plan.sites;
    expect(plan).toMatchObject({ action: "scope", state: "ready", runId: null, moved: [] });
    expect(site).toMatchObject({
      ...{
        site: "hrms",
        create: 0,
        update: 0,
        remove: 30,
        skip: 970,
        skipped: { equal: 970 },
        problem: null,
      },
    });
    expect(site?.samples).toHaveLength(20);
    expect(site?.samples[0]).toMatchObject({ kind: "remove", reason: "out_of_scope" });
    expect(await callJson(getScope, { params: { id } })).toEqual({ scope: null });
    const before = await rows();

    const run = await applied(plan);
    expect(run).toMatchObject({ kind: "site", failed: 0, pending: 0, finishedAt: expect.any(String) });
    expect(await callJson(getScope, { params: { id } })).toEqual({ scope: notGarage });
    const gone = changedIds(before, await rows());
    expect(gone).toEqual(Array.from({ length: 30 }, (_, n) => `u${971 + n}`).sort());
    for (const userId of ["u1", "u500", "u970", "u971", "u1000"]) {
      const answer = await callJson<Why>(why, { path: `/api?userId=${userId}`, params: { id } });
      expect(answer.inScope).toBe(!gone.includes(userId));
    }
    const actions = await centre().sql`select action from audit_log where target_id = ${plan.id} order by id`;
    expect(actions.map(({ action }) => action)).toEqual(["plan.made", "plan.applied"]);
    expect(await refusal(plan)).toMatchObject({ detail: expect.stringContaining("applied already") });
  });
});

describe("a plan to sync everybody", () => {
  beforeAll(async () => {
    // A tenth of them is enough from here on.
    await centre().sql`update connected_sites set removal_guard = false`;
    await centre().sql`delete from user_profiles where team = 'Sales' and length(id) > 3`;
    await settled();
    await centre().sql`update connected_sites set removal_guard = true`;
  }, 60_000);

  test("says what differs, field by field, and does exactly that", PATIENT, async () => {
    await hrms.sql`update user_profiles set role = 'boss', team = null where id = 'u7'`;
    await hrms.sql`delete from user_profiles where id = 'u8'`;
    await hrms.sql`insert into user_profiles (id, clerk_user_id, email) values ('own', 'own', 'own@example.com')`;
    const gentle = await planned({ action: "sync_all", siteIds: [id] });
    expect(gentle.sites[0]).toMatchObject({
      create: 0,
      update: 0,
      skipped: { equal: 97, left_alone: 3, out_of_scope: 30 },
    });

    const plan = await planned({ action: "sync_all", force: true });
    expect(plan.sites).toMatchObject([
      {
        ...{
          create: 1,
          update: 1,
          remove: 0,
          skip: 128,
          skipped: { equal: 97, left_alone: 1, out_of_scope: 30 },
        },
        updatedFields: { role: 1, team: 1 },
      },
    ]);
    expect(plan.sites[0]?.samples).toMatchObject([
      { kind: "create", userId: "u8" },
      {
        kind: "update",
        userId: "u7",
        fields: [
          { name: "role", here: "user", there: "boss" },
          { name: "team", here: "Sales", there: null },
        ],
      },
    ]);
    const before = await rows();
    await applied(plan);
    expect(changedIds(before, await rows())).toEqual(["u7", "u8"]);
  });

  test(
    "is refused when a row changed at the centre or at a site, and is exact when made again",
    PATIENT,
    async () => {
      await hrms.sql`update user_profiles set role = 'boss' where id in ('u7', 'u8')`;
      const first = await planned({ action: "sync_all", force: true });
      await centre().sql`update user_profiles set full_name = 'Ada' where id = 'u9'`;
      const before = await rows();
      expect(await refusal(first)).toMatchObject({
        code: "conflict",
        errors: [{ message: "The list: u9@example.com was changed." }],
      });
      expect(await callJson<Plan>(read, { params: { id: first.id } })).toMatchObject({ state: "refused" });
      await settled();
      expect(changedIds(before, await rows())).toEqual(["u9"]);

      // One that the plan would change, and one that is as it should be.
      for (const userId of ["u7", "u90"]) {
        const plan = await planned({ action: "sync_all", force: true });
        expect(plan.sites).toMatchObject([{ update: 2 }]);
        await hrms.sql`update user_profiles set department = 'Theirs' where id = ${userId}`;
        const there = await rows();
        expect(await refusal(plan)).toMatchObject({
          errors: [{ message: `hrms: the row of ${userId}@example.com changed.` }],
        });
        expect(await rows()).toEqual(there);
      }
      expect(await centre().sql`select from sync_runs where finished_at is null`).toEqual([]);

      const again = await planned({ action: "sync_all", force: true });
      expect(again.sites).toMatchObject([{ create: 0, update: 3, remove: 0, skip: 127 }]);
      const last = await rows();
      await applied(again);
      expect(changedIds(last, await rows())).toEqual(["u7", "u8", "u90"]);
      expect((await planned({ action: "sync_all", force: true })).sites).toMatchObject([
        { update: 0, skipped: { equal: 99, left_alone: 1, out_of_scope: 30 } },
      ]);
    },
  );
});

describe("other plans", () => {
  test("a removal policy says what becomes of who left before", PATIENT, async () => {
    await centre().sql`update connected_sites set removal_policy = 'keep'`;
    await centre().sql`update user_profiles set status = 'inactive' where id in ('u1', 'u2')`;
    await settled();
    const deactivate = await planned({ action: "removal", siteId: id, removalPolicy: "deactivate" });
    expect(deactivate.sites).toMatchObject([{ remove: 2, update: 0, create: 0 }]);
    expect(deactivate.sites[0]?.samples[0]).toMatchObject({
      fields: [{ name: "is_active", here: "false", there: null }],
    });
    const plan = await planned({ action: "removal", siteId: id, removalPolicy: "delete" });
    const before = await rows();
    expect(await applied(plan)).toMatchObject({ total: 2, succeeded: 2 });
    expect(changedIds(before, await rows())).toEqual(["u1", "u2"]);
    expect(await refusal(deactivate)).toMatchObject({
      errors: expect.arrayContaining([{ path: "", message: "hrms: its removal policy changed." }]),
    });
  });

  test(
    "a bulk edit is exactly what was planned, and what the guard would hold is said before",
    PATIENT,
    async () => {
      await centre()
        .sql`update user_profiles set team = 'Flight' where id between 'u30' and 'u39' and length(id) = 3`;
      await settled();
      const change = { role: "driver" };
      const plan = await planned({ action: "bulk", query: { team: "Flight" }, change });
      expect(plan).toMatchObject({ report: { matched: 10, changed: 10 }, sites: [{ update: 10, skip: 0 }] });
      await centre().sql`update user_profiles set team = 'Flight' where id = 'u50'`;
      expect(await refusal(plan)).toMatchObject({
        errors: [{ message: "The list: other users match by now." }],
      });
      await settled();
      const again = await planned({ action: "bulk", query: { team: "Flight" }, change });
      const before = await rows();
      expect(await applied(again)).toMatchObject({ total: 11, succeeded: 11, failed: 0, pending: 0 });
      expect(changedIds(before, await rows())).toHaveLength(11);
      const [who] = await centre().sql`
      select actor_kind, actor_name from audit_log where action = 'user.updated' order by id desc limit 1`;
      expect(who).toEqual({ actor_kind: "key", actor_name: "test" });

      const leaving = Array.from({ length: 60 }, (_, n) => `u${n + 40}`);
      const removal = await planned({ action: "bulk", ids: leaving, change: { status: "inactive" } });
      expect(removal.sites).toMatchObject([{ remove: 0, skipped: { held: 60 } }]);
      const few = await planned({ action: "bulk", ids: leaving.slice(0, 5), change: { status: "inactive" } });
      expect(few.sites).toMatchObject([{ remove: 5, skip: 0 }]);
      const away = await planned({ action: "bulk", ids: leaving, change: { team: "Garage" } });
      expect(away.sites).toMatchObject([{ remove: 0, skipped: { held: 60 } }]);
    },
  );

  test("an import creates and changes exactly the users that were planned", PATIENT, async () => {
    const csv = [
      "id,email,full_name,team",
      "u3,u3@example.com,Renamed,Sales",
      "new1,new1@example.com,New One,Sales",
      "u4,u4@example.com,Name 4,Sales",
      "u5,u4@example.com,Taken,Sales",
    ].join("\n");
    const plan = await planned({ action: "import", csv });
    expect(plan).toMatchObject({
      report: { created: 1, updated: 1, unchanged: 1, rejected: 1 },
      sites: [{ create: 1, update: 1, remove: 0, skip: 0, updatedFields: { full_name: 1 } }],
    });
    const before = await rows();
    expect(await applied(plan)).toMatchObject({ total: 2, succeeded: 2 });
    expect(changedIds(before, await rows())).toEqual(["new1", "u3"]);
  });

  test("a mapping says what becomes of everybody, and waits where the table has rows", PATIENT, async () => {
    await hrms.sql`create table employees (id text primary key, work_mail text not null unique, hr_role text)`;
    await hrms.sql`grant all on employees to service_role`;
    await hrms.sql`insert into employees values ('own', 'u13@example.com', 'boss')`;
    await hrms.reloadSchema();
    const column = (name: string, field: "id" | "email" | "role" | "team") => ({
      column: name,
      from: { kind: "field" as const, field },
    });
    const columns = [column("id", "id"), column("work_mail", "email"), column("hr_role", "role")];
    const mapping = { table: "employees", match: "id", columns };
    const waits = await planned({ action: "mapping", siteId: id, mapping });
    expect(waits.sites).toMatchObject([
      { create: 0, update: 0, skipped: { take_over: 128, left_alone: 1 }, samples: [] },
    ]);
    await hrms.sql`delete from employees`;
    const plan = await planned({ action: "mapping", siteId: id, mapping });
    expect(plan.sites).toMatchObject([{ create: 98, update: 0, remove: 0, skipped: { out_of_scope: 30 } }]);
    expect(await applied(plan)).toMatchObject({ succeeded: 128, failed: 0 });
    expect(await hrms.sql`select count(*)::int as rows from employees`).toEqual([{ rows: 98 }]);

    await hrms.sql`update employees set work_mail = 'theirs@example.com' where id = 'u10'`;
    await hrms.sql`delete from employees where id = 'u13'`;
    await hrms.sql`insert into employees values ('own', 'u13@example.com', 'boss')`;
    const other = { ...mapping, columns: [...columns.slice(0, 2), column("hr_role", "team")] };
    expect((await planned({ action: "mapping", siteId: id, mapping: other })).sites).toMatchObject([
      {
        ...{ create: 0, update: 97, remove: 0, updatedFields: { work_mail: 1, hr_role: 97 } },
        skipped: { blocked: 1, left_alone: 1, out_of_scope: 30 },
      },
    ]);
  });

  test(
    "that take longer to check than a request may last end refused, with nothing written",
    PATIENT,
    async () => {
      const plan = await planned({ action: "sync_all", force: true });
      await hrms.sql`update employees set hr_role = 'theirs' where id = 'u20'`;
      // As the request does, without waiting for the sites.
      const [row] = await centre().sql`select plan_apply(${plan.id}, 'ada') as answer`;
      await until("the plan is refused", 30_000, async () => {
        worker.wake();
        return (await callJson<Plan>(read, { params: { id: plan.id } })).state === "refused";
      });
      const run = await callJson<Run>(getRun, { params: { id: row?.answer.runId } });
      expect(run).toMatchObject({
        total: 0,
        cancelledAt: expect.any(String),
        finishedAt: expect.any(String),
      });
      expect(await hrms.sql`select hr_role from employees where id = 'u20'`).toEqual([{ hr_role: "theirs" }]);
    },
  );

  test(
    "go on where a worker died, name the site that cannot be read, and are dropped in the end",
    PATIENT,
    async () => {
      const body = { name: "cms", url: hrms.url };
      const cms = await callJson<Site>(createSite, { method: "POST", body });
      const credentials = { supabaseUrl: hrms.url, supabaseKey: "sb_secret_of_another_project_altogether" };
      await call(saveCredentials, { method: "PUT", params: { id: cms.id }, body: credentials });
      const { sql } = centre();
      await sql`update connected_sites set take_over = null where id = ${cms.id}`; // as if it had been looked at
      const [made] = await sql`select plan_create('sync_all', '{"force": true}', 'ada') as answer`;
      await sql`select sync_plan_lease(1)`;
      const plan = await reached(made?.answer.id);
      expect(plan.state).toBe("ready");
      expect(plan.sites).toMatchObject([
        { site: "cms", problem: expect.stringContaining("key"), create: 0, samples: [] },
        { site: "hrms", problem: null, looked: 128 },
      ]);
      expect(await planned({ action: "sync_all", siteIds: [cms.id] })).toMatchObject({ state: "failed" });
      await sql`update plans set created_at = created_at - interval '8 days'`;
      // Twenty at a time.
      await planned({ action: "scope", siteId: id, scope: null });
      await planned({ action: "scope", siteId: id, scope: null });
      expect(await sql`select count(*)::int as plans from plans`).toEqual([{ plans: 2 }]);
      expect(await sql`select from plan_pages where plan_id = ${plan.id}`).toEqual([]);
    },
  );

  test("take what the action takes, and a plan that nobody made is not found", PATIENT, async () => {
    const secret = createApiKey();
    await addKey(centre(), secret, ["sync:run", "sync:read"] satisfies KeyScope[]);
    const as = { authorization: `Bearer ${secret}` };
    const options = { method: "POST", body: { action: "scope", siteId: id, scope: notGarage }, as };
    expect((await call(make, options)).status).toBe(403);
    // Nor does it show users to a key that may not read them.
    const plan = await planned({ action: "sync_all", siteIds: [id], force: true });
    expect(plan.sites).toMatchObject([{ samples: expect.arrayContaining([expect.anything()]) }]);
    const shown = await callJson<Plan>(read, { params: { id: plan.id }, as });
    expect(shown).toEqual({ ...plan, sites: plan.sites.map((site) => ({ ...site, samples: [] })) });
    const missing = { params: { id: "7f3b5c52-0000-4000-8000-000000000009" } };
    expect((await call(read, missing)).status).toBe(404);
    expect((await call(apply, { method: "POST", ...missing })).status).toBe(404);
    const unknown = { method: "POST", body: { action: "scope", siteId: missing.params.id, scope: null } };
    expect((await call(make, unknown)).status).toBe(404);
  });
});
