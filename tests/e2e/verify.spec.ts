import { siteContent, wantedContent } from "@/tests/e2e/support/databases";
import { expectAccessible, expectToFit, looks, settle } from "@/tests/e2e/support/layout";
import { expect, test } from "@/tests/e2e/support/test";

test("what was changed behind Roster's back is found and put right, and rows of the site's own stay until removed", async ({
  page,
  databases,
}) => {
  const cms = databases.site("cms");
  await expect.poll(() => siteContent(cms)).toEqual(await wantedContent(databases.central));
  const [changed, deleted] = await cms<
    { email: string }[]
  >`select email from user_profiles order by id limit 2`;
  if (!changed || !deleted) throw new Error("The demo has users");
  await cms`update user_profiles set role = 'tampered' where email = ${changed.email}`;
  await cms`delete from user_profiles where email = ${deleted.email}`;
  await cms`insert into user_profiles (id, clerk_user_id, email) values ('own', 'own', 'own@cms.example')`;

  await page.goto("/sites");
  await page.getByRole("button", { name: "More for cms" }).click();
  await page.getByRole("menuitem", { name: "Verify" }).click();
  const section = page.getByRole("main");
  await section.getByRole("button", { name: "Verify now" }).click();

  const different = section.getByRole("listitem").filter({ hasText: changed.email });
  await expect(different.first()).toContainText("tampered");
  for (const { viewport, colorScheme } of looks) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    await settle(page);
    await expectAccessible(page, "main");
    await expectToFit(page);
  }
  await section.getByRole("button", { name: "Repair all" }).click();
  await expect(different.first()).toContainText("Put right");
  await section.getByRole("radio", { name: "Missing 1" }).click();
  await section.getByRole("button", { name: `Repair ${deleted.email}` }).click();
  await expect(section.getByRole("listitem").filter({ hasText: deleted.email })).toContainText("Put right");
  const [own] = await cms`select count(*)::int as rows from user_profiles where id = 'own'`;
  expect(own).toEqual({ rows: 1 });

  await section.getByRole("radio", { name: "Extra 1" }).click();
  await section.getByRole("button", { name: "Remove own@cms.example" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await expect(section.getByRole("listitem").filter({ hasText: "own@cms.example" })).toContainText(
    "Put right",
  );
  await section.getByRole("button", { name: "Verify now" }).click();
  await expect(section.getByText("Every row is as in the list")).toBeVisible();
  expect(await siteContent(cms)).toEqual(await wantedContent(databases.central));
});
