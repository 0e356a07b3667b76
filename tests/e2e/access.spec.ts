import type { Page } from "@playwright/test";
import {
  type Account,
  accountMenu,
  ask,
  enterAccount,
  expect,
  invite,
  signIn,
  test,
} from "@/tests/e2e/support/people";

// Who gets in, and what they may do there; each test goes on where the one before has ended.
test.use({ empty: true });
test.describe.configure({ mode: "serial" });

const password = "correct horse battery staple";
const olive: Account = { email: "olive@example.com", password };
const ada: Account = { email: "ada.admin@example.com", password };
const vera: Account = { email: "vera@example.com", password };

test("without an owner, the link in the server's log makes the first one, once", async ({
  demo,
  databases,
  openBrowser,
}) => {
  await databases.central`delete from public.members`;
  process.kill(await demo.dashboardPid()); // it is started again
  const setupLink = async () => /\/setup\?token=[\w-]+/.exec(await demo.dashboardLog())?.[0] ?? "";
  await expect.poll(setupLink).not.toBe("");
  const link = await setupLink();
  const page = await openBrowser();
  await page.goto("/users");
  await expect(page.getByRole("heading", { name: "This Roster has no owner yet" })).toBeVisible();

  await page.goto(link);
  await enterAccount(page, olive, "Create the owner");
  await expect(accountMenu(page, olive)).toBeVisible();
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();

  const other = await openBrowser();
  await other.goto(link);
  await expect(other.getByRole("heading", { name: "This Roster has an owner already" })).toBeVisible();
});

test("signing in works by keyboard, tells a wrong password, and leads where one wanted to go", async ({
  openBrowser,
}) => {
  const page = await openBrowser();
  await page.goto("/log?status=failed");
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await expect(page.getByLabel("E-mail")).toBeFocused();
  await page.keyboard.type(olive.email);
  await page.keyboard.press("Tab");
  await page.keyboard.type("wrong");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert").filter({ hasText: "password is wrong" })).toBeVisible();
  await expect(page.getByLabel("Password", { exact: true })).toBeFocused();
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/log?status=failed");
  await expect(page.getByRole("heading", { name: "Log" })).toBeVisible();

  await accountMenu(page, olive).press("Enter");
  await expect(page.getByRole("menuitem", { name: "Sign out", exact: true })).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/sign-in");
});

test("a link that leads to another site is not followed", async ({ openBrowser }) => {
  const page = await openBrowser();
  await page.goto("/sign-in?next=//evil.example/");
  await enterAccount(page, olive, "Sign in");
  await expect(page).toHaveURL("/");
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
});

for (const [account, role] of [
  [ada, "Admin"],
  [vera, "Viewer"],
] as const) {
  test(`somebody is invited as ${role.toLowerCase()}, and joins in their own browser`, async ({
    openBrowser,
  }) => {
    const owner = await openBrowser();
    await signIn(owner, olive);
    const link = await invite(owner, account.email, role);
    const guest = await openBrowser();
    await guest.goto(link);
    await expect(guest.getByRole("heading", { name: "You are invited to Roster" })).toBeVisible();
    await expect(guest.getByText(role, { exact: true })).toBeVisible();
    await enterAccount(guest, account, "Join Roster");
    await expect(accountMenu(guest, account)).toBeVisible();
    await expect(owner.getByLabel(`Role of ${account.email}`)).toHaveValue(role.toLowerCase());

    const late = await openBrowser();
    await late.goto(link);
    await expect(late.getByRole("heading", { name: "This invitation does not work" })).toBeVisible();
  });
}

test("an invitation that was withdrawn does not work", async ({ openBrowser }) => {
  const owner = await openBrowser();
  await signIn(owner, olive);
  const link = await invite(owner, "late@example.com", "Owner");
  await owner.getByRole("button", { name: "Withdraw the invitation of late@example.com" }).click();
  await expect(owner.getByText("late@example.com", { exact: true })).toBeHidden();
  const guest = await openBrowser();
  await guest.goto(link);
  await expect(guest.getByRole("heading", { name: "This invitation does not work" })).toBeVisible();
});

test("a viewer is offered nothing that writes, and the server refuses it anyway", async ({ openBrowser }) => {
  const page = await openBrowser();
  await signIn(page, vera, "/users");
  await expect(page.getByRole("button", { name: /^View only/ })).toBeVisible();
  await expect(page.getByText("An admin can add the first one.")).toBeVisible();
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

test("another role is there at once, without a new sign-in", async ({ openBrowser }) => {
  const [owner, page] = [await openBrowser(), await openBrowser()];
  await signIn(page, vera, "/users");
  await signIn(owner, olive, "/settings/members");
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
}) => {
  const page = await openBrowser();
  await signIn(page, olive, "/settings/keys");
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

test("the last owner can be neither removed nor changed", async ({ openBrowser }) => {
  const page = await openBrowser();
  await signIn(page, olive, "/settings/members");
  await expect(page.getByText("The only owner.")).toBeVisible();
  await expect(page.getByLabel(`Role of ${olive.email}`)).toBeDisabled();
  await expect(page.getByRole("button", { name: `Remove ${olive.email}` })).toBeDisabled();
  const { body } = await ask(page, "GET", "/api/session");
  const { id } = body as { id: string };
  const refused = { status: 409, body: { code: "last_owner" } };
  expect(await ask(page, "DELETE", `/api/members/${id}`)).toMatchObject(refused);
  expect(await ask(page, "PATCH", `/api/members/${id}`, { role: "admin" })).toMatchObject(refused);
});

test("a member who is removed is out at once", async ({ openBrowser }) => {
  const [owner, page] = [await openBrowser(), await openBrowser()];
  await signIn(page, vera, "/users");
  await signIn(owner, olive, "/settings/members");
  await owner.getByRole("button", { name: `Remove ${vera.email}` }).click();
  const question = owner.getByRole("alertdialog", { name: `Remove ${vera.email}?` });
  await question.getByRole("button", { name: "Remove" }).click();
  await expect(question).toBeHidden();
  await expect(page).toHaveURL("/sign-in?next=%2Fusers");
  await enterAccount(page, vera, "Sign in");
  await expect(page.getByRole("heading", { name: "This account is no member" })).toBeVisible();
});

test("an account that is there already joins with its own password, and a wrong one is named", async ({
  demo,
  openBrowser,
}) => {
  const owner = await openBrowser();
  await signIn(owner, olive);
  const { admin } = demo.facts;
  const link = await invite(owner, admin.email, "Owner");
  const guest = await openBrowser();
  await guest.goto(link);
  await enterAccount(guest, { ...admin, password: "another password" }, "Join Roster");
  await expect(guest.getByRole("alert").filter({ hasText: "password is another one" })).toBeVisible();
  await enterAccount(guest, admin, "Join Roster");
  await expect(accountMenu(guest, admin)).toBeVisible();
});

test("owners read in the audit log who did all of this", async ({ openBrowser }) => {
  const page = await openBrowser();
  await signIn(page, olive, "/settings/audit");
  for (const done of [
    ["Invitation accepted", ada.email, ada.email],
    ["Member added", ada.email, ada.email],
    ["API key created", "Nightly import", olive.email],
    ["API key revoked", "Nightly import", olive.email],
    ["User added", "new@example.com", vera.email],
    ["Member removed", vera.email, olive.email],
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
  await expect(panel).toContainText(olive.email);
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
