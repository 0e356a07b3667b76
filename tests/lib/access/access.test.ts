import { expect, test } from "vitest";
import { authorize } from "@/lib/access/access";

const settings = (allowedHosts: string[], drainSecret?: string) => ({ allowedHosts, drainSecret });

function request(headers: Record<string, string>) {
  return new Request("http://127.0.0.1:3000/api/users", { headers });
}

test.each([
  ["localhost:3000"],
  ["127.0.0.1:3000"],
  ["127.1.2.3"],
  ["[::1]:3000"],
  ["LOCALHOST"],
  ["roster.example"],
])("the host %s is ours", (host) => {
  expect(authorize(request({ host }), "users:read", settings(["roster.example"]))).toMatchObject({
    kind: "anyone",
  });
});

test.each([
  ["localhost.evil.example"],
  ["127.0.0.1.evil.example"],
  ["evil.example"],
  ["a b"],
  [""],
  ["user@localhost:1"],
])("the host %j is not", (host) => {
  expect(() => authorize(request({ host }), "users:read", settings(["roster.example"]))).toThrow(
    "does not answer to",
  );
});

test("the health of the server may be asked under any host", () => {
  expect(() => authorize(request({ host: "10.0.0.7" }), "public", settings([]))).not.toThrow();
});

test("the same host on another port is another origin, and so is a default port spelled out not", () => {
  const write = (host: string, origin: string) => () =>
    authorize(request({ host, origin }), "users:write", settings(["r.example"]));
  expect(write("localhost:3000", "http://localhost:3001")).toThrow();
  expect(write("localhost:3000", "http://localhost:3000")).not.toThrow();
  expect(write("r.example:443", "https://r.example")).not.toThrow();
  expect(write("r.example", "https://r.example.evil")).toThrow();
});

test("reading needs no origin check, since browsers keep the answer from foreign pages", () => {
  expect(() =>
    authorize(request({ origin: "https://evil.example" }), "users:read", settings([])),
  ).not.toThrow();
});

test("draining needs the scheduler's secret, and is off without one", () => {
  const secret = "s".repeat(32);
  const shown = (text: string) => request({ authorization: `Bearer ${text}` });
  expect(authorize(shown(secret), "drain", settings([], secret))).toMatchObject({ kind: "scheduler" });
  expect(() => authorize(shown("wrong"), "drain", settings([], secret))).toThrow("drain secret");
  expect(() => authorize(request({}), "drain", settings([], secret))).toThrow("drain secret");
  expect(() => authorize(shown(secret), "drain", settings([]))).toThrow("ROSTER_DRAIN_SECRET");
});
