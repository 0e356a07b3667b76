import type { Page } from "@playwright/test";
import { applySiteTable } from "@/supabase/local/database";
import { freePort } from "@/supabase/local/ports";
import { siteContent, wantedContent } from "@/tests/e2e/support/databases";
import { callRoster } from "@/tests/e2e/support/roster-api";
import {
  openCredentials,
  saveCredentials,
  siteCard,
  testConnection,
  typeCredentials,
} from "@/tests/e2e/support/steps";
import { expect, test } from "@/tests/e2e/support/test";

const user = "Amara Okafor";

// The page keeps only the rows in sight in the document, so the user is searched for.
const userOnSyncPage = `/sync?q=${encodeURIComponent(user)}`;

/** What the User Data Sync page says of the user at a site. */
function cellOf(page: Page, site: string) {
  return page.getByRole("button", { name: `${user} at ${site}: ` });
}

test("the refresh icon of a user sends them again and shows how that went", async ({ page }) => {
  await page.goto(userOnSyncPage);
  const row = page.getByRole("row", { name: user });
  await row.getByRole("button", { name: `Sync ${user}` }).click();
  await expect(row.getByRole("status")).toHaveText("Synced to 4 sites");
});

test("Sync All Users shows its progress and ends with a summary", async ({ page, databases }) => {
  const { rows } = await wantedContent(databases.central);
  await page.goto("/sync");
  const headline = page.getByRole("status").filter({ hasText: /sites$|nothing to sync|Show in the log/ });
  // One site is held up, so that there is a progress to see.
  await databases.site("garage").begin(async (garage) => {
    await garage`lock table public.user_profiles`;
    await page.getByRole("button", { name: "Sync All Users" }).click();
    await expect(headline).toContainText(`Syncing ${3 * rows} of ${4 * rows} to 4 sites`);
    await expect(page.getByRole("progressbar", { name: "All sites" })).toHaveAttribute("aria-valuenow", "75");
    await expect(page.getByRole("progressbar", { name: "garage" })).toHaveAttribute("aria-valuenow", "0");
    await expect(page.getByRole("progressbar", { name: "hrms" })).toHaveAttribute("aria-valuenow", "100");
  });
  await expect(headline).toContainText(`All ${4 * rows} synced to 4 sites`);
  await headline.getByRole("link", { name: "Show in the log" }).click();
  await expect(page.getByRole("heading", { name: "Log" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Show every sync, not only this one" })).toBeVisible();
});

test("a wrong key is named as the reason, with what to do, until a right one is saved", async ({
  page,
  demo,
}) => {
  const advice = /Copy the secret key again/;
  const { url, secretKey } = demo.site("hrms");
  const dialog = await openCredentials(page, "hrms");
  await typeCredentials(dialog, { url, secretKey: `sb_secret_${"wrong".repeat(6)}` });
  const check = await testConnection(dialog);
  await expect(dialog.getByText("The connection does not work yet.")).toBeVisible();
  await expect(check("The URL answers")).toContainText("Passed");
  await expect(check("The key is accepted")).toContainText("Failed");
  await expect(check("The key is accepted")).toContainText(advice);
  await expect(check("The table is there")).toContainText("Not checked");

  await saveCredentials(dialog);
  await expect(siteCard(page, "hrms")).toContainText("Cannot sync");
  await expectReason(page, "hrms", { word: "Failed", reason: /rejects the saved key/, advice });

  const repair = await openCredentials(page, "hrms");
  await typeCredentials(repair, { url, secretKey });
  await saveCredentials(repair);
  await expect(siteCard(page, "hrms")).toContainText("Healthy");
  await page.goto(userOnSyncPage);
  await expect(cellOf(page, "hrms")).toContainText("Synced");
});

test("an address where nothing answers is named as the reason, with what to do", async ({ page, demo }) => {
  const advice = /Check that the site is running/;
  const { url, secretKey } = demo.site("sales");
  const dialog = await openCredentials(page, "sales");
  await typeCredentials(dialog, { url: `http://127.0.0.1:${await freePort()}`, secretKey });
  const check = await testConnection(dialog);
  await expect(check("The URL answers")).toContainText("Failed");
  await expect(check("The URL answers")).toContainText("does not answer: the connection was refused");
  await expect(check("The URL answers")).toContainText(advice);
  await expect(check("The key is accepted")).toContainText("Not checked");

  await saveCredentials(dialog);
  await expect(siteCard(page, "sales")).toContainText("Trying again");
  await expectReason(page, "sales", { word: "Retrying", reason: /does not answer/, advice });

  const repair = await openCredentials(page, "sales");
  await typeCredentials(repair, { url, secretKey });
  await saveCredentials(repair);
  await page.goto(userOnSyncPage);
  await expect(cellOf(page, "sales")).toContainText("Synced");
});

test("a missing table is named as the reason, with what to do, and is filled when it is back", async ({
  page,
  demo,
  databases,
}) => {
  const advice = /Run Roster's SQL for sites in the site's SQL Editor/;
  const cms = databases.site("cms");
  await cms`drop table public.user_profiles`;
  const dialog = await openCredentials(page, "cms");
  const check = await testConnection(dialog);
  await expect(check("The URL answers")).toContainText("Passed");
  await expect(check("The key is accepted")).toContainText("Passed");
  await expect(check("The table is there")).toContainText("has no table user_profiles");
  await expect(check("The table is there")).toContainText(advice);

  await page.goto(userOnSyncPage);
  const row = page.getByRole("row", { name: user });
  await row.getByRole("button", { name: `Sync ${user}` }).click();
  await expect(row.getByRole("status")).toHaveText("Failed at cms");
  await expectReason(page, "cms", { word: "Failed", reason: /has no table user_profiles/, advice });

  await applySiteTable(demo.site("cms").databaseUrl);
  const repair = await openCredentials(page, "cms");
  await testConnection(repair);
  await expect(repair.getByText("The connection works.")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(siteCard(page, "cms")).toContainText("Healthy");
  await page.goto("/sync");
  await page.getByRole("button", { name: "Sync All Users" }).click();
  await expect.poll(() => siteContent(cms)).toEqual(await wantedContent(databases.central));
});

test("everything that was tried stands in the log", async ({ page, demo }) => {
  const failed = await callRoster<{ items: { site: string; error_code: string }[] }>(
    demo.facts,
    "GET",
    "/api/sync/log?status=failed&limit=500",
  );
  const pairs = failed.items.map(({ site, error_code }) => `${site} ${error_code}`);
  expect(pairs).toEqual(
    expect.arrayContaining(["hrms credentials_rejected", "sales unreachable", "cms table_missing"]),
  );
  await page.goto("/log?status=failed");
  await expect(page.getByRole("row", { name: "cms" }).first()).toContainText("has no table user_profiles");
});

/** The User Data Sync page says it in the user's row, and all of it after a click. */
async function expectReason(
  page: Page,
  site: string,
  { word, reason, advice }: { word: string; reason: RegExp; advice: RegExp },
): Promise<void> {
  await page.goto(userOnSyncPage);
  const cell = cellOf(page, site);
  await expect(cell).toContainText(word);
  await expect(cell).toContainText(reason);
  await cell.click();
  const panel = page.getByRole("dialog", { name: `${user} at ${site}` });
  await expect(panel).toContainText(reason);
  await expect(panel).toContainText(advice);
  await page.keyboard.press("Escape");
  await expect(panel).toBeHidden();
}
