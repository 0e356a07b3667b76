import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { apiDocument } from "@/app/api/openapi.json/document";
import { securityFor } from "@/lib/openapi/security";
import { METHODS as DESCRIBED } from "@/lib/openapi/types";
import { withCentre } from "@/tests/app/api/call";
import { type Caller, createCallers, type Fate } from "@/tests/server/support/callers";
import { type RawAnswer, sendRaw } from "@/tests/server/support/raw-request";
import { harmless, isWrite, METHODS, type Method } from "@/tests/server/support/requests";
import { PAGES, RULES, type Rule } from "@/tests/server/support/rules";
import { BUILD_MS, build, root, type Server, startServer } from "@/tests/server/support/server";
import { hideTreasure, SITE_ID, type Treasure } from "@/tests/server/support/treasure";
import { TRICKS, type Trick } from "@/tests/server/support/tricks";
import { mapSome } from "@/tests/support/map-some";

const centre = withCentre();
const { paths } = apiDocument();
const addresses = Object.keys(paths);

/** What only members see of a page: the first thing in their layout. */
const FOR_MEMBERS = "Skip to the content";

let treasures: Treasure[];

beforeAll(async () => {
  await build();
  treasures = await hideTreasure(centre());
}, BUILD_MS);

test("every route and page of the build has a row, and every row is a route", async () => {
  const manifest = await readFile(join(root, ".next", "app-path-routes-manifest.json"), "utf8");
  const built = Object.entries(JSON.parse(manifest) as Record<string, string>);
  const routes = built.filter(([file]) => file.endsWith("/route")).map(([, address]) => address);
  const pages = built.filter(([file]) => file.endsWith("/page")).map(([, address]) => address);
  const asDocumented = routes.map((address) => address.replace(/\[(\w+)\]/g, "{$1}"));
  expect(asDocumented.sort()).toEqual([...addresses, "/api/[[...path]]", "/icon.svg"].sort());
  expect(pages.filter((address) => !address.startsWith("/_"))).toEqual(
    expect.arrayContaining(pages.filter((address) => address in PAGES)),
  );
  expect(pages.filter((address) => !address.startsWith("/_") && !(address in PAGES))).toEqual([]);
  const described = addresses.flatMap((address) =>
    DESCRIBED.filter((method) => paths[address]?.[method]).map(
      (method) => `${method.toUpperCase()} ${address}`,
    ),
  );
  expect(described.sort()).toEqual(Object.keys(RULES).sort());
});

test("the API reference says the same of every call as its row", () => {
  for (const [call, rule] of Object.entries(RULES)) {
    const [method = "", address = ""] = call.split(" ");
    const operation = Object.entries(paths[address] ?? {}).find(
      ([name]) => name === method.toLowerCase(),
    )?.[1];
    const access = rule.startsWith("public") ? "public" : rule;
    expect([call, operation?.security]).toEqual([
      call,
      securityFor(access as Parameters<typeof securityFor>[0]),
    ]);
  }
});

/** The rule of a call; HEAD is GET without a body. Undefined for a method that the address does not have. */
function ruleOf(method: Method, address: string): Rule | undefined {
  return RULES[`${method === "HEAD" ? "GET" : method} ${address}`];
}

/** What is wrong with an answer, or null. */
function fault(answer: RawAnswer, method: Method, address: string, caller: Caller): string | null {
  const rule = ruleOf(method, address);
  const wanted = rule && caller.fate(rule, isWrite(method));
  const fits =
    wanted === undefined
      ? answer.status === (method === "OPTIONS" ? 204 : 405) && answer.headers.allow !== undefined
      : fitsFate(answer, wanted, method, address);
  return fits
    ? null
    : `${method} ${address} by ${caller.name}: ${answer.status} instead of ${wanted ?? "405"}`;
}

function fitsFate(answer: RawAnswer, fate: Fate, method: Method, address: string): boolean {
  if (fate !== "in") {
    const isProblem = answer.headers["content-type"] === "application/problem+json";
    return answer.status === fate && (method === "HEAD" ? answer.text === "" : isProblem);
  }
  if (isWrite(method)) return answer.status === 422;
  const declared = paths[address]?.get?.responses ?? {};
  return answer.status in declared && ![401, 403, 429].includes(answer.status) && answer.status < 500;
}

