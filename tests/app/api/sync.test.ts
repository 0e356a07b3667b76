import { randomUUID } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { PATCH as patchSite } from "@/app/api/sites/[id]/route";
import { POST as syncAll } from "@/app/api/sync/all-users/route";
import { GET as events } from "@/app/api/sync/runs/[id]/events/route";
import { GET as getRun } from "@/app/api/sync/runs/[id]/route";
import { POST as syncUser, GET as userSync } from "@/app/api/sync/user/route";
import type { Problem } from "@/lib/http/problem";
import type { SyncAllStarted, UserSyncRun } from "@/lib/runs/request-schema";
import type { Run } from "@/lib/runs/schema";
import { call, callJson } from "@/tests/app/api/call";
import { CREDENTIALS_MISSING, withIdleCentre } from "@/tests/app/api/idle-centre";

const { centre, addUsers, addSite, finishRun } = withIdleCentre();

describe("syncing one user", () => {
  test("at a site without credentials fails with the reason and what to do", async () => {
    await addUsers(1);
    const siteId = await addSite("hrms", false);
    const answer = await callJson<UserSyncRun>(syncUser, { method: "POST", body: { userId: "u1" } });
    expect(answer).toMatchObject({ userId: "u1", done: true });
    expect(answer.results).toEqual([
      {
        siteId,
        site: "hrms",
        status: "failed",
        error: CREDENTIALS_MISSING,
        errorCode: "credentials_missing",
        advice: expect.stringContaining("Supabase credentials"),
      },
    ]);
    const read = await callJson<UserSyncRun>(userSync, { path: "/api/sync/user?userId=u1" });
    expect(read).toEqual({ userId: "u1", results: answer.results });
  });

  test("answers what is known when the wait is over before the sites have answered", async () => {
    await addUsers(1);
    await addSite("hrms");
    const answer = await callJson<UserSyncRun>(syncUser, {
      method: "POST",
      body: { userId: "u1", wait: 0.2 },
    });
    expect(answer).toMatchObject({ done: false, results: [{ site: "hrms", status: "pending" }] });
    expect(await callJson(getRun, { params: { id: answer.runId } })).toMatchObject({
      kind: "user",
      total: 1,
      pending: 1,
    });
  });

  test("costs the centre one look at a time, however many wait", async () => {
    await addUsers(30);
    await addSite("hrms");
    const looks = { all: 0, now: 0, most: 0 };
    const real = globalThis.fetch;
    const spy = vi.spyOn(globalThis, "fetch").mockImplementation(async (...asked) => {
      if (!String(asked[0]).includes("/sync_runs?")) return await real(...asked);
      looks.all++;
      looks.most = Math.max(looks.most, ++looks.now);
      return await real(...asked).finally(() => looks.now--);
    });
    const waiting = Array.from({ length: 30 }, (_, n) =>
      callJson<UserSyncRun>(syncUser, { method: "POST", body: { userId: `u${n + 1}`, wait: 1 } }),
    );
    expect((await Promise.all(waiting)).map(({ done }) => done)).not.toContain(true);
    spy.mockRestore();
    expect(looks).toMatchObject({ now: 0, most: 1 });
    expect(looks.all).toBeGreaterThan(1);
  });

  test("waits for the run to finish and no longer", async () => {
    await addUsers(1);
    await addSite("hrms");
    const waiting = callJson<UserSyncRun>(syncUser, { method: "POST", body: { userId: "u1", wait: 10 } });
    const [run] = await expect
      .poll(() => centre().sql`select id from sync_runs where kind = 'user'`)
      .toHaveLength(1)
      .then(() => centre().sql`select id from sync_runs where kind = 'user'`);
    await finishRun(String(run?.id));
    expect(await waiting).toMatchObject({ done: true, runId: run?.id });
  });

  test("that is not there is a 404, asked for or read", async () => {
    const posted = await callJson<Problem>(syncUser, { method: "POST", body: { userId: "nobody" } });
    expect(posted).toMatchObject({ status: 404, code: "not_found" });
    expect(await callJson(userSync, { path: "/api/sync/user?userId=nobody" })).toMatchObject({ status: 404 });
    expect(await callJson(userSync, { path: "/api/sync/user" })).toMatchObject({
      status: 422,
      errors: [{ path: "userId" }],
    });
  });

  test("that was made without any site connected has no results", async () => {
    await addUsers(1);
    expect(await callJson(userSync, { path: "/api/sync/user?userId=u1" })).toEqual({
      userId: "u1",
      results: [],
    });
    expect(await callJson(syncUser, { method: "POST", body: { userId: "u1" } })).toMatchObject({
      done: true,
    });
  });
});

