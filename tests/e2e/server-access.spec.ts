import { type CookieSigner, cookieSigner } from "@/lib/access/signed-cookie";
import { openSecrets } from "@/supabase/local/demo/secrets";
import { signIn } from "@/tests/e2e/support/sign-in";
import { expect, test } from "@/tests/e2e/support/test";

// What only the real server shows: which address a client has, and what pages do without a session.

test("a client cannot make up the address that it is limited and written down by", async ({
  demo,
  databases,
}) => {
  const { dashboardUrl, apiKey } = demo.facts;
  const answer = await fetch(`${dashboardUrl}/api/users`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${apiKey}`,
      "content-type": "application/json",
      "x-forwarded-for": "203.0.113.9",
      "x-roster-peer": "made-up 203.0.113.9",
      forwarded: "for=203.0.113.9",
      "x-real-ip": "203.0.113.9",
    },
    body: JSON.stringify({ email: "address@example.com" }),
  });
  expect(answer.status).toBe(201);
  const [line] = await databases.central`
    select actor_kind, address from public.audit_log where target_name = 'address@example.com'`;
  expect(line).toEqual({ actor_kind: "key", address: "127.0.0.1" });
});

test.describe("without a session", () => {
  test.use({ storageState: { cookies: [], origins: [] } });

  for (const path of ["/", "/users?q=a&status=active", "/sites", "/sync", "/log", "/settings"]) {
    test(`${path} sends the browser to sign in, and shows nothing of itself`, async ({ demo }) => {
      for (const headers of [
        {},
        { cookie: "roster=x" },
        { rsc: "1" }, // as Next's own links ask
      ]) {
        const answer = await fetch(demo.facts.dashboardUrl + path, { headers });
        const text = await answer.text();
        expect(answer.url + text).toContain("/sign-in");
        expect(text).not.toContain("Skip to the content");
      }
    });
  }

  test("the API answers 401 to whatever is asked", async ({ demo }) => {
    for (const path of ["/api/users", "/api/sites", "/api/overview", "/api/audit", "/api/session"]) {
      expect((await fetch(demo.facts.dashboardUrl + path)).status, path).toBe(401);
    }
  });
});

test("a page whose session is about to expire renews it and opens all the same", async ({
  demo,
  browser,
}) => {
  const state = await signIn(demo.facts.dashboardUrl, demo.facts.admin);
  const { kept } = await openSecrets(demo.dataDir);
  const [kid = "", key = ""] = kept.sealingKeys.split(":");
  const signer = cookieSigner([{ kid, key: Buffer.from(key, "base64url") }]);
  const cookies = state.cookies.map((cookie) => ({ ...cookie, value: aged(cookie, signer) }));
  const context = await browser.newContext({ storageState: { cookies, origins: [] } });
  const page = await context.newPage();
  await page.goto(`${demo.facts.dashboardUrl}/users?q=amara`);
  await expect(page.getByRole("row", { name: "Amara Okafor" })).toBeVisible();
  expect(new URL(page.url()).search).toBe("?q=amara");
  const [before, after] = [cookies[0]?.value, (await context.cookies())[0]?.value];
  expect(after).not.toBe(before);
  await context.close();
});

/** The session as it will be in an hour. */
function aged({ name, value }: { name: string; value: string }, signer: CookieSigner): string {
  const written = signer.verify(name, value) ?? "";
  const session = JSON.parse(Buffer.from(written.replace("base64-", ""), "base64url").toString());
  const text = JSON.stringify({ ...session, expires_at: Math.floor(Date.now() / 1000) + 10 });
  return signer.sign(name, `base64-${Buffer.from(text).toString("base64url")}`);
}
