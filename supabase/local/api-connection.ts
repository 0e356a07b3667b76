import { PostgresConnection } from "@supabase/lite/postgres";
import type postgres from "postgres";
import { gatherSettings } from "@/supabase/local/gather-settings";
import { PoolFate } from "@/supabase/local/pool-fate";
import { rememberError, SchemaUnavailable } from "@/supabase/local/postgrest-errors";

// The role through which hosted projects reach PostgreSQL has this limit, and service_role inherits it.
const statementTimeoutMilliseconds = 8_000;

/** lite's connections to one database, which make it answer as a hosted project does. */
export function openConnection(url: string): PostgresConnection {
  const connection = openPool(url, (pool) => renewPool(connection, pool, url));
  const introspect = connection.introspect.bind(connection);
  const clear = connection.clearSchemaCache.bind(connection);
  let changes = 0;
  Object.assign(connection, {
    // Left to itself, lite grants every table to every API role as soon as it sees row level security, and
    // a grant that is missing in a migration would never be noticed. The roles are there: it need not look.
    rlsState: "active",
    normalizeDbError: rememberError,
    clearSchemaCache: () => {
      changes += 1;
      return clear();
    },
    introspect: async (options?: { useCache?: boolean }) => {
      for (;;) {
        const before = changes;
        const found = await introspect(options);
        // lite takes a database that does not answer for one without tables, which is another error altogether.
        if (!found.functions) throw new SchemaUnavailable();
        if (changes === before) return found;
        await clear(); // of what was read while it changed
      }
    },
  });
  return connection;
}

/** Replaces all connections when one breaks. */
function renewPool(connection: PostgresConnection, broken: PostgresConnection["driver"], url: string): void {
  if (connection.driver !== broken) return;
  const { driver, kysely } = openPool(url, (pool) => renewPool(connection, pool, url));
  Object.assign(connection, { driver, kysely });
  void broken.end({ timeout: 0 });
}

function openPool(url: string, onBreak: (pool: PostgresConnection["driver"]) => void): PostgresConnection {
  // Arguments of functions arrive here as JSON text already: to serialise them again would make strings of them.
  const serialize = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  const parse = (text: string): unknown => JSON.parse(text);
  const fate = new PoolFate(() => onBreak(connection.driver));
  const connection = new PostgresConnection({
    url,
    postgresOptions: {
      max: 10,
      onnotice: () => undefined,
      onclose: () => fate.break(),
      connection: { statement_timeout: statementTimeoutMilliseconds },
      types: {
        json: { to: 114, from: [114], serialize, parse },
        jsonb: { to: 3802, from: [3802], serialize, parse },
        timestamptz: { to: 1184, from: [1184], serialize: (text: string) => text, parse: isoTime },
      },
    },
  });
  const reserve = connection.driver.reserve.bind(connection.driver);
  Object.assign(connection.driver, {
    reserve: async () => shareFate(await fate.run(reserve), fate),
  });
  return connection;
}

/**
 * Makes what lite sends on a connection fail when the pool breaks, and keeps lite from giving the connection back then;
 * sends it in fewer pieces.
 */
function shareFate(reserved: postgres.ReservedSql, fate: PoolFate): postgres.ReservedSql {
  const { unsafe, release } = reserved;
  return Object.assign(reserved, {
    unsafe: gatherSettings((...args) => fate.run(() => unsafe(...args))),
    release: () => {
      if (!fate.isBroken) release();
    },
  });
}

/** PostgreSQL's `2026-01-31 08:00:00.5+00` as PostgREST writes it: `2026-01-31T08:00:00.5+00:00`. */
function isoTime(text: string): string {
  return text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00");
}