describe("syncing everybody", () => {
  test("is accepted with how many users go to how many sites", async () => {
    await addUsers(3);
    await addSite("hrms");
    await addSite("cms");
    await addSite("later", false);
    const response = await call(syncAll, { method: "POST" });
    const started = (await response.json()) as SyncAllStarted;
    expect(response.status).toBe(202);
    expect(started).toMatchObject({ users: 3, sites: 2 });
    expect(await callJson(getRun, { params: { id: started.runId } })).toMatchObject({
      kind: "all",
      total: 6,
    });
  });

  test("at named sites refuses those that cannot take part, each by its place", async () => {
    const [ready, bare, paused] = [
      await addSite("hrms"),
      await addSite("bare", false),
      await addSite("paused"),
    ];
    await call(patchSite, { method: "PATCH", params: { id: paused }, body: { status: "paused" } });
    const run = (siteIds: unknown) => callJson<Problem>(syncAll, { method: "POST", body: { siteIds } });
    const unknown = await run([ready, randomUUID()]);
    expect(unknown).toMatchObject({ status: 422, errors: [{ path: "siteIds.1" }] });
    expect(await run([bare])).toMatchObject({
      status: 409,
      code: "credentials_missing",
      detail: CREDENTIALS_MISSING,
    });
    expect(await run([ready, paused])).toMatchObject({
      status: 409,
      code: "conflict",
      errors: [{ path: "siteIds.1" }],
    });
    expect(await run([ready])).toMatchObject({ sites: 1 });
    expect(await run(["x"])).toMatchObject({ status: 422, errors: [{ path: "siteIds.0" }] });
  });
});

describe("a run's events", () => {
  async function start() {
    await addUsers(2);
    await addSite("hrms");
    return await callJson<SyncAllStarted>(syncAll, { method: "POST" });
  }

  test("tell every change and end with the run", async () => {
    const { runId } = await start();
    const response = await call(events, { params: { id: runId } });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const reader = (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
    const next = async () => JSON.parse((await reader.read()).value?.replace(/^data: /, "") ?? "null") as Run;
    expect(await next()).toMatchObject({ id: runId, total: 2, succeeded: 0 });
    await finishRun(runId);
    expect(await next()).toMatchObject({ succeeded: 2, finishedAt: expect.any(String) });
    expect((await reader.read()).done).toBe(true);
  });

  test("cost the centre one look at a time, however many listen", async () => {
    const { runId } = await start();
    const streams = await Promise.all(
      Array.from({ length: 30 }, () => call(events, { params: { id: runId } })),
    );
    const readers = streams.map(({ body }) => (body ?? new ReadableStream()).getReader());
    await Promise.all(readers.map((reader) => reader.read()));
    const asked = vi.spyOn(globalThis, "fetch");
    const began = performance.now();
    for (const reader of readers) void reader.read();
    await expect.poll(() => asked.mock.calls.length, { timeout: 30_000 }).toBeGreaterThan(5);
    expect(performance.now() - began).toBeGreaterThan(1_000); // four looks a second
    asked.mockRestore();
    await Promise.all(readers.map((reader) => reader.cancel()));
  });

  test("stop when the client leaves", async () => {
    const { runId } = await start();
    const asked = vi.spyOn(globalThis, "fetch");
    const response = await call(events, { params: { id: runId } });
    const reader = (response.body ?? new ReadableStream()).getReader();
    await reader.read();
    const waiting = reader.read();
    await expect.poll(() => asked.mock.calls.length).toBeGreaterThan(2);
    await reader.cancel();
    await waiting;
    const before = asked.mock.calls.length;
    vi.useFakeTimers();
    await vi.advanceTimersByTimeAsync(10_000);
    vi.useRealTimers();
    expect(asked.mock.calls.length - before).toBeLessThan(2);
  });

  test("of a run that is not there are a 404", async () => {
    for (const handler of [events, getRun]) {
      expect(await callJson(handler, { params: { id: randomUUID() } })).toMatchObject({ status: 404 });
    }
  });
});
