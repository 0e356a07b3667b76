import { afterEach, expect, test } from "vitest";
import { createCentre as createCentrePort } from "@/lib/sync/adapters/centre";
import { Rows } from "@/lib/sync/adapters/claims";
import { createSupabaseSite } from "@/lib/sync/adapters/supabase-site";
import type { Claim } from "@/lib/sync/ports";
import { target, targets } from "@/tests/lib/sync/adapters/targets";
import { outgoing } from "@/tests/support/outgoing";
import { createCentre, createSite, type TestProject } from "@/tests/support/stack";

let project: TestProject;

const open = async (create: () => Promise<TestProject>) => {
  project = await create();
};

afterEach(async () => await project.close());

const rowsIn = (claim: Claim) => (claim.kind === "batch" ? claim.rows : undefined);

/** A centre with five users and two sites, leased to a worker. */
async function leasedSites() {
  const { sql } = project;
  const port = createCentrePort(project.url, project.secretKey, "test");
  for (const name of ["one", "two"]) {
    const [site] = await sql`
      insert into connected_sites (name, url, inspected_at) values (${name}, 'http://127.0.0.1', 'infinity') returning id`;
    await sql`select site_set_credentials(${site?.id}, 'http://127.0.0.1', 'key', 'last')`;
  }
  await sql`insert into user_profiles (id, email) select 'u' || n, 'u' || n || '@example.com' from generate_series(1, 5) n`;
  const [one, two] = await port.leaseSites(60, 2);
  if (!one || !two) throw new Error("Two sites are ready");
  return { port, one, two };
}

test("the second site of a first sync gets the rows of the first, and rows that changed meanwhile as they are", async () => {
  await open(createCentre);
  const { port, one, two } = await leasedSites();
  const first = await port.claim(one, 3);
  const second = await port.claim(two, 3);
  expect(rowsIn(first)?.ids()).toEqual(["u1", "u2", "u3"]);
  expect(rowsIn(second)).toBe(rowsIn(first));

  await port.claim(one, 3);
  await project.sql`update user_profiles set full_name = 'Ada' where id = 'u5'`;
  const last = await port.claim(two, 3);
  expect(last.kind === "batch" && last.items.map(({ user }) => user.full_name)).toEqual([null, "Ada"]);
});

test("a page whose rows changed before they were asked for is given up", async () => {
  await open(createCentre);
  const { one } = await leasedSites();
  const { sql } = project;
  const claimed = async () => {
    const [row] = await sql`select sync_claim(${one.id}, ${one.leaseId}, 10, true, true) as page`;
    expect(row?.page).toMatchObject({ kind: "page", users: 5, rows: null });
    return row?.page.claimId;
  };
  const rows = async (claim: string) =>
    (await sql`select sync_page_rows(${one.id}, ${one.leaseId}, ${claim}) as rows`)[0]?.rows;
  const before = await claimed();
  await sql`update user_profiles set status = 'inactive' where id = 'u2'`;
  expect(await rows(before)).toBeNull();
  expect(await sql`select from sync_claims`).toHaveLength(0);
  await sql`update user_profiles set status = 'active' where id = 'u2'`;
  expect(await rows(await claimed())).toHaveLength(5);
});

test("rows as they come land whether the site has them or not, and those it keeps are told apart", async () => {
  await open(createSite);
  const aborting = new AbortController().signal;
  const writer = () =>
    createSupabaseSite(project.url, project.secretKey, { kind: "delete" }, { outgoing, aborting });
  const put = async (rows: unknown[]) =>
    await writer().putRows?.(new Rows(Buffer.from(JSON.stringify(rows)), { areNew: true }));
  const rows = targets(30).map(({ row }) => row);
  expect(await put(rows)).toBe("all");
  expect(await put([...rows.slice(0, 5), target("u99").row])).toBe("all"); // no insert takes those that are there
  await project.sql`update user_profiles set full_name = 'Newer', updated_at = now() where id = 'u3'`;
  expect(await put(rows)).toBe("some");
  expect(await put([{ ...rows[0], id: "other" }])).toMatchObject({ code: "conflict" });
  expect(await project.sql`select full_name from user_profiles where id = 'u3'`).toMatchObject([
    { full_name: "Newer" },
  ]);
});