describe.each([
  { name: "the server", withoutProxy: false },
  { name: "the server without its proxy", withoutProxy: true },
])("$name", ({ withoutProxy }) => {
  let server: Server;
  let callers: Caller[];

  beforeAll(async () => {
    server = await startServer({ central: centre(), withoutProxy });
    callers = await createCallers(centre(), server.port);
  }, 90_000);
  afterAll(async () => await server.stop());

  const ask = async (caller: Caller, method: Method, address: string) => {
    const request = harmless(method, address);
    return await sendRaw(server.port, { ...request, headers: { ...request.headers, ...caller.headers } });
  };

  const named = (name: string) => callers.filter((caller) => caller.name === name);

  test("answers every caller at every call and method as declared", async () => {
    // Methods that an address does not have are refused by the route itself: one server is enough for those.
    const asked = (address: string) =>
      METHODS.filter((method) => !withoutProxy || ruleOf(method, address) !== undefined);
    const cells = addresses.flatMap((address) =>
      asked(address).flatMap((method) => callers.map((caller) => ({ address, method, caller }))),
    );
    const faults = await mapSome(cells, async ({ address, method, caller }) =>
      fault(await ask(caller, method, address), method, address, caller),
    );
    expect(faults.filter((one) => one !== null)).toEqual([]);
    expect(cells.length).toBeGreaterThan(withoutProxy ? 1_200 : 4_000);
  }, 300_000);

  test("says of an address that does not exist the same to everybody", async () => {
    const answers = await mapSome(callers, (caller) => ask(caller, "GET", "/api/nowhere/at/all"));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]));
  });

  test("shows pages to members only, and sends others to sign in", async () => {
    const manifest = await readFile(join(root, ".next", "app-path-routes-manifest.json"), "utf8");
    const built = Object.keys(PAGES).filter((page) => Object.values(JSON.parse(manifest)).includes(page));
    const cells = built.flatMap((page) => callers.map((caller) => ({ page, caller })));
    const faults = await mapSome(cells, async ({ page, caller }) => {
      const address = page.replace("/sites/[id]", `/sites/${SITE_ID}`);
      const { status, text, headers } = await ask(caller, "GET", address);
      const isMember = caller.fate("member", false) === "in";
      if (page === "/sign-in" && isMember) {
        return status === 307 && headers.location === "/" ? null : `${page} by ${caller.name}: ${status}`;
      }
      const sees = PAGES[page] === "public" || isMember;
      const away =
        status === 307 && headers.location?.toString().startsWith("/sign-in") && !text.includes(FOR_MEMBERS);
      return (sees ? status === 200 : away) ? null : `${page} by ${caller.name}: ${status}`;
    });
    expect(faults.filter((one) => one !== null)).toEqual([]);
  }, 120_000);

  test("lets nobody past by headers, spellings of addresses, or methods that claim to be others", async () => {
    const seen = await mapSome(treasures, async ({ address, word }) => {
      const [owner] = named("owner");
      return owner && (await ask(owner, "GET", address)).text.includes(word);
    });
    expect(seen).toEqual(treasures.map(() => true));
    const tries = [...named("nobody"), ...named("viewer")].flatMap((caller) =>
      treasures
        .filter((treasure) => caller.name !== "viewer" || treasure.for === "owners")
        .flatMap(({ address, word }) => TRICKS.map((trick) => ({ caller, address, word, trick }))),
    );
    const faults = await mapSome(tries, async ({ caller, address, word, trick }) => {
      const { status, text } = await tryTrick(server.port, caller, address, trick);
      const isApi = address.startsWith("/api/");
      const got = text.includes(word)
        ? "got it"
        : isApi && status < 300
          ? `answered ${status}: ${text}`
          : null;
      const fault = got ?? (status >= 500 ? `broke it: ${status}` : null);
      return fault && `${caller.name} at ${address} by ${trick.name} ${fault}`;
    });
    expect(faults.filter((one) => one !== null)).toEqual([]);
  }, 300_000);

  test("takes no change from whoever may not make it, whatever the request claims to be", async () => {
    const body = JSON.stringify({ email: "intruder@example.com" });
    const intruders = ["nobody", "wrong key", "viewer", "owner's browser on another site"].flatMap(named);
    const tries = intruders.flatMap((caller) => TRICKS.map((trick) => ({ caller, trick })));
    const answers = await mapSome(tries, async ({ caller, trick }) => {
      const headers = { "content-type": "application/json", ...trick.headers, ...caller.headers };
      return await sendRaw(server.port, { method: "POST", path: trick.path("/api/users"), headers, body });
    });
    expect(answers.filter(({ status }) => status < 300 || status >= 500)).toEqual([]);
    expect(await centre().sql`select from user_profiles where email = 'intruder@example.com'`).toEqual([]);
  }, 300_000);
});

/** Asks for an address by a trick, and goes on to where the answer leads, once. */
async function tryTrick(port: number, caller: Caller, address: string, trick: Trick): Promise<RawAnswer> {
  const headers = { ...trick.headers, ...caller.headers };
  const answer = await sendRaw(port, { method: "GET", path: trick.path(address), headers });
  const [location] = [answer.headers.location ?? []].flat();
  const next = location === undefined ? null : URL.parse(location, `http://127.0.0.1:${port}`);
  if (!next || next.port !== String(port)) return answer;
  return await sendRaw(port, { method: "GET", path: next.pathname + next.search, headers });
}
