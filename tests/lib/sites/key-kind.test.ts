import { expect, test } from "vitest";
import { describeKey } from "@/lib/sites/key-kind";

const now = new Date("2026-01-01T00:00:00Z");
const url = "https://abcd.supabase.co";

function jwt(payload: unknown) {
  return `e30.${Buffer.from(JSON.stringify(payload)).toString("base64url")}.c2ln`;
}

test.each([
  ["sb_secret_x", "secret", false],
  ["sb_publishable_x", "publishable", true],
  [jwt({ role: "service_role", ref: "abcd", exp: 2e9 }), "service_role", false],
  [jwt({ role: "anon", ref: "abcd" }), "anon", true],
  ["whatever", "other", false],
])("%s is recognised as %s", (key, kind, isPublic) => {
  expect(describeKey(key, url, now)).toMatchObject({ kind, isPublic, refusal: null });
});

test.each([
  [
    jwt({ role: "service_role", ref: "wxyz" }),
    'This key belongs to the project "wxyz", but the URL is that of "abcd".',
  ],
  [jwt({ role: "anon", exp: 1_700_000_000 }), "This key expired on 2023-11-14."],
  [jwt({ role: "authenticated" }), "This is the session of a signed-in user, not a key of the project."],
  ["sbp_x", "This is the access token of a Supabase account, not a key of the project."],
  ["whsec_x", "This is the signing secret of a webhook, not a key of the project."],
  ["roster_x", "This is an API key of Roster, not a key of the project."],
  ["postgresql://a:b@c/d", "This is the address of a database with its password, not a key of the project."],
])("a key that cannot be right is refused by name: %#", (key, refusal) => {
  expect(describeKey(key, url, now).refusal).toBe(refusal);
});

test("behind a self-hosted URL the project of a key cannot be told", () => {
  const key = jwt({ role: "service_role", ref: "wxyz" });
  expect(describeKey(key, "https://db.example.com", now).refusal).toBeNull();
  expect(describeKey(key, "not yet a URL", now).refusal).toBeNull();
});
