import { isIPv6 } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createOutgoing, whyUnanswered } from "@/lib/outgoing";
import type { Lookup } from "@/lib/outgoing/connector";
import {
  heldHosts,
  IPV6_SPELLINGS,
  LOCAL_NAMES,
  specialHosts,
  spelledHosts,
} from "@/tests/lib/outgoing/hostile-hosts";
import { knock, type Listener, listenEverywhere, localAddresses } from "@/tests/lib/outgoing/listeners";
import { answering } from "@/tests/lib/outgoing/resolver";

const signal = () => AbortSignal.timeout(10_000);

let everywhere: Listener;

beforeAll(async () => {
  everywhere = await listenEverywhere();
});
afterAll(async () => await everywhere.close());

/** What Roster says instead of connecting; undefined when it did something else. */
async function refusalOf(url: string, lookup?: Lookup): Promise<string | undefined> {
  const { fetch } = createOutgoing([], lookup);
  const error = await fetch(url, { signal: signal() }).catch((reason: unknown) => reason);
  return whyUnanswered(error).refusal;
}

/** The URLs that lead somewhere else than to a refusal, or to a listener. */
async function notRefused(urls: string[], lookup?: Lookup): Promise<string[]> {
  const before = everywhere.sockets();
  const wrong: string[] = [];
  for (const url of urls) {
    const refusal = await refusalOf(url, lookup);
    if (refusal === undefined || everywhere.sockets() !== before) wrong.push(url);
  }
  // Whoever came is counted before somebody who comes now.
  await knock("127.0.0.1", everywhere.port);
  await expect.poll(() => everywhere.sockets()).toBe(before + 1);
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

  test("more than 600 hosts", () => {
    expect(new Set(Object.values(hosts).flat()).size).toBeGreaterThan(600);
  });

  test.each(Object.keys(hosts) as (keyof typeof hosts)[])("%s", { timeout: 60_000 }, async (kind) => {
    // A URL that cannot be read leads nowhere. Which they are is the standard's affair.
    const urls = withPort(hosts[kind]).filter((url) => URL.canParse(url));
    expect(urls.length).toBeGreaterThan(hosts[kind].length);
    expect(await notRefused(urls)).toEqual([]);
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
