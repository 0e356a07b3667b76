import type { Page } from "@playwright/test";
import { siteContent, userAt, wantedContent } from "@/tests/e2e/support/databases";
import {
  addSite,
  addUser,
  openCredentials,
  saveCredentials,
  testConnection,
  typeCredentials,
} from "@/tests/e2e/support/steps";
import { expect, test } from "@/tests/e2e/support/test";

// The guide's story, from nothing; each test goes on where the one before has ended.
test.use({ empty: true });
test.describe.configure({ mode: "serial" });

const ada = { name: "Ada Lovelace", email: "ada@example.com" };

test("a site is added, and its credentials are entered, tested and saved", async ({ page, demo }) => {
  const hrms = demo.site("hrms");
  await addSite(page, { name: "hrms", url: "https://hrms.example.com" });
  const dialog = await openCredentials(page, "hrms");
  await typeCredentials(dialog, hrms);

  const check = await testConnection(dialog);
  await expect(dialog.getByText("The connection works.")).toBeVisible();
  for (const name of [
    "The URL answers",
    "The key is accepted",
    "The table is there",
    "A user can be written",
  ]) {
    await expect(check(name)).toContainText("Passed");
  }
  await expect(dialog.getByText("Failed")).toHaveCount(0);

  await saveCredentials(dialog);
  await expect(page.getByRole("article", { name: "hrms" })).toContainText("Healthy");
});

test("a test of the connection leaves no row at the site", async ({ databases }) => {
  expect(await siteContent(databases.site("hrms"))).toEqual({ rows: 0, hash: null });
});

test("a user who is added arrives in the site's own database, and in no other", async ({
  page,
  databases,
}) => {
  await addUser(page, {
    "Full name": ada.name,
    "E-mail": ada.email,
    Team: "Analytical Engine",
    Department: "Research",
  });
  await expect
    .poll(() => userAt(databases.site("hrms"), ada.email))
    .toMatchObject({ full_name: ada.name, role: "user", team: "Analytical Engine", department: "Research" });
  await expect(page.getByRole("row", { name: ada.name })).toContainText("Synced to 1 site");
  expect(await userAt(databases.site("cms"), ada.email)).toBeUndefined();
});

test("an edit in the browser changes the row at the site", async ({ page, databases }) => {
  await page.goto("/users");
  await page.getByRole("button", { name: `Edit ${ada.name}` }).click();
  const dialog = page.getByRole("dialog", { name: `Edit ${ada.name}` });
  await dialog.getByLabel("Role").fill("editor");
  await dialog.getByLabel("Team").fill("");
  await dialog.getByRole("button", { name: "Save changes" }).click();
  await expect(dialog).toBeHidden();
  await expect
    .poll(() => userAt(databases.site("hrms"), ada.email))
    .toMatchObject({ role: "editor", team: null });
});

test("a site that is added later receives everybody", async ({ page, demo, databases }) => {
  await addUser(page, { "Full name": "Grace Hopper", "E-mail": "grace@example.com" });
  await addSite(page, { name: "cms", url: "https://cms.example.com" });
  const dialog = await openCredentials(page, "cms");
  await typeCredentials(dialog, demo.site("cms"));
  await saveCredentials(dialog);
  const wanted = await wantedContent(databases.central);
  expect(wanted.rows).toBe(2);
  await expect.poll(() => siteContent(databases.site("cms"))).toEqual(wanted);
  expect(await siteContent(databases.site("hrms"))).toEqual(wanted);
});

test("a user who is deactivated is gone from every site, and comes back when reactivated", async ({
  page,
  databases,
}) => {
  const everywhere = () =>
    Promise.all(["hrms", "cms"].map((name) => userAt(databases.site(name), ada.email)));
  await page.goto("/users");
  const more = page.getByRole("button", { name: `More for ${ada.name}` });
  await more.click();
  await page.getByRole("menuitem", { name: "Deactivate" }).click();
  const question = page.getByRole("alertdialog", { name: `Deactivate ${ada.name}?` });
  await expect(question).toContainText("removed from 2 sites");
  await question.getByRole("button", { name: "Deactivate" }).click();
  await expect.poll(everywhere).toEqual([undefined, undefined]);
  await expect(page.getByRole("row", { name: ada.name })).toContainText("Inactive");

  await more.click();
  await page.getByRole("menuitem", { name: "Reactivate" }).click();
  const back = expect.objectContaining({ full_name: ada.name, role: "editor" });
  await expect.poll(everywhere).toEqual([back, back]);
});

test("a saved key never comes back to the browser", async ({ page, demo }) => {
  const { secretKey } = demo.site("hrms");
  const received = keepReceived(page);
  for (const path of ["/", "/users", "/sync", "/log", "/settings"]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  }
  const dialog = await openCredentials(page, "hrms");
  await expect(dialog.getByText(`Saved key ends in ${secretKey.slice(-4)}`)).toBeVisible();
  await expect(dialog.getByLabel("Supabase key")).toHaveValue("");
  await testConnection(dialog);
  for (const path of ["/api/sites", "/api/overview", "/api/sync/status", "/api/sync/log", "/api/health"]) {
    received.push(page.request.get(path).then((response) => response.text()));
  }

  const texts = [...(await Promise.all(received)), await page.content()];
  expect(texts.length).toBeGreaterThan(20);
  for (const secret of [secretKey, demo.facts.central.secretKey, demo.site("cms").secretKey]) {
    expect(texts.filter((text) => text.includes(secret))).toEqual([]);
  }
});

/** Keeps the bodies of everything that the page receives. */
function keepReceived(page: Page): Promise<string>[] {
  const received: Promise<string>[] = [];
  page.on("response", (response) => {
    if (response.headers()["content-type"]?.startsWith("text/event-stream")) return;
    // A page that is left cancels what it has asked for.
    received.push(response.text().catch(() => ""));
  });
  return received;
}
