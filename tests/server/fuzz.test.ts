import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { apiDocument } from "@/app/api/openapi.json/document";
import { routeGroups } from "@/app/api/openapi.json/routes";
import { operationsOf } from "@/lib/openapi/document";
import { withFuzzWorld } from "@/tests/app/api/fuzz-world";
import { faultsOf } from "@/tests/app/api/well-answered";
import { type RawAnswer, sendRaw } from "@/tests/server/support/raw-request";
import { BUILD_MS, build, type Server, startServer } from "@/tests/server/support/server";
import { callsOf, type FuzzCall } from "@/tests/support/fuzz/calls";
import { mapSome } from "@/tests/support/map-some";

const { prepare, caller, knownAt, centre } = withFuzzWorld();

/** Give the seed of a failed run to see it again. */
const seed = Number(process.env.ROSTER_FUZZ_SEED ?? Math.trunc(Math.random() * 2 ** 31));
const REQUESTS_PER_CALL = 12;
/** Calls that wait as long as the request says. In-process, a caller can leave. */
const WAITING = ["syncUser", "syncAllUsers", "drain"];

/** Node itself breaks off at 16 kB of address and headers, before anybody else gets to see them. */
const LONGEST_ADDRESS = 12_000;

let server: Server;

beforeAll(async () => {
  await build();
  server = await startServer({ central: centre() });
}, BUILD_MS);
afterAll(async () => await server.stop());

const calls = routeGroups
  .flatMap(({ routes }) => Object.entries(routes))
  .flatMap(([path, module]) => operationsOf(module).map((call) => ({ path, ...call })))
  .filter(({ operation }) => !WAITING.includes(operation.id));

function asResponse({ status, headers, text }: RawAnswer): Response {
  const named = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one): [string, string] => [name, one]),
  );
  return new Response(status === 204 ? null : text, { status, headers: named });
}

function addressOf(path: string, { params, query }: FuzzCall): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? "")) + query;
}

async function send(path: string, method: string, call: FuzzCall, identity: Record<string, string>) {
  // A wrong length only has the server wait for the rest.
  const headers = Object.fromEntries(call.headers.filter(([name]) => name !== "content-length"));
  const origin = "origin" in identity && { origin: `http://127.0.0.1:${server.port}` };
  const sent = {
    method: method.toUpperCase(),
    headers: { ...headers, ...identity, ...origin },
    body: call.body,
  };
  return await sendRaw(server.port, { ...sent, path });
}

test(`the real server answers ${REQUESTS_PER_CALL} requests to each call as declared, seed ${seed}`, async () => {
  const faults: unknown[] = [];
  let sent = 0;
  for (const { path, method, handler, operation } of calls) {
    const described = apiDocument().paths[path]?.[method];
    if (!described) throw new Error(`The document lacks ${method} ${path}`);
    await prepare(path);
    const requests = fc.sample(callsOf(method, described, knownAt(path)), {
      seed,
      numRuns: REQUESTS_PER_CALL,
    });
    await mapSome([...requests.entries()], async ([turn, request]) => {
      const address = addressOf(path, request);
      if (address.length > LONGEST_ADDRESS) return;
      sent++;
      const answer = await send(address, method, request, caller(operation, turn));
      const found = await faultsOf(handler, asResponse(answer));
      if (found.length > 0) faults.push({ path, method, request, found });
    });
  }
  expect(faults).toEqual([]);
  // Few are too long to be sent; were it many, this would look at nothing.
  expect(sent).toBeGreaterThan(0.9 * calls.length * REQUESTS_PER_CALL);
}, 120_000);
