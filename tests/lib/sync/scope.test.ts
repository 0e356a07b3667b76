import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startWorker, type Worker } from "@/lib/sync";
import { type Scope, type ScopeField, scope } from "@/lib/sync/core/scope";
import { outgoing } from "@/tests/support/outgoing";
import { createCentre, createSite, type TestProject } from "@/tests/support/stack";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface Person {
  id: string;
  email: string;
  role: string;
  team: string | null;
  department: string | null;
  status: string;
}

/** What a scope means, said a second time. */
function passes(rule: Scope, person: Person): boolean {
  if ("all" in rule) return rule.all.every((part) => passes(part, person));
  if ("any" in rule) return rule.any.some((part) => passes(part, person));
  if ("not" in rule) return !passes(rule.not, person);
  const value = rule.field === "emailDomain" ? domainOf(person) : person[rule.field];
  const wanted = rule.field === "emailDomain" ? rule.is.map((one) => one?.toLowerCase() ?? null) : rule.is;
  return wanted.includes(value);
}

function domainOf({ email }: Person): string {
  return email.slice(email.lastIndexOf("@") + 1).toLowerCase();
}

const ODD = ["admin", "O'Hara", "{a,b}", "null", 'say "hi"', "back\\slash", "München"];
const values: Record<ScopeField, (string | null)[]> = {
  role: ["user", ...ODD],
  team: [null, "Sales", "sales", ...ODD],
  department: [null, "NULL", ...ODD],
  status: ["active", "inactive"],
  emailDomain: ["example.com", "Example.COM", "example.org", "sub.example.com"],
};

const leaf = fc
  .constantFrom<ScopeField>("role", "team", "department", "status", "emailDomain")
  .chain((field) =>
    fc.subarray(values[field], { minLength: 1 }).map((is): Scope => ({ field, is: [...is] })),
  );
const anyScope = fc.letrec<{ rule: Scope }>((tie) => ({
  rule: fc.oneof(
    { depthSize: "small", maxDepth: 4 },
    leaf,
    fc.array(tie("rule"), { minLength: 1, maxLength: 3 }).map((all): Scope => ({ all })),
    fc.array(tie("rule"), { minLength: 1, maxLength: 3 }).map((any): Scope => ({ any })),
    tie("rule").map((not): Scope => ({ not })),
  ),
})).rule;

function pick<T>(from: readonly T[], n: number): T {
  return from[n % from.length] as T;
}

/** A thousand people with all sorts of values. */
const people = Array.from({ length: 1000 }, (_, n): Person => {
  const domain = pick(values.emailDomain, n);
  return {
    id: `u${String(n).padStart(4, "0")}`,
    email: `p${n}@${domain}`,
    role: pick(values.role, Math.floor(n / 3)) ?? "user",
    team: pick(values.team, Math.floor(n / 5)),
    department: pick(values.department, Math.floor(n / 7)),
    status: n % 10 === 0 ? "inactive" : "active",
  };
});

let centre: TestProject;
beforeAll(async () => {
  centre = await createCentre();
  await centre.sql`insert into user_profiles ${centre.sql(people)}`;
});
afterAll(async () => {
  await centre.close();
});

describe("a scope", () => {
  test("means the same to the centre as to whoever reads it, whatever its rules are", async () => {
    await fc.assert(
      fc.asyncProperty(anyScope, async (rule) => {
        expect(scope.safeParse(rule).success).toBe(true);
        const rows = await centre.sql`
          select u.id from user_profiles u where scope_passes(${centre.sql.json(rule as never)}, u) order by u.id limit 2000`;
        expect(rows.map(({ id }) => id)).toEqual(
          people.filter((person) => passes(rule, person)).map(({ id }) => id),
        );
      }),
      // That nobody has a department was once taken for a department that nobody has.
      { numRuns: 60, examples: [[{ field: "department", is: [null] }]] },
    );
  }, 60_000);

  test.each([
    [{ field: "password", is: ["x"] }],
    [{ field: "role" }],
    [{ all: [] }],
    [{ any: [{ not: [] }] }],
    [{ role: ["admin"] }],
    ["role"],
    [{ field: "role", is: "admin') or true --" }],
  ])("that is none is refused by the centre itself: %j", async (given) => {
    const set = centre.sql`select scope_condition(${centre.sql.json(given as never)})`;
    await expect(set).rejects.toThrow("Not a rule of a scope");
    expect(scope.safeParse(given).success).toBe(false);
  });
});

