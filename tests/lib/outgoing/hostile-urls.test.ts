import type { LookupAddress } from "node:dns";
import { isIPv6 } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createOutgoing, refusalIn } from "@/lib/outgoing";
import type { Lookup } from "@/lib/outgoing/connector";
import {
  heldHosts,
  IPV6_SPELLINGS,
  LOCAL_NAMES,
  specialHosts,
  spelledHosts,
} from "@/tests/lib/outgoing/hostile-hosts";
import {
  hasIpv6,
  knock,
  type Listener,
  listenAt,
  listenEverywhere,
  localAddresses,
} from "@/tests/lib/outgoing/listeners";

const signal = () => AbortSignal.timeout(10_000);

let everywhere: Listener;

beforeAll(async () => {
  everywhere = await listenEverywhere();
});
afterAll(async () => await everywhere.close());

/** A resolver that gives its answers one after the other, the last one for ever. */
function answering(...answers: string[][]): Lookup & { asked: string[] } {
  const asked: string[] = [];
  const lookup: Lookup = (hostname, _options, callback) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(hostname);
    const addresses: LookupAddress[] = answer.map((address) => ({
      address,
      family: isIPv6(address) ? 6 : 4,
    }));
    process.nextTick(callback, null, addresses);
  };
  return Object.assign(lookup, { asked });
}

/** What Roster says instead of connecting; undefined when it did something else. */
async function refusalOf(url: string, lookup?: Lookup): Promise<string | undefined> {
  const { fetch } = createOutgoing([], lookup);
  const error = await fetch(url, { signal: signal() }).catch((reason: unknown) => reason);
  return refusalIn(error);
}

/** The URLs that lead somewhere else than to a refusal, or to a listener. */
async function notRefused(urls: string[], lookup?: Lookup): Promise<string[]> {
  const before = everywhere.sockets();
  const wrong: string[] = [];
  for (const url of urls) {
    const refusal = await refusalOf(url, lookup);
    if (refusal === undefined || everywhere.sockets() !== before) wrong.push(url);
  }
  return wrong;
}

const withPort = (hosts: readonly string[]) =>
  hosts.flatMap((host) => [`https://${host}:${everywhere.port}/`, `http://${host}:${everywhere.port}/`]);

test("the listeners hear whoever connects without the checks", async () => {
  const before = everywhere.sockets();
  for (const address of localAddresses()) await knock(address, everywhere.port);
  await expect.poll(() => everywhere.sockets() - before).toBe(localAddresses().length);
});

describe("no connection reaches a listener at", () => {
  const hosts = {
    "the first, middle and last address of every special range": specialHosts(),
    "addresses of IPv4 held in addresses of IPv6": heldHosts(),
    "addresses in other spellings": spelledHosts(),
    "addresses of IPv6 in other spellings": [...IPV6_SPELLINGS],
    "this machine's own addresses": localAddresses().map((address) =>
      isIPv6(address) ? `[${address}]` : address,
    ),
  };

  test("all of more than 300 hosts", () => {
    expect(new Set(Object.values(hosts).flat()).size).toBeGreaterThan(600);
  });

  test.each(Object.keys(hosts) as (keyof typeof hosts)[])("%s", { timeout: 60_000 }, async (kind) => {
    // A URL that cannot be read leads nowhere. Which they are is the standard's affair.
    const urls = withPort(hosts[kind]).filter((url) => URL.canParse(url));
    expect(urls.length).toBeGreaterThan(hosts[kind].length);
    const withUser = urls.filter((url) => new URL(url).username !== "");
    expect(await notRefused(urls.filter((url) => !withUser.includes(url)))).toEqual([]);
    const before = everywhere.sockets();
    for (const url of withUser) {
      await expect(createOutgoing([]).fetch(url, { signal: signal() })).rejects.toThrow();
    }
    expect(everywhere.sockets()).toBe(before);
  });

  test("names that the system leads to this machine", async () => {
    const before = everywhere.sockets();
    const { fetch } = createOutgoing([]);
    for (const url of withPort(LOCAL_NAMES)) {
      await expect(fetch(url, { signal: signal() })).rejects.toThrow();
    }
    expect(everywhere.sockets()).toBe(before);
    expect(await refusalOf("http://localhost/")).toMatch(/its address is not public/);
  });

  test("names that a resolver leads to any of those addresses", { timeout: 60_000 }, async () => {
    const addresses = [...specialHosts(), ...heldHosts()].map((host) => host.replace(/^\[|\]$/g, ""));
    const wrong: string[] = [];
    for (const address of addresses) {
      const urls = withPort(["api.example.com"]);
      if ((await notRefused(urls, answering([address]))).length > 0) wrong.push(address);
    }
    expect(wrong).toEqual([]);
  });

  test("other schemes", async () => {
    const at = `127.0.0.1:${everywhere.port}/`;
    const urls = ["ftp", "ws", "wss", "gopher"].map((scheme) => `${scheme}://${at}`);
    expect(await notRefused([...urls, "data:text/plain,hello", "file:///etc/hosts", "blob:x"])).toEqual([]);
  });

  test("public addresses without https", async () => {
    const lookup = answering(["8.8.8.8", "2606:4700:4700::1111"]);
    for (const url of ["http://api.example.com/", "http://8.8.8.8/", "http://[2606:4700:4700::1111]/"]) {
      expect(await refusalOf(url, lookup), url).toMatch(/^Roster connects to .* by https only\.$/);
    }
  });
});

