import { describe, expect, test } from "vitest";
import { GET as events } from "@/app/api/events/route";
import { GET as causes } from "@/app/api/sync/causes/route";
import { POST as bulk } from "@/app/api/users/bulk/route";
import { GET as exportUsers } from "@/app/api/users/export/route";
import { POST as importUsers } from "@/app/api/users/import/route";
import type { Pulse } from "@/lib/live/schema";
import type { Causes } from "@/lib/runs/insight-schema";
import type { ManyChanged } from "@/lib/users/bulk-schema";
import type { ImportReport } from "@/lib/users/import-schema";
import { call, callJson } from "@/tests/app/api/call";
import { withIdleCentre } from "@/tests/app/api/idle-centre";

const { centre, addUsers, addSite } = withIdleCentre();

async function importCsv(csv: string, query = "") {
  return await callJson<ImportReport>(importUsers, {
    method: "POST",
    path: `/api/users/import${query}`,
    body: csv,
    headers: { "content-type": "text/csv" },
  });
}

const users = async () =>
  await centre().sql`
  select id, email, full_name, role, team, status from user_profiles order by lower(email)`;

describe("an import", () => {
  const csv = [
    "Email,Full Name,Team,Status",
    "u1@example.com,Ada,Sales,",
    "U2@Example.com,,,inactive",
    "new@example.com,'=SUM(1),,",
    "nonsense,,,",
    "NEW@example.com,Again,,",
    "u3@example.com",
  ].join("\r\n");

  test("creates, changes and leaves, and says of every line that it cannot take why", async () => {
    await addUsers(3);
    const report = await importCsv(csv);
    expect(report).toMatchObject({ created: 1, updated: 2, unchanged: 1 });
    expect(report.rejected.map(({ line }) => line)).toEqual([5, 6]);
    expect(report.rejected[0]?.message).toContain("such as ada@example.com");
    expect(report.rejected[1]?.message).toBe("Line 4 has the same e-mail address.");
    expect(await users()).toMatchObject([
      { email: "new@example.com", full_name: "=SUM(1)", role: "user" },
      { id: "u1", email: "u1@example.com", full_name: "Ada", team: "Sales", status: "active" },
      { id: "u2", email: "U2@Example.com", full_name: null, status: "inactive" },
      { id: "u3", email: "u3@example.com" },
    ]);
    expect(await importCsv(csv)).toMatchObject({ created: 0, updated: 0, unchanged: 4 });
  });

  test("a preview says the same and writes nothing", async () => {
    await addUsers(3);
    expect(await importCsv(csv, "?preview=true")).toMatchObject({ created: 1, updated: 2, unchanged: 1 });
    expect(await users()).toHaveLength(3);
    expect(await users()).toMatchObject([{ full_name: null }, { status: "active" }, {}]);
  });

  test("an e-mail address of somebody else is refused by name", async () => {
    await addUsers(2);
    const report = await importCsv("id,email\nu1,u2@example.com\nfresh,u1@example.com");
    expect(report.rejected).toEqual([
      { line: 2, message: "The e-mail address u2@example.com belongs to the user u2." },
      { line: 3, message: "The e-mail address u1@example.com belongs to the user u1." },
    ]);
  });

  test("a user who is named again a thousand lines later is refused there too", async () => {
    const lines = Array.from({ length: 1_200 }, (_, n) => `many${n}@example.com`);
    const report = await importCsv(["email", ...lines, "MANY7@example.com"].join("\n"));
    expect(report).toMatchObject({ created: 1_200, updated: 0, unchanged: 0 });
    expect(report.rejected).toEqual([{ line: 1_202, message: "Line 9 has the same e-mail address." }]);
  });

  test("tells what became of each line when asked", async () => {
    await addUsers(2);
    const file = "email,team\nu1@example.com,T\nu2@example.com,\nnew@example.com,\nnonsense,";
    expect((await importCsv(file, "?preview=true&lines=true")).lines).toEqual([
      { line: 2, outcome: "updated" },
      { line: 3, outcome: "unchanged" },
      { line: 4, outcome: "created" },
    ]);
    expect((await importCsv(file)).lines).toBeUndefined();
  });

  test.for([
    ["email,salary\na@example.com,1", 'The column "salary" is unknown.'],
    ['email\n"a@example.com', "This is not CSV that Roster can read."],
    ["email,team,team\na@example.com,1,2", "Two columns are team."],
    ["full_name\nAda", "Say which column has the e-mail addresses."],
    ["", "This file is empty."],
  ] as const)("a file that cannot be read is refused as a whole: %s", async ([file, message]) => {
    const problem = await importCsv(file);
    expect(problem).toMatchObject({ status: 422, errors: [{ message: expect.stringContaining(message) }] });
  });

  test("a line with more cells than columns is refused: a comma would move what is behind it", async () => {
    const report = await importCsv("email;full_name;team\na@example.com;Ada;Engines;;\nb@example.com;Bo;b;T");
    expect(report).toMatchObject({ created: 1, rejected: [{ line: 3 }] });
    expect(await users()).toMatchObject([{ full_name: "Ada", team: "Engines" }]);
  });

  test("of the same people at the same moment makes each of them once, whoever else is changing them", async () => {
    const people = Array.from({ length: 300 }, (_, n) => `p${n}@example.com`);
    const files = [people, people.toReversed(), people].map((list) => ["email", ...list].join("\n"));
    const reports = await Promise.all(files.map((file) => importCsv(file)));
    expect(reports.map(({ created, unchanged }) => created + unchanged)).toEqual([300, 300, 300]);
    expect(await users()).toHaveLength(300);
    const changes = files.map((file, n) =>
      importCsv(file.replaceAll(".com", `.com,t${n}`).replace(/^email/, "email,team")),
    );
    const everybody = { method: "POST", body: { query: { search: "example" }, change: { team: "T" } } };
    const done = await Promise.all([...changes, callJson<ManyChanged>(bulk, everybody)]);
    expect(done).toMatchObject([{ updated: 300 }, { updated: 300 }, { updated: 300 }, { matched: 300 }]);
  });

  test("others are answered while a long file is read, and one that is too long is refused at once", async () => {
    let turns = 0;
    const counting = setInterval(() => turns++, 1);
    expect((await importCsv(`email\n${"x\n".repeat(10_000)}`)).rejected).toHaveLength(10_000);
    clearInterval(counting);
    expect(turns).toBeGreaterThan(20);
    const problem = await importCsv(`email\n${"x\n".repeat(250_001)}`);
    expect(problem).toMatchObject({ status: 422, errors: [{ message: expect.stringContaining("250,000") }] });
  });

  test("what is exported can be imported again unchanged", async () => {
    await addUsers(4);
    await centre()
      .sql`update user_profiles set full_name = '=1+1, "quoted"', team = E'two\nlines' where id = 'u2'`;
    await centre()
      .sql`update user_profiles set full_name = $$'=1$$, team = $$＝1$$, role = $$'$$ where id = 'u3'`;
    const answer = await call(exportUsers, { path: "/api/users/export?search=example" });
    const file = await answer.text();
    expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(file).toContain(`"'=1+1, ""quoted"""`);
    expect(await importCsv(file)).toEqual({ created: 0, updated: 0, unchanged: 4, rejected: [] });
  });
});

