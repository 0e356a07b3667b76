import type { Page } from "@playwright/test";
import { expectAccessible, expectToFit, looks, settle, twoLooks } from "@/tests/e2e/support/layout";
import { callRoster } from "@/tests/e2e/support/roster-api";
import { expect, test } from "@/tests/e2e/support/test";

// Sites that have a table of their own, or get some of the users. Each test goes on where the one before has ended.
test.use({ empty: true });
test.describe.configure({ mode: "serial" });

const staff = { id: "", users: [] as string[] };

test.beforeAll(async ({ demo, databases }) => {
  const sql = databases.site("hrms");
  await sql`create table employees (
    emp_id uuid primary key default gen_random_uuid(), work_mail text not null unique, display_name text,
    hr_role text not null, is_active boolean not null default true)`;
  await sql`grant all on employees to service_role`;
  const { url, secretKey } = demo.site("hrms");
  const site = { name: "staff", url: "https://staff.example.com" };
  staff.id = (await callRoster<{ id: string }>(demo.facts, "POST", "/api/sites", site)).id;
  const credentials = { supabaseUrl: url, supabaseKey: secretKey };
  await callRoster(demo.facts, "PUT", `/api/sites/${staff.id}/credentials`, credentials);
  for (const [name, team, role] of [
    ["Mae", "Flight", "admin"],
    ["Sally", "Flight", "user"],
    ["Valentina", "Ground", "user"],
  ]) {
    const email = `${name?.toLowerCase()}@space.example`;
    const user = { email, full_name: name, team, role };
    staff.users.push((await callRoster<{ id: string }>(demo.facts, "POST", "/api/users", user)).id);
  }
});

test.afterAll(async ({ demo, databases }) => {
  await callRoster(demo.facts, "DELETE", `/api/sites/${staff.id}`);
  for (const id of staff.users) await callRoster(demo.facts, "DELETE", `/api/users/${id}`);
  await databases.site("hrms")`drop table employees`;
});

async function open(page: Page, section: "Mapping" | "Scope") {
  await page.goto(`/sites/${staff.id}`);
  await page
    .getByRole("navigation", { name: "Sections of staff" })
    .getByRole("link", { name: section })
    .click();
}

test("a table with other names is connected by mapping alone", async ({ page, demo, databases }) => {
  await open(page, "Mapping");
  await page.getByRole("radio", { name: "A table of its own" }).check();
  await page.getByRole("combobox", { name: "Table at the site" }).selectOption("employees");
  await page.getByRole("button", { name: "Suggest a mapping" }).click();
  await expect(page.getByLabel("What goes into work_mail")).toHaveValue("email");
  await expect(page.getByRole("radio", { name: "work_mail says whose row it is" })).toBeChecked();
  await expect(page.getByLabel("Column that says whether a row is active")).toHaveValue("is_active");

  await page.getByLabel("What goes into display_name").selectOption({ label: "A text made of fields…" });
  await page.getByLabel("Text of display_name").fill("{full_name} ({team})");
  await page.getByLabel("What goes into hr_role").selectOption({ label: "Translated values…" });
  await page.getByLabel("Value 1 here").fill("admin");
  await page.getByLabel("Value 1 at the site").fill("hr_admin");
  await page.getByLabel("Other values of hr_role").selectOption({ label: "Other values become…" });
  await page.getByLabel("What other values of hr_role become").fill("employee");
  const arrivals = page.getByRole("region", { name: "Users as they would arrive" });
  await expect(arrivals.getByRole("row", { name: "mae@space.example" })).toContainText("Mae (Flight)");
  await expect(arrivals.getByRole("row", { name: "mae@space.example" })).toContainText("hr_admin");

  await page.getByRole("button", { name: "Check and save" }).click();
  await expect(page.getByText("Everybody is sent to staff again.")).toBeVisible();
  const rows = async () => {
    const sql = databases.site("hrms");
    const found = await sql`
      select work_mail, display_name, hr_role, is_active from employees where work_mail like '%space.example' order by 1`;
    return found.map((row) => `${row.work_mail} ${row.display_name} ${row.hr_role} ${row.is_active}`);
  };
  await expect
    .poll(rows)
    .toEqual([
      "mae@space.example Mae (Flight) hr_admin true",
      "sally@space.example Sally (Flight) employee true",
      "valentina@space.example Valentina (Ground) employee true",
    ]);

  const [mae] = staff.users;
  await callRoster(demo.facts, "PATCH", `/api/users/${mae}`, { email: "mae.j@space.example", role: "user" });
  await callRoster(demo.facts, "DELETE", `/api/users/${staff.users[1]}`);
  await expect
    .poll(rows)
    .toEqual([
      "mae.j@space.example Mae (Flight) employee true",
      "sally@space.example Sally (Flight) employee false",
      "valentina@space.example Valentina (Ground) employee true",
    ]);
});

