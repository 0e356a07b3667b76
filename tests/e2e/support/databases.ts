import postgres from "postgres";
import type { DemoFacts } from "@/tests/e2e/support/demo";

/** The columns that a site receives. */
export interface UserRow {
  id: string;
  email: string;
  full_name: string | null;
  role: string | null;
  team: string | null;
  department: string | null;
}

/** A table's content in one line: equal lines stand for equal rows in every column. */
export interface Content {
  rows: number;
  hash: string | null;
}

/** The databases behind the centre and the sites, by SQL and past every API. */
export interface Databases {
  central: postgres.Sql;
  /** @throws for a name that is no site's */
  site(name: string): postgres.Sql;
  sites: { name: string; sql: postgres.Sql }[];
  close(): Promise<void>;
}

export function openDatabases(facts: DemoFacts): Databases {
  const central = connect(facts.central.databaseUrl);
  const sites = facts.sites.map(({ name, databaseUrl }) => ({ name, sql: connect(databaseUrl) }));
  return {
    central,
    sites,
    site: (name) => {
      const found = sites.find((site) => site.name === name);
      if (!found) throw new Error(`There is no site ${name}`);
      return found.sql;
    },
    close: async () => {
      await Promise.all([central, ...sites.map(({ sql }) => sql)].map((sql) => sql.end({ timeout: 1 })));
    },
  };
}

function connect(url: string): postgres.Sql {
  return postgres(url, { max: 4, onnotice: () => undefined });
}

/** The user with that address at a site, or undefined. */
export async function userAt(site: postgres.Sql, email: string): Promise<UserRow | undefined> {
  const [row] = await site<UserRow[]>`
    select id, email, full_name, role, team, department from public.user_profiles where email = ${email}`;
  return row;
}

/** What every site should have: all active users of the centre. */
export async function wantedContent(central: postgres.Sql): Promise<Content> {
  return await contentOf(central, central`where status = 'active'`);
}

/** What a site has. */
export async function siteContent(site: postgres.Sql): Promise<Content> {
  return await contentOf(site, site``);
}

async function contentOf(sql: postgres.Sql, where: postgres.PendingQuery<postgres.Row[]>): Promise<Content> {
  const [content] = await sql<Content[]>`
    select count(*)::integer as rows, md5(string_agg(md5(u::text), '' order by u.id collate "C")) as hash
    from (
      select id, clerk_user_id, email, full_name, role, team, department, created_at, updated_at
      from public.user_profiles ${where}
    ) u`;
  if (!content) throw new Error("An aggregate always has one row");
  return content;
}
