import type { Page } from "@playwright/test";
import {
  type Account,
  accountMenu,
  addMember,
  ask,
  enterAccount,
  expect,
  signIn,
  test,
} from "@/tests/e2e/support/people";

// What members may do; each test goes on where the one before has ended.
test.describe.configure({ mode: "serial" });

const password = "correct horse battery staple";
const ada: Account = { email: "ada.admin@example.com", password };
const vera: Account = { email: "vera@example.com", password };

test.beforeAll(async ({ demo, ownerSession }) => {
  await addMember(demo.facts.dashboardUrl, ownerSession, ada, "admin");
  await addMember(demo.facts.dashboardUrl, ownerSession, vera, "viewer");
});

test("a viewer is offered nothing that writes, and the server refuses it anyway", async ({ openBrowser }) => {
  const page = await openBrowser();
  await signIn(page, vera, "/users?q=Amara");
  await expect(page.getByRole("button", { name: /^View only/ })).toBeVisible();
  await expect(page.getByRole("row", { name: "Amara Okafor" })).toBeVisible();
  await expect(addUser(page)).toBeHidden();
  expect(await ask(page, "POST", "/api/users", { email: "x@example.com" })).toMatchObject({
    status: 403,
    body: { code: "forbidden" },
  });
  await page.goto("/settings/members");
  await expect(page.getByRole("heading", { name: "Only owners see this" })).toBeVisible();
  expect(await ask(page, "GET", "/api/members")).toMatchObject({ status: 403 });
  expect(await ask(page, "GET", "/api/keys")).toMatchObject({ status: 403 });
  expect(await ask(page, "GET", "/api/audit")).toMatchObject({ status: 403 });
});

test("another role is there at once, without a new sign-in", async ({ openBrowser, ownerSession }) => {
  const [owner, page] = [await openBrowser({ storageState: ownerSession }), await openBrowser()];
  await signIn(page, vera, "/users");
  await owner.goto("/settings/members");
  await owner.getByLabel(`Role of ${vera.email}`).selectOption("Admin");
  await expect(owner.getByText(`${vera.email} is now admin.`)).toBeVisible();
  expect(await ask(page, "POST", "/api/users", { email: "new@example.com" })).toMatchObject({ status: 201 });
  await expect(addUser(page)).toBeVisible();

  await owner.getByLabel(`Role of ${vera.email}`).selectOption("Viewer");
  await expect(owner.getByText(`${vera.email} is now viewer.`)).toBeVisible();
  expect(await ask(page, "POST", "/api/users", { email: "more@example.com" })).toMatchObject({ status: 403 });
  await expect(addUser(page)).toBeHidden();
});

test("signing out everywhere ends every session of the account, and no other", async ({ openBrowser }) => {
  const [here, there, other] = [await openBrowser(), await openBrowser(), await openBrowser()];
  await signIn(here, ada);
  await signIn(there, ada, "/users");
  await signIn(other, vera);
  await accountMenu(here, ada).click();
  await here.getByRole("menuitem", { name: "Sign out everywhere" }).click();
  await expect(here).toHaveURL("/sign-in");
  await expect(there).toHaveURL("/sign-in?next=%2Fusers");
  expect(await ask(there, "GET", "/api/session")).toMatchObject({ status: 401 });
  expect(await ask(other, "GET", "/api/session")).toMatchObject({ status: 200 });
});