describe("a name", () => {
  let good: Listener;
  let bad: Listener;

  beforeAll(async () => {
    bad = await listenAt("127.0.0.3");
    good = await listenAt("127.0.0.2", bad.port, (_request, response) => {
      response.writeHead(200, { connection: "close" }).end("hello");
    });
  });
  afterAll(async () => {
    await good.close();
    await bad.close();
  });

  const url = (port = good.port) => `http://api.example.com:${port}/`;

  test.each([
    [["127.0.0.2", "127.0.0.3"]],
    [["127.0.0.3", "127.0.0.2"]],
    [["127.0.0.3", "::1", "127.0.0.2"]],
  ])("that leads to %j is connected to at the permitted address only", async (addresses) => {
    const { fetch } = createOutgoing(["127.0.0.2"], answering(addresses));
    const before = good.sockets();
    for (let time = 0; time < 5; time++) {
      const response = await fetch(url(), { signal: signal() });
      expect(await response.text()).toBe("hello");
    }
    expect([good.sockets() - before, bad.sockets()]).toEqual([5, 0]);
  });

  test("whose permitted address does not answer is not tried at the other one", async () => {
    const lonely = await listenAt("127.0.0.3");
    const { fetch } = createOutgoing(["127.0.0.2"], answering(["127.0.0.2", "127.0.0.3"]));
    await expect(fetch(url(lonely.port), { signal: signal() })).rejects.toMatchObject({
      cause: { code: "ECONNREFUSED" },
    });
    expect(lonely.sockets()).toBe(0);
    await lonely.close();
  });

  test("is looked up once for a connection, so that a resolver's second answer reaches nobody", async () => {
    const lookup = answering(["127.0.0.2"], ["127.0.0.3"]);
    const { fetch } = createOutgoing(["127.0.0.2"], lookup);
    const before = good.sockets();
    const response = await fetch(url(), { signal: signal() });
    expect(await response.text()).toBe("hello");
    expect(lookup.asked).toEqual(["api.example.com"]);
    // That connection is closed, so the next request needs another answer, which is the other one.
    const error = await fetch(url(), { signal: signal() }).catch((reason: unknown) => reason);
    expect(refusalIn(error)).toBe("Roster does not connect to api.example.com: its address is not public.");
    expect(lookup.asked).toHaveLength(2);
    expect([good.sockets() - before, bad.sockets()]).toEqual([1, 0]);
  });

  test("that leads nowhere fails as it did, and not by refusal", async () => {
    const error = await createOutgoing([])
      .fetch("https://roster.invalid/", { signal: signal() })
      .catch((reason: unknown) => reason);
    expect(refusalIn(error)).toBeUndefined();
    expect(error).toMatchObject({ cause: { code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) } });
  });

  test.each([301, 302, 303, 307, 308])("that answers by a redirect (%i) is not followed", async (status) => {
    const location = `http://127.0.0.3:${bad.port}/`;
    const leading = await listenAt("127.0.0.2", 0, (_request, response) => {
      response.writeHead(status, { location }).end();
    });
    const { fetch } = createOutgoing(["127.0.0.0/8"]);
    const how = { method: "POST", body: "{}", redirect: "follow" as const, signal: signal() };
    const response = await fetch(`http://127.0.0.2:${leading.port}/`, how);
    expect([response.status, leading.requests(), bad.sockets()]).toEqual([status, 1, 0]);
    await leading.close();
  });
});

describe("a connection is made", () => {
  const allowed: [string, string[], string][] = [
    ["to an address", ["127.0.0.1"], "http://127.0.0.1"],
    ["to an address of a range", ["127.0.0.0/8"], "http://127.1.2.3"],
    ["to an address in another spelling", ["127.0.0.0/8"], "http://0x7f.1"],
    ["to a name that leads to a range", ["127.0.0.0/8", "::1/128"], "http://localhost"],
    ["to a name", ["localhost"], "http://localhost"],
    ["to a name in another spelling", ["LocalHost."], "http://LOCALHOST"],
    ...(hasIpv6()
      ? ([["to an address of IPv6", ["::1/128"], "http://[::1]"]] as [string, string[], string][])
      : []),
  ];

  test.each(allowed)("%s that is allowed", async (_what, allow, origin) => {
    const before = everywhere.requests();
    const response = await createOutgoing(allow).fetch(`${origin}:${everywhere.port}/`, { signal: signal() });
    expect([response.status, await response.text()]).toEqual([200, "hello"]);
    expect(everywhere.requests() - before).toBe(1);
  });

  test("by https, too, where the address is allowed", async () => {
    const before = everywhere.sockets();
    const { fetch } = createOutgoing(["127.0.0.0/8"], answering(["127.0.0.1"]));
    for (const host of ["127.0.0.1", "api.example.com"]) {
      const error = await fetch(`https://${host}:${everywhere.port}/`, { signal: signal() }).catch(
        (reason: unknown) => reason,
      );
      expect(refusalIn(error)).toBeUndefined();
    }
    expect(everywhere.sockets() - before).toBe(2);
  });

  test("neither to what is beside an allowed range, nor to its addresses held in others", async () => {
    const before = everywhere.sockets();
    const { fetch } = createOutgoing(["127.0.0.1/32", "10.0.0.0/8", "other.example.com"]);
    const hosts = ["127.0.0.2", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]"];
    for (const url of withPort(hosts)) {
      const error = await fetch(url, { signal: signal() }).catch((reason: unknown) => reason);
      expect(refusalIn(error), url).toBeDefined();
    }
    expect(everywhere.sockets()).toBe(before);
  });
});
