import { randomUUID } from "node:crypto";
import { createClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCentre, type TestProject } from "@/tests/support/stack";

let centre: TestProject;
beforeAll(async () => {
  centre = await createCentre();
});
afterAll(() => centre.close());

const client = (key = centre.secretKey) => createClient(centre.url, key, { auth: { persistSession: false } });

const readOnly = ["members", "invitations", "api_keys", "audit_log", "connected_sites"];
const closed = ["sign_outs", "setup_tokens", "rate_limits"];

describe("the role that the server uses", () => {
  test.each([...readOnly, ...closed])("cannot write %s but through functions", async (table) => {
    const privileges = await centre.sql`
      select privilege_type from information_schema.role_table_grants
      where table_name = ${table} and grantee = 'service_role'
      union select privilege_type from information_schema.column_privileges
      where table_name = ${table} and grantee = 'service_role'`;
    const granted = privileges.map(({ privilege_type }) => privilege_type as string);
    expect(granted).toEqual(closed.includes(table) ? [] : ["SELECT"]);
  });

  test.each(["update", "delete", "insert"] as const)("cannot %s the audit log", async (verb) => {
    await centre.sql`insert into user_profiles (email) values (${`${randomUUID()}@example.com`})`;
    const log = client().from("audit_log");
    const attempt =
      verb === "insert"
        ? log.insert({ actor_kind: "x", action: "x", target_kind: "x" })
        : verb === "update"
          ? log.update({ action: "x" }).gt("id", 0)
          : log.delete().gt("id", 0);
    expect((await attempt).error).toMatchObject({ code: "42501" });
  });

  test.each(["audit_write", "rate_limit_hit", "roster_actor", "members_lock"])(
    "cannot call %s",
    async (name) => {
      const [row] = await centre.sql`
      select bool_or(has_function_privilege('service_role', p.oid, 'execute')) as may
      from pg_proc p where p.pronamespace = 'public'::regnamespace and p.proname = ${name}`;
      expect(row).toEqual({ may: false });
    },
  );

  test.each([
    ["invitations", "token_hash"],
    ["api_keys", "key_hash"],
  ])("cannot read %s.%s", async (table, column) => {
    expect((await client().from(table).select(column)).error).toMatchObject({ code: "42501" });
  });
});

test("the public key reads and calls nothing", async () => {
  const anon = client(centre.publishableKey);
  for (const table of [...readOnly, ...closed]) {
    expect((await anon.from(table).select("*")).error, table).toMatchObject({ code: "42501" });
  }
  const callable = await centre.sql`
    select p.proname as name from pg_proc p
    where p.pronamespace = 'public'::regnamespace and has_function_privilege('anon', p.oid, 'execute')
    union all
    select p.proname from pg_proc p
    where p.pronamespace = 'public'::regnamespace and has_function_privilege('authenticated', p.oid, 'execute')`;
  expect([...callable]).toEqual([]);
});

test("every table has row level security", async () => {
  const open = await centre.sql`
    select c.relname from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relrowsecurity`;
  expect([...open]).toEqual([]);
});

describe("a limit", () => {
  const hit = async (bucket: string, allowed: number, seconds = 60) => {
    const [row] = await centre.sql<
      { wait: number }[]
    >`select rate_limit_hit(${bucket}, ${allowed}, ${seconds}) as wait`;
    return row?.wait ?? -1;
  };

  test("counts requests that come at once exactly", async () => {
    const waits = await Promise.all(Array.from({ length: 60 }, () => hit("at once", 25)));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(25);
    expect(Math.max(...waits)).toBeLessThanOrEqual(60);
    expect(waits.every((wait) => wait >= 0)).toBe(true);
  });

  test("begins again when its time is over", async () => {
    await hit("over", 1);
    expect(await hit("over", 1)).toBeGreaterThan(0);
    await centre.sql`update rate_limits set resets_at = now() where bucket = 'over'`;
    expect([await hit("over", 1), (await hit("over", 1)) > 0]).toEqual([0, true]);
  });

  test("takes back what succeeded, and never more than there was", async () => {
    for (let round = 0; round < 5; round++) {
      expect(await hit("forgiven", 2)).toBe(0);
      await centre.sql`select rate_limits_forgive(array['forgiven', 'unknown'])`;
      await centre.sql`select rate_limits_forgive(array['forgiven'])`;
    }
  });

  test("of several buckets answers the longest wait, and counts in all of them", async () => {
    const limits = [
      { bucket: "z", allowed: 1, seconds: 50 },
      { bucket: "a", allowed: 5, seconds: 900 },
    ];
    const hitBoth = async () => (await client().rpc("rate_limits_hit", { limits })).data as number;
    expect(await hitBoth()).toBe(0);
    expect(await hitBoth()).toBeGreaterThan(40);
    expect([...(await centre.sql`select hits from rate_limits where bucket in ('a', 'z')`)]).toEqual([
      { hits: 2 },
      { hits: 2 },
    ]);
  });

  test("is not deadlocked by calls that name its buckets in another order", async () => {
    const one = [..."abcd"].map((bucket) => ({ bucket, allowed: 1e6, seconds: 60 }));
    const calls = Array.from({ length: 40 }, (_, index) => {
      const limits = index % 2 ? one : one.toReversed();
      return index % 3
        ? centre.sql`select rate_limits_hit(${centre.sql.json(limits)})`
        : centre.sql`select rate_limits_forgive(${limits.map(({ bucket }) => bucket)})`;
    });
    await expect(Promise.all(calls)).resolves.toHaveLength(40);
  });
});

test("who asks is read from the request, in whatever script the name is, and is the database otherwise", async () => {
  const actor = {
    kind: "member",
    id: randomUUID(),
    name: "ødé 名前",
    address: "203.0.113.7",
    requestId: "r",
  };
  const headers = { "x-roster-actor": Buffer.from(JSON.stringify(actor)).toString("base64") };
  const named = createClient(centre.url, centre.secretKey, {
    auth: { persistSession: false },
    global: { headers },
  });
  const create = (who: typeof named) =>
    who.rpc("user_create", { fields: { email: `${randomUUID()}@example.com` } });
  await create(named);
  await create(client());
  const [byNobody, byActor] = await centre.sql`
    select actor_kind, actor_id, actor_name, address, request_id from audit_log order by id desc limit 2`;
  expect(byActor).toEqual({
    actor_kind: "member",
    actor_id: actor.id,
    actor_name: actor.name,
    address: actor.address,
    request_id: "r",
  });
  expect(byNobody).toMatchObject({ actor_kind: "database", actor_id: null, address: null });
});
