import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import type postgres from "postgres";
import { userAt } from "@/tests/e2e/support/databases";
import { expectAccessible, expectToFit, settle, twoLooks } from "@/tests/e2e/support/layout";
import { callRoster } from "@/tests/e2e/support/roster-api";
import { expect, test } from "@/tests/e2e/support/test";

const people = [
  {
    id: "users-1",
    email: "quentin.abel@example.com",
    full_name: "Quentin Abel",
    team: "Quill",
    role: "writer",
  },
  {
    id: "users-2",
    email: "quirin.bach@example.com",
    full_name: "Quirin Bach",
    team: "Quill",
    role: "writer",
  },
  {
    id: "users-3",
    email: "quella.cole@example.com",
    full_name: "Quella Cole",
    team: "Quire",
    role: "writer",
  },
] as const;

test.beforeAll(async ({ demo }) => {
  for (const person of people) await callRoster(demo.facts, "POST", "/api/users", person);
});

const names = (page: Page) => page.getByRole("row").getByRole("link").allTextContents();
/** Locks a user until released. */
async function holdUser(sql: postgres.Sql, id: string) {
  const locked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const holding = sql.begin(async (transaction) => {
    await transaction`select from public.user_profiles where id = ${id} for update`;
    locked.resolve();
    await released.promise;
  });
  await Promise.race([locked.promise, holding]);
  return {
    release: async () => {
      released.resolve();
      await holding;
    },
  };
}

const inPanel = (page: Page) => page.getByRole("dialog");

test("users are searched, filtered by keyboard and sorted, and the address keeps it", async ({ page }) => {
  await page.goto("/users");
  await page.getByRole("searchbox", { name: "Search users" }).fill("example.com qu");
  await expect.poll(() => names(page)).toHaveLength(3);
  await page.getByRole("columnheader", { name: "User" }).getByRole("button").press("Enter");
  await expect.poll(() => names(page)).toEqual(["Quella Cole", "Quentin Abel", "Quirin Bach"]);
  await page.getByRole("combobox", { name: "Team" }).focus();
  await page.keyboard.type("Quil");
  await expect.poll(() => names(page)).toEqual(["Quentin Abel", "Quirin Bach"]);
  await expect(page.getByText("2 users match")).toBeVisible();
  await page.getByRole("columnheader", { name: "User" }).getByRole("button").press("Enter");
  await expect.poll(() => names(page)).toEqual(["Quirin Bach", "Quentin Abel"]);
  await page.reload();
  await expect.poll(() => names(page)).toEqual(["Quirin Bach", "Quentin Abel"]);
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await expect(page).toHaveURL("/users?sort=-full_name");
});

test("a taken e-mail is said at its field, and what was typed stays", async ({ context, databases }) => {
  // Not the fixture's page: a browser reports every refusal to the console.
  const page = await context.newPage();
  await page.goto("/users?add=true");
  const panel = inPanel(page);
  await panel.getByLabel("E-mail").fill("quinn");
  await panel.getByLabel("Full name").fill("Quinn Added");
  await expect(panel.getByLabel("E-mail")).toHaveAccessibleDescription(/such as ada@example.com/);
  await panel.getByLabel("E-mail").fill(people[0].email.toUpperCase());
  await panel.getByRole("button", { name: "Add User" }).click();
  await expect(panel.getByLabel("E-mail")).toHaveAccessibleDescription(
    "Another user has this e-mail address.",
  );
  await expect(panel.getByLabel("Full name")).toHaveValue("Quinn Added");
  await panel.getByLabel("E-mail").fill("quinn.added@example.com");
  await panel.getByRole("button", { name: "Add User" }).click();
  await expect(panel).toBeHidden();
  await expect
    .poll(() => userAt(databases.site("hrms"), "quinn.added@example.com"))
    .toMatchObject({ full_name: "Quinn Added" });
});

test("who edits a user hears that somebody else did, and loses nothing of what was typed", async ({
  page,
  demo,
}) => {
  await page.goto("/users?q=quella");
  await page.getByRole("button", { name: "Edit Quella Cole" }).click();
  const panel = inPanel(page);
  await panel.getByLabel("Role").fill("poet");
  await callRoster(demo.facts, "PATCH", "/api/users/users-3", { role: "editor", department: "Ink" });
  await expect(panel.getByText("Changed by somebody else meanwhile")).toBeVisible();
  await expect(panel.getByText("Role is now “editor”")).toContainText("What you typed stays");
  await expect(panel.getByLabel("Department")).toHaveValue("Ink");
  await expect(panel.getByLabel("Role")).toHaveValue("poet");
  await panel.getByRole("button", { name: "Save changes" }).click();
  await expect(panel).toBeHidden();
  const row = page.getByRole("row", { name: "Quella Cole" });
  await expect(row).toContainText("poet");
  await expect(row).toContainText("Ink");
});

