import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, vi } from "vitest";
import { createApiKey, hashSecret, hintOf } from "@/lib/access/api-key";
import type { Handler } from "@/lib/http/route";
import { KEY_SCOPES, type KeyScope } from "@/lib/keys/schema";
import { undeclared } from "@/tests/app/api/declared";
import { LOOPBACK } from "@/tests/support/outgoing";
import { createCentre, type TestProject } from "@/tests/support/stack";

/** Who calls: the headers that say so. */
export type Caller = { authorization: string } | { cookie: string } | Record<string, never>;

/** Somebody with neither session nor key. */
export const nobody: Caller = {};

const key = createApiKey();

/** A script whose key has every scope: who calls unless a test says otherwise. */
export const script: Caller = { authorization: `Bearer ${key}` };

/** Gives the test file a central project of its own and points the handlers' environment at it. */
export function withCentre(): () => TestProject {
  let centre: TestProject | undefined;
  beforeAll(async () => {
    centre = await createCentre();
    setEnvironment(centre.url, centre.secretKey);
    await addKey(centre, key, KEY_SCOPES);
  });
  afterAll(async () => {
    await centre?.close();
  });
  return () => {
    if (!centre) throw new Error("The centre is there from beforeAll on");
    return centre;
  };
}

/** Makes a key known to the centre; answers its id. */
export async function addKey(
  { sql }: TestProject,
  secret: string,
  scopes: readonly KeyScope[],
  expiresAt: Date | null = null,
): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    insert into api_keys (name, key_hash, hint, scopes, created_by, expires_at)
    values ('test', ${hashSecret(secret)}, ${hintOf(secret)}, ${[...scopes]}, 'test', ${expiresAt}) returning id`;
  if (!row) throw new Error("An insert answers its row");
  return row.id;
}

/** Settings of a server whose centre is at `url`; made before the first call, because they are read once. */
export function setEnvironment(url: string, secretKey: string): void {
  vi.stubEnv("SUPABASE_URL", url);
  vi.stubEnv("SUPABASE_SECRET_KEY", secretKey);
  vi.stubEnv("ROSTER_SECRET_KEYS", `test:${randomBytes(32).toString("base64url")}`);
  vi.stubEnv("ROSTER_ALLOW_PRIVATE_SITES", LOOPBACK.join());
  vi.stubEnv("ROSTER_LOG_LEVEL", "silent");
}

interface CallOptions {
  method?: string;
  /** Path and query. */
  path?: string;
  params?: Record<string, string>;
  /** Sent as JSON, unless it is text already. */
  body?: unknown;
  headers?: Record<string, string>;
  as?: Caller;
}

const ORIGIN = "http://127.0.0.1:3000";

/** Calls a handler as Next would, with a `Request`. Throws when the answer is not one that the API reference declares. */
export async function call(handler: Handler, options: CallOptions = {}): Promise<Response> {
  const { method = "GET", path = "/api", params = {}, body, headers, as = script } = options;
  // As a browser does, which says for every write what page it comes from.
  const page = "cookie" in as ? { origin: ORIGIN, "sec-fetch-site": "same-origin" } : {};
  const init: RequestInit = {
    method,
    headers: { "content-type": "application/json", ...page, ...as, ...headers },
  };
  if (body !== undefined) init.body = typeof body === "string" ? body : JSON.stringify(body);
  const response = await handler(new Request(ORIGIN + path, init), { params: Promise.resolve(params) });
  const faults = await undeclared(handler, response);
  if (faults.length > 0)
    throw new Error(`The API reference does not declare this answer:\n${faults.join("\n")}`);
  return response;
}

/** Calls a handler and reads its JSON. */
export async function callJson<T>(handler: Handler, options: CallOptions = {}): Promise<T> {
  return (await (await call(handler, options)).json()) as T;
}

/** An address where nothing listens: a port that was free a moment ago. */
export async function deadUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