describe("many users at once", () => {
  const change = (body: object) => callJson<ManyChanged>(bulk, { method: "POST", body });

  test("get a team by what they have in common, and only those who had another one count as changed", async () => {
    await addUsers(5);
    await centre().sql`update user_profiles set team = 'T' where id = 'u1'`;
    const body = { query: { search: "example" }, change: { team: "T", department: null }, expect: 5 };
    expect(await change(body)).toEqual({ matched: 5, changed: 4, after: null });
    expect(await change({ ...body, expect: 4 })).toMatchObject({ status: 409, code: "conflict" });
  });

  test("are sent again as they are when nothing is to change", async () => {
    await addUsers(2);
    await centre().sql`select pgmq.purge_queue('user_changes')`;
    expect(await change({ ids: ["u1", "nobody"], change: {} })).toMatchObject({ matched: 1, changed: 1 });
    const messages = await centre().sql`select message from pgmq.q_user_changes`;
    expect(messages).toMatchObject([{ message: { ids: ["u1"] } }]);
    const [line] = await centre().sql`
      select actor_kind, action, after from audit_log where action = 'sync.users_started'`;
    expect(line).toEqual({ actor_kind: "key", action: "sync.users_started", after: { users: 1 } });
  });

  test("are those in a state at a site, or whom a search finds", async () => {
    await addUsers(4);
    const hrms = await addSite("hrms");
    const { sql } = centre();
    await sql`select sync_fan_out(20)`;
    await sql`update user_sync_state set status = 'failed', due_at = 'infinity' where user_id in ('u1', 'u3')`;
    const failed = { syncStatus: "failed", siteId: hrms };
    expect(await change({ query: failed, change: { team: "F" }, expect: 2 })).toMatchObject({ changed: 2 });
    expect(await change({ query: { ...failed, search: "u3@" }, change: { role: "x" } })).toMatchObject({
      changed: 1,
    });
    const found = await sql`select id, team, role from user_profiles where team = 'F' order by id`;
    expect(found).toMatchObject([
      { id: "u1", role: "user" },
      { id: "u3", role: "x" },
    ]);
  });

  test("cannot be everybody by mistake", async () => {
    expect(await change({ change: { team: "T" } })).toMatchObject({ status: 422 });
  });
});

