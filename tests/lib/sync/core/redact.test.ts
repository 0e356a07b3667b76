import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redactor } from "@/lib/sync/core/redact";

const KEY = "sb_publishable_mW9x2LqZ0/vT+7uK=n1B_c4D-e5F";
const SIGNING = `whsec_${randomBytes(32).toString("base64")}`;
const redact = redactor([KEY, SIGNING]);

describe("a secret that a site repeats", () => {
  test.each([
    ["as it is", KEY],
    ["in capitals of hex", Buffer.from(KEY).toString("hex").toUpperCase()],
    ["in hex", Buffer.from(KEY).toString("hex")],
    ["in base64", Buffer.from(KEY).toString("base64")],
    ["in base64url", Buffer.from(KEY).toString("base64url")],
    ["in a URL", encodeURIComponent(KEY)],
    ["in a URL, by another program", encodeURIComponent(KEY).replace(/%../g, (code) => code.toLowerCase())],
    ["in JSON", JSON.stringify({ KEY })],
    ["in JSON, by PHP", JSON.stringify({ KEY }).replaceAll("/", "\\/")],
    ["as signing secret", SIGNING],
    ["as a signing secret's bytes", Buffer.from(SIGNING.slice(6), "base64").toString("hex")],
  ])("is hidden, and the words around it stay: %s", (_how, spelled) => {
    const said = redact(`The header said ${spelled} to me`);
    expect(said).toMatch(/^The header said .*\[redacted\].* to me$/);
    for (let start = 0; start + 12 <= spelled.length; start++) {
      const part = spelled.slice(start, start + 12);
      if (!"The header said  to me".includes(part)) expect(said).not.toContain(part);
    }
  });

  test.each(["", "a", "ab", "abc"])("is hidden in the base64 of a longer text: %j", (before) => {
    const encoded = Buffer.from(`${before}apikey: ${KEY}!`).toString("base64");
    const left = redact(encoded).split("[redacted]");
    expect(left).toHaveLength(2);
    for (const text of left) expect(text.length).toBeLessThan(18);
  });

  test("is hidden where only a part of it is repeated, wherever that begins and ends", () => {
    const part = fc
      .tuple(fc.nat(KEY.length), fc.nat(KEY.length))
      .map(([start, length]) => KEY.slice(start, start + length))
      .filter((text) => text.length >= 12);
    fc.assert(
      fc.property(part, fc.string(), fc.string(), (text, before, after) => {
        expect(redact(before + text + after)).not.toContain(text);
      }),
    );
  });

  test("is hidden every time, and two that touch become one", () => {
    expect(redact(`${KEY}, ${KEY}; ${KEY}${SIGNING}`)).toBe("[redacted], [redacted]; [redacted]");
  });
});

describe("what looks like somebody's secret", () => {
  test.each([
    ["a secret key", "sb_secret_AbCdEfGhIjKl"],
    ["an access token", `sbp_${"0a".repeat(20)}`],
    ["an API key", `roster_${"a1B".repeat(16)}`],
    ["a signing secret", `whsec_${Buffer.alloc(24, 1).toString("base64")}`],
    ["a JWT", `eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.${"x".repeat(43)}`],
  ])("is hidden: %s", (_what, text) => {
    expect(redactor([])(`It was ${text}.`)).toBe("It was [redacted].");
  });

  test("is hidden: a bearer token and the password of a database", () => {
    const hide = redactor([]);
    expect(hide("authorization: Bearer abcdefghijklmnop1234")).toBe("authorization: Bearer [redacted]");
    expect(hide("no route to postgresql://postgres:hunter2@db.example.com:5432/x")).toBe(
      "no route to postgresql://postgres:[redacted]@db.example.com:5432/x",
    );
  });
});

test("a text without secrets stays as it is", () => {
  const plain = fc.string().filter((text) => !/secret|sbp|roster|whsec|ey|bearer|:\/\//i.test(text));
  fc.assert(fc.property(plain, (text) => redact(text) === text));
  for (const text of ["", 'null value in column "badge" of relation', "https://a.example:8000/x@y"]) {
    expect(redact(text)).toBe(text);
  }
});
