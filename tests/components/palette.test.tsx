import { screen, waitFor } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { matches } from "@/components/shell/commands";
import { crumbsOf } from "@/components/shell/crumbs";
import { PaletteButton } from "@/components/shell/palette-button";
import { ada, hrms, renderInApp, serve, viewer } from "./support";

const push = vi.fn();
vi.mock("next/navigation", () => ({ useRouter: () => ({ push }), usePathname: () => "/" }));

beforeEach(() => {
  Element.prototype.scrollIntoView = () => undefined;
});

afterEach(() => {
  push.mockReset();
  vi.unstubAllGlobals();
});

function answers(found: object[] = []) {
  const page = { items: found, nextCursor: null };
  return serve({
    "GET /api/sites?limit=500": () => Response.json({ items: [hrms], nextCursor: null }),
    "GET /api/users?search=ada&limit=6": () => Response.json(page),
    "GET /api/users?search=hrms&limit=6": () => Response.json(page),
    "GET /api/users?search=zzz&limit=6": () => Response.json(page),
  });
}

async function openPalette() {
  await userEvent.keyboard("{Control>}k{/Control}");
  return await screen.findByRole("combobox", { name: "Search and commands" });
}

const options = () => screen.queryAllByRole("option").map(({ textContent }) => textContent);

test("the keyboard opens it, goes to a page, and closes it", async () => {
  answers();
  renderInApp(<PaletteButton />);
  expect(await openPalette()).toHaveFocus();
  await userEvent.keyboard("audit{Enter}");
  expect(push).toHaveBeenCalledExactlyOnceWith("/settings/audit");
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
});

test("a viewer is offered nothing that changes anything, and no page for owners", async () => {
  answers();
  renderInApp(<PaletteButton />, { session: viewer });
  await openPalette();
  const offered = options();
  expect(offered).toContain("Users");
  for (const name of ["Sync All Users", "Add User", "Add Site", "Members", "API keys", "Audit log"]) {
    expect(offered).not.toContain(name);
  }
});

test("users are searched at the server once typing pauses, and lead to their page", async () => {
  const calls = answers([ada]);
  renderInApp(<PaletteButton />);
  await openPalette();
  await userEvent.keyboard("ada");
  await userEvent.click(await screen.findByRole("option", { name: /Ada Lovelace/ }));
  expect(push).toHaveBeenCalledExactlyOnceWith("/users/u1");
  expect(calls.filter(({ call }) => call.includes("/api/users"))).toHaveLength(1);
});

test("a site is found by its name", async () => {
  answers();
  renderInApp(<PaletteButton />);
  await openPalette();
  await userEvent.keyboard("hrms");
  await userEvent.click(await screen.findByRole("option", { name: /hrms/ }));
  expect(push).toHaveBeenCalledExactlyOnceWith(`/sites/${hrms.id}`);
});

test.each([
  ["branch-04", true],
  ["042 bran", true],
  ["branch-042.example", true],
  ["ranch", false],
  ["branch-43", false],
  ["@", false],
  [" ", true],
])("of the site branch-042, %j finds it: %s", (search, found) => {
  expect(matches("branch-042 https://branch-042.example.com", search)).toBe(found);
});

test("what matches nothing says so", async () => {
  answers();
  renderInApp(<PaletteButton />);
  await openPalette();
  await userEvent.keyboard("zzz");
  expect(await screen.findByText("Nothing is called “zzz”.")).toBeVisible();
});

test("it does not open over a dialog, in which somebody may have typed", async () => {
  answers();
  renderInApp(
    <>
      <PaletteButton />
      <div role="dialog" aria-label="Add User" />
    </>,
  );
  await userEvent.keyboard("{Control>}k{/Control}");
  expect(screen.getAllByRole("dialog")).toHaveLength(1);
});

test.each([
  ["/", ["Overview"]],
  ["/settings", ["Settings"]],
  ["/settings/keys", ["Settings", "API keys"]],
  ["/users/a%20b", ["Users", "a b"]],
  [`/sites/${hrms.id}`, ["Connected Sites", hrms.id]],
  ["/docs/api", ["API reference"]],
  ["/nowhere", []],
])("the way to %s", (pathname, names) => {
  expect(crumbsOf(pathname).map((crumb) => (crumb.kind === "named" ? crumb.name : crumb.id))).toEqual(names);
});
