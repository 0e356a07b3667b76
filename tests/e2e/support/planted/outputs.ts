import { type Browser, expect } from "@playwright/test";
import { call, type Installation } from "@/tests/e2e/support/planted/installation";
import { Search } from "@/tests/e2e/support/planted/search";
import { runScript, startServer } from "@/tests/e2e/support/planted/server";

/** Every page as an admin sees it, with everything that the browser receives. */
export async function visitPages(installation: Installation, browser: Browser): Promise<void> {
  const { server, texts, centre, plants, people } = installation;
  const context = await browser.newContext({ baseURL: server.url });
  const cookies = people.cookie.split("; ").map((one) => one.split(/=(.*)/));
  await context.addCookies(cookies.map(([name = "", value = ""]) => ({ name, value, url: server.url })));
  const page = await context.newPage();
  const received: Promise<unknown>[] = [];
  const inAddresses = [`/sites?key=${plants.secretKey("a query")}`, `/${plants.secretKey("a path")}`];
  const search = new Search(plants.all);
  page.on("response", (response) => {
    const what = `what the browser got from ${new URL(response.url()).pathname}`;
    if (response.headers()["content-type"]?.startsWith("text/event-stream")) return;
    // A page may repeat its own address to who asked for it; it must not come up anywhere else.
    if (search.in(response.url()).size > 0) return;
    // A page that is left cancels what it has asked for.
    received.push(
      response.text().then(
        (text) => texts.push({ what, text }),
        () => undefined,
      ),
    );
  });
  page.on("console", (message) => texts.push({ what: "the browser's console", text: message.text() }));
  const keep = async (what: string) => texts.push({ what, text: await page.content() });
  const [user] = await centre.sql`select id from user_profiles limit 1`;
  for (const path of ["/", "/users", `/users/${user?.id}`, "/sites", "/sync", "/log", "/settings", "/no"]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await page.waitForLoadState("networkidle", { timeout: 5_000 }).catch(() => undefined);
    await keep(`the page ${path}`);
  }
  for (const address of inAddresses) await page.goto(address);
  await page.goto("/sites?look=cards");
  const card = page.getByRole("article", { name: "Supabase 0 in a message", exact: true });
  await card.getByRole("button", { name: "Supabase credentials" }).click();
  await page.getByRole("button", { name: "Test Connection" }).click();
  await expect(page.getByRole("region", { name: "Connection test" })).toBeVisible();
  await keep("the credentials dialog");
  await Promise.all(received);
  await context.close();
}

/** Servers and scripts whose own settings are wrong: their logs and answers are searched too. */
export async function runWithWrongSettings(installation: Installation): Promise<void> {
  const { env, plants, texts } = installation;
  const wrong = { ...env, SUPABASE_SECRET_KEY: plants.secretKey("a wrong SUPABASE_SECRET_KEY") };
  const refused = await startServer(wrong);
  const headers = { authorization: `Bearer ${installation.people.keys[0]}` };
  for (const path of [
    "/api/sites",
    "/api/users",
    "/api/overview",
    "/api/health",
    "/api/sync/log",
    "/sites",
  ]) {
    await call(refused.url, texts, { method: "GET", path, headers });
  }
  await refused.stop();
  expect(refused.log()).toContain("request failed");
  texts.push({ what: "the log of a server that the centre refuses", text: refused.log() });

  const broken = {
    ...env,
    SUPABASE_URL: `postgresql://postgres:${plants.password("a database as SUPABASE_URL")}@db.a.example/postgres`,
    SUPABASE_SECRET_KEY: `${plants.secretKey("a SUPABASE_SECRET_KEY with a line break")}\n${plants.password("x")}`,
    ROSTER_SECRET_KEYS: `k1:${plants.sealingKey("a ROSTER_SECRET_KEYS that is too long")}AAAA`,
    ROSTER_DRAIN_SECRET: plants.password("a ROSTER_DRAIN_SECRET that is too short"),
  };
  const unusable = await runScript("worker.ts", broken);
  expect(unusable).toContain("Roster cannot start");
  texts.push({ what: "the words of a worker that cannot start", text: unusable });
  for (const settings of [env, wrong, { ...env, SUPABASE_URL: installation.deadUrl }]) {
    texts.push({ what: "the words of secrets:rotate", text: await runScript("rotate-secrets.ts", settings) });
  }
}
