import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";
import { full } from "@/tests/support/acceptance";

const wide = { width: 1440, height: 900 };
export const narrow = { width: 390, height: 844 };

const wideLight = { viewport: wide, colorScheme: "light" } as const;
const narrowDark = { viewport: narrow, colorScheme: "dark" } as const;

/** Each width and each theme once. */
export const twoLooks = [wideLight, narrowDark];

/** The windows in which every dialog is looked at: where there is least room, in the acceptance run in both. */
export const dialogLooks = full ? twoLooks : [narrowDark];

/** The windows in which every page is looked at; the acceptance run takes each width in each theme. */
export const looks = full
  ? [
      wideLight,
      { viewport: wide, colorScheme: "dark" } as const,
      { viewport: narrow, colorScheme: "light" } as const,
      narrowDark,
    ]
  : twoLooks;

/** Waits until everything that moves in has arrived; what turns for ever is left out. */
export async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const finite = document
      .getAnimations()
      .filter(({ effect }) => effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY);
    await Promise.allSettled(finite.map(({ finished }) => finished));
  });
}

/**
 * Neither the document, nor the content, nor an open dialog is wider than its place, and no dialog leaves the
 * window. Tables and code scroll in frames of their own.
 */
export async function expectToFit(page: Page): Promise<void> {
  const tooWide = await page.evaluate(() => {
    const frames = [
      document.documentElement,
      ...document.querySelectorAll("main, [role=dialog], [role=alertdialog], [role=dialog] form > *"),
    ];
    const describe = (element: Element) => `<${element.localName} class="${element.className}">`;
    const overflowing = frames.filter((frame) => frame.scrollWidth > frame.clientWidth).map(describe);
    const outside = [...document.querySelectorAll("[role=dialog], [role=alertdialog]")].filter((dialog) => {
      const { left, top, right, bottom } = dialog.getBoundingClientRect();
      return left < 0 || top < 0 || right > innerWidth || bottom > innerHeight;
    });
    return [...overflowing, ...outside.map(describe)];
  });
  expect(tooWide, "too wide for its place").toEqual([]);
}

/** Axe finds nothing that is serious or worse, on the page or in a part of it. */
export async function expectAccessible(page: Page, part = "body"): Promise<void> {
  // Of what passes nothing is asked: describing thousands of such elements is most of the time on a large page. "Legacy" is to
  // judge in the page itself, which has no frames, instead of in a second one that is opened for it.
  const axe = new AxeBuilder({ page })
    .include(part)
    .options({ resultTypes: ["violations"] })
    .setLegacyMode();
  const { violations } = await axe.analyze();
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const told = grave.map(
    ({ id, help, nodes }) => `${id}: ${help}\n${nodes.map(({ html }) => html).join("\n")}`,
  );
  expect(told, "what axe finds").toEqual([]);
}

const tabs = 12; // more than any dialog has controls

/** Tab and Shift+Tab never leave the open dialog. */
export async function expectToKeepFocus(page: Page): Promise<void> {
  const inside = page.locator(":is([role=dialog], [role=alertdialog]) :focus");
  for (let pressed = 0; pressed < tabs; pressed++) {
    await page.keyboard.press("Tab");
    await expect(inside, `after ${pressed + 1} times Tab`).toHaveCount(1);
  }
  for (let pressed = 0; pressed < 3; pressed++) {
    await page.keyboard.press("Shift+Tab");
    await expect(inside, `after ${pressed + 1} times Shift+Tab`).toHaveCount(1);
  }
}
