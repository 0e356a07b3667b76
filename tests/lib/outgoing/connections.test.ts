import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createOutgoing, whyUnanswered } from "@/lib/outgoing";
import { hasIpv6, type Listener, listenAt, listenEverywhere } from "@/tests/lib/outgoing/listeners";
import { answering } from "@/tests/lib/outgoing/resolver";

const signal = () => AbortSignal.timeout(10_000);

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
    expect(whyUnanswered(error).refusal).toBe(
      "Roster does not connect to api.example.com: its address is not public.",
    );
    expect(lookup.asked).toHaveLength(2);
    expect([good.sockets() - before, bad.sockets()]).toEqual([1, 0]);
  });

  test("that leads nowhere fails as it did, and not by refusal", async () => {
    const error = await createOutgoing([])
      .fetch("https://roster.invalid/", { signal: signal() })
      .catch((reason: unknown) => reason);
    expect(whyUnanswered(error).refusal).toBeUndefined();
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
  let everywhere: Listener;

  beforeAll(async () => {
    everywhere = await listenEverywhere();
  });
  afterAll(async () => await everywhere.close());

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
      expect(whyUnanswered(error).refusal).toBeUndefined();
    }
    expect(everywhere.sockets() - before).toBe(2);
  });

  test("neither to what is beside an allowed range, nor to its addresses held in others", async () => {
    const before = everywhere.sockets();
    const { fetch } = createOutgoing(["127.0.0.1/32", "10.0.0.0/8", "other.example.com"]);
    const hosts = ["127.0.0.2", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]"];
    for (const url of hosts.map((host) => `http://${host}:${everywhere.port}/`)) {
      const error = await fetch(url, { signal: signal() }).catch((reason: unknown) => reason);
      expect(whyUnanswered(error).refusal, url).toBeDefined();
    }
    expect(everywhere.sockets()).toBe(before);
  });
});
