import type { Page } from "@playwright/test";
import { applySiteTable } from "@/supabase/local/database";
import { siteContent, userAt, wantedContent } from "@/tests/e2e/support/databases";
import { expectAccessible, expectToFit, narrow, settle } from "@/tests/e2e/support/layout";
import { addUser, siteCard, testConnection, typeCredentials } from "@/tests/e2e/support/steps";
import { expect, test } from "@/tests/e2e/support/test";

// The life of a site, from the guide to being disconnected; each test goes on where the one before has ended.
test.use({ empty: true });
test.describe.configure({ mode: "serial" });

const mary = { name: "Mary Somerville", email: "mary@example.com" };

async function choose(page: Page, site: string, item: string) {
  await siteCard(page, site)
    .getByRole("button", { name: `More for ${site}` })
    .click();
  await page.getByRole("menuitem", { name: item }).click();
}

test("the guide leads from nothing over a wrong key and a missing table to the first user, by keyboard", async ({
  page,
  demo,
  databases,
}) => {
  const sales = databases.site("sales");
  await sales`drop table if exists public.user_profiles`;
  await addUser(page, { "Full name": mary.name, "E-mail": mary.email });

  await page.goto("/sites");
  await page.getByRole("button", { name: "Add Site" }).press("Enter");
  await expect(page.getByRole("dialog", { name: "Add Site" }).getByLabel("Site name")).toBeFocused();
  await page.keyboard.type("sales");
  await page.keyboard.press("Tab");
  await page.keyboard.type("https://sales.example.com");
  await page.keyboard.press("Enter");

  const credentials = page.getByRole("dialog", { name: "Supabase credentials of sales" });
  await expect(credentials.getByLabel("Supabase URL")).toBeFocused();
  await expect(siteCard(page, "sales")).toContainText("Needs credentials");
  await page.keyboard.type(demo.site("sales").url);
  await page.keyboard.press("Tab");
  await page.keyboard.type(`sb_secret_${"wrong".repeat(6)}`);
  const wrong = await testConnection(credentials);
  await expect(wrong("The key is accepted")).toContainText("Copy the secret key again");
  await credentials.getByLabel("Supabase key").fill(demo.site("sales").secretKey);
  const missing = await testConnection(credentials);
  await expect(missing("The table is there")).toContainText("Failed");
  await settle(page);
  await expectAccessible(page);
  await credentials.getByRole("button", { name: "Make the table" }).press("Enter");

  const table = page.getByRole("dialog", { name: "The table of sales" });
  await expect(table.getByRole("region", { name: "user_profiles.sql" })).toContainText("create table");
  await expect(page.getByRole("list", { name: "Steps" })).toBeFocused();
  await applySiteTable(demo.site("sales").databaseUrl);
  const found = await testConnection(table);
  await expect(table.getByText("The connection works.")).toBeVisible();
  await expect(found("A user can be written")).toContainText("Passed");
  await table.getByRole("button", { name: "Save Credentials" }).press("Enter");

  const sync = page.getByRole("dialog", { name: "First sync of sales" });
  await expect(sync.getByRole("status")).toContainText(/users? (is|are) at sales\./);
  await expectAccessible(page);
  await sync.getByRole("link", { name: "Go to the site" }).press("Enter");
  await expect(page.getByRole("heading", { name: "sales", level: 1 })).toBeVisible();
  expect(await userAt(sales, mary.email)).toMatchObject({ full_name: mary.name });
});

