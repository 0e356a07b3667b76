import { expect, test } from "vitest";
import { POST as addLines } from "@/app/api/users/imports/[id]/lines/route";
import { DELETE as discard } from "@/app/api/users/imports/[id]/route";
import { POST as start } from "@/app/api/users/imports/[id]/start/route";
import { POST as create, GET as listImports } from "@/app/api/users/imports/route";
import { POST as cancel } from "@/app/api/users/jobs/[id]/cancel/route";
import { GET as refused } from "@/app/api/users/jobs/[id]/refused/route";
import { DELETE as dismiss, GET as read } from "@/app/api/users/jobs/[id]/route";
import { GET as list } from "@/app/api/users/jobs/route";
import { createApiKey } from "@/lib/access/api-key";
import { createJobCentre } from "@/lib/sync/adapters/job-centre";
import { systemClock } from "@/lib/sync/adapters/system-clock";
import { type JobCentre, startJobs } from "@/lib/sync/jobs/jobs";
import type { ImportCreated } from "@/lib/users/import-job-schema";
import type { ImportJob, UserJobs } from "@/lib/users/job-schema";
import { addKey, type Caller, call, callJson, script } from "@/tests/app/api/call";
import { withIdleCentre } from "@/tests/app/api/idle-centre";
import { full } from "@/tests/support/acceptance";

const { centre, addUsers } = withIdleCentre();
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

const COLUMNS = [
  { name: "Id", field: "id" },
  { name: "Mail", field: "email" },
  { name: "Group", field: "team" },
  { name: "=Salary", field: null },
];

type Cells = [id: string, email: string, team?: string, salary?: string];

async function begin(lines: number, file = "people.csv"): Promise<string> {
  const body = { file, columns: COLUMNS, lines };
  return (await callJson<ImportCreated>(create, { method: "POST", body })).id;
}

const post = (id: string, body?: unknown, as: Caller = script) => ({
  method: "POST",
  params: { id },
  body,
  as,
});

const add = (id: string, behind: number, rows: readonly Cells[]) =>
  call(addLines, post(id, { behind, lines: rows.map((cells, n) => ({ line: behind + n + 2, cells })) }));

/** Sends lines and starts, for workers whose steps are of so many of them. */
async function startImport(rows: readonly Cells[], pageSize = 2): Promise<string> {
  const id = await begin(rows.length);
  for (let at = 0; at < rows.length; at += 1_000) {
    expect((await add(id, at, rows.slice(at, at + 1_000))).status).toBe(200);
  }
  expect((await call(start, post(id))).status).toBe(202);
  await centre().sql`update user_jobs set page_size = ${pageSize} where id = ${id}`;
  return id;
}

const people = (count: number): Cells[] =>
  Array.from({ length: count }, (_, n) => ["", `p${n}@example.com`, "Imports"]);

const readJob = (id: string) => callJson<ImportJob>(read, { params: { id } });
const workers = () => createJobCentre(centre().url, centre().secretKey);

async function lease(worker: JobCentre) {
  const held = await worker.lease();
  if (!held) throw new Error("There is a job");
  return held;
}

/** Lets a worker do all there is to do. */
async function work(): Promise<void> {
  const worker = workers();
  for (let held = await worker.lease(); held; held = await worker.lease()) {
    while ((await worker.step(held)) === "more");
  }
}

const refusedFile = async (id: string) => {
  const answer = await call(refused, { params: { id } });
  return { name: answer.headers.get("content-disposition"), lines: (await answer.text()).trim().split("\n") };
};

const kept = async (id: string) => await centre().sql`select line from user_job_lines where job_id = ${id}`;

/** What open pages look at: another one, and they ask for the jobs. */
const mark = async () => {
  const [row] = await centre().sql<{ mark: string | null }[]>`select sync_pulse() #>> '{marks,jobs}' as mark`;
  return row?.mark;
};

const changes = async () => {
  const [row] = await centre().sql`
    select count(*)::int as lines, count(distinct target_id)::int as users from audit_log
    where action = 'user.created' and actor_kind = 'key' and actor_name = 'test'`;
  return row as { lines: number; users: number };
};

