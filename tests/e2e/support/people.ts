import { type BrowserContextOptions, type Locator, type Page, request } from "@playwright/test";
import type { StorageState } from "@/tests/e2e/support/sign-in";
import { test as base, expect } from "@/tests/e2e/support/test";

export interface Account {
  email: string;
  password: string;
}

interface PeopleFixtures {
  /** A window of somebody else's browser, in which nobody is signed in. */
  openBrowser: (options?: BrowserContextOptions) => Promise<Page>;
}

/** What a browser says by itself of every answer that refuses; the tests look at those answers. */
const refusal = /^Failed to load resource: the server responded with a status of 4\d\d/;

/** `test` for stories with several people in them. */
export const test = base.extend<PeopleFixtures>({
  openBrowser: async ({ browser, demo }, provide) => {
    const problems: string[] = [];
    const opened: Page[] = [];
    await provide(async (options = {}) => {
      const context = await browser.newContext({
        baseURL: demo.facts.dashboardUrl,
        locale: "en-GB",
        storageState: { cookies: [], origins: [] },
        ...options,
      });
      const page = await context.newPage();
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type()) && !refusal.test(message.text())) {
          problems.push(`${message.text()} (${page.url()})`);
        }
      });
      page.on("pageerror", (error) => problems.push(String(error)));
      opened.push(page);
      return page;
    });
    for (const page of opened) await page.context().close();
    expect(problems, "the browsers' consoles").toEqual([]);
  },
});

export { expect };

/** Fills in the form of the page to sign in, to set up or to accept. */
export async function enterAccount(page: Page, { email, password }: Account, action: string): Promise<void> {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: action, exact: true }).click();
}

/** Signs in, and waits for the page behind. */
export async function signIn(page: Page, account: Account, path = "/"): Promise<void> {
  await page.goto(path);
  await enterAccount(page, account, "Sign in");
  await expect(accountMenu(page, account)).toBeVisible();
}

/** The button of one's own menu in the header. */
export function accountMenu(page: Page, { email }: Pick<Account, "email">): Locator {
  return page.getByRole("button", { name: `Account of ${email}` });
}

/** Invites somebody on Settings, Members; answers the link. */
export async function invite(page: Page, email: string, role: "Viewer" | "Admin" | "Owner"): Promise<string> {
  await page.goto("/settings/members");
  await page.getByRole("button", { name: "Invite member" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("E-mail").fill(email);
  await dialog.getByRole("radio", { name: role }).check();
  await dialog.getByRole("button", { name: "Create invitation" }).click();
  const link = await dialog.getByRole("region", { name: "Invitation link" }).getByRole("code").textContent();
  await dialog.getByRole("button", { name: "Done" }).click();
  return link ?? "";
}

/** Makes an account a member, without a browser. @throws when a call is refused */
export async function addMember(
  baseURL: string,
  ownerSession: StorageState,
  account: Account,
  role: "viewer" | "admin",
): Promise<void> {
  const extraHTTPHeaders = { origin: baseURL };
  const owner = await request.newContext({ baseURL, extraHTTPHeaders, storageState: ownerSession });
  const guest = await request.newContext({ baseURL, extraHTTPHeaders });
  try {
    const invited = await owner.post("/api/invitations", { data: { email: account.email, role } });
    const { link } = (await invited.json()) as { link: string };
    const token = new URL(link).searchParams.get("token");
    const joined = await guest.post("/api/invitations/accept", { data: { token, ...account } });
    if (!joined.ok()) throw new Error(`Joining answered ${joined.status()}: ${await joined.text()}`);
  } finally {
    await Promise.all([owner.dispose(), guest.dispose()]);
  }
}

/** What the server says to this page's own script. */
export async function ask(
  page: Page,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  return await page.evaluate(
    async ([method, path, text]) => {
      const init = text === null ? {} : { body: text, headers: { "content-type": "application/json" } };
      const response = await fetch(path, { method, ...init });
      const answer = await response.text();
      return { status: response.status, body: answer ? JSON.parse(answer) : null };
    },
    [method, path, body === undefined ? null : JSON.stringify(body)] as const,
  );
}