test("an API key is shown once, works, and is refused from its revocation on", async ({
  demo,
  openBrowser,
  ownerSession,
}) => {
  const page = await openBrowser({ storageState: ownerSession });
  await page.goto("/settings/keys");
  await page.getByRole("button", { name: "Create key" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Nightly import");
  await dialog.getByRole("checkbox", { name: "users:read" }).check();
  await dialog.getByRole("button", { name: "Create key" }).click();
  const key = (await dialog.getByRole("region", { name: "API key" }).getByRole("code").textContent()) ?? "";
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText(key)).toBeHidden();
  const row = page.getByRole("row", { name: "Nightly import" });
  await expect(row).toContainText(key.slice(-4));
  await expect(row).toContainText("Never");

  const call = async (path: string, method = "GET") => {
    const headers = { authorization: `Bearer ${key}` };
    return (await fetch(new URL(path, demo.facts.dashboardUrl), { method, headers })).status;
  };
  expect(await call("/api/users")).toBe(200);
  expect(await call("/api/sites")).toBe(403);
  expect(await call("/api/keys")).toBe(403);
  await expect(row).not.toContainText("Never");

  await row.getByRole("button", { name: "Revoke Nightly import" }).click();
  const question = page.getByRole("alertdialog", { name: "Revoke Nightly import?" });
  await question.getByRole("button", { name: "Revoke" }).click();
  await expect(question).toBeHidden();
  expect(await call("/api/users")).toBe(401);
  await expect(row).toBeHidden();
});

test("the last owner can be neither removed nor changed", async ({ demo, openBrowser, ownerSession }) => {
  const page = await openBrowser({ storageState: ownerSession });
  await page.goto("/settings/members");
  await expect(page.getByText("The only owner.")).toBeVisible();
  await expect(page.getByLabel(`Role of ${demo.facts.admin.email}`)).toBeDisabled();
  await expect(page.getByRole("button", { name: `Remove ${demo.facts.admin.email}` })).toBeDisabled();
  const { body } = await ask(page, "GET", "/api/session");
  const { id } = body as { id: string };
  const refused = { status: 409, body: { code: "last_owner" } };
  expect(await ask(page, "DELETE", `/api/members/${id}`)).toMatchObject(refused);
  expect(await ask(page, "PATCH", `/api/members/${id}`, { role: "admin" })).toMatchObject(refused);
});

test("a member who is removed is out at once", async ({ openBrowser, ownerSession }) => {
  const [owner, page] = [await openBrowser({ storageState: ownerSession }), await openBrowser()];
  await signIn(page, vera, "/users");
  await owner.goto("/settings/members");
  await owner.getByRole("button", { name: `Remove ${vera.email}` }).click();
  const question = owner.getByRole("alertdialog", { name: `Remove ${vera.email}?` });
  await question.getByRole("button", { name: "Remove" }).click();
  await expect(question).toBeHidden();
  await expect(page).toHaveURL("/sign-in?next=%2Fusers");
  await enterAccount(page, vera, "Sign in");
  await expect(page.getByRole("heading", { name: "This account is no member" })).toBeVisible();
});

test("owners read in the audit log who did all of this", async ({ demo, openBrowser, ownerSession }) => {
  const { email } = demo.facts.admin;
  // High: the page keeps only the rows in sight in the document.
  const page = await openBrowser({ storageState: ownerSession, viewport: { width: 1280, height: 1400 } });
  await page.goto("/settings/audit");
  for (const done of [
    ["Invitation accepted", ada.email, ada.email],
    ["Member added", ada.email, ada.email],
    ["API key created", "Nightly import", email],
    ["API key revoked", "Nightly import", email],
    ["User added", "new@example.com", vera.email],
    ["Member removed", vera.email, email],
  ]) {
    await expect(page.getByRole("row").filter({ hasText: inOrder(done) })).toHaveCount(1);
  }

  await page.getByLabel("Action").selectOption("Role changed");
  await expect(page).toHaveURL(/\?action=member\.role_changed$/);
  await expect(page.getByRole("row")).toHaveCount(1 + 2);
  await page
    .getByRole("button", { name: `Role changed: ${vera.email}` })
    .first()
    .click();
  const panel = page.getByRole("dialog", { name: "Role changed" });
  await expect(panel.getByRole("region", { name: "What changed" })).toHaveText(
    /role−beforeadmin\+afterviewer/,
  );
  await expect(panel).toContainText(email);
  await expect(panel).toContainText("127.0.0.1");

  await panel.getByRole("button", { name: "Only this target" }).click();
  await page.getByLabel("Action").selectOption("Any action");
  await expect(page.getByRole("row").filter({ hasText: "Member removed" })).toHaveCount(1);
  await expect(page.getByRole("row").filter({ hasText: "Nightly import" })).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("row").filter({ hasText: "Member removed" })).toHaveCount(1);
  await expect(page.getByRole("row").filter({ hasText: "Nightly import" })).toHaveCount(0);
});

function inOrder(texts: string[]): RegExp {
  return new RegExp(texts.map((text) => text.replaceAll(".", "\\.")).join(".*"));
}

function addUser(page: Page) {
  return page.getByRole("button", { name: "Add User" });
}
