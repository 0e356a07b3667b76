import {
  type Account,
  accountMenu,
  enterAccount,
  expect,
  invite,
  signIn,
  test,
} from "@/tests/e2e/support/people";

// Who gets in, and how; each test goes on where the one before has ended.
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
