import { METHODS } from "@/lib/openapi/types";
import { expectAccessible, expectToFit, settle } from "@/tests/e2e/support/layout";
import { expect, test } from "@/tests/e2e/support/test";
import { full } from "@/tests/support/acceptance";

for (const { width, height, colorScheme } of [
  { width: 1440, height: 900, colorScheme: "light" },
  { width: 390, height: 844, colorScheme: "dark" },
] as const) {
  test.describe(`${width} pixels wide, ${colorScheme}`, () => {
    test.use({ viewport: { width, height }, colorScheme, contextOptions: { reducedMotion: "reduce" } });

    test("the API reference fits its window, and everybody can read it", async ({ page }) => {
      await page.goto("/docs/api");
      await expect(page.getByText("export ROSTER_URL=http://127.0.0.1:")).toBeVisible();
      await settle(page);
      await page.screenshot({ path: `test-results/screens/${width}-${colorScheme}/API reference.png` });
      await expectToFit(page);
      // Of all calls that takes half a minute, and they are made alike.
      await expectAccessible(page, full ? "body" : "article:nth-of-type(-n+5)");
    });
  });
}

test("the API reference is found from Settings and has every call of the document", async ({ page }) => {
  const response = await page.request.get("/api/openapi.json");
  const { paths } = (await response.json()) as { paths: Record<string, Record<string, object>> };
  await page.goto("/settings");
  await page.getByRole("link", { name: "API reference" }).click();
  await expect(page.getByRole("heading", { name: "API reference", level: 1 })).toBeVisible();
  const expected = Object.entries(paths).flatMap(([path, item]) =>
    METHODS.filter((method) => method in item).map((method) => `${method.toUpperCase()}${path}`),
  );
  const shown = await page.getByRole("article").getByRole("heading", { level: 3 }).allTextContents();
  expect(shown.sort()).toEqual(expected.sort());
});

test("a call's address on the page can be passed on", async ({ page }) => {
  await page.goto("/docs/api#syncUser");
  await expect(page.getByRole("article", { name: "POST /api/sync/user" })).toBeInViewport();
  await page.getByRole("link", { name: "POST /sites", exact: true }).click();
  await expect(page).toHaveURL(/#createSite$/);
  await expect(page.getByRole("article", { name: "POST /api/sites", exact: true })).toBeInViewport();
});
