import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { POST as syncAll } from "@/app/api/sync/all-users/route";
import { POST as cancel } from "@/app/api/sync/runs/[id]/cancel/route";
import { GET as getRun } from "@/app/api/sync/runs/[id]/route";
import { GET as listRuns } from "@/app/api/sync/runs/route";
import { POST as syncUser } from "@/app/api/sync/user/route";
import type { Page } from "@/lib/http/page";
import type { SyncAllStarted, UserSyncRun } from "@/lib/runs/request-schema";
import type { Run } from "@/lib/runs/schema";
import { callJson } from "@/tests/app/api/call";
import { withIdleCentre } from "@/tests/app/api/idle-centre";

const { centre, addUsers, addSite, finishRun } = withIdleCentre();

/** A site whose first sync is done, so that a sync of all users owes it nothing. */
async function addSyncedSite(name: string): Promise<string> {
  const id = await addSite(name);
  const [first] = await centre().sql`select run_id from sync_run_sites where site_id = ${id}`;
  await finishRun(String(first?.run_id));
  return id;
}

async function startAll(): Promise<string> {
  return (await callJson<SyncAllStarted>(syncAll, { method: "POST", body: { force: true } })).runId;
}

function cancelRun<Answer = Run>(id: string) {
  return callJson<Answer>(cancel, { method: "POST", params: { id } });
}

/** What a worker does: takes the site and a batch of it. */
async function claim(siteId: string, users: number) {
  const { sql } = centre();
  const [leased] = await sql`select sync_lease_sites('test', 60, 1) -> 0 as site`;
  expect(leased?.site.id).toBe(siteId);
  const lease = String(leased?.site.leaseId);
  const next = async () => {
    const [row] = await sql`select sync_claim(${siteId}, ${lease}, ${users}) as batch`;
    return row?.batch as { kind: string; claimId: string; userIds: string[] };
  };
  const settle = async ({ claimId, userIds }: Awaited<ReturnType<typeof next>>) => {
    const outcomes = [{ userIds, kind: "upserted", durationMs: 1 }];
    await sql`select sync_settle(${siteId}, ${lease}, ${claimId}, ${sql.json(outcomes)})`;
  };
  return { next, settle };
}

test("a cancelled sync sends nothing more, counts what was on its way, and then has finished", async () => {
  await addUsers(5);
  const siteId = await addSyncedSite("hrms");
  const runId = await startAll();
  const worker = await claim(siteId, 2);
  const batch = await worker.next();
  expect(await cancelRun(runId)).toMatchObject({ id: runId, pending: 0, cancelledAt: expect.any(String) });
  const settling = await callJson<Run>(getRun, { params: { id: runId } });
  expect(settling).not.toHaveProperty("finishedAt");
  expect(await worker.next()).toEqual({ kind: "empty" });
  await worker.settle(batch);
  expect(await worker.next()).toEqual({ kind: "empty" });
  expect(await callJson<Run>(getRun, { params: { id: runId } })).toMatchObject({
    total: 5,
    succeeded: 2,
    pending: 0,
    finishedAt: expect.any(String),
  });
});

test("a batch whose worker died does not keep a cancelled sync unfinished for ever", async () => {
  await addUsers(3);
  const siteId = await addSyncedSite("hrms");
  const runId = await startAll();
  await (await claim(siteId, 2)).next();
  await cancelRun(runId);
  await centre().sql`update sync_claims set claimed_at = now() - interval '2 minutes'`;
  expect(await callJson<Run>(getRun, { params: { id: runId } })).toMatchObject({
    finishedAt: expect.any(String),
  });
});

test("cancelling does not take a first sync away from a site that it had been taken over for", async () => {
  await addUsers(4);
  const siteId = await addSite("hrms");
  // In trouble, so that the next sync of all users ends the first one of the site and does its work.
  await centre().sql`update connected_sites set health = 'degraded' where id = ${siteId}`;
  const runId = await startAll();
  const worker = await claim(siteId, 3);
  const batch = await worker.next();
  await cancelRun(runId);
  await worker.settle(batch);
  const rest = await worker.next();
  expect(rest.userIds).toEqual(["u4"]);
  await worker.settle(rest);
  expect(await worker.next()).toEqual({ kind: "empty" });
  const states = await centre().sql`select distinct status from user_sync_status`;
  expect(states.map(({ status }) => status)).toEqual(["synced"]);
  const { items } = await callJson<Page<Run>>(listRuns, { path: "/api/sync/runs" });
  expect(items[0]).toMatchObject({ kind: "site", succeeded: 4, failed: 0, finishedAt: expect.any(String) });
});

