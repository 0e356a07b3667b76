import { expect, test } from "vitest";
import { POST as bulk } from "@/app/api/users/bulk/route";
import { POST as cancel } from "@/app/api/users/jobs/[id]/cancel/route";
import { DELETE as dismiss, GET as read } from "@/app/api/users/jobs/[id]/route";
import { GET as list } from "@/app/api/users/jobs/route";
import { createJobCentre } from "@/lib/sync/adapters/job-centre";
import { systemClock } from "@/lib/sync/adapters/system-clock";
import { startJobs } from "@/lib/sync/jobs/jobs";
import type { UserJob, UserJobs } from "@/lib/users/job-schema";
import { call, callJson } from "@/tests/app/api/call";
import { withIdleCentre } from "@/tests/app/api/idle-centre";

const { centre, addUsers } = withIdleCentre();
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Asks for a change in the background, which is then carried out by steps of two users. */
async function start(body: object): Promise<UserJob> {
  const answer = await call(bulk, { method: "POST", body: { ...body, background: true } });
  expect(answer.status).toBe(202);
  const job = (await answer.json()) as UserJob;
  await centre().sql`update user_jobs set page_size = 2 where id = ${job.id}`;
  return job;
}

const readJob = ({ id }: UserJob) => callJson<UserJob>(read, { params: { id } });
const workers = () => createJobCentre(centre().url, centre().secretKey);

/** As if ten seconds had passed since a worker was last heard of. */
const expireLeases = () =>
  centre().sql`update user_jobs set lease_until = now() where lease_until is not null`;

const changes = async () => {
  const [counted] = await centre().sql<{ lines: number; users: number }[]>`
    select count(*)::int as lines, count(distinct target_id)::int as users
    from audit_log where action = 'user.updated' and actor_kind = 'key' and actor_name = 'test'`;
  return counted;
};

test("a change in the background goes on after its worker died, and nobody is changed twice", async () => {
  await addUsers(5);
  await centre().sql`update user_profiles set team = 'T' where id = 'u2'`;
  const before = await changes();
  const job = await start({ query: { search: "example" }, change: { team: "T" }, expect: 5 });
  expect(job).toMatchObject({ state: "running", total: 5, matched: 0, requestedBy: "test" });

  const first = workers();
  const held = await first.lease();
  if (!held) throw new Error("There is a job");
  expect(await first.step(held)).toBe("more");
  expect(await first.lease()).toBeNull(); // it is held
  expect(await readJob(job)).toMatchObject({ state: "running", matched: 2, changed: 1, unchanged: 1 });

  await expireLeases();
  expect(await first.step(held)).toBe("lost");
  const second = workers();
  const taken = await second.lease();
  if (!taken) throw new Error("It is free again");
  expect([await second.step(taken), await second.step(taken)]).toEqual(["more", "done"]);
  expect(await second.step(taken)).toBe("lost");
  expect(await readJob(job)).toMatchObject({
    state: "done",
    matched: 5,
    changed: 4,
    unchanged: 1,
    refused: 0,
  });
  expect(await centre().sql`select id from user_profiles where team = 'T'`).toHaveLength(5);
  // Each in the name of whoever asked.
  expect((await changes())?.lines).toBe((before?.lines ?? 0) + 4);
});

test("a worker carries out what was asked for, and says who of the ids is not in the list", async () => {
  await addUsers(3);
  const job = await start({ ids: ["u1", "u2", "u3", "u3", "nobody"], change: { role: "x" } });
  const loop = startJobs({ centre: workers(), clock: systemClock, log: silent, pollMs: 50 });
  await expect.poll(async () => (await readJob(job)).state, { timeout: 20_000 }).toBe("done");
  await loop.stop();
  expect(await readJob(job)).toMatchObject({ total: 4, matched: 3, changed: 3, refused: 1 });
  const { items } = await callJson<UserJobs>(list);
  expect(items[0]).toMatchObject({ id: job.id, change: { role: "x" } });
  await call(dismiss, { method: "DELETE", params: { id: job.id } });
  expect(await callJson<UserJobs>(list)).toEqual({ items: [] });
  expect(await readJob(job)).toMatchObject({ state: "done" });
});

test("a cancelled change stops after the step on its way, and what is done stays done", async () => {
  await addUsers(5);
  const job = await start({ query: {}, change: { role: "x" } });
  const held = await workers().lease();
  if (!held) throw new Error("There is a job");
  await workers().step(held);
  const cancelled = await callJson<UserJob>(cancel, { method: "POST", params: { id: job.id } });
  expect(cancelled).toMatchObject({ state: "cancelled", matched: 2, changed: 2 });
  expect(await workers().step(held)).toBe("lost");
  expect(await centre().sql`select id from user_profiles where role = 'x'`).toHaveLength(2);
  expect((await call(cancel, { method: "POST", params: { id: job.id } })).status).toBe(409);
});

test("a step that fails is tried again with fewer users, and ten failures in a row end the change", async () => {
  await addUsers(1);
  const job = await start({ query: {}, change: { role: "x" } });
  await centre().sql`update user_jobs set page_size = 2000 where id = ${job.id}`;
  for (let failure = 1; failure <= 10; failure++) {
    const held = await workers().lease();
    if (!held) throw new Error("It is to be tried again");
    await workers().giveBack(held, "It took too long.");
    const { state, error } = await readJob(job);
    expect({ state, error }).toEqual({
      state: failure < 10 ? "running" : "failed",
      error: "It took too long.",
    });
    await centre().sql`update user_jobs set retry_at = now() where id = ${job.id}`;
  }
  const [left] = await centre().sql`select page_size from user_jobs where id = ${job.id}`;
  expect(left).toEqual({ page_size: 50 });
});

test("another number of users than was expected starts nothing", async () => {
  await addUsers(2);
  const body = { query: {}, change: { role: "x" }, expect: 3, background: true };
  expect((await call(bulk, { method: "POST", body })).status).toBe(409);
  expect((await call(bulk, { method: "POST", body: { ...body, after: "u1" } })).status).toBe(422);
});
