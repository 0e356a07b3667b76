import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { apiDocument } from "@/app/api/openapi.json/document";
import { routeGroups } from "@/app/api/openapi.json/routes";
import { POST as syncAll } from "@/app/api/sync/all-users/route";
import type { Handler } from "@/lib/http/route";
import { operationsOf } from "@/lib/openapi/document";
import type { SyncAllStarted } from "@/lib/runs/request-schema";
import { callJson } from "@/tests/app/api/call";
import { undeclared } from "@/tests/app/api/declared";
import { withIdleCentre } from "@/tests/app/api/idle-centre";
import { callsOf, type FuzzCall } from "@/tests/support/fuzz/calls";
import type { Known } from "@/tests/support/fuzz/fitting";

const { addUsers, addSite } = withIdleCentre();

/** Give the seed of a failed run to see it again. */
const seed = Number(process.env.ROSTER_FUZZ_SEED ?? Math.trunc(Math.random() * 2 ** 31));
const REQUESTS = 10_000;
/** Requests that are on their way at the same time. */
const TOGETHER = 8;
/** A caller that has waited this long leaves; whoever goes on working for it is stuck. */
const PATIENCE_MS = 250;
const STUCK_MS = 10_000;

/** Calls that wait for something by design get fewer requests. */
const SLOW: Record<string, number> = {
  drain: 30,
  syncUser: 150,
  syncAllUsers: 150,
  testSite: 150,
  watchRun: 150,
};

const calls = routeGroups.flatMap(({ routes }) =>
  Object.entries(routes).flatMap(([path, module]) =>
    operationsOf(module).map(({ method, handler, operation }) => ({
      path,
      method,
      handler,
      id: operation.id,
    })),
  ),
);
const fast = calls.filter(({ id }) => !(id in SLOW));
const slowRequests = Object.values(SLOW).reduce((sum, runs) => sum + runs, 0);
const runsOf = (id: string) => SLOW[id] ?? Math.ceil((REQUESTS - slowRequests) / fast.length);

let sent = 0;
let known: Known = {};

beforeEach(async () => {
  await addUsers(5);
  const sites = [await addSite("hrms"), await addSite("bare", false)];
  const users = ["u1", "u2", "u3", "u4", "u5"];
  const { runId } = await callJson<SyncAllStarted>(syncAll, { method: "POST" });
  known = {
    user: users,
    userId: users,
    email: ["u1@example.com"],
    site: sites,
    siteId: sites,
    siteIds: sites,
    run: [runId],
    runId: [runId],
  };
});

async function send(path: string, method: string, handler: Handler, call: FuzzCall): Promise<Response> {
  const address = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(call.params[name] ?? ""),
  );
  const request = new Request(`http://127.0.0.1:3000${address}${call.query}`, {
    method: method.toUpperCase(),
    headers: call.headers,
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...(call.body !== undefined && { body: new Uint8Array(call.body) }),
  });
  const stuck = AbortSignal.timeout(STUCK_MS);
  return await Promise.race([
    handler(request, { params: Promise.resolve(call.params) }),
    new Promise<never>((_, refuse) => stuck.addEventListener("abort", () => refuse(new Error("It hangs")))),
  ]);
}

const STACK = /\n\s+at |node_modules|node:internal|\.tsx?:\d/;

async function faultsOf(handler: Handler, response: Response): Promise<string[]> {
  if (response.headers.get("content-type") === "text/event-stream") {
    await response.body?.cancel();
    return [];
  }
  const faults = await undeclared(handler, response);
  const text = await response.text();
  if (response.status >= 500) faults.push(`${response.status}: ${text}`);
  if (STACK.test(text)) faults.push("it shows a stack trace");
  if (response.headers.get("x-request-id") === null) faults.push("it has no request id");
  return faults;
}

describe(`${REQUESTS} requests, seed ${seed}`, () => {
  test.each(calls)(
    "$method $path takes anything",
    async ({ path, method, handler, id }) => {
      const operation = apiDocument().paths[path]?.[method];
      if (!operation) throw new Error(`The document lacks ${method} ${path}`);
      const [, kind = ""] = /(\w+?)s?\/\{id\}/.exec(path) ?? [];
      const together = fc.array(callsOf(method, operation, { ...known, id: known[kind] ?? [] }), {
        minLength: TOGETHER,
        maxLength: TOGETHER,
      });
      const answersWell = fc.asyncProperty(together, async (requests) => {
        sent += requests.length;
        const faults = requests.map(async (request) =>
          faultsOf(handler, await send(path, method, handler, request)),
        );
        expect((await Promise.all(faults)).flat()).toEqual([]);
      });
      await fc.assert(answersWell, { seed, numRuns: Math.ceil(runsOf(id) / TOGETHER) });
    },
    120_000,
  );

  test("were sent", () => {
    expect(sent).toBeGreaterThanOrEqual(REQUESTS);
  });
});