test("what cannot work is said before it is saved", async ({ page }) => {
  await open(page, "Mapping");
  await page.getByLabel("What goes into hr_role").selectOption({ label: "Not written" });
  await expect(page.getByText("hr_role must not be empty and has no default").first()).toBeVisible();
  await page.getByRole("button", { name: "Discard" }).click();
  await expect(page.getByRole("button", { name: "Check and save" })).toBeHidden();
});

const refused = { annotation: { type: "refused", description: "409" } };
test(
  "a scope is planned, refused when a row moved, planned again and applied",
  refused,
  async ({ page, databases }) => {
    await open(page, "Scope");
    await page.getByRole("radio", { name: "Only some" }).check();
    await page.getByLabel("Field of rule 1").selectOption("team");
    await page.getByLabel("Comparison of rule 1").selectOption("not");
    await page.getByLabel("Values of rule 1").fill("Ground");
    await page.getByLabel("Values of rule 1").press("Enter");
    await expect(page.getByText("1 user deactivated at staff")).toBeVisible();
    await expect(page.getByText("valentina@space.example")).toBeVisible();
    await page.getByRole("button", { name: "Plan first" }).click();
    const plan = page.getByRole("dialog", { name: "Scope of staff" });
    await expect(plan.getByRole("status")).toHaveText("1 row at 1 site would change.");
    const removed = plan.getByRole("region", { name: "Removed at staff" });
    await expect(removed.getByRole("listitem").first()).toContainText("valentina@space.example");
    await expect(removed).toContainText("is_active");
    for (const { viewport, colorScheme } of looks) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      await settle(page);
      await page.screenshot({ path: `test-results/screens/${viewport.width}-${colorScheme}/plan.png` });
      await expectAccessible(page, "[role=dialog]");
      await expectToFit(page);
    }
    await databases.site("hrms")`update employees set hr_role = 'boss' where work_mail like 'mae%'`;
    await plan.getByRole("button", { name: "Apply" }).click();
    await expect(plan.getByRole("alert")).toContainText(/staff: the row of mae\S+ changed\./);
    await page.screenshot({ path: "test-results/screens/plan-refused.png" });
    await expectAccessible(page, "[role=dialog]");
    await plan.getByRole("button", { name: "Plan again" }).click();
    await expect(plan.getByRole("status")).toHaveText("2 rows at 1 site would change.");
    await expect(plan.getByRole("region", { name: "Changed at staff" })).toContainText("hr_role in 1 row");
    await plan.getByRole("button", { name: "Apply" }).click();
    await expect(page.getByText("staff is being brought in line.")).toBeVisible();
    await expect(plan).toBeHidden();
    await expect(page.getByRole("button", { name: "Plan first" })).toBeHidden();
    const active = async () => {
      const [row] = await databases.site("hrms")`
      select is_active from employees where work_mail = 'valentina@space.example'`;
      return row?.is_active;
    };
    await expect.poll(active).toBe(false);

    await page.getByRole("searchbox", { name: "User", exact: true }).fill("valentina");
    await page.getByRole("button", { name: "Valentina" }).click();
    const why = page.getByRole("region", { name: "Why valentina@space.example" });
    await expect(why).toContainText("Not in scope");
    await expect(why).toContainText("The site's scope leaves this user out.");
    await expect(why.getByRole("listitem").filter({ hasText: "team is Ground" })).toContainText("holds");
  },
);