test("the guide is left and taken up again, on a telephone", async ({ page, demo, databases }) => {
  await page.setViewportSize(narrow);
  await page.goto("/sites?add=true");
  const add = page.getByRole("dialog", { name: "Add Site" });
  await add.getByLabel("Site name").fill("garage");
  await add.getByLabel("Site URL").fill("https://garage.example.com");
  await settle(page);
  await expectToFit(page);
  await add.getByRole("button", { name: "Add Site" }).click();
  await expect(page.getByRole("dialog", { name: "Supabase credentials of garage" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);

  await siteCard(page, "garage").getByRole("link", { name: "Continue setup" }).click();
  const credentials = page.getByRole("dialog", { name: "Supabase credentials of garage" });
  await typeCredentials(credentials, demo.site("garage"));
  await settle(page);
  await expectToFit(page);
  await credentials.getByRole("button", { name: "Save Credentials" }).click();
  const sync = page.getByRole("dialog", { name: "First sync of garage" });
  await expect(sync.getByRole("status")).toContainText(/users? (is|are) at garage\./);
  await expectToFit(page);
  await sync.getByRole("button", { name: "Close", exact: true }).first().click();
  await expect(siteCard(page, "garage")).toContainText("Healthy");
  expect(await siteContent(databases.site("garage"))).toEqual(await wantedContent(databases.central));
});

test("a paused site gets nothing until it is resumed", async ({ page, databases }) => {
  await page.goto("/sites");
  await choose(page, "garage", "Pause");
  await expect(siteCard(page, "garage")).toContainText("Paused");
  await databases.central`update user_profiles set team = 'Astronomy' where email = ${mary.email}`;
  await expect.poll(() => userAt(databases.site("sales"), mary.email)).toMatchObject({ team: "Astronomy" });
  await expect(siteCard(page, "garage")).toContainText(/Waiting\s*1/);
  expect(await userAt(databases.site("garage"), mary.email)).toMatchObject({ team: null });
  await choose(page, "garage", "Resume");
  await expect.poll(() => userAt(databases.site("garage"), mary.email)).toMatchObject({ team: "Astronomy" });
});

test("a site's page tells how it does, and fits every window", async ({ page }) => {
  await page.goto("/sites");
  await siteCard(page, "sales").getByRole("link", { name: "sales", exact: true }).click();
  for (const size of [{ width: 1440, height: 900 }, narrow]) {
    await page.setViewportSize(size);
    for (const section of ["Settings", "Overview"]) {
      const link = page
        .getByRole("navigation", { name: "Sections of sales" })
        .getByRole("link", { name: section });
      await link.click();
      await expect(link).toHaveAttribute("aria-current", "page");
      await expect(
        page.getByRole("region", { name: section === "Settings" ? "Syncing" : "Newest attempts" }),
      ).toBeVisible();
      await settle(page);
      await expectToFit(page);
      await expectAccessible(page);
    }
  }
  await expect(page.getByRole("region", { name: "Newest attempts" })).toContainText(`Wrote ${mary.email}`);
});

test("a site that is not there says so", async ({ context }) => {
  // Not the fixture's page: a browser reports every 404 to the console.
  const page = await context.newPage();
  const response = await page.goto("/sites/7f3b5c52-0000-4000-8000-000000000009");
  expect(response?.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "There is no such site" })).toBeVisible();
  await expect(page.getByRole("navigation").first()).toBeVisible();
  await expectAccessible(page);
});

test("sites are found by name and shown in a list, which is remembered", async ({ page }) => {
  await page.goto("/sites");
  await page.getByRole("radio", { name: "List" }).click();
  const sites = page.getByRole("region", { name: "Sites" });
  await expect(sites.getByRole("row", { name: "garage" })).toContainText("Healthy");
  await settle(page);
  await expectAccessible(page);
  await page.goto("/sites");
  await page.getByRole("searchbox", { name: "Search sites" }).fill("sal");
  await expect(sites.getByRole("row", { name: "sales" })).toBeVisible();
  await expect(sites.getByRole("row", { name: "garage" })).toHaveCount(0);
  await page.getByRole("radio", { name: "Cards" }).click();
  await expect(siteCard(page, "sales")).toBeVisible();
});

test("disconnecting removes the users first when asked to, and can be taken back until it is done", async ({
  page,
  databases,
}) => {
  const garage = databases.site("garage");
  await garage`insert into public.user_profiles (id, clerk_user_id, email) values ('own', 'own', 'own@garage.example.com')`;
  // A row that the site does not let go holds the end up, so that there is something to see.
  await garage`create table public.keys (holder text references public.user_profiles (id))`;
  await garage`insert into public.keys select id from public.user_profiles where email = ${mary.email}`;
  const ids = () =>
    garage`select email from public.user_profiles order by email`.then((rows) =>
      rows.map((row) => row.email),
    );

  await page.goto("/sites");
  await choose(page, "garage", "Disconnect");
  const question = page.getByRole("alertdialog", { name: "Disconnect garage?" });
  await expect(question.getByRole("radio", { name: "Keep the users there" })).toBeChecked();
  await question.getByRole("radio", { name: "Remove them first" }).check();
  await expectAccessible(page);
  await question.getByRole("button", { name: "Disconnect" }).click();
  await expect.poll(ids).toEqual([mary.email, "own@garage.example.com"]);
  await expect(siteCard(page, "garage")).toContainText("1 user could not be removed yet");
  await expectAccessible(page);

  await siteCard(page, "garage").getByRole("button", { name: "Keep the site" }).click();
  const { rows } = await wantedContent(databases.central);
  await expect.poll(async () => (await ids()).length).toBe(rows + 1);
  await expect(siteCard(page, "garage")).toContainText("Healthy");

  await garage`drop table public.keys`;
  await choose(page, "garage", "Disconnect");
  await question.getByRole("radio", { name: "Remove them first" }).check();
  await question.getByRole("button", { name: "Disconnect" }).click();
  await expect(siteCard(page, "garage")).toHaveCount(0);
  await expect.poll(ids).toEqual(["own@garage.example.com"]);
});

test("disconnecting leaves the users there unless asked to remove them", async ({ page, databases }) => {
  const before = await siteContent(databases.site("sales"));
  await page.goto("/sites");
  await choose(page, "sales", "Disconnect");
  await page.getByRole("alertdialog").getByRole("button", { name: "Disconnect" }).click();
  await expect(siteCard(page, "sales")).toHaveCount(0);
  expect(await siteContent(databases.site("sales"))).toEqual(before);
  expect(before.rows).toBeGreaterThan(0);
});
