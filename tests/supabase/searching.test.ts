import { afterAll, beforeAll, expect, test } from "vitest";
import { createCentre, type TestProject } from "@/tests/support/stack";

// Enough users for both ways of finding them: walking in the order, and finding all who match.
const USERS = 6_000;
let centre: TestProject;

beforeAll(async () => {
  centre = await createCentre();
  const { sql } = centre;
  await sql`
    insert into user_profiles (id, email, full_name, role, team, status, created_at)
    select md5(n::text), p.name || '.' || n || '@example.com', case when n % 9 > 0 then initcap(p.name) || ' ' || p.family end,
      case when n % 5 > 0 then 'user' else 'admin' end, 'T' || n % 40, case when n % 50 = 0 then 'inactive' else 'active' end,
      '2026-01-01'::timestamptz + make_interval(mins => (n * 7919) % 100)
    from generate_series(1, ${USERS}::int) n
    cross join lateral (select
      (array['ada', 'ken', 'émile', 'zoë', 'zulu', 'zulu', 'zulu'])[1 + n % 7] as name,
      (array['Hopper', 'Li_skov', 'Ébert'])[1 + n % 3] as family) p`;
  await sql`analyze user_profiles`;
});
afterAll(async () => await centre.close());

const ORDERS = {
  full_name: "lower(coalesce(full_name, email))",
  email: "lower(email)",
  created_at: "created_at",
} as const;

interface Found {
  key: string;
  user: { id: string };
}

/** The first two pages, as the list gives them. */
async function listed(query: Record<string, string>, sort: string): Promise<string[]> {
  const ids: string[] = [];
  for (let page = 0, after: [string, string] | null = null; page < 2; page++) {
    const [row]: { found: Found[] }[] = await centre.sql`
      select user_find(${centre.sql.json(query)}, ${sort}, ${after && centre.sql.json(after)}, 40) as found`;
    const found: Found[] = row?.found ?? [];
    ids.push(...found.map(({ user }) => user.id));
    const last: Found | undefined = found.at(-1);
    if (!last || found.length < 40) break;
    after = [last.key, last.user.id];
  }
  return ids;
}

/** The same by comparing every user. */
async function compared(
  { search = "", role, status }: Record<string, string>,
  sort: string,
): Promise<string[]> {
  const direction = sort.startsWith("-") ? "desc" : "asc";
  const order = ORDERS[sort.replace("-", "") as keyof typeof ORDERS];
  const rows = await centre.sql<{ id: string }[]>`
    select id from (select *, lower(email || ' ' || coalesce(full_name, '')) as words from user_profiles) u
    where (case when length(${search}) < 3
        then starts_with(words, ${search}) or position(' ' || ${search} in words) > 0
        else position(${search} in words) > 0 end or starts_with(id, ${search}))
      and role = coalesce(${role ?? null}, role) and status = coalesce(${status ?? null}, status)
    order by ${centre.sql.unsafe(`${order} ${direction}, id ${direction}`)} limit 80`;
  return rows.map(({ id }) => id);
}

test.for(["ada", "émile", "zulu", "li_skov", "z", "é", ".59", "ken li", "nobody", "ab", "zu", "éb", "h h"])(
  "who is found by “%s” is the same in every order and filter, whichever way is taken",
  async (search) => {
    for (const sort of Object.keys(ORDERS).flatMap((order) => [order, `-${order}`])) {
      for (const filter of [{}, { role: "admin" }, { status: "inactive" }]) {
        const query = { search, ...filter };
        expect(await listed(query, sort), `${sort} ${JSON.stringify(filter)}`).toEqual(
          await compared(query, sort),
        );
      }
    }
  },
);