test("what has finished, or is no sync of all users, is not cancelled, and says why", async () => {
  await addUsers(1);
  await addSite("hrms");
  const [first] = await centre().sql`select id from sync_runs where kind = 'site'`;
  const { runId } = await callJson<UserSyncRun>(syncUser, {
    method: "POST",
    body: { userId: "u1", wait: 0 },
  });
  const all = await startAll();
  await cancelRun(all);
  for (const id of [String(first?.id), runId, all]) {
    expect(await cancelRun<object>(id)).toMatchObject({ status: 409, code: "conflict" });
  }
  expect(await cancelRun<object>(randomUUID())).toMatchObject({ status: 404 });
});

test("who cancelled is written down, with how far it had come", async () => {
  await addUsers(2);
  await addSyncedSite("hrms");
  const runId = await startAll();
  await cancelRun(runId);
  const lines = await centre().sql`
    select actor_kind, target_id, after from audit_log where action = 'sync.cancelled' and target_id = ${runId}`;
  expect(lines).toEqual([
    { actor_kind: "key", target_id: runId, after: { total: 2, failed: 0, succeeded: 0 } },
  ]);
});

test("syncs are listed newest first, page by page, those of one user apart", async () => {
  await addUsers(1);
  await addSite("hrms");
  const started = [await startAll(), await startAll()];
  await callJson(syncUser, { method: "POST", body: { userId: "u1", wait: 0 } });
  const page = await callJson<Page<Run>>(listRuns, { path: "/api/sync/runs?limit=2" });
  expect(page.items.map(({ id }) => id)).toEqual(started.reverse());
  expect(page.items[0]).toMatchObject({ kind: "all", requestedBy: "test", sites: [{ site: "hrms" }] });
  const rest = await callJson<Page<Run>>(listRuns, {
    path: `/api/sync/runs?limit=2&cursor=${page.nextCursor}`,
  });
  expect(rest).toMatchObject({ items: [{ kind: "site" }], nextCursor: null });
  const ofUsers = await callJson<Page<Run>>(listRuns, { path: "/api/sync/runs?kind=user" });
  expect(ofUsers.items).toMatchObject([{ kind: "user", userId: "u1" }]);
});

test("a sync that a newer one takes over at a site in trouble goes on at the others", async () => {
  const { sql } = centre();
  const [troubled, well] = [await addSyncedSite("hrms"), await addSyncedSite("cms")];
  await sql`update connected_sites set health = 'degraded' where id = ${troubled}`;
  const older = await startAll();
  await startAll();
  const run = () => callJson<Run>(getRun, { params: { id: older } });
  const { sites } = await run();
  expect(sites.filter(({ finishedAt }) => finishedAt).map(({ siteId }) => siteId)).toEqual([troubled]);
  expect(await run()).not.toHaveProperty("finishedAt");
  await sql`update connected_sites set health = 'degraded' where id = ${well}`;
  await startAll();
  expect(await run()).toHaveProperty("finishedAt");
});

test("one user is sent to one site alone when it is named", async () => {
  await addUsers(1);
  const [hrms] = [await addSyncedSite("hrms"), await addSyncedSite("cms"), await addSite("bare", false)];
  const send = (siteId: string) =>
    callJson<UserSyncRun>(syncUser, { method: "POST", body: { userId: "u1", siteId, wait: 0 } });
  const answer = await send(hrms);
  expect(answer).toMatchObject({ done: false, results: [{ siteId: hrms, status: "pending" }] });
  const pairs = await centre().sql`select site_id, run_id from user_sync_state`;
  expect(pairs).toEqual([{ site_id: hrms, run_id: answer.runId }]);
  const [bare] = await centre().sql`select id from connected_sites where name = 'bare'`;
  expect(await send(String(bare?.id))).toMatchObject({
    done: true,
    results: [{ errorCode: "credentials_missing" }],
  });
  expect(await send(randomUUID())).toMatchObject({ status: 404 });
  await centre().sql`update connected_sites set status = 'paused' where id = ${hrms}`;
  expect(await send(hrms)).toMatchObject({ status: 409 });
});
