import { expect, test } from "vitest";
import { authorize } from "@/lib/access/access";

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
  expect(authorize(request({ host }), "users:read", ["roster.example"])).toMatchObject({ kind: "anyone" });
});

test.each([
  ["localhost.evil.example"],
  ["127.0.0.1.evil.example"],
  ["evil.example"],
  ["a b"],
  [""],
  ["user@localhost:1"],
])("the host %j is not", (host) => {
  expect(() => authorize(request({ host }), "users:read", ["roster.example"])).toThrow("does not answer to");
});

test("the health of the server may be asked under any host", () => {
  expect(() => authorize(request({ host: "10.0.0.7" }), "public", [])).not.toThrow();
});

test("the same host on another port is another origin, and so is a default port spelled out not", () => {
  const write = (host: string, origin: string) => () =>
    authorize(request({ host, origin }), "users:write", ["r.example"]);
  expect(write("localhost:3000", "http://localhost:3001")).toThrow();
  expect(write("localhost:3000", "http://localhost:3000")).not.toThrow();
  expect(write("r.example:443", "https://r.example")).not.toThrow();
  expect(write("r.example", "https://r.example.evil")).toThrow();
});

test("reading needs no origin check, since browsers keep the answer from foreign pages", () => {
  expect(() => authorize(request({ origin: "https://evil.example" }), "users:read", [])).not.toThrow();
});
