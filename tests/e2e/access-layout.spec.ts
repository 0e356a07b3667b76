import { createHash } from "node:crypto";
import type { Locator, Page } from "@playwright/test";
import type postgres from "postgres";
import {
  dialogLooks,
  expectAccessible,
  expectToFit,
  expectToKeepFocus,
  looks,
  settle,
} from "@/tests/e2e/support/layout";
import { expect, test } from "@/tests/e2e/support/people";

const longEmail = `${"very.long.local.part.".repeat(2)}x@${"subdomain.".repeat(8)}example.com`;
const longName = "A script whose name is about as long as anybody would ever want to make one, and then some";
const token = "a-token-of-an-invitation";

/** Settings with somebody and something in it that strains its pages. */
async function addStrain(central: postgres.Sql): Promise<() => Promise<void>> {
  const scopes = ["users:read", "users:write", "sites:read", "sites:write", "sync:read", "sync:run"];
  const hash = createHash("sha256").update(token).digest("hex");
  const [member] = await central`
    insert into public.members (id, email, role) values (gen_random_uuid(), ${longEmail}, 'viewer') returning id`;
  const [key] = await central`
    insert into public.api_keys (name, key_hash, hint, scopes, created_by, expires_at)
    values (${longName}, 'none', 'roster_…none', ${scopes}, ${longEmail}, now() + interval '3 days') returning id`;
  const [invitation] = await central`
    insert into public.invitations (email, role, token_hash, invited_by, expires_at)
    values (${longEmail}, 'admin', ${hash}, ${longEmail}, now() + interval '7 days') returning id`;
  return async () => {
    await central`delete from public.members where id = ${member?.id}`;
    await central`delete from public.api_keys where id = ${key?.id}`;
    await central`delete from public.invitations where id = ${invitation?.id}`;
  };
}

let removeStrain: (() => Promise<void>) | undefined;

test.beforeAll(async ({ databases }) => {
  removeStrain = await addStrain(databases.central);
});

test.afterAll(async () => {
  await removeStrain?.();
});

const heading = (name: string) => (page: Page) => page.getByRole("heading", { name, exact: true });

/** What somebody sees who is not signed in, and by what it is known to be whole. */
const doors = [
  { path: "/sign-in", name: "Sign in", whole: (page: Page) => page.getByLabel("E-mail") },
  { path: `/invite?token=${token}`, name: "Invitation", whole: (page: Page) => page.getByLabel("E-mail") },
  { path: "/invite?token=old", name: "Old invitation", whole: heading("This invitation does not work") },
  { path: "/setup?token=old", name: "Setup", whole: heading("This Roster has an owner already") },
  { path: "/setup", name: "Setup without a token", whole: heading("This link is not whole") },
];

const rooms = [
  {
    path: "/settings/members",
    name: "Members",
    whole: (page: Page) => page.getByLabel(`Role of ${longEmail}`),
  },
  {
    path: "/settings/keys",
    name: "API keys",
    whole: (page: Page) => page.getByRole("row", { name: longName }),
  },
  { path: "/settings/audit", name: "Audit log", whole: (page: Page) => page.getByRole("row").nth(1) },
];

const dialogs: { name: string; path: string; opener: (page: Page) => Locator }[] = [
  { name: "Invite member", path: "/settings/members", opener: button("Invite member") },
  { name: "Remove member", path: "/settings/members", opener: button(`Remove ${longEmail}`) },
  { name: "Create API key", path: "/settings/keys", opener: button("Create key") },
  { name: "Revoke API key", path: "/settings/keys", opener: button(`Revoke ${longName}`) },
  {
    name: "Audit entry",
    path: "/settings/audit",
    opener: (page) => page.getByRole("row").nth(1).getByRole("button"),
  },
];

function button(name: string) {
  return (page: Page) => page.getByRole("button", { name });
}

async function look(page: Page, file: string): Promise<void> {
  await settle(page);
  await page.screenshot({ path: `test-results/screens/${file}.png` });
  await expectToFit(page);
  await expectAccessible(page);
}

for (const { viewport, colorScheme } of looks) {
  const screen = `${viewport.width}-${colorScheme}`;
  const window = { viewport, colorScheme, reducedMotion: "reduce" } as const;

  test.describe(`${viewport.width} pixels wide, ${colorScheme}`, () => {
    test.use({ viewport, colorScheme, contextOptions: { reducedMotion: "reduce" } });

    for (const { path, name, whole } of doors) {
      test(`${name} fits its window, and everybody can read it`, async ({ openBrowser }) => {
        const page = await openBrowser(window);
        await page.goto(path);
        await expect(whole(page)).toBeVisible();
        await look(page, `${screen}/${name}`);
      });
    }

    for (const { path, name, whole } of rooms) {
      test(`${name} fits its window, and everybody can read it`, async ({ page }) => {
        await page.goto(path);
        await expect(whole(page)).toBeVisible();
        await look(page, `${screen}/${name}`);
      });
    }
  });
}

for (const { viewport, colorScheme } of dialogLooks) {
  const screen = `${viewport.width}-${colorScheme}`;
  test.describe(`dialogs, ${viewport.width} pixels wide, ${colorScheme}`, () => {
    test.use({ viewport, colorScheme, contextOptions: { reducedMotion: "reduce" } });

    for (const { name, path, opener } of dialogs) {
      test(`${name} fits its window, keeps the focus, and gives it back at Esc`, async ({ page }) => {
        await page.goto(path);
        await opener(page).press("Enter");
        const dialog = page.getByRole("dialog").or(page.getByRole("alertdialog"));
        await expect(dialog).toBeVisible();
        await look(page, `${screen}/${name}`);
        await expectToKeepFocus(page);
        await page.keyboard.press("Escape");
        await expect(dialog).toBeHidden();
        await expect(opener(page)).toBeFocused();
      });
    }

    test("the menu of one's account fits its window, and gives the focus back at Esc", async ({ page }) => {
      await page.goto("/");
      const opener = page.getByRole("button", { name: /^Account of / });
      await opener.press("Enter");
      await expect(page.getByRole("menuitem", { name: "Sign out everywhere" })).toBeVisible();
      await look(page, `${screen}/Account`);
      await page.keyboard.press("Escape");
      await expect(opener).toBeFocused();
    });
  });
}
