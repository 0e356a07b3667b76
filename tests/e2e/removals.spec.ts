import type { Page } from "@playwright/test";
import type postgres from "postgres";
import { siteContent, wantedContent } from "@/tests/e2e/support/databases";
import type { DemoFacts } from "@/tests/e2e/support/demo";
import { expectAccessible, expectToFit, looks, settle } from "@/tests/e2e/support/layout";
import { callRoster } from "@/tests/e2e/support/roster-api";
import { expect, test } from "@/tests/e2e/support/test";

const USERS = 1_000;
const LEAVERS = 400;
const arrival = { timeout: 60_000, intervals: [200] };
test.setTimeout(180_000);
test.describe.configure({ mode: "serial" });

/** Deactivates the first ones by one import, as somebody does by mistake. */
async function importLeavers({ dashboardUrl, apiKey }: DemoFacts): Promise<unknown> {
  const lines = Array.from({ length: LEAVERS }, (_, n) => `leaver${n + 1}@example.com,inactive`);
  const response = await fetch(new URL("/api/users/import", dashboardUrl), {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "text/csv" },
    body: ["email,status", ...lines].join("\n"),
  });
  return await response.json();
}

const list = (sql: postgres.Sql) => sql`
  select id, email, full_name, role, team, department, status from public.user_profiles order by id`;

async function heldPairs(central: postgres.Sql): Promise<number> {
  const [row] = await central`
    select count(*)::integer as held from public.user_sync_status where status = 'held'`;
  return Number(row?.held);
}

const banner = (page: Page) => page.getByRole("status").filter({ hasText: "removals are held" });

test.beforeAll(async ({ databases: { central, sites } }) => {
  await central`
    insert into public.user_profiles (email, full_name, team)
    select 'leaver' || n || '@example.com', 'Leaver ' || lpad(n::text, 4, '0'), 'Night shift'
    from generate_series(1, ${USERS}::integer) n`;
  const wanted = await wantedContent(central);
  await expect
    .poll(() => Promise.all(sites.map(({ sql }) => siteContent(sql))), arrival)
    .toEqual(sites.map(() => wanted));
});

test.afterAll(async ({ demo, databases: { central, sites } }) => {
  await central`delete from public.user_profiles where email like 'leaver%'`;
  const left = async () => {
    await callRoster(demo.facts, "POST", "/api/removals/approve", {});
    const rows = await Promise.all(
      sites.map(({ sql }) => sql`select from public.user_profiles where email like 'leaver%'`),
    );
    return rows.flat().length;
  };
  await expect.poll(left, arrival).toBe(0);
});

test("400 of 1,000 users deactivated by one import are held, said on every page, and put back when rejected", async ({
  page,
  demo,
  databases: { central, sites },
}) => {
  const before = await list(central);
  const content = await wantedContent(central);
  await page.goto("/log");
  expect(await importLeavers(demo.facts)).toMatchObject({ updated: LEAVERS, rejected: [] });
  await expect(banner(page)).toContainText(`1,600 removals are held at ${sites.length} sites`, {
    timeout: 30_000,
  });
  await expect.poll(() => heldPairs(central), arrival).toBe(LEAVERS * sites.length);
  expect(await Promise.all(sites.map(({ sql }) => siteContent(sql)))).toEqual(sites.map(() => content));

  await banner(page).getByRole("link", { name: "Review" }).click();
  await expect(page.getByRole("heading", { name: "Held removals" })).toBeVisible();
  await expect(page.getByRole("button", { name: /^hrms 400 of 1,\d{3}$/ })).toBeVisible();
  await page.getByRole("searchbox", { name: "Search held removals" }).fill("Leaver 0007");
  await expect(page.getByRole("row", { name: /Leaver 0007/ })).toHaveCount(sites.length);
  await page.getByRole("button", { name: "Reject all…" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Reject 1,600 removals at 4 sites?" });
  await dialog.getByRole("button", { name: "Reject 1,600 removals" }).click();
  await expect(page.getByText("400 users put back.")).toBeVisible();
  await expect(page.getByText("Nothing is held")).toBeVisible();

  expect([...(await list(central))]).toEqual([...before]);
  const wanted = await wantedContent(central);
  await expect
    .poll(() => Promise.all(sites.map(({ sql }) => siteContent(sql))), arrival)
    .toEqual(sites.map(() => wanted));
  const removed =
    await central`select from public.user_sync_log where operation = 'remove' and email like 'leaver%'`;
  expect(removed).toHaveLength(0);
});

for (const { viewport, colorScheme } of looks) {
  test.describe(`${viewport.width} pixels wide, ${colorScheme}`, () => {
    test.use({ viewport, colorScheme, contextOptions: { reducedMotion: "reduce" } });

    test("held removals, the banner and alerts fit the window, and everybody can read them", async ({
      page,
      demo,
      databases,
    }) => {
      await importLeavers(demo.facts);
      await expect.poll(() => heldPairs(databases.central), arrival).toBe(LEAVERS * databases.sites.length);
      const pages = [
        ["/removals", "Held removals"],
        ["/settings/alerts", "Settings"],
        ["/", "Overview"],
      ] as const;
      for (const [path, name] of pages) {
        await page.goto(path);
        await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
        if (path === "/removals")
          await expect(page.getByRole("row", { name: /Leaver/ }).first()).toBeVisible();
        else await expect(banner(page)).toBeVisible();
        await settle(page);
        const file = path.replaceAll("/", " ").trim() || "overview with banner";
        await page.screenshot({ path: `test-results/screens/${viewport.width}-${colorScheme}/${file}.png` });
        await expectToFit(page);
        await expectAccessible(page);
      }
    });
  });
}

test("approved one by one, at one site, and at all of them, they are removed there", async ({
  page,
  demo,
  databases: { central, site, sites },
}) => {
  await importLeavers(demo.facts);
  await expect.poll(() => heldPairs(central), arrival).toBe(LEAVERS * sites.length);
  await page.goto("/removals?q=Leaver%200001");
  await page.getByRole("button", { name: "Approve the removal of Leaver 0001 from cms" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Approve 1 removal" }).click();
  const at = async (name: string, where: string) =>
    (await site(name).unsafe(`select from public.user_profiles where ${where}`)).length;
  await expect.poll(() => at("cms", "email = 'leaver1@example.com'"), arrival).toBe(0);
  expect(await at("hrms", "email = 'leaver1@example.com'")).toBe(1);

  await page.goto("/removals");
  await page.getByRole("button", { name: /^hrms 400 of/ }).click();
  await page.getByRole("button", { name: "Approve all…" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Approve 400 removals" }).click();
  await expect.poll(() => at("hrms", "email like 'leaver%'"), arrival).toBe(USERS - LEAVERS);
  expect(await at("sales", "email like 'leaver%'")).toBe(USERS);

  await page.goto("/removals");
  await page.getByRole("button", { name: "Approve all…" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Approve 1,199 removals" }).click();
  const wanted = await wantedContent(central);
  await expect
    .poll(() => Promise.all(sites.map(({ sql }) => siteContent(sql))), arrival)
    .toEqual(sites.map(() => wanted));
  await expect(page.getByText("Nothing is held")).toBeVisible();
});