test("an import goes on after its worker died in a step or between two, and no line is taken twice or lost", async () => {
  const before = await changes();
  const id = await startImport(people(7));
  const first = workers();
  const held = await lease(first);
  expect(await first.step(held)).toBe("more");
  expect(await readJob(id)).toMatchObject({ state: "running", total: 7, matched: 2, created: 2 });

  // It dies in the midst of a step: whoever writes this user waits until then.
  await centre().sql`insert into user_profiles (id, email) values ('held', 'held@example.com')`;
  await centre().sql`update user_job_lines set given = given || '{"id": "held", "email": "held@example.com"}'
    where job_id = ${id} and line = 5`;
  await centre().sql.begin(async (sql) => {
    await sql`select from user_profiles where id = 'held' for update`;
    const dying = first.step(held);
    const waiting = () => centre().sql<{ pid: number }[]>`
        select pid from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query ilike '%sync_user_job_step%'`;
    await expect.poll(async () => (await waiting()).length, { timeout: 20_000 }).toBe(1);
    for (const { pid } of await waiting()) await centre().sql`select pg_terminate_backend(${pid})`;
    await expect(dying).rejects.toThrow();
  });
  expect(await readJob(id)).toMatchObject({ matched: 2 });

  await centre().sql`update user_jobs set lease_until = now() where id = ${id}`;
  expect(await first.step(held)).toBe("lost");
  await work();
  expect(await readJob(id)).toMatchObject({ state: "done", matched: 7, created: 6, changed: 1, refused: 0 });
  expect(await centre().sql`select id from user_profiles where team = 'Imports'`).toHaveLength(7);
  const after = await changes();
  expect({ lines: after.lines - before.lines, users: after.users - before.users }).toEqual({
    lines: 6,
    users: 6,
  });
  expect(await kept(id)).toEqual([]);
});

test("lines are refused when they arrive or when they are applied, each with its reason, and only they are kept", async () => {
  await addUsers(2);
  const rows: Cells[] = [
    ["", "ada@example.com", "T", "=1"],
    ["", "nonsense", "T", "two\nlines"],
    ["", "ADA@example.com"],
    ["x1", "u1@example.com"],
    ["", "u2@example.com", ""],
    ["", "late@example.com"],
    ["x2", "soon-taken@example.com"],
  ];
  const id = await begin(rows.length, "Zoë’s people.csv");
  for (const behind of [0, 2, 4, 6]) await add(id, behind, rows.slice(behind, behind + 2));
  // Its number is found across pages. Then somebody else takes an address, before the import comes to it.
  await call(start, post(id));
  await centre().sql`insert into user_profiles (id, email) values ('other', 'soon-taken@example.com')`;
  await work();

  expect(await readJob(id)).toMatchObject({
    kind: "import",
    file: "Zoë’s people.csv",
    state: "done",
    requestedBy: "test",
    total: 7,
    matched: 7,
    created: 2,
    changed: 0,
    unchanged: 1,
    refused: 4,
  });
  const { name, lines } = await refusedFile(id);
  expect(name).toBe(
    `attachment; filename="refused-Zo__s people.csv"; filename*=UTF-8''refused-Zo%C3%AB%E2%80%99s%20people.csv`,
  );
  expect(lines).toEqual([
    "Id,Mail,Group,'=Salary,Line,Reason",
    ',nonsense,T,"two',
    'lines",3,E-mail: Enter an e-mail address such as ada@example.com.',
    ",ADA@example.com,,,4,Line 2 has the same e-mail address.",
    "x1,u1@example.com,,,5,The e-mail address u1@example.com belongs to the user u1.",
    "x2,soon-taken@example.com,,,8,The e-mail address soon-taken@example.com belongs to the user other.",
  ]);
  expect(await kept(id)).toHaveLength(4);

  // Taken off the list it is still among the imports, for a week.
  expect((await callJson<UserJobs>(list)).items.map((job) => job.id)).toEqual([id]);
  await call(dismiss, { method: "DELETE", params: { id } });
  expect((await callJson<UserJobs>(list)).items).toEqual([]);
  expect((await callJson<UserJobs>(listImports)).items.map((job) => job.id)).toEqual([id]);
  await centre().sql`
    update user_jobs set finished_at = now() - interval '7 days', retry_at = now() where id = ${id}`;
  await work();
  expect(await kept(id)).toEqual([]);
  expect((await call(read, { params: { id } })).status).toBe(404);
  expect((await call(refused, { params: { id } })).status).toBe(404);
});

test("what a rule of the database refuses is a line's own failure", async () => {
  await centre().sql`alter table user_profiles add constraint no_odd_team check (team <> 'odd')`;
  try {
    const rows = people(6);
    rows[3] = ["", "odd@example.com", "odd"];
    const id = await startImport(rows, 1_000);
    await work();
    expect(await readJob(id)).toMatchObject({ state: "done", created: 5, refused: 1 });
    expect((await refusedFile(id)).lines[1]).toContain('5,"The central database refuses it: new row');
  } finally {
    await centre().sql`alter table user_profiles drop constraint no_odd_team`;
  }
});