test("several users get a team, and a whole filter is deactivated and comes back", async ({
  page,
  databases,
}) => {
  await page.goto("/users?q=example.com qu&role=writer&sort=full_name");
  await expect.poll(() => names(page)).toContain("Quirin Bach");
  await page.getByRole("checkbox", { name: "Select Quentin Abel" }).check();
  await page.getByRole("checkbox", { name: "Select Quirin Bach" }).click({ modifiers: ["Shift"] });
  const bar = page.getByRole("region", { name: "Selected users" });
  await expect(bar).toContainText("2 selected");
  await bar.getByRole("button", { name: "Change" }).click();
  await inPanel(page).getByRole("checkbox", { name: "Change the team" }).check();
  await inPanel(page).getByLabel("Team", { exact: true }).fill("Quorum");
  await inPanel(page).getByRole("button", { name: "Change 2 users" }).click();
  await expect(inPanel(page)).toBeHidden();
  await expect.poll(() => userAt(databases.site("cms"), people[1].email)).toMatchObject({ team: "Quorum" });

  await page.goto("/users?team=Quorum");
  for (const [action, there] of [
    ["Deactivate", false],
    ["Reactivate", true],
  ] as const) {
    await page.getByRole("checkbox", { name: "Select everybody shown" }).check();
    await bar.getByRole("button", { name: action }).click();
    await inPanel(page)
      .getByRole("button", { name: `${action} 2 users` })
      .click();
    await expect(inPanel(page)).toBeHidden();
    await expect
      .poll(async () => (await userAt(databases.site("cms"), people[0].email)) !== undefined)
      .toBe(there);
  }
});

test("a change of several users goes on without its page, and a reload finds it", async ({
  page,
  databases,
}) => {
  const banner = page.getByRole("region", { name: "A change of several users" });
  // Whoever changes this user waits, so the change is half-way for as long as it takes to look.
  const held = await holdUser(databases.central, "users-1");
  try {
    await page.goto("/users?team=Quorum");
    await page.getByRole("checkbox", { name: "Select everybody shown" }).check();
    await page
      .getByRole("region", { name: "Selected users" })
      .getByRole("button", { name: "Change" })
      .click();
    await inPanel(page).getByRole("checkbox", { name: "Change the department" }).check();
    await inPanel(page).getByLabel("Department", { exact: true }).fill("Quarto");
    await inPanel(page).getByRole("button", { name: "Change 2 users" }).click();
    await expect(inPanel(page).getByRole("status")).toHaveText("Changing 0 of 2 users.");
    await page.reload();
    await expect(banner).toContainText("Changing 0 of 2 users.");
  } finally {
    await held.release();
  }
  await expect(banner).toContainText("2 users were changed.");
  await expect
    .poll(() => userAt(databases.site("cms"), people[1].email))
    .toMatchObject({ department: "Quarto" });
  await banner.getByRole("button", { name: "Dismiss" }).click();
  await expect(banner).toBeHidden();
});

const refusedLines = [
  "Mail,First name,Last name,Group,Salary,Line,Reason",
  "nonsense,No,Body,Imports,2,3,E-mail: Enter an e-mail address such as ada@example.com.",
  "IMPORTED.one@example.com,Ida,Again,Imports,4,5,Line 2 has the same e-mail address.",
];

/** The lines of what a page saves. */
async function linesOf(page: Page, save: () => Promise<void>): Promise<string[]> {
  const download = page.waitForEvent("download");
  await save();
  return (await readFile(await (await download).path(), "utf8")).trim().split(/\r?\n/);
}

const file = {
  name: "people.csv",
  mimeType: "text/csv",
  buffer: Buffer.from(
    [
      "Mail;First name;Last name;Group;Salary",
      "imported.one@example.com;Ida;One;Imports;1",
      "nonsense;No;Body;Imports;2",
      "quentin.abel@example.com;Quentin;Abel;Imports;3",
      "IMPORTED.one@example.com;Ida;Again;Imports;4",
      'imported.two@example.com;Ivo;"T; wo";Imports;5',
    ].join("\r\n"),
  ),
};

