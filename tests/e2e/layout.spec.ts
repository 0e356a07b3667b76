import type { Locator, Page } from "@playwright/test";
import { places } from "@/components/shell/places";
import {
  dialogLooks,
  expectAccessible,
  expectToFit,
  expectToKeepFocus,
  looks,
  narrow,
  settle,
} from "@/tests/e2e/support/layout";
import { callRoster } from "@/tests/e2e/support/roster-api";
import { openCredentials, siteCard, testConnection } from "@/tests/e2e/support/steps";
import { addStrain, strain } from "@/tests/e2e/support/strain";
import { expect, test } from "@/tests/e2e/support/test";

/** What a page shows when all of it has come. */
const contents: Record<(typeof places)[number]["href"], (page: Page) => Promise<void>> = {
  "/": (page) => expect(page.getByText("The site rejects the saved key.").first()).toBeVisible(),
  "/users": (page) => expect(page.getByRole("row", { name: strain.user })).toContainText("Failed at 1 site"),
  "/sites": (page) => expect(page.getByRole("article", { name: strain.site })).toContainText("Cannot sync"),
  "/sync": async (page) => {
    // Only the rows in sight are there, and other files have added users.
    await page.getByLabel("Search users").fill(strain.user.slice(0, 20));
    await expect(page.getByRole("button", { name: `${strain.user} at ${strain.site}` })).toContainText(
      "Failed",
    );
  },
  "/log": (page) => expect(page.getByRole("row", { name: "hrms" }).first()).toBeVisible(),
  "/settings": (page) => expect(page.getByRole("radiogroup", { name: "Theme" })).toBeVisible(),
};

interface DialogCase {
  name: string;
  /** Opens it by keyboard; answers what should have the focus afterwards. */
  open(page: Page): Promise<Locator>;
  only?: typeof narrow;
}

const dialogs: DialogCase[] = [
  { name: "Add Site", open: (page) => pressIn(page, "/sites", "Add Site") },
  { name: "Add User", open: (page) => pressIn(page, "/users", "Add User") },
  { name: "Edit user", open: (page) => chooseIn(page, "/users", `More for ${strain.user}`, "Edit") },
  {
    name: "Deactivate user",
    open: (page) => chooseIn(page, "/users", `More for ${strain.user}`, "Deactivate"),
  },
  { name: "Rename site", open: (page) => chooseIn(page, "/sites", `More for ${strain.site}`, "Rename") },
  {
    name: "Disconnect site",
    open: (page) => chooseIn(page, "/sites", `More for ${strain.site}`, "Disconnect"),
  },
  {
    name: "User at a site",
    open: (page) => pressIn(page, `/sync?q=${strain.user.slice(0, 20)}`, `${strain.user} at ${strain.site}`),
  },
  {
    name: "Supabase credentials, tested",
    open: async (page) => {
      const dialog = await openCredentials(page, strain.site);
      await testConnection(dialog);
      return siteCard(page, strain.site).getByRole("button", { name: "Supabase credentials" });
    },
  },
  {
    name: "Search and commands",
    open: (page) => pressIn(page, "/", "Search and commands"),
  },
  { name: "Menu", open: (page) => pressIn(page, "/", "Open menu"), only: narrow },
];

async function pressIn(page: Page, path: string, button: string): Promise<Locator> {
  await page.goto(path);
  const opener = page.getByRole("button", { name: button });
  await opener.press("Enter");
  return opener;
}

async function chooseIn(page: Page, path: string, button: string, item: string): Promise<Locator> {
  const opener = await pressIn(page, path, button);
  await page.getByRole("menuitem", { name: item }).press("Enter");
  return opener;
}

let removeStrain: (() => Promise<void>) | undefined;

test.beforeAll(async ({ demo }) => {
  removeStrain = await addStrain(demo);
});

test.afterAll(async () => {
  await removeStrain?.();
});

for (const { viewport, colorScheme } of looks) {
  const screen = `${viewport.width}-${colorScheme}`;
  test.describe(`${viewport.width} pixels wide, ${colorScheme}`, () => {
    test.use({ viewport, colorScheme, contextOptions: { reducedMotion: "reduce" } });

    for (const { href, name } of places) {
      test(`${name} fits its window, and everybody can read it`, async ({ page }) => {
        await page.goto(href);
        await contents[href](page);
        await settle(page);
        await page.screenshot({ path: `test-results/screens/${screen}/${name}.png` });
        await expectToFit(page);
        await expectAccessible(page);
      });
    }
  });
}

for (const { viewport, colorScheme } of dialogLooks) {
  const screen = `${viewport.width}-${colorScheme}`;
  test.describe(`dialogs, ${viewport.width} pixels wide, ${colorScheme}`, () => {
    test.use({ viewport, colorScheme, contextOptions: { reducedMotion: "reduce" } });

    for (const { name, open } of dialogs.filter(({ only = viewport }) => only === viewport)) {
      test(`${name} fits its window, keeps the focus, and gives it back at Esc`, async ({ page }) => {
        const opener = await open(page);
        const dialog = page.getByRole("dialog").or(page.getByRole("alertdialog"));
        await expect(dialog).toBeVisible();
        await settle(page);
        await page.screenshot({ path: `test-results/screens/${screen}/${name}.png` });
        await expectToFit(page);
        await expectAccessible(page);
        await expectToKeepFocus(page);
        await page.keyboard.press("Escape");
        await expect(dialog).toBeHidden();
        await expect(opener).toBeFocused();
      });
    }
  });
}

test("a hundred sites stay readable on the overview, and the header says where it hurts", async ({
  page,
  demo,
}) => {
  const names = Array.from({ length: 100 }, (_, index) => `shop ${index}`);
  const sites = await Promise.all(
    names.map((name) =>
      callRoster<{ id: string }>(demo.facts, "POST", "/api/sites", {
        name,
        url: `https://${name.replace(" ", "-")}.example.com`,
      }),
    ),
  );
  try {
    await page.setViewportSize(narrow);
    await page.goto("/");
    const list = page.getByRole("region", { name: "Sites" });
    await expect(list.getByRole("listitem")).toHaveCount(8);
    await expect(list.getByRole("listitem").first()).toContainText(strain.site);
    await list.getByRole("button", { name: /Show all 10\d sites/ }).click();
    await expect(list.getByRole("listitem")).toHaveCount(105);
    await expect(page.getByRole("link", { name: /^State of sync: .*… cannot sync$/ })).toBeVisible();
    await expectToFit(page);
    await expectAccessible(page);
  } finally {
    await Promise.all(sites.map(({ id }) => callRoster(demo.facts, "DELETE", `/api/sites/${id}`)));
  }
});

test("a page that is not there says so, and fits a narrow window", async ({ context }) => {
  // Not the fixture's page: a browser reports every 404 to the console.
  const page = await context.newPage();
  await page.setViewportSize(narrow);
  const response = await page.goto("/nowhere");
  expect(response?.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
  await expectToFit(page);
  await expectAccessible(page);
});
