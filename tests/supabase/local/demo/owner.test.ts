import { afterAll, beforeAll, expect, test } from "vitest";
import { hashSecret, isApiKey } from "@/lib/access/api-key";
import { ensureOwner } from "@/supabase/local/demo/owner";
import type { Kept } from "@/supabase/local/demo/secrets";
import { createCentre, type TestProject } from "@/tests/support/stack";

let centre: TestProject;
beforeAll(async () => {
  centre = await createCentre();
});
afterAll(() => centre.close());

test("the owner and the key are good at every start, whatever an older demo or somebody has done to them", async () => {
  const admin = { email: "admin@example.com", password: "correct horse battery" };
  const kept: Kept = {
    admin,
    apiKey: "roster_of-an-older-demo",
    sealingKeys: "",
    sampled: true,
    siteUrls: {},
  };
  await ensureOwner(centre, kept);
  expect(isApiKey(kept.apiKey)).toBe(true);
  const first = kept.apiKey;
  await centre.sql`update members set role = 'viewer'`;
  await centre.sql`update api_keys set revoked_at = now(), scopes = array['users:read']`;
  await ensureOwner(centre, kept);
  await centre.sql`delete from members`;
  await ensureOwner(centre, kept);
  expect(kept.apiKey).toBe(first);
  expect([...(await centre.sql`select email, role from members`)]).toEqual([
    { email: admin.email, role: "owner" },
  ]);
  const keys = await centre.sql`select key_hash, cardinality(scopes) as scopes, revoked_at from api_keys`;
  expect([...keys]).toEqual([{ key_hash: hashSecret(first), scopes: 7, revoked_at: null }]);
});
