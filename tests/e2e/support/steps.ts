import { expect, type Locator, type Page } from "@playwright/test";

/** A site's card on Connected Sites. */
export function siteCard(page: Page, name: string): Locator {
  return page.getByRole("article", { name, exact: true });
}

/** Opens the form behind the database icon of a site. */
export async function openCredentials(page: Page, name: string): Promise<Locator> {
  await page.goto("/sites?look=cards"); // many sites are a list otherwise
  await siteCard(page, name).getByRole("button", { name: "Supabase credentials" }).click();
  const dialog = page.getByRole("dialog", { name: `Supabase credentials of ${name}` });
  await expect(dialog).toBeVisible();
  return dialog;
}

/** Types credentials into the open form; a key that is not given stays as it is saved. */
export async function typeCredentials(
  dialog: Locator,
  { url, secretKey }: { url: string; secretKey?: string },
): Promise<void> {
  await dialog.getByLabel("Supabase URL").fill(url);
  if (secretKey !== undefined) await dialog.getByLabel("Supabase key").fill(secretKey);
}

/** Saves the open form, which then closes. */
export async function saveCredentials(dialog: Locator): Promise<void> {
  await dialog.getByRole("button", { name: "Save Credentials" }).click();
  await expect(dialog).toBeHidden();
}

/** What *Test Connection* says about one thing; see the names on the form. */
export async function testConnection(dialog: Locator): Promise<(name: string) => Locator> {
  await dialog.getByRole("button", { name: "Test Connection" }).click();
  const report = dialog.getByRole("region", { name: "Connection test" });
  await expect(report).toBeVisible();
  return (name) => report.getByRole("listitem").filter({ hasText: name });
}

/** Adds a site by its name and address. */
export async function addSite(page: Page, { name, url }: { name: string; url: string }): Promise<void> {
  await page.goto("/sites");
  await page.getByRole("button", { name: "Add Site" }).click();
  const dialog = page.getByRole("dialog", { name: "Add Site" });
  await dialog.getByLabel("Site name").fill(name);
  await dialog.getByLabel("Site URL").fill(url);
  await dialog.getByRole("button", { name: "Add Site" }).click();
  await expect(dialog).toBeHidden();
  await expect(siteCard(page, name)).toBeVisible();
}

/** Adds a user on the Users page. */
export async function addUser(page: Page, fields: Record<string, string>): Promise<void> {
  await page.goto("/users");
  await page.getByRole("button", { name: "Add User" }).click();
  const dialog = page.getByRole("dialog", { name: "Add User" });
  for (const [label, value] of Object.entries(fields))
    await dialog.getByLabel(label, { exact: true }).fill(value);
  await dialog.getByRole("button", { name: "Add User" }).click();
  await expect(dialog).toBeHidden();
}
