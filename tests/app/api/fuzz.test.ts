import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { apiDocument } from "@/app/api/openapi.json/document";
import { routeGroups } from "@/app/api/openapi.json/routes";
import type { DescribedHandler } from "@/lib/http/route";
import { operationsOf } from "@/lib/openapi/document";
import { withFuzzWorld } from "@/tests/app/api/fuzz-world";
import { faultsOf } from "@/tests/app/api/well-answered";
import { callsOf, type FuzzCall } from "@/tests/support/fuzz/calls";

const { prepare, caller, knownAt } = withFuzzWorld();

/** Give the seed of a failed run to see it again. */
const seed = Number(process.env.ROSTER_FUZZ_SEED ?? Math.trunc(Math.random() * 2 ** 31));
const REQUESTS = 10_000;
/** Requests that are on their way at the same time. */
const TOGETHER = 8;
/** A caller that has waited this long leaves; whoever goes on working for it is stuck. */
const PATIENCE_MS = 250;
const STUCK_MS = 10_000;

/** Calls that wait for something by design, or hash passwords, get fewer requests. */
const SLOW: Record<string, number> = {
  drain: 40,
  syncUser: 120,
  syncAllUsers: 120,
  testSite: 120,
  watchRun: 120,
  signIn: 120,
  setUp: 120,
  acceptInvitation: 120,
};

const calls = routeGroups.flatMap(({ routes }) =>
  Object.entries(routes).flatMap(([path, module]) =>
    operationsOf(module).map(({ method, handler }) => ({ path, method, handler, id: handler.operation.id })),
  ),
);
const fast = calls.filter(({ id }) => !(id in SLOW));
const slowRequests = Object.values(SLOW).reduce((sum, runs) => sum + runs, 0);
const requestsFor = (id: string) => SLOW[id] ?? Math.ceil((REQUESTS - slowRequests) / fast.length);

let sent = 0;

async function send(path: string, method: string, handler: DescribedHandler, call: FuzzCall) {
  const address = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(call.params[name] ?? ""),
  );
  const request = new Request(`http://127.0.0.1:3000${address}${call.query}`, {
    method: method.toUpperCase(),
    headers: [...call.headers, ...Object.entries(caller(handler.operation, sent++))],
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...(call.body !== undefined && { body: new Uint8Array(call.body) }),
  });
  const stuck = AbortSignal.timeout(STUCK_MS);
  return await Promise.race([
    handler(request, { params: Promise.resolve(call.params) }),
    new Promise<never>((_, refuse) => stuck.addEventListener("abort", () => refuse(new Error("It hangs")))),
  ]);
}

describe(`${REQUESTS} requests, seed ${seed}`, () => {
  test.each(calls)(
    "$method $path takes anything",
    async ({ path, method, handler, id }) => {
      const operation = apiDocument().paths[path]?.[method];
      if (!operation) throw new Error(`The document lacks ${method} ${path}`);
      await prepare(path);
      const together = fc.array(callsOf(method, operation, knownAt(path)), {
        minLength: TOGETHER,
        maxLength: TOGETHER,
      });
      const answersWell = fc.asyncProperty(together, async (requests) => {
        const answers = requests.map(async (request) =>
          faultsOf(handler, await send(path, method, handler, request)),
        );
        expect((await Promise.all(answers)).flat()).toEqual([]);
      });
      await fc.assert(answersWell, { seed, numRuns: Math.ceil(requestsFor(id) / TOGETHER) });
    },
    120_000,
  );

  test("were sent", () => {
    expect(sent).toBeGreaterThanOrEqual(REQUESTS);
  });
});
