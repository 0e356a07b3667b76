import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { places } from "@/components/shell/places";
import { filesOf } from "@/tests/e2e/support/raw-request";
import { expect, test } from "@/tests/e2e/support/test";

/** Collects what a page's content policy objects to, from its first script on. */
async function watchPolicy(page: Page): Promise<string[]> {
  const violations: string[] = [];
  await page.exposeFunction("reportViolation", (violation: string) => violations.push(violation));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sample }) => {
      const report = `${effectiveDirective} ${blockedURI} ${sample}`;
      (window as unknown as { reportViolation(text: string): void }).reportViolation(report);
    });
  });
  return violations;
}

test.describe("in the browser", () => {
  test("no page breaks its own policy, whatever is opened in it", async ({ page }) => {
    const violations = await watchPolicy(page);
    for (const { href } of places) {
      await page.goto(href);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    }
    // From page to page without loading, which is where further scripts come in.
    await page.goto("/");
    for (const { name } of places) {
      await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name }).click();
      await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
    }
    await page.getByRole("radio", { name: "Dark" }).click();
    await expect(page.locator("html")).toHaveClass(/\bdark\b/);
    await page.goto("/users");
    await expect(page.locator("html")).toHaveClass(/\bdark\b/);
    await page.getByRole("button", { name: "Add User" }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    expect(violations).toEqual([]);
  });

  test("the theme is there before anything is painted", async ({ context }) => {
    const page = await context.newPage();
    await page.addInitScript(() => localStorage.setItem("theme", "dark"));
    // Nothing but the page itself: the theme must not wait for a file.
    await page.route("**/_next/static/chunks/*.js", (route) => route.abort());
    const theme = page.waitForFunction(
      () => document.querySelector("body a") && document.documentElement.className,
    );
    await page.goto("/users", { waitUntil: "commit" });
    expect(await (await theme).jsonValue()).toContain("dark");
  });

  test("a page that does not exist says so", async ({ context }) => {
    const page = await context.newPage();
    const violations = await watchPolicy(page);
    const response = await page.goto("/nowhere");
    expect(response?.status()).toBe(404);
    await expect(page.getByText("There is no such page")).toBeVisible();
    expect(violations).toEqual([]);
  });

  const injections: [string, string][] = [
    ["an event handler", `<img src="data:," onerror="window.hacked = true">`],
    ["a script", `<iframe srcdoc="<script>parent.hacked = true</script>"></iframe>`],
    ["a link to a script", `<a id="link" href="javascript:window.hacked = true">x</a>`],
  ];
  for (const [what, html] of injections) {
    test(`${what} that somebody got into a page does not run`, async ({ context }) => {
      const page = await context.newPage();
      const violations = await watchPolicy(page);
      await page.goto("/users");
      await page.evaluate((inner) => {
        const place = document.createElement("div");
        place.innerHTML = inner;
        document.body.append(place);
        place.querySelector<HTMLAnchorElement>("#link")?.click();
      }, html);
      await expect.poll(() => violations.length).toBeGreaterThan(0);
      expect(await page.evaluate(() => "hacked" in window)).toBe(false);
    });
  }

  test("a script from elsewhere, without the nonce, is not loaded", async ({ context, demo }) => {
    const page = await context.newPage();
    const violations = await watchPolicy(page);
    await page.goto("/users");
    const [file = ""] = await filesOf(context, demo.facts.dashboardUrl);
    const written = `<script src="https://evil.example/x.js"></script><script src="${file}"></script>`;
    await page.route("**/users", async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace("<body", `${written}<body`);
      await route.fulfill({ response, body });
    });
    await page.reload();
    for (const script of ["https://evil.example/x.js", file]) {
      await expect
        .poll(() => violations.join("\n"))
        .toMatch(new RegExp(`^script-src-elem .*${script} `, "m"));
    }
  });

  test("no other page can show Roster in a frame", async ({ context, demo }) => {
    const embedding = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.end(`<iframe src="${demo.facts.dashboardUrl}/users"></iframe>`);
    });
    await new Promise<void>((resolve) => embedding.listen(0, "127.0.0.1", resolve));
    const page = await context.newPage();
    const refused = page.waitForEvent("console", (message) =>
      /frame-ancestors|X-Frame-Options/.test(message.text()),
    );
    await page.goto(`http://127.0.0.1:${(embedding.address() as AddressInfo).port}/`);
    await refused;
    await expect(page.frameLocator("iframe").getByRole("heading", { level: 1 })).toHaveCount(0);
    embedding.close();
    embedding.closeAllConnections();
  });
});
