import { parseArgs } from "node:util";
import postgres from "postgres";

// Fills a central database with users and with their pairs at sites that are paused, for measuring:
//   node --import tsx tests/bench/million.ts --database postgres://… [--users 1000000] [--sites 4] [--percent 100]
// Each site has so many in a hundred of all users: nearly all of their pairs are synced, one in ten thousand failed, one in a
// thousand waits. Running it again adds more.

const { values } = parseArgs({
  options: {
    database: { type: "string" },
    users: { type: "string", default: "1000000" },
    sites: { type: "string", default: "4" },
    percent: { type: "string", default: "100" },
  },
});
if (!values.database) throw new Error("Name the central database: --database postgres://…");

/** Users of one statement: large enough to be fast, small enough for a plain machine's memory. */
const CHUNK = 20_000;
const sql = postgres(values.database, { max: 1, onnotice: () => undefined });
const started = performance.now();

await addUsers(Number(values.users));
for (let site = 1; site <= Number(values.sites); site++) await addSite(site);
await sql`select public.sync_tally_compact()`;
await sql`vacuum analyze public.user_profiles`;
await sql`vacuum analyze public.user_sync_state`;
await sql`vacuum analyze public.audit_log`;
await sql.end();
say("done");

/** People of 40 roles, 400 teams and 60 departments, one in fifty inactive, made over five years. */
async function addUsers(users: number): Promise<void> {
  for (let first = 1; first <= users; first += CHUNK) {
    const last = Math.min(first + CHUNK - 1, users);
    await sql`
      insert into public.user_profiles (email, full_name, role, team, department, status, created_at)
      select lower(p.given || '.' || p.family) || '.' || n || '@' || (array['example.com', 'example.org', 'mail.example'])[1 + n % 3],
        case when n % 30 > 0 then p.given || ' ' || p.family end,
        case when n % 5 > 0 then 'user' else 'Role ' || n % 40 end,
        case when n % 7 > 0 then 'Team ' || (n::bigint * 7919) % 400 end,
        case when n % 9 > 0 then 'Department ' || (n::bigint * 104729) % 60 end,
        case when n % 50 = 0 then 'inactive' else 'active' end,
        now() - make_interval(secs => (n::bigint * 7919) % 157680000)
      from generate_series(${first}::integer, ${last}::integer) n
      cross join lateral (select
        (array['Ada','Grace','Alan','Edsger','Barbara','Donald','Frances','Ken','Margaret','Tim','Radia','John','Zoë','Émile'])[1 + n % 14] as given,
        (array['Lovelace','Hopper','Turing','Dijkstra','Liskov','Knuth','Allen','Thompson','Hamilton','Lee','Perlman','Backus',
          'Okafor','Nakamura','Schröder','García','O''Neill'])[1 + (n::bigint * 31) % 17] as family) p`;
    await sql`select pgmq.purge_queue('user_changes')`;
    if (last % 100_000 === 0) say(`${last} users`);
  }
}

/** A paused site, so that no worker touches it, and its pairs. */
async function addSite(number: number): Promise<void> {
  const name = `bench-${Date.now().toString(36)}-${number}`;
  const [site] = await sql<{ id: string }[]>`
    insert into public.connected_sites (name, url, status, endpoint_url, credentials_sealed, key_last_four)
    values (${name}, 'https://site.example', 'paused', 'https://site.example', 'none', 'none') returning id`;
  const [version] = await sql<{ next: string }[]>`select nextval('public.sync_version_seq') as next`;
  if (!site || !version) throw new Error("The site was not made.");
  for (let after: string | undefined = ""; after !== undefined; ) {
    const made: { user_id: string }[] = await sql`
      insert into public.user_sync_state (user_id, site_id, desired_version, synced_version, status, written, attempts,
        due_at, attempted_at, synced_at, error_code, error)
      select u.id, ${site.id}, ${version.next}::bigint,
        case when r.n > 10 then ${version.next}::bigint else 0 end,
        case when r.n = 0 then 'failed' when r.n <= 10 then 'pending' when u.status = 'inactive' then 'removed' else 'synced' end,
        true, case when r.n = 0 then 1 else 0 end, case when r.n = 0 then 'infinity'::timestamptz else now() end,
        now(), case when r.n > 10 then now() end,
        case when r.n = 0 then 'conflict' end, case when r.n = 0 then 'Another row has this e-mail address.' end
      from public.user_profiles u
      cross join lateral (select abs(hashtext(u.id || ${name})) % 10000 as n) r
      where u.id > ${after} and abs(hashtext(${name} || u.id)) % 100 < ${Number(values.percent)}::integer
      order by u.id limit ${CHUNK}
      returning user_id`;
    after = made
      .map(({ user_id }) => user_id)
      .sort()
      .at(-1);
  }
  say(name);
}

function say(what: string): void {
  console.log(`${((performance.now() - started) / 1000).toFixed(0)} s: ${what}`);
}
