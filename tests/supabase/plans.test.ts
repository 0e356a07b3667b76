import { afterEach, beforeEach, expect, test } from "vitest";
import { createCentre as createCentrePort } from "@/lib/sync/adapters/centre";
import { createPlanCentre } from "@/lib/sync/adapters/plan-centre";
import type { PageSeen, PlanTurn } from "@/lib/sync/planning/ports";
import type { Centre, Outcome } from "@/lib/sync/ports";
import { until } from "@/tests/support/faults/truth";
import { leaseOne } from "@/tests/support/lease-one";
import { createCentre, type TestProject } from "@/tests/support/stack";

let centre: TestProject;
let engine: Centre;
let siteId: string;
beforeEach(async () => {
  centre = await createCentre();
  engine = createCentrePort(centre.url, centre.secretKey, "test");
  siteId = await addSite("hrms");
});
afterEach(async () => await centre.close());

async function addSite(name: string): Promise<string> {
  const [row] = await centre.sql`
    insert into connected_sites (name, url) values (${name}, 'https://site.example') returning id`;
  await centre.sql`select site_set_credentials(${String(row?.id)}, 'https://site.example', 'sealed', 'last')`;
  await centre.sql`update connected_sites set take_over = null`; // as if it had been looked at
  return String(row?.id);
}

async function makePlan(action: string, input: object): Promise<string> {
  const [row] =
    await centre.sql`select plan_create(${action}, ${centre.sql.json(input as never)}, 'ada') as made`;
  return row?.made.id;
}

async function stateOf(plan: string) {
  const [row] = await centre.sql`select plan_read(${plan}) as plan`;
  return row?.plan;
}

/** Compares a plan's site, whose rows are all to be changed. */
async function compare(): Promise<void> {
  const port = createPlanCentre(centre.url, centre.secretKey);
  const turn = (await port.lease()) as PlanTurn;
  for (;;) {
    const page = await port.page(turn);
    if (page.kind === "lost") throw new Error("The lease is held");
    if (page.upto === null) return await port.end(turn, null);
    const ids = page.users.map(({ user }) => user.id);
    const seen: PageSeen = {
      ...{ users: ids.length, found: ids.length, digest: ids.join(), marks: ids, emails: ids },
      ...{ create: 0, update: ids.length, remove: 0, departures: 0, skip: {}, fields: {}, samples: [] },
    };
    if (!(await port.record(turn, page.upto, seen))) throw new Error("It goes on");
  }
}

/** Sends what is due to the site, with what comes of it. */
async function deliver(outcome: (userId: string) => Outcome, isDown = false): Promise<void> {
  await engine.fanOut();
  await centre.sql`update connected_sites set retry_at = now()`;
  const site = await leaseOne(engine, 60);
  if (!site) throw new Error("The site is ready");
  const claim = await engine.claim(site, 100);
  if (claim.kind !== "batch") throw new Error("Something is due");
  const failure = isDown
    ? { health: "degraded" as const, errorCode: "timeout", error: "It does not answer", retryIn: 60 }
    : null;
  await engine.settle(
    site,
    claim.claimId,
    claim.items.map(({ userId }) => outcome(userId)),
    failure,
  );
  await engine.releaseSite(site);
}

const landed = (userId: string): Outcome => ({ userId, kind: "upserted", durationMs: 1 });

test("the run of a plan goes on when its site is away for a moment", async () => {
  await centre.sql`insert into user_profiles (id, email) select 'u' || n, 'u' || n || '@example.com' from generate_series(1, 3) n`;
  await deliver(landed);
  const plan = await makePlan("bulk", { ids: ["u1", "u2", "u3"], change: { team: "Flight" } });
  await compare();
  await centre.sql`select plan_apply(${plan}, 'ada')`;
  await compare();
  const { runId } = await stateOf(plan);
  await deliver(
    (userId) => ({ userId, kind: "returned", durationMs: 1, errorCode: "timeout", error: "…" }),
    true,
  );
  const run = async () => (await centre.sql`select sync_run(${runId}) as run`)[0]?.run;
  await centre.sql`select sync_plan_lease(20)`;
  expect(await run()).toMatchObject({ total: 3, succeeded: 0, failed: 0, pending: 3 });
  // Nor can it be cancelled: its users are changed, and the sites get them whatever becomes of the run.
  expect(await centre.sql`select request_run_end(${runId}) as came`).toEqual([{ came: "changed" }]);
  await deliver(landed);
  await centre.sql`select sync_plan_lease(20)`;
  expect(await run()).toMatchObject({ total: 3, succeeded: 3, failed: 0, finishedAt: expect.any(String) });
});

test("a site that is disconnected while it is compared holds up no plan", async () => {
  await centre.sql`insert into user_profiles (id, email) values ('u1', 'u1@example.com')`;
  const lease = createPlanCentre(centre.url, centre.secretKey).lease;
  const cms = await addSite("cms");
  const both = await makePlan("sync_all", { force: true });
  await centre.sql`select site_disconnect(${cms})`;
  expect((await lease())?.site.id).toBe(siteId);
  expect(await lease()).toBeNull();
  const sites = (await stateOf(both)).sites;
  expect(sites).toMatchObject([
    { site: "cms", problem: expect.stringContaining("disconnected") },
    { problem: null },
  ]);

  await centre.sql`delete from plans`;
  const one = await makePlan("scope", { siteId, scope: null });
  await compare();
  await centre.sql`select plan_apply(${one}, 'ada')`;
  await centre.sql`select site_disconnect(${siteId})`;
  expect(await lease()).toBeNull();
  expect(await stateOf(one)).toMatchObject({
    state: "refused",
    moved: [expect.stringContaining("disconnected")],
  });
});