test("a file is imported by its columns without its page, and another one has its refused lines", async ({
  page,
  context,
  databases,
}) => {
  await page.goto("/users");
  await page.getByRole("button", { name: "Import" }).click();
  const panel = inPanel(page);
  await panel.locator("input[type=file]").setInputFiles(file);
  await expect(panel.getByRole("combobox", { name: "What Group is" })).toHaveValue("team");
  await panel.getByRole("combobox", { name: "What Salary is" }).selectOption("Department");
  await panel.getByRole("button", { name: "Preview" }).click();
  await expect(panel.getByRole("button", { name: "Refused 2" })).toHaveAttribute("aria-pressed", "true");
  await expect(panel.getByRole("row", { name: "IMPORTED.one" })).toContainText("Line 2 has the same e-mail");
  await panel.getByRole("button", { name: "To change 1" }).click();
  await expect(panel.getByRole("row", { name: "quentin.abel" })).toContainText("To change");
  expect(await linesOf(page, () => panel.getByRole("button", { name: "Refused lines" }).click())).toEqual(
    refusedLines,
  );

  // Whoever changes this user waits, so the import is half-way for as long as it takes to leave.
  const held = await holdUser(databases.central, "users-1");
  try {
    await panel.getByRole("button", { name: "Import 3 users" }).click();
    await expect(panel.getByRole("status")).toHaveText("Importing people.csv: 2 of 5 lines.");
    await page.reload();
    await expect(panel.getByRole("listitem")).toContainText("Importing people.csv: 2 of 5 lines.");
    await page.keyboard.press("Escape");
    await expect(page.getByRole("region", { name: "An import" })).toContainText("2 of 5 lines");
    await page.goto("about:blank");
  } finally {
    await held.release();
  }
  const another = await context.newPage();
  await another.goto("/sites");
  const banner = another.getByRole("region", { name: "An import" });
  await expect(banner).toContainText("2 users added · 1 changed · 2 lines refused.");
  expect(await linesOf(another, () => banner.getByRole("link", { name: "Refused lines" }).click())).toEqual(
    refusedLines,
  );
  await banner.getByRole("button", { name: "Dismiss" }).click();
  await expect(banner).toBeHidden();
  await another.goto("/users?import=true");
  await expect(another.getByRole("listitem").filter({ hasText: "people.csv is imported" })).toBeVisible();
  await expect
    .poll(() => userAt(databases.site("sales"), "imported.two@example.com"))
    .toMatchObject({ full_name: "Ivo T; wo", team: "Imports", department: "5" });
});

test("what the filter shows is exported", async ({ page }) => {
  await page.goto("/users?q=imported&sort=email");
  await expect(page.getByRole("row", { name: "Ida One" })).toBeVisible();
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export" }).click();
  const lines = (await readFile(await (await download).path(), "utf8")).trim().split("\n");
  expect(lines).toHaveLength(3);
  expect(lines[1]).toContain("imported.one@example.com,Ida One");
});

for (const { viewport, colorScheme } of twoLooks) {
  test.describe(`${viewport.width} pixels wide, ${colorScheme}`, () => {
    test.use({ viewport, colorScheme, contextOptions: { reducedMotion: "reduce" } });

    test("a user's page has fields, sites and history; it fits, and everybody can read it", async ({
      page,
      demo,
    }) => {
      await callRoster(demo.facts, "PATCH", "/api/users/users-3", { role: colorScheme });
      await page.goto("/users?q=quella");
      await page.getByRole("link", { name: "Quella Cole" }).click();
      await expect(page.getByRole("heading", { name: "Quella Cole" })).toBeVisible();
      await expect(page.getByRole("region", { name: "Sites" })).toContainText("hrms");
      const history = page.getByRole("region", { name: "History" });
      await expect(history.getByText("Role: ").first()).toContainText(colorScheme);
      await expect(history.getByText("Synced to hrms").first()).toBeVisible();
      await settle(page);
      await page.screenshot({ path: `test-results/screens/${viewport.width}-${colorScheme}/User.png` });
      await expectToFit(page);
      await expectAccessible(page);
    });

    test("selecting, the dialog for several and the import fit, and everybody can use them", async ({
      page,
    }) => {
      await page.goto("/users?q=quella");
      await page.getByRole("checkbox", { name: "Select Quella Cole" }).check();
      await expectToFit(page);
      await expectAccessible(page);
      await page
        .getByRole("region", { name: "Selected users" })
        .getByRole("button", { name: "Change" })
        .click();
      await inPanel(page).getByRole("checkbox", { name: "Change the team" }).check();
      await settle(page);
      await expectToFit(page);
      await expectAccessible(page);
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Import" }).click();
      await inPanel(page).locator("input[type=file]").setInputFiles(file);
      await expectAccessible(page);
      await inPanel(page).getByRole("button", { name: "Preview" }).click();
      await expect(inPanel(page).getByRole("button", { name: "Refused 2" })).toBeVisible();
      await settle(page);
      await expectToFit(page);
      await expectAccessible(page);
    });
  });
}
