import { setTimeout as sleep } from "node:timers/promises";
import { COLUMNS, type Contender } from "@/tests/bench/contenders/contender";
import type { BenchProject } from "@/tests/bench/stage";

const LOOK_MS = 10;
const LIST = COLUMNS.join(", ");

/** `insert … select … on conflict` at every site at once, which read the centre through postgres_fdw. */
export function foreignTable(): Contender {
  return {
    prepare: async ({ centre, sites }) => {
      for (const site of sites) await openForeignTable(site, centre);
    },
    fill: async ({ sites }) => {
      const updates = COLUMNS.map((column) => `${column} = excluded.${column}`).join(", ");
      const insert = `insert into user_profiles (${LIST}) select ${LIST} from centre.user_profiles
        on conflict (id) do update set ${updates}`;
      await Promise.all(sites.map(({ sql }) => sql.unsafe(insert)));
    },
  };
}

async function openForeignTable({ sql }: BenchProject, centre: BenchProject): Promise<void> {
  const { port, username, password } = new URL(centre.databaseUrl);
  await sql.unsafe(`
    create extension postgres_fdw;
    create server centre foreign data wrapper postgres_fdw
      options (host '127.0.0.1', port '${port}', dbname '${centre.database}', fetch_size '10000');
    create user mapping for current_user server centre options (user '${username}', password '${password}');
    create schema centre;
    import foreign schema public limit to (user_profiles) from server centre into centre;
  `);
}

/** The initial copy of logical replication, all sites at once. */
export function replication(): Contender {
  return {
    prepare: async ({ centre, sites }) => {
      await centre.sql.unsafe(`create publication roster_bench for table user_profiles (${LIST})`);
      // Within one server a subscription cannot make its slot by itself: it would wait for its own transaction.
      for (const { database } of sites) {
        await centre.sql`select pg_create_logical_replication_slot(${database}, 'pgoutput')`;
      }
    },
    fill: async ({ centre, sites }) => {
      const from = centre.databaseUrl.replace("postgres://", "postgresql://");
      await Promise.all(
        sites.map(({ sql, database }) =>
          sql.unsafe(`create subscription ${database} connection '${from}' publication roster_bench
            with (create_slot = false, slot_name = '${database}')`),
        ),
      );
      await Promise.all(sites.map(untilCopied));
    },
    finish: async ({ sites }) => {
      for (const { sql, database } of sites) await sql.unsafe(`drop subscription ${database}`);
    },
  };
}

async function untilCopied({ sql }: BenchProject): Promise<void> {
  for (;;) {
    const [open] =
      await sql`select exists (select from pg_subscription_rel where srsubstate not in ('s', 'r')) as any`;
    if (open?.any === false) return;
    await sleep(LOOK_MS);
  }
}