test("a site that has users waits, and is taken over row by row and by group", async ({
  page,
  demo,
  databases,
}) => {
  const sql = databases.site("hrms");
  await sql`create table members (id text primary key, mail text unique, name text)`;
  await sql`create table visits (member text references members (id))`;
  await sql`insert into members values
    ('m-1', 'MAE.J@space.example ', 'M.'), ('m-2', 'zoe@club.example', 'Zoe'), ('m-3', 'old@club.example', 'Old')`;
  await sql`insert into visits values ('m-1'), ('m-3')`;
  await sql`grant all on members to service_role`;
  const { url, secretKey } = demo.site("hrms");
  const club = { name: "club", url: "https://club.example.com" };
  const { id } = await callRoster<{ id: string }>(demo.facts, "POST", "/api/sites", club);
  await callRoster(demo.facts, "PUT", `/api/sites/${id}/credentials`, {
    supabaseUrl: url,
    supabaseKey: secretKey,
  });
  const column = (name: string, field: string) => ({ column: name, from: { kind: "field", field } });
  const columns = [column("id", "id"), column("mail", "email"), column("name", "full_name")];
  // The site's API sees a new table a moment after it is made.
  await expect(async () => {
    const mapping = { table: "members", match: "id", columns };
    await callRoster(demo.facts, "PUT", `/api/sites/${id}/mapping`, { mapping });
  }).toPass();

  await page.goto("/sites");
  await page.getByRole("article", { name: "club" }).getByRole("link", { name: "Decide" }).click();
  await page.getByRole("button", { name: /same e-mail under another id/ }).click();
  const linked = page.getByRole("region", { name: "Same e-mail: 1" });
  await expect(linked).toContainText("mae.j@space.example");
  await page.getByRole("button", { name: /Only there/ }).click();
  for (const { viewport, colorScheme } of looks) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    await settle(page);
    await expectAccessible(page, "main");
    await expectToFit(page);
  }
  await page.getByLabel("What becomes of zoe@club.example").selectOption("Import");
  await page.getByRole("button", { name: "Take over" }).click();
  const question = page.getByRole("alertdialog", { name: "Take over club?" });
  await expect(question).toContainText("1 row becomes Roster's");
  await expect(question).toContainText("1 row becomes a user of the list");
  await expect(question).toContainText("1 row is left alone");
  await question.getByRole("button", { name: "Take over" }).click();
  await expect(page.getByText(/^Taken over .* by /)).toBeVisible();

  const members = async () =>
    (await sql`select id, mail, name from members order by id`).map((row) => row.mail);
  await expect.poll(members).toEqual(expect.arrayContaining(["mae.j@space.example", "zoe@club.example"]));
  const [mae] = staff.users;
  await callRoster(demo.facts, "PATCH", `/api/users/${mae}`, { full_name: "Mae C. Jemison" });
  await expect
    .poll(() =>
      sql`select id, mail, name from members where id like 'm-%' order by id`.then((rows) => [...rows]),
    )
    .toEqual([
      { id: "m-1", mail: "mae.j@space.example", name: "Mae C. Jemison" },
      { id: "m-2", mail: "zoe@club.example", name: "Zoe" },
      { id: "m-3", mail: "old@club.example", name: "Old" },
    ]);

  await page.goto("/sites");
  await callRoster(demo.facts, "PATCH", `/api/users/${mae}`, { full_name: "Mae" });
  await callRoster(demo.facts, "DELETE", `/api/sites/${id}`);
  await callRoster(demo.facts, "DELETE", "/api/users/m-2");
  await sql`drop table visits, members`;
});

for (const { viewport, colorScheme } of twoLooks) {
  test.describe(`${viewport.width} pixels wide, ${colorScheme}`, () => {
    test.use({ viewport, colorScheme, contextOptions: { reducedMotion: "reduce" } });

    for (const section of ["mapping", "scope"]) {
      test(`the ${section} fits its window, and everybody can read it`, async ({ page }) => {
        await page.goto(`/sites/${staff.id}/${section}`);
        await expect(page.getByRole("form", { name: / of staff$/ })).toBeVisible();
        await expect(page.getByText(/mae.j@space|of [0-9]+ in scope/).first()).toBeVisible();
        await settle(page);
        await page.screenshot({
          path: `test-results/screens/${viewport.width}-${colorScheme}/site-${section}.png`,
          fullPage: true,
        });
        await expectToFit(page);
        await expectAccessible(page);
      });
    }
  });
}
