import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { applySiteTable } from "@/supabase/local/database";
import { freePort } from "@/supabase/local/ports";
import { siteContent, wantedContent } from "@/tests/e2e/support/databases";
import { expectAccessible, expectToFit, settle } from "@/tests/e2e/support/layout";
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

test("Sync All Users shows its progress and ends with a summary, which survives a reload", async ({
  page,
  databases,
}) => {
  const { rows } = await wantedContent(databases.central);
  await page.goto("/sync?start=true");
  const headline = page.getByRole("status").filter({ hasText: /sites$|nothing to sync/ });
  // One site is held up, so that there is a progress to see.
  await databases.site("garage").begin(async (garage) => {
    await garage`lock table public.user_profiles`;
    await startSync(page);
    await expect(headline).toContainText(`Syncing ${3 * rows} of ${4 * rows} to 4 sites`);
    await expect(page.getByRole("progressbar", { name: "All sites" })).toHaveAttribute("aria-valuenow", "75");
    await expect(page.getByRole("progressbar", { name: "garage" })).toHaveAttribute("aria-valuenow", "0");
    await expect(page.getByRole("progressbar", { name: "hrms" })).toHaveAttribute("aria-valuenow", "100");
  });
  await expect(headline).toContainText(`All ${4 * rows} synced to 4 sites`);
  await page.reload();
  await expect(headline).toContainText(`All ${4 * rows} synced to 4 sites`);
  await page.getByRole("link", { name: "Show in the log" }).click();
  await expect(page.getByRole("heading", { name: "Log" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Show every sync, not only this one" })).toBeVisible();
});

test("a sync of chosen sites is seen by others at once, is cancelled, and stays in the list", async ({
  page,
  context,
  databases,
}) => {
  await page.goto("/sync");
  const other = await context.newPage();
  await other.goto("/sync");
  await expect(cellOf(other, "cms")).toContainText("Synced");
  const { rows } = await wantedContent(databases.central);
  const headline = (of: Page) => of.getByRole("status").filter({ hasText: /to garage$/ });
  await databases.site("garage").begin(async (garage) => {
    await garage`lock table public.user_profiles`;
    await page.getByRole("button", { name: "Sync All Users" }).click();
    const dialog = page.getByRole("dialog", { name: "Sync All Users" });
    await dialog.getByRole("button", { name: "Choose none" }).click();
    await dialog.getByRole("checkbox", { name: "garage" }).check();
    await expect(dialog).toContainText(`${rows} users to garage: ${rows} rows.`);
    await dialog.getByRole("checkbox", { name: "Write everybody again" }).check();
    await dialog.getByRole("button", { name: "Start sync" }).click();
    await expect(headline(other)).toContainText(`Syncing 0 of ${rows}`);
    await page.getByRole("button", { name: "Cancel sync" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Cancel sync" }).click();
    await expect(page.getByRole("button", { name: "Cancelling" })).toBeDisabled();
  });
  // What was on its way has arrived, and is counted.
  await expect(headline(page)).toContainText(/^CancelledCancelled after \d+ of/);
  await page.goto("/sync");
  await page.getByRole("button", { name: "Latest syncs" }).click();
  const latest = page.getByRole("dialog", { name: "Latest syncs" }).getByRole("listitem").first();
  await expect(latest).toContainText(/^Cancelled.*to garage/);
  await other.close();
});

test("a cell is reached and opened by keyboard, and shows what was changed at the site", async ({
  page,
  databases,
}) => {
  await databases.site("sales")`
    update public.user_profiles set team = 'Changed there' where full_name = ${user}`;
  await page.goto(userOnSyncPage);
  await expect(cellOf(page, "sales")).toContainText("Synced");
  await page.getByRole("link", { name: user }).focus();
  for (const key of ["End", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"])
    await page.keyboard.press(key);
  await expect(cellOf(page, "sales")).toBeFocused();
  await page.keyboard.press("Enter");
  const panel = page.getByRole("dialog", { name: `${user} at sales` });
  await expect(panel.getByRole("row", { name: /^Team/ })).toContainText("Changed there");
  await expect(panel.getByRole("row", { name: /^Team/ })).toContainText("differs");
  await expect(panel.getByRole("row", { name: /^Role/ })).not.toContainText("differs");
  await panel.getByRole("button", { name: "Sync now" }).click();
  await expect(panel).toContainText("The same in every field");
  await page.keyboard.press("Escape");
  await expect(cellOf(page, "sales")).toBeFocused();
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
  await expectReason(page, "hrms", { word: "FailedKey rejected", reason: /rejects the saved key/, advice });

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
  await expect(siteCard(page, "sales")).toContainText("Retrying");
  await expectReason(page, "sales", {
    word: "RetryingSite does not answer",
    reason: /does not answer/,
    advice,
  });

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
  await expectReason(page, "cms", {
    word: "FailedTable missing",
    reason: /has no table user_profiles/,
    advice,
  });

  await applySiteTable(demo.site("cms").databaseUrl);
  const repair = await openCredentials(page, "cms");
  await testConnection(repair);
  await expect(repair.getByText("The connection works.")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(siteCard(page, "cms")).toContainText("Healthy");
  await page.goto("/sync");
  await page.getByRole("button", { name: "Sync All Users" }).click();
  await startSync(page);
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

test("the log is narrowed down by cause, site and time, in the address, and exported as it is shown", async ({
  page,
}) => {
  await page.goto("/log");
  await page.getByRole("combobox", { name: "Cause" }).selectOption("Table missing");
  await page.getByRole("combobox", { name: "Site" }).selectOption("cms");
  await page.getByRole("combobox", { name: "Time" }).selectOption("Last hour");
  await expect(page).toHaveURL(/errorCode=table_missing.*period=1h|period=1h.*errorCode=table_missing/);
  await page.reload();
  const rows = page.getByRole("row").filter({ hasText: "has no table user_profiles" });
  await expect(rows.first()).toBeVisible();
  await rows
    .first()
    .getByRole("button", { name: /^Details/ })
    .click();
  const panel = page.getByRole("dialog");
  await expect(panel).toContainText("table_missing");
  await expectAccessible(page);
  await page.keyboard.press("Escape");

  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export CSV" }).click();
  const [header, ...lines] = (await readFile(await (await saved).path(), "utf8")).trim().split("\n");
  expect(header).toMatch(/^id,created_at,user_id,email/);
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(line).toMatch(/,cms,.*,table_missing,/);

  await page.goto("/log?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z");
  await expect(page.getByText("No attempt matches")).toBeVisible();
});

test("new attempts appear by themselves, and are held back while one reads further down", async ({
  page,
  databases,
}) => {
  await page.goto("/log");
  const first = page.getByRole("row").nth(1);
  await expect(first).toBeVisible();
  const change = (team: string) =>
    databases.central`update public.user_profiles set team = ${team} where full_name = ${user}`;
  const log = page.getByRole("region", { name: "Log" });
  await log.evaluate((frame) => frame.scrollTo({ top: 400 }));
  const read = page.getByRole("row").nth(12);
  await expect(read).toBeInViewport();
  const before = await read.boundingBox();
  await change("Live");
  const pill = page.getByRole("button", { name: "4 new" });
  await expect(pill).toBeVisible();
  expect(await read.boundingBox()).toEqual(before);
  await pill.click();
  await expect(first).toContainText("amara.okafor");
  await expect(pill).toBeHidden();

  await page.getByRole("switch", { name: "Live" }).click();
  await expect(page).toHaveURL(/live=false/);
});

for (const viewport of [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
]) {
  test(`a pair and the start of a sync fit ${viewport.width} pixels, and everybody can read them`, async ({
    page,
  }) => {
    await page.setViewportSize(viewport);
    await page.goto(userOnSyncPage);
    await cellOf(page, "cms").click();
    await expect(page.getByRole("region", { name: "The row here and there" })).toContainText("The same");
    await settle(page);
    await expectToFit(page);
    await expectAccessible(page);
    await page.goto("/sync?start=true");
    await expect(page.getByRole("dialog", { name: "Sync All Users" })).toBeVisible();
    await settle(page);
    await expectToFit(page);
    await expectAccessible(page);
  });
}

/** Starts the sync that the open dialog asks about. */
async function startSync(page: Page): Promise<void> {
  const dialog = page.getByRole("dialog", { name: "Sync All Users" });
  await dialog.getByRole("checkbox", { name: "Write everybody again" }).check();
  await dialog.getByRole("button", { name: "Start sync" }).click();
  await expect(dialog).toBeHidden();
}

/**
 * The User Data Sync page says it in the user's row, and all of it after Enter. A click could miss: the panel of a sync that
 * is under way comes above the table at any moment, and the cell moves down.
 */
async function expectReason(
  page: Page,
  site: string,
  { word, reason, advice }: { word: string; reason: RegExp; advice: RegExp },
): Promise<void> {
  await page.goto(userOnSyncPage);
  const cell = cellOf(page, site);
  await expect(cell).toContainText(word);
  await cell.press("Enter");
  const panel = page.getByRole("dialog", { name: `${user} at ${site}` });
  await expect(panel).toContainText(reason);
  await expect(panel).toContainText(advice);
  await page.keyboard.press("Escape");
  await expect(panel).toBeHidden();
}