test("causes put together what fails for the same reason at the same site", async () => {
  await addUsers(4);
  const [hrms, cms] = [await addSite("hrms"), await addSite("cms")];
  const { sql } = centre();
  await sql`select sync_fan_out(20)`;
  await sql`
    update user_sync_state set status = 'failed', error_code = 'conflict', error = 'Taken.', due_at = 'infinity'
    where site_id = ${hrms} and user_id in ('u1', 'u2')`;
  await sql`update connected_sites set health = 'blocked', error_code = 'table_missing' where id = ${cms}`;
  const { items: found } = await callJson<Causes>(causes);
  expect(found).toMatchObject([
    { site: "cms", status: "failed", errorCode: "table_missing", users: 4, userIds: [] },
    { site: "hrms", status: "failed", errorCode: "conflict", error: "Taken.", users: 2 },
  ]);
  expect(found[1]?.userIds.sort()).toEqual(["u1", "u2"]);
  expect(found[1]?.advice).toContain("Another row at the site");
  for (const [site, cause] of [
    [cms, found[0]],
    [hrms, found[1]],
  ]) {
    const { items } = await callJson<Causes>(causes, { path: `/api/sync/causes?siteId=${site}` });
    expect(items.map(({ userIds, ...same }) => ({ ...same, userIds: userIds.sort() }))).toEqual([cause]);
  }
});

test("open pages hear of a change by SQL within two seconds", async () => {
  await addUsers(1);
  const reader = (await call(events)).body?.pipeThrough(new TextDecoderStream()).getReader();
  const read = async () => JSON.parse((await reader?.read())?.value?.replace(/^data: /, "") ?? "") as Pulse;
  const before = await read();
  const began = performance.now();
  await addUsers(0);
  await centre().sql`update user_profiles set team = 'T'`;
  const after = await read();
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(before.overview.users.active).toBe(1);
  expect(after.marks.users).toBeGreaterThan(before.marks.users);
  await reader?.cancel();
});

test("who was shut out while a page was open hears nothing more", async () => {
  await addUsers(1);
  const reader = (await call(events)).body?.pipeThrough(new TextDecoderStream()).getReader();
  await reader?.read();
  await centre().sql`update api_keys set revoked_at = now()`;
  await centre().sql`update user_profiles set team = 'T'`;
  expect(await reader?.read()).toMatchObject({ done: true });
});