test("a plan that takes longer than a statement may is refused, and not tried for ever", async () => {
  await centre.sql`insert into user_profiles (id, email) values ('u1', 'u1@example.com')`;
  const plan = await makePlan("sync_all", { force: true });
  await compare();
  await centre.sql`select plan_apply(${plan}, 'ada')`;
  await centre.sql`update plan_sites set lease_id = gen_random_uuid(), lease_until = now() + interval '1 minute', page = 1`;
  await centre.sql.begin(async (writer) => {
    await writer`lock table user_profiles in row exclusive mode`;
    await centre.sql.begin(async (worker) => {
      await worker`set local statement_timeout = '300ms'`;
      await worker`select sync_plan_record(plan_id, site_id, lease_id, 20, null, '{}') from plan_sites`;
    });
  });
  expect(await stateOf(plan)).toMatchObject({ state: "refused", moved: [expect.stringContaining("longer")] });
});

test("who is changed by a plan is not confirmed as they are to be, where a site cannot be read", async () => {
  await centre.sql`update connected_sites set kind = 'webhook'`;
  await centre.sql`insert into user_profiles (id, email) values ('u1', 'u1@example.com')`;
  await deliver(landed);
  const port = createPlanCentre(centre.url, centre.secretKey);
  const seen = async (action: string, input: object) => {
    await makePlan(action, input);
    const page = await port.page((await port.lease()) as PlanTurn);
    return page.kind === "page" && page.users.map(({ confirmed }) => confirmed);
  };
  expect(await seen("sync_all", {})).toEqual([true]);
  expect(await seen("bulk", { ids: ["u1"], change: { team: "Flight" } })).toEqual([false]);
});

test("who failed is found by what is known to be open, and noticed when that moves", async () => {
  await centre.sql`insert into user_profiles (id, email) select 'u' || n, 'u' || n || '@example.com' from generate_series(1, 3) n`;
  await deliver((userId) =>
    userId === "u2"
      ? { userId, kind: "failed", durationMs: 1, errorCode: "conflict", error: "…" }
      : landed(userId),
  );
  const query = { syncStatus: "failed", siteId };
  const plan = await makePlan("bulk", { query, change: { team: "Flight" } });
  expect((await stateOf(plan)).report).toEqual({ matched: 1, changed: 1 });
  const [filter] = await centre.sql`select plan_filter(${centre.sql.json(query)}) as condition`;
  expect(filter?.condition).toMatch(/any \('\{u2\}'/);
  await compare();
  await centre.sql`update user_sync_state set status = 'synced', synced_version = desired_version`;
  const [applied] = await centre.sql`select plan_apply(${plan}, 'ada') as answer`;
  expect(applied?.answer).toEqual({ moved: ["The list: other users match by now."] });
});

test("a plan that is applied waits for a take-over without holding what that needs", async () => {
  const { sql } = centre;
  await sql`insert into user_profiles (id, email) values ('u1', 'u1@example.com')`;
  const plan = await makePlan("sync_all", { force: true });
  await compare();
  await sql`select plan_apply(${plan}, 'ada')`;
  await sql`update plan_sites set lease_id = gen_random_uuid(), lease_until = now() + interval '1 minute', page = 1`;
  const deadlock = "40P01";
  let came: { code?: string } | undefined;
  const { applying } = await sql.begin(async (takeOver) => {
    await takeOver`select from connected_sites where id = ${siteId} for no key update`;
    const applying =
      sql`select sync_plan_record(plan_id, site_id, lease_id, 20, null, '{}') from plan_sites`.then(
        () => ({}),
        (error: { code?: string }) => error,
      );
    void applying.then((ended) => {
      came = ended;
    });
    await until("applying waits", 30_000, async () => {
      const waiting = await sql`
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      // It does for three seconds only, which a busy machine may let pass.
      return waiting.length > 0 || came !== undefined;
    });
    await takeOver`update user_profiles set full_name = 'Ada'`;
    return { applying };
  });
  expect(await applying).not.toMatchObject({ code: deadlock });
});

test("however much plans were made of, it is dropped in pieces, and the plan with the last of them", async () => {
  const { sql } = centre;
  await sql`insert into user_profiles (id, email) values ('u1', 'u1@example.com')`;
  const plan = await makePlan("scope", { siteId, scope: null });
  await compare();
  await sql`insert into plan_pages (plan_id, site_id, n, digest)
    select ${plan}, ${siteId}, n, 'as seen' from generate_series(2, 20001) n`;
  await sql`update plans set created_at = created_at - interval '8 days'`;
  const left = async () => {
    await sql`select plan_forget()`;
    return await sql`select (select count(*)::int from plans) as plans, (select count(*)::int from plan_pages) as pages`;
  };
  expect(await left()).toEqual([{ plans: 1, pages: 1 }]);
  expect(await left()).toEqual([{ plans: 0, pages: 0 }]);
});
