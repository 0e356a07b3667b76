import { expect, test } from "vitest";
import { type ClaimAnswer, Rows } from "@/lib/sync/adapters/claims";
import { SharedPages } from "@/lib/sync/adapters/shared-pages";
import type { LeasedSite } from "@/lib/sync/ports";

const rowsOf = (id: string) => {
  const row = {
    id,
    clerk_user_id: id,
    email: `${id}@example.com`,
    full_name: null,
    role: "user",
    team: null,
  };
  const times = { created_at: "2026-01-01T00:00:00Z", updated_at: "2026-01-01T00:00:00Z" };
  return new Rows(Buffer.from(JSON.stringify([{ ...row, department: null, ...times }])), { areNew: true });
};

/** A centre whose pages have one user each, and what it was asked. */
function centre(users: string[], changed: ReadonlySet<string> = new Set()) {
  const asked: string[] = [];
  const at = new Map<LeasedSite, number>();
  const asking = (site: LeasedSite) => ({
    claim: async (rowsKnown: boolean): Promise<ClaimAnswer> => {
      const n = at.get(site) ?? 0;
      const user = users[n];
      if (user === undefined) return { claim: { kind: "empty" } };
      at.set(site, n + 1);
      asked.push(rowsKnown ? `who is ${user}` : `rows of ${user}`);
      const page = {
        kind: "page" as const,
        claimId: `${site.name} ${user}`,
        digest: user,
        users: 1,
        runId: "run",
        userIds: null,
      };
      return { page, rows: rowsKnown ? undefined : rowsOf(user) };
    },
    rows: async (claimId: string) => {
      asked.push(`rows later of ${claimId}`);
      return changed.has(claimId) ? null : rowsOf(claimId.slice(-1));
    },
  });
  return { asked, asking, at };
}

const site = (name: string) => ({ name }) as LeasedSite;

test("sites that go together share the rows of a page, and each has a claim of its own", async () => {
  const pages = new SharedPages();
  const { asked, asking } = centre(["a", "b"]);
  const sites = [site("one"), site("two"), site("three")];
  for (let page = 0; page < 2; page++) {
    const claims = await Promise.all(sites.map((one) => pages.claim(one, 500, asking(one))));
    expect(claims).toMatchObject(
      ["one", "two", "three"].map((name) => ({ claimId: `${name} ${"ab"[page]}` })),
    );
    const [first, ...others] = claims.map((claim) => (claim?.kind === "batch" ? claim.rows : undefined));
    for (const other of others) expect(other).toBe(first);
  }
  expect(asked).toEqual(["rows of a", "who is a", "who is a", "rows of b", "who is b", "who is b"]);
});

test("a site that turns out to be elsewhere is given the rows of its own page", async () => {
  const pages = new SharedPages();
  const { asked, asking, at } = centre(["a", "b"]);
  const [one, other] = [site("one"), site("other")];
  await pages.claim(one, 500, asking(one));
  at.set(other, 1);
  const claim = await pages.claim(other, 500, asking(other));
  expect(claim).toMatchObject({ claimId: "other b", items: [{ userId: "b", attempt: 1, runId: "run" }] });
  expect(asked).toEqual(["rows of a", "who is b", "rows later of other b"]);
});

test("a page that is not any more what it was is claimed again", async () => {
  const pages = new SharedPages();
  const { asking, at } = centre(["a", "b"], new Set(["other b"]));
  const [one, other] = [site("one"), site("other")];
  await pages.claim(one, 500, asking(one));
  at.set(other, 1);
  expect(await pages.claim(other, 500, asking(other))).toBeNull();
});

test("who leads and fails leaves the others to themselves", async () => {
  const pages = new SharedPages();
  const { asking } = centre(["a"]);
  const [one, other] = [site("one"), site("other")];
  const failing = { ...asking(one), claim: () => Promise.reject(new Error("The centre is away")) };
  const [led, followed] = await Promise.allSettled([
    pages.claim(one, 500, failing),
    pages.claim(other, 500, asking(other)),
  ]);
  expect(led.status).toBe("rejected");
  expect(followed).toMatchObject({ value: { claimId: "other a", users: 1 } });
});
