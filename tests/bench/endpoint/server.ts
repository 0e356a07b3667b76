import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import {
  callStatement,
  insertStatement,
  readSchema,
  type Schema,
  type Statement,
  selectStatement,
} from "@/tests/bench/endpoint/statements";

export interface EndpointOptions {
  databaseUrl: string;
  /** The key that requests must carry. */
  key: string;
  /** How long each request is held back before it is looked at, as by a way of that length. */
  delayMs: number;
  /** Connections to the database; PostgREST has 10. */
  connections: number;
}

export interface Endpoint {
  url: string;
  /** How many requests came, by path. */
  requests(): Record<string, number>;
  /** Whether requests are left without an answer, as by a site that is dead. */
  hang(hangs: boolean): void;
  close(): Promise<void>;
}

/**
 * A Data API over one database for the bench, where PostgREST itself is not available: the same calls, answered by the
 * same single statement per request, prepared once per connection, with JSON made and read by PostgreSQL.
 */
export async function startEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const sql = postgres(options.databaseUrl, {
    max: options.connections,
    onnotice: () => undefined,
    connection: { role: "service_role", statement_timeout: 8_000 },
  });
  const schema = await readSchema(sql);
  const counts = new Map<string, number>();
  let hangs = false;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://endpoint");
    counts.set(url.pathname, (counts.get(url.pathname) ?? 0) + 1);
    if (!hangs) void answer({ sql, schema, options, request, response, url });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hang: (now) => {
      hangs = now;
      server.closeAllConnections();
    },
    requests: () => Object.fromEntries(counts),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await sql.end({ timeout: 1 });
    },
  };
}

interface Asked {
  sql: postgres.Sql;
  schema: Schema;
  options: EndpointOptions;
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
}

async function answer({ sql, schema, options, request, response, url }: Asked): Promise<void> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (options.delayMs > 0) await sleep(options.delayMs);
    if (request.headers.apikey !== options.key) return reply(response, 401, '{"message":"Invalid API key"}');
    const { text, parameters } = statementFor(schema, request.method, url, Buffer.concat(chunks).toString());
    const [row] = await sql.unsafe<{ body: string | null }[]>(text, parameters, { prepare: true });
    reply(response, row ? 200 : 201, row ? row.body || "null" : "");
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof postgres.PostgresError ? error.code : "PGRST000";
    reply(
      response,
      code === "57014" ? 500 : 400,
      JSON.stringify({ message, code, details: null, hint: null }),
    );
  }
}

function statementFor(schema: Schema, method: string | undefined, url: URL, body: string): Statement {
  const [, kind, name] = /^\/rest\/v1\/(rpc\/)?([a-z_]+)$/.exec(url.pathname) ?? [];
  if (name && kind && method === "POST") return callStatement(schema, name, body);
  if (name && method === "POST") return insertStatement(schema, name, url.searchParams, body);
  if (name && method === "GET") return selectStatement(schema, name, url.searchParams);
  throw new Error(`The bench's endpoint does not know ${method} ${url.pathname}`);
}

function reply(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}
