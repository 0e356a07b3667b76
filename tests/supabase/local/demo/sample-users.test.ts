import { expect, test } from "vitest";
import { sampleUsers } from "@/supabase/local/demo/sample-users";

test("sample users are many, different, and reachable nowhere", () => {
  const addresses = sampleUsers.map(({ email }) => email);
  expect(new Set(addresses).size).toBe(24);
  for (const address of addresses) expect(address).toMatch(/^[a-z]+(\.[a-z]+)+@example\.com$/);
});

test("names keep their letters in an address", () => {
  const addresses = sampleUsers.map(({ email }) => email);
  expect(addresses).toEqual(
    expect.arrayContaining(["ibrahim.yilmaz@example.com", "lucia.fernandez@example.com"]),
  );
});
