import { describe, expect, test } from "vitest";
import { originOf, refuseForeignHost, refuseForeignOrigin } from "@/lib/access/origin";

const roster = { publicUrl: "https://roster.example.com" };
const local = { publicUrl: undefined };

function request(headers: Record<string, string>) {
  return new Request("http://127.0.0.1:3000/api/users", { method: "POST", headers });
}

describe("a host", () => {
  test.each([
    ["localhost:3000"],
    ["127.0.0.1:3000"],
    ["127.1.2.3"],
    ["[::1]:3000"],
    ["LOCALHOST"],
    ["roster.example.com"],
    ["ROSTER.example.com:443"],
  ])("such as %s is ours", (host) => {
    expect(() => refuseForeignHost(request({ host }), roster)).not.toThrow();
  });

  test.each([
    ["localhost.evil.example"],
    ["127.0.0.1.evil.example"],
    ["evil.example"],
    ["roster.example.com.evil.example"],
    ["roster.example.com:80"],
    ["roster.example.com:3000"],
    ["roster.example.com."],
    ["a b"],
    [""],
    ["user@localhost:1"],
    ["roster.example.com/x"],
    ["roster.example.com?x"],
    ["0.0.0.0:3000"],
  ])("such as %j is not", (host) => {
    expect(() => refuseForeignHost(request({ host }), roster)).toThrow("does not answer to");
  });

  test("without ROSTER_URL is loopback", () => {
    expect(() => refuseForeignHost(request({ host: "roster.example.com" }), local)).toThrow("ROSTER_URL");
  });
});

describe("a page", () => {
  const own =
    (host: string, origin: string, at = roster) =>
    () =>
      refuseForeignOrigin(request({ host, origin }), at);

  test.each([
    ["localhost:3000", "http://localhost:3000"],
    ["127.0.0.1:3000", "http://127.0.0.1:3000"],
    ["[::1]:3000", "http://[::1]:3000"],
    ["roster.example.com", "https://roster.example.com"],
    ["127.0.0.1:3000", "https://roster.example.com"], // a proxy that asks for loopback
  ])("at host %s from %s is ours", (host, origin) => {
    expect(own(host, origin)).not.toThrow();
  });

  test.each([
    ["localhost:3000", "http://localhost:3001"],
    ["localhost:3000", "http://127.0.0.1:3000"],
    ["localhost:3000", "https://localhost:3000"],
    ["roster.example.com", "http://roster.example.com"],
    ["roster.example.com", "https://roster.example.com:8443"],
    ["roster.example.com", "https://roster.example.com.evil.example"],
    ["roster.example.com", "https://roster.example.com/"],
    ["roster.example.com", "null"],
    ["roster.example.com", ""],
    ["evil.example", "http://evil.example"],
  ])("at host %s from %j is not", (host, origin) => {
    expect(own(host, origin)).toThrow("Roster's own pages");
  });

  test("that says no origin is nobody's", () => {
    expect(() => refuseForeignOrigin(request({ host: "localhost:3000" }), local)).toThrow();
  });

  test.each([["cross-site"], ["same-site"], ["none"], ["SAME-ORIGIN"]])("fetched %s is not ours", (site) => {
    const headers = { host: "localhost:3000", origin: "http://localhost:3000", "sec-fetch-site": site };
    expect(() => refuseForeignOrigin(request(headers), local)).toThrow();
  });
});

test("links lead to the public address, or to where the request came from on loopback", () => {
  for (const host of ["localhost:4000", "roster.example.com", "evil.example"]) {
    expect(originOf(request({ host }), roster)).toBe("https://roster.example.com");
  }
  expect(originOf(request({ host: "localhost:4000" }), local)).toBe("http://localhost:4000");
});
