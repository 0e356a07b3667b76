import { parseArgs } from "node:util";
import postgres from "postgres";

// Fills the log of a central database that has users and sites (see million.ts), for measuring:
//   node --import tsx tests/bench/log.ts --database postgres://… [--entries 5000000] [--days 14]
// The attempts are spread over the last days, one in fifty failed; half of them belong to one sync of all users.

const { values } = parseArgs({
  options: {
    database: { type: "string" },
    entries: { type: "string", default: "5000000" },
    days: { type: "string", default: "14" },
  },
});
if (!values.database) throw new Error("Name the central database: --database postgres://…");

const CHUNK = 50_000;
const entries = Number(values.entries);
const seconds = Number(values.days) * 86_400;
const sql = postgres(values.database, { max: 1, onnotice: () => undefined });
const started = performance.now();

const [run] = await sql<{ id: string }[]>`
  insert into public.sync_runs (kind, requested_by, finished_at) values ('all', 'bench', now()) returning id`;
await sql`create temporary table people as select row_number() over () as n, id, email from public.user_profiles limit 200000`;
await sql`create unique index on people (n)`;
await sql`create temporary table places as select row_number() over () as n, id, name from public.connected_sites`;
const [sizes] = await sql<{ people: number; places: number }[]>`
  select (select count(*) from people)::integer as people, (select count(*) from places)::integer as places`;
if (!run || !sizes || sizes.people * sizes.places === 0) throw new Error("There are no users or no sites.");

for (let first = 0; first < entries; first += CHUNK) {
  await sql`
    insert into public.user_sync_log_rows
      (created_at, run_id, site_id, site, user_id, email, operation, trigger, status, error_code, error, attempt, duration_ms)
    select now() - make_interval(secs => ${seconds} * (1 - i::double precision / ${entries})),
      case when i % 2 = 0 then ${run.id}::uuid end, s.id, s.name, u.id, u.email, 'upsert',
      case when i % 2 = 0 then 'full' else 'change' end,
      case when i % 50 = 0 then 'failed' else 'success' end,
      case when i % 50 = 0 then (array['unreachable', 'conflict', 'throttled', 'value_refused'])[1 + i / 50 % 4] end,
      case when i % 50 = 0 then 'The site refused it.' end, 1, 5 + i % 90
    from generate_series(${first}::integer, ${Math.min(first + CHUNK, entries) - 1}::integer) i
    join places s on s.n = 1 + (i / 1000) % ${sizes.places}
    join people u on u.n = 1 + (i::bigint * 7919) % ${sizes.people}
    order by i`;
}
await sql`vacuum analyze public.user_sync_log_rows`;
await sql.end();
console.log(`${entries} attempts after ${((performance.now() - started) / 1000).toFixed(0)} s`);
