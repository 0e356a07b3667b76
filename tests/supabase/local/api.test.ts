import { createClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSite, type TestProject } from "@/tests/support/stack";

let project: TestProject;
const options = { auth: { persistSession: false, autoRefreshToken: false } };
const client = (key = project.secretKey) => createClient(project.url, key, options);

beforeAll(async () => {
  project = await createSite({ table: "none" });
  await project.sql.unsafe(`
    create table people (id text primary key, email text unique not null, age int check (age > 0), at timestamptz);
    alter table people enable row level security;
    grant select, insert, update, delete on people to service_role;
    grant select on people to anon;
    create table secrets (id text primary key);
    create function sum_ages(people jsonb) returns jsonb language sql set search_path = '' as
      $$ select jsonb_build_object('sum', sum((p->>'age')::int)) from jsonb_array_elements(people) p $$;
    create function wait(seconds int) returns void language sql set search_path = '' as
      $$ select pg_catalog.pg_sleep(seconds) $$;
    create function refuse(state text) returns void language plpgsql set search_path = '' as
      $$ begin raise exception 'refused' using errcode = state, detail = 'why', hint = 'what to do'; end $$;
  `);
  await project.reloadSchema();
});
afterAll(() => project.close());

test("an upsert names the rows that landed, new and old", async () => {
  await client().from("people").insert({ id: "old", email: "old@example.com" });
  const rows = [
    { id: "old", email: "renamed@example.com" },
    { id: "new", email: "new@example.com" },
  ];
  const { data } = await client().from("people").upsert(rows, { onConflict: "id" }).select("id");
  expect(data).toEqual(expect.arrayContaining([{ id: "old" }, { id: "new" }]));
});

test("times have the form that PostgREST gives them", async () => {
  await client()
    .from("people")
    .insert({ id: "time", email: "time@example.com", at: "2026-01-31T08:00:00.5Z" });
  const { data } = await client().from("people").select("at").eq("id", "time").single();
  expect(data).toEqual({ at: "2026-01-31T08:00:00.5+00:00" });
});

test("a function takes and gives JSON", async () => {
  const { data, error } = await client().rpc("sum_ages", { people: [{ age: 20 }, { age: 22 }] });
  expect(error).toBeNull();
  expect(data).toEqual({ sum: 42 });
});

test("a count comes with a page of rows", async () => {
  const { data, count } = await client().from("people").select("id", { count: "exact" }).limit(1);
  expect(data).toHaveLength(1);
  expect(count).toBeGreaterThan(1);
});

test("a keyset filter finds what follows a row", async () => {
  await client()
    .from("people")
    .insert([
      { id: "k1", email: "k1@example.com", age: 7 },
      { id: "k2", email: "k2@example.com", age: 7 },
      { id: "k3", email: "k3@example.com", age: 8 },
    ]);
  const { data } = await client()
    .from("people")
    .select("id")
    .or("age.gt.7,and(age.eq.7,id.gt.k1)")
    .order("id");
  expect(data).toEqual([{ id: "k2" }, { id: "k3" }]);
});

test("delete names what it took away", async () => {
  await client().from("people").insert({ id: "gone", email: "gone@example.com" });
  const { data } = await client().from("people").delete().in("id", ["gone", "never,there"]).select("id");
  expect(data).toEqual([{ id: "gone" }]);
});

test("a taken e-mail is a conflict that names the key", async () => {
  await client().from("people").insert({ id: "first", email: "taken@example.com" });
  const { error, status } = await client()
    .from("people")
    .insert({ id: "second", email: "taken@example.com" });
  expect(status).toBe(409);
  expect(error).toMatchObject({ code: "23505", details: "Key (email)=(taken@example.com) already exists." });
});

test.each([
  ["a broken check", 400, "23514", () => client().from("people").insert({ id: "c", email: "c", age: -1 })],
  ["an unknown column", 400, "PGRST204", () => client().from("people").insert({ id: "x", nope: 1 })],
  ["an unknown table", 404, "PGRST205", () => client().from("nope").select()],
  ["an unknown function", 404, "PGRST202", () => client().rpc("nope")],
  ["a missing grant", 403, "42501", () => client().from("secrets").select()],
  ["a delete of everything", 400, "21000", () => client().from("people").delete()],
  ["a timeout", 500, "57014", () => client().rpc("refuse", { state: "57014" })],
  ["a function's own refusal", 400, "P0001", () => client().rpc("refuse", { state: "P0001" })],
  ["a function's own status", 409, "PT409", () => client().rpc("refuse", { state: "PT409" })],
])("%s is answered like PostgREST does", async (_, expectedStatus, code, request) => {
  const { error, status } = await request();
  expect(error).toMatchObject({ code });
  expect(status).toBe(expectedStatus);
});

test("a wrong key is refused", async () => {
  const { error, status } = await client("sb_secret_wrong").from("people").select();
  expect(status).toBe(401);
  expect(error).toMatchObject({ message: "Invalid API key" });
});

test("the public key sees no row behind row level security", async () => {
  await client().from("people").insert({ id: "hidden", email: "hidden@example.com" });
  const { data, error } = await client(project.publishableKey).from("people").select();
  expect(error).toBeNull();
  expect(data).toEqual([]);
});

test("the public key cannot write behind row level security", async () => {
  const { error, status } = await client(project.publishableKey)
    .from("people")
    .insert({ id: "a", email: "a" });
  expect(status).toBe(401);
  expect(error).toMatchObject({ code: "42501" });
});

test("the API grants nothing that the SQL did not", async () => {
  const { error } = await client(project.publishableKey).from("secrets").select();
  expect(error).toMatchObject({ code: "42501" });
});

test("the API notices a new column by itself", async () => {
  await project.sql`create table growing (id text primary key)`;
  await project.sql`grant select on growing to service_role`;
  await expect
    .poll(async () => (await client().from("growing").select()).error, { timeout: 5_000 })
    .toBeNull();
  await project.sql`alter table growing add column name text`;
  await expect
    .poll(async () => (await client().from("growing").select("name")).error, { timeout: 5_000 })
    .toBeNull();
});

test("a person signs up and signs in", async () => {
  const credentials = { email: "someone@example.com", password: "correct horse battery" };
  const anon = client(project.publishableKey);
  expect((await anon.auth.signUp(credentials)).error).toBeNull();
  const { data, error } = await anon.auth.signInWithPassword(credentials);
  expect(error).toBeNull();
  expect(data.user?.email).toBe(credentials.email);
  const wrong = await anon.auth.signInWithPassword({ ...credentials, password: "guess" });
  expect(wrong.error).toMatchObject({ code: "invalid_credentials", status: 400 });
});

test("a broken connection fails the requests on it and no later one", async () => {
  const request = client()
    .rpc("wait", { seconds: 5 })
    .then(({ error, status }) => ({ error, status }));
  await expect
    .poll(
      async () =>
        (
          await project.sql`select pid from pg_stat_activity where query like '%wait%' and pid <> pg_backend_pid() and state = 'active'`
        ).length,
    )
    .toBe(1);
  await project.sql`select pg_terminate_backend(pid) from pg_stat_activity where query like '%wait%' and pid <> pg_backend_pid()`;
  expect(await request).toMatchObject({ status: 503, error: { code: expect.any(String) } });
  const answers = await Promise.all(
    Array.from({ length: 12 }, () => client().from("people").select("id").limit(1)),
  );
  expect(answers.map(({ error }) => error)).toEqual(Array(12).fill(null));
});
