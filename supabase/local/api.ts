import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { App, InMemoryEmailDriver } from "@supabase/lite";
import { openConnection } from "@/supabase/local/api-connection";
import { connect } from "@/supabase/local/database";
import { describeApi } from "@/supabase/local/description";
import type { ProjectKeys } from "@/supabase/local/keys";
import { candidatePort, hasListened } from "@/supabase/local/ports";
import { withPostgrestErrors } from "@/supabase/local/postgrest-errors";

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
  const answer = async (request: Request) => {
    const response = await withPostgrestErrors(() => app.fetch(request, { peerAddress: "127.0.0.1" }));
    // lite describes no table, to those whom it lets in.
    return response.ok && isRoot(request) && request.headers.get("apikey") === options.keys.secretKey
      ? await rootOf(request)
      : response;
  };
  const rootOf = async (request: Request) => {
    const described = await describeApi(listener, request.headers.get("accept-profile") ?? "public");
    return Response.json(described, {
      headers: { "content-type": "application/openapi+json; charset=utf-8" },
    });
  };
  const server = createServer(getRequestListener(answer, { overrideGlobalObjects: false }));
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

function isRoot({ method, url }: Request): boolean {
  return method === "GET" && /^\/rest\/v1\/?$/.test(new URL(url).pathname);
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