test("a cancelled import stops after the step on its way, keeps what is done, and forgets the lines it did not come to", async () => {
  const rows = people(5);
  rows[4] = ["", "nonsense"];
  const id = await startImport(rows);
  const worker = workers();
  const held = await lease(worker);
  await worker.step(held);
  expect(await callJson<ImportJob>(cancel, post(id))).toMatchObject({
    state: "cancelled",
    created: 2,
    refused: 1,
  });
  expect(await worker.step(held)).toBe("lost");
  await work();
  expect(await centre().sql`select id from user_profiles`).toHaveLength(2);
  expect(await kept(id)).toEqual([{ line: 6 }]);
  expect((await call(cancel, post(id))).status).toBe(409);
});

test("a page that comes twice counts once, and without every line nothing is started", async () => {
  const rows = people(5);
  const id = await begin(5);
  await add(id, 0, rows.slice(0, 2));
  expect(await (await add(id, 0, rows.slice(0, 2))).json()).toEqual({ stored: 2 });
  expect((await add(id, 3, rows.slice(3))).status).toBe(409); // one is missing between
  expect((await call(start, post(id))).status).toBe(409);
  expect(await workers().lease()).toBeNull();
  expect((await call(read, { params: { id } })).status).toBe(404); // nobody hears of it
  expect(await mark()).toBeNull();
  await add(id, 2, rows.slice(2));
  const answers = [await call(start, post(id)), await call(start, post(id))];
  expect(answers.map(({ status }) => status)).toEqual([202, 202]);
  const started = await mark();
  expect(started).not.toBeNull();
  expect((await add(id, 5, people(1))).status).toBe(409);
  expect((await call(discard, { method: "DELETE", params: { id } })).status).toBe(404);
  await work();
  expect(await readJob(id)).toMatchObject({ state: "done", created: 5 });
  expect(await mark()).not.toBe(started);
  const lines = await centre()
    .sql`select target_name, after from audit_log where action = 'users.import_started'`;
  expect(lines.at(-1)).toEqual({ target_name: "people.csv", after: { lines: 5 } });
});

test("an import that is given up, or gets no lines for an hour, is forgotten with its lines", async () => {
  const [given, left] = [await begin(3), await begin(3)];
  for (const id of [given, left])
    await add(id, 0, [
      ["", "nonsense"],
      ["", "a@example.com"],
    ]);
  expect((await call(discard, { method: "DELETE", params: { id: given } })).status).toBe(204);
  await centre().sql`update user_jobs set retry_at = now() where id = ${left}`; // as if the hour were over
  await work();
  expect(await centre().sql`select from user_jobs`).toHaveLength(0);
  expect(await centre().sql`select from user_job_lines`).toHaveLength(0);
  for (const id of [given, left]) expect((await add(id, 2, people(1))).status).toBe(404);
});

test("whoever may not write users any more can neither send lines nor start, nor read what was refused", async () => {
  const id = await begin(1);
  const key = createApiKey();
  await addKey(centre(), key, ["users:read"]);
  const reader: Caller = { authorization: `Bearer ${key}` };
  const body = { behind: 0, lines: [{ line: 2, cells: ["", "a@example.com"] }] };
  expect((await call(addLines, post(id, body, reader))).status).toBe(403);
  expect((await call(start, post(id, undefined, reader))).status).toBe(403);
  expect((await call(refused, { params: { id }, as: reader })).status).toBe(403);
});

test.for([
  [[{ name: "Group", field: "team" }], "Say which column has the e-mail addresses."],
  [
    [
      { name: "a", field: "email" },
      { name: "b", field: "email" },
    ],
    "Two columns are email. Choose one of them.",
  ],
])("columns that cannot be imported are refused: %j", async ([columns, message]) => {
  const problem = await callJson(create, { method: "POST", body: { file: "f", columns, lines: 1 } });
  expect(problem).toMatchObject({ status: 422, errors: [{ path: "columns", message }] });
});

test("thousands of lines are imported by a worker, with few of them in a step", async () => {
  const count = full ? 100_000 : 2_500;
  const id = await startImport(people(count), 1_000);
  const loop = startJobs({ centre: workers(), clock: systemClock, log: silent, pollMs: 50 });
  try {
    await expect
      .poll(async () => (await readJob(id)).state, { timeout: full ? 600_000 : 60_000 })
      .toBe("done");
  } finally {
    await loop.stop();
  }
  expect(await readJob(id)).toMatchObject({ matched: count, created: count, refused: 0 });
}, 700_000);
