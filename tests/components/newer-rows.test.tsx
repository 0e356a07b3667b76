import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { Toaster } from "sonner";
import { afterEach, expect, test, vi } from "vitest";
import { SyncLine } from "@/components/shell/sync-line";
import { NewerRows } from "@/components/sync/newer-rows";
import type { Overview } from "@/lib/runs/schema";
import { emptyOverview, hrms, problem, renderInApp, serve } from "./support";

const OVERVIEW = "GET /api/overview";
const ASSERT = "POST /api/sync/assert";
const atHrms = { siteId: hrms.id, site: "hrms", known: 12, unknown: 0 };
const atCms = { siteId: "s2", site: "cms", known: 1, unknown: 3 };

afterEach(() => vi.unstubAllGlobals());

function open(newerRows: Overview["newerRows"], assert?: () => Response, children?: ReactNode) {
  const overview: Overview = { ...emptyOverview, users: { active: 40, inactive: 2 }, newerRows };
  const calls = serve({
    [OVERVIEW]: () => Response.json(overview),
    "GET /api/sites?limit=500": () => Response.json({ items: [], nextCursor: null }),
    ...(assert && { [ASSERT]: assert }),
  });
  renderInApp(
    <>
      <NewerRows />
      {children}
      <Toaster />
    </>,
  );
  return calls;
}

async function ask() {
  await userEvent.click(await screen.findByRole("button", { name: "Make the list win…" }));
  return await screen.findByRole("alertdialog", { name: "Make the list win?" });
}

test("nothing is said while no site has newer rows", async () => {
  open([], undefined, <SyncLine />);
  expect(await screen.findByText("No site connected yet")).toBeVisible();
  expect(screen.queryByText(/newer rows/)).not.toBeInTheDocument();
});

test("the sites, how many rows and the possible reasons are said", async () => {
  open([atHrms, atCms]);
  const banner = await screen.findByRole("region", { name: "2 sites have newer rows than the list" });
  expect(banner).toHaveTextContent(
    "12 newer rows at hrms · 1 newer row at cms and 3 users the list does not know",
  );
  expect(banner).toHaveTextContent(/edited them there, or the central database was restored/);
});

test("making the list win says what it does first, and Cancel has the focus", async () => {
  const calls = open([atHrms]);
  const dialog = await ask();
  expect(dialog).toHaveTextContent("Every user of the list (42) is sent to every site again");
  expect(dialog).toHaveTextContent("12 at hrms");
  expect(screen.queryByRole("checkbox")).not.toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Cancel" })).toHaveFocus();
  await userEvent.keyboard("{Escape}");
  expect(screen.queryByRole("alertdialog")).not.toBeInTheDocument();
  expect(calls.map(({ call }) => call)).not.toContain(ASSERT);
});

test("users the list does not know stay unless it is asked for", async () => {
  const calls = open([atHrms, atCms], () => Response.json({ users: 42, unknown: 3 }, { status: 202 }));
  await ask();
  expect(
    screen.getByRole("checkbox", { name: "Also remove 3 users the list does not know" }),
  ).not.toBeChecked();
  await userEvent.click(screen.getByRole("button", { name: "Make the list win" }));
  expect(await screen.findByText("Sending 42 users again.")).toBeVisible();
  expect(calls).toContainEqual({ call: ASSERT, body: { confirm: true, removeUnknown: false } });
  expect(screen.queryByRole("alertdialog")).not.toBeInTheDocument();
});

test("with the checkbox they are removed, and said to be", async () => {
  const calls = open([atCms], () => Response.json({ users: 42, unknown: 3 }, { status: 202 }));
  await ask();
  expect(screen.getByRole("button", { name: "Cancel" })).toHaveFocus();
  await userEvent.click(screen.getByRole("checkbox"));
  await userEvent.click(screen.getByRole("button", { name: "Make the list win" }));
  expect(await screen.findByText("Sending 42 users again and removing 3 unknown users.")).toBeVisible();
  expect(calls).toContainEqual({ call: ASSERT, body: { confirm: true, removeUnknown: true } });
});

test("what the server refuses is said in the dialog", async () => {
  open([atHrms], () => problem(503, "The central project does not answer."));
  await ask();
  await userEvent.click(screen.getByRole("button", { name: "Make the list win" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("The central project does not answer.");
});
