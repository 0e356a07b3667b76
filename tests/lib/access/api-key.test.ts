import { expect, test } from "vitest";
import { createApiKey, hashSecret, hintOf, isApiKey } from "@/lib/access/api-key";

test("keys have a prefix and a checksum, and never come twice", () => {
  const keys = Array.from({ length: 1_000 }, createApiKey);
  for (const key of keys) {
    expect(key).toMatch(/^roster_[0-9A-Za-z]{49}$/);
    expect(isApiKey(key)).toBe(true);
  }
  expect(new Set(keys).size).toBe(keys.length);
});

test("all of their digits are drawn: none is the same in a thousand keys", () => {
  const keys = Array.from({ length: 1_000 }, createApiKey);
  for (let place = 8; place < 50; place++)
    expect(new Set(keys.map((key) => key[place])).size).toBeGreaterThan(50);
});

test("one wrong character anywhere is noticed", () => {
  const key = createApiKey();
  for (let place = 0; place < key.length; place++) {
    const other = key[place] === "a" ? "b" : "a";
    expect(isApiKey(key.slice(0, place) + other + key.slice(place + 1))).toBe(false);
  }
  for (const text of ["", "roster_", `${key}\n`, ` ${key}`, key.toUpperCase()])
    expect(isApiKey(text)).toBe(false);
});

test("a hint shows the last four characters and nothing else, a hash nothing at all", () => {
  const key = createApiKey();
  expect(hintOf(key)).toBe(`roster_…${key.slice(-4)}`);
  expect(hashSecret(key)).toMatch(/^[0-9a-f]{64}$/);
});