describe("a site with a scope", () => {
  let hrms: TestProject;
  let worker: Worker;
  let siteId: string;

  beforeEach(async () => {
    await centre.sql`truncate connected_sites, user_sync_state, sync_runs, user_sync_log_rows, user_sync_log_pages, sync_tallies cascade`;
    hrms = await createSite({ name: "hrms" });
    const [row] =
      await centre.sql`insert into connected_sites (name, url) values ('hrms', ${hrms.url}) returning id`;
    siteId = String(row?.id);
    await centre.sql`select site_set_credentials(${siteId}, ${hrms.url}, ${hrms.secretKey}, 'last')`;
    worker = startWorker({
      supabaseUrl: centre.url,
      secretKey: centre.secretKey,
      openCredentials: async (_site, sealed) => sealed,
      outgoing,
      log: silent,
    });
    return async () => {
      await worker.stop();
      await hrms.close();
    };
  });

  async function setScope(rule: Scope | null) {
    await centre.sql`select site_set_scope(${siteId}, ${rule && centre.sql.json(rule as never)})`;
    await settled();
  }

  async function settled() {
    const counts = () => centre.sql`
      select (select count(*) from pgmq.q_user_changes)::int as queued,
        (select count(*) from user_sync_status where status in ('pending', 'retrying', 'failed'))::int as waiting,
        (select count(*) from sync_runs where finished_at is null)::int as runs`;
    const nothing = { queued: 0, waiting: 0, runs: 0 };
    await expect.poll(async () => (await counts())[0], { timeout: 30_000, interval: 50 }).toEqual(nothing);
  }

  async function idsThere() {
    return (await hrms.sql`select id from user_profiles order by id`).map(({ id }) => id);
  }

  async function expectExactly(rule: Scope) {
    const wanted = people.filter((person) => person.status === "active" && passes(rule, person));
    expect(await idsThere()).toEqual(wanted.map(({ id }) => id));
    const [counts] = await centre.sql`
      select count(*) filter (where status = 'out_of_scope')::int as outside,
        count(*) filter (where status = 'synced')::int as synced from user_sync_status`;
    const active = people.filter(({ status }) => status === "active").length;
    expect(counts).toEqual({ synced: wanted.length, outside: active - wanted.length });
    const [tally] = await centre.sql`select * from sync_site_counts()`;
    expect(tally).toMatchObject({ synced: String(wanted.length), pending: "0", failed: "0" });
  }

  async function why(person: Person) {
    const [row] = await centre.sql`select pair_why(${siteId}, ${person.id}) as why`;
    return row?.why;
  }

  test("loses exactly those who leave it, as foretold, and can say of everybody why", async () => {
    await settled();
    // Thirty active people, whatever their other values are.
    const leaving = people.filter(({ status, team }) => status === "active" && team === "{a,b}").slice(0, 30);
    expect(leaving).toHaveLength(30);
    await centre.sql`update user_profiles set department = 'Leaving' where id = any (${leaving.map(({ id }) => id)})`;
    for (const person of leaving) person.department = "Leaving";
    await settled();
    const rule: Scope = {
      all: [{ not: { field: "department", is: ["Leaving"] } }, { field: "status", is: ["active"] }],
    };
    const [row] =
      await centre.sql`select scope_preview(${siteId}, ${centre.sql.json(rule as never)}) as preview`;
    expect(row?.preview).toMatchObject({ users: 900, inScope: 870, added: 0, removed: 30 });
    await setScope(rule);
    await expectExactly(rule);

    const sample = fc.sample(fc.constantFrom(...people), 60);
    for (const person of [...sample, ...leaving.slice(0, 3)]) {
      const stays = person.department !== "Leaving";
      const active = person.status === "active";
      expect(await why(person)).toMatchObject({
        inScope: passes(rule, person),
        rules: [
          { depth: 0, passed: passes(rule, person) },
          { depth: 1, passed: stays },
          { depth: 2, passed: !stays },
          { depth: 1, passed: active },
        ],
        status: !active ? "removed" : stays ? "synced" : "out_of_scope",
      });
    }
  }, 60_000);

  test("follows every user who comes into it and leaves it, and every change of it", async () => {
    const sales: Scope = {
      any: [
        { field: "team", is: ["Sales", null] },
        { field: "role", is: ["admin"] },
      ],
    };
    await setScope(sales);
    await expectExactly(sales);
    const mover = people.find(
      ({ status, team, role }) => status === "active" && team === "Sales" && role !== "admin",
    );
    if (!mover) throw new Error("Somebody is in Sales");
    mover.team = "Elsewhere";
    await centre.sql`update user_profiles set team = 'Elsewhere' where id = ${mover.id}`;
    await settled();
    await expectExactly(sales);
    await setScope({ not: sales });
    await expectExactly({ not: sales });
    mover.team = "Sales";
    await centre.sql`update user_profiles set team = 'Sales' where id = ${mover.id}`;
    await settled();
    await expectExactly({ not: sales });
    await setScope(null);
    expect(await idsThere()).toHaveLength(900);
  }, 60_000);
});
