import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { App, InMemoryEmailDriver } from "@supabase/lite";
import { PostgresConnection } from "@supabase/lite/postgres";
import { connect } from "@/supabase/local/database";
import type { ProjectKeys } from "@/supabase/local/keys";
import { candidatePort, hasListened } from "@/supabase/local/ports";
import { rememberError, withPostgrestErrors } from "@/supabase/local/postgrest-errors";

/** A Supabase API (Data and Auth) over one database, on 127.0.0.1. */
export interface Api {
  url: string;
  port: number;
  /** Forgets the cached tables and functions at once; a change of the schema does so by itself, a moment later. */
  reloadSchema(): Promise<void>;
  close(): Promise<void>;
}

export interface ApiOptions {
  databaseUrl: string;
  keys: ProjectKeys;
  /** Port to take when it is free; another is taken when it is not. */
  port?: number | undefined;
}

// The role through which hosted projects reach PostgreSQL has this limit, and service_role inherits it.
const statementTimeoutMilliseconds = 8_000;

/** Starts the API; when it resolves, requests are answered. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const connection = openConnection(options.databaseUrl);
  const app = new App({
    connection,
    api: { max_rows: 1_000, pg_safe_update: true }, // as hosted
    auth: {
      enabled: true,
      jwt_secret: options.keys.jwtSecret,
      secret_key: options.keys.secretKey,
      publishable_key: options.keys.publishableKey,
      email: { enable_confirmations: false },
    },
    options: {
      drivers: { email: new InMemoryEmailDriver() },
      server: { disableStudio: true, admin: false },
    },
  });
  const listener = connect(options.databaseUrl);
  await listener.listen("pgrst", () => void connection.clearSchemaCache());
  await connection.introspect({ useCache: true });
  const server = createServer(
    getRequestListener(
      (request) => withPostgrestErrors(() => app.fetch(request, { peerAddress: "127.0.0.1" })),
      { overrideGlobalObjects: false },
    ),
  );
  const port = await listenOn(server, options.port);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    reloadSchema: () => connection.clearSchemaCache(),
    close: async () => {
      await closeServer(server);
      await Promise.all([listener.end({ timeout: 1 }), connection.driver.end({ timeout: 1 })]);
    },
  };
}

function openConnection(url: string): PostgresConnection {
  // Arguments of functions arrive here as JSON text already: to serialise them again would make strings of them.
  const serialize = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  const parse = (text: string): unknown => JSON.parse(text);
  const connection = new PostgresConnection({
    url,
    postgresOptions: {
      max: 10,
      onnotice: () => undefined,
      connection: { statement_timeout: statementTimeoutMilliseconds },
      types: {
        json: { to: 114, from: [114], serialize, parse },
        jsonb: { to: 3802, from: [3802], serialize, parse },
        timestamptz: { to: 1184, from: [1184], serialize: (text: string) => text, parse: isoTime },
      },
    },
  });
  // Left to itself, lite grants every table to every API role as soon as it sees row level security, and
  // a grant that is missing in a migration would never be noticed. The roles are there: it need not look.
  Object.assign(connection, { rlsState: "active", normalizeDbError: rememberError });
  return connection;
}

/** PostgreSQL's `2026-01-31 08:00:00.5+00` as PostgREST writes it: `2026-01-31T08:00:00.5+00:00`. */
function isoTime(text: string): string {
  return text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00");
}

async function listenOn(server: Server, preferred?: number): Promise<number> {
  if (preferred !== undefined && (await hasListened(server, preferred))) return preferred;
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = candidatePort();
    if (await hasListened(server, port)) return port;
  }
  throw new Error("No free port for a Supabase API on 127.0.0.1");
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((done) => server.close(() => done()));
  server.closeIdleConnections();
  const impatient = setTimeout(() => server.closeAllConnections(), 1_000);
  await closed;
  clearTimeout(impatient);
}
