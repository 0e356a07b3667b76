import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { SyncView } from "@/components/sync/sync-view";
import type { UserSyncRun } from "@/lib/runs/request-schema";
import type { PairState } from "@/lib/runs/schema";
import { ada, adaAtHrms, emptyOverview, hrms, renderInApp, serve } from "./support";

const failed: PairState = {
  ...adaAtHrms,
  status: "failed",
  error_code: "conflict",
  error: "Another row at the site has this e-mail.",
  advice: "Change or remove that row.",
};

afterEach(() => vi.unstubAllGlobals());

function open(state: PairState, more: Record<string, () => Response> = {}) {
  const page = (items: unknown[]) => () => Response.json({ items, nextCursor: null });
  const calls = serve({
    "GET /api/overview": () => Response.json(emptyOverview),
    "GET /api/sites?limit=500": page([hrms]),
    "GET /api/users?limit=50": page([ada]),
    "GET /api/sync/status?userId=u1&limit=500": page([state]),
    ...more,
  });
  renderInApp(<SyncView />);
  return calls;
}

test("a cell is named by user, site and state", async () => {
  open(adaAtHrms);
  expect(await screen.findByRole("button", { name: /^Ada Lovelace at hrms:\s+Synced$/ })).toBeVisible();
});

test("a failing cell shows its reason, and its advice after Enter", async () => {
  open(failed);
  const cell = await screen.findByRole("button", { name: /Ada Lovelace at hrms:\s+Failed/ });
  expect(cell).toHaveTextContent("Another row at the site has this e-mail.");
  cell.focus();
  await userEvent.keyboard("{Enter}");
  const panel = await screen.findByRole("dialog", { name: "Ada Lovelace at hrms" });
  expect(panel).toHaveTextContent("What to doChange or remove that row.");
  await userEvent.keyboard("{Escape}");
  await vi.waitFor(() => expect(cell).toHaveFocus());
  expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
});

test("the refresh icon tells its result in place", async () => {
  const { user_id: userId } = adaAtHrms;
  const run: UserSyncRun = {
    runId: "r1",
    userId,
    done: true,
    results: [{ siteId: hrms.id, site: "hrms", status: "failed", error: "No." }],
  };
  const calls = open(adaAtHrms, { "POST /api/sync/user": () => Response.json(run) });
  await userEvent.click(await screen.findByRole("button", { name: "Sync Ada Lovelace" }));
  expect(await screen.findByText("Failed at hrms")).toBeVisible();
  expect(calls).toContainEqual({ call: "POST /api/sync/user", body: { userId } });
});

test("a state filter shows the users in that state", async () => {
  open(failed, {
    "GET /api/sync/status?status=failed&limit=200": () =>
      Response.json({ items: [failed], nextCursor: null }),
  });
  await userEvent.selectOptions(await screen.findByRole("combobox", { name: "State" }), "Failed");
  const table = await screen.findByRole("table");
  expect(within(table).getByText("Ada Lovelace")).toBeVisible();
});

test("a server that does not answer can be tried again", async () => {
  let down = true;
  open(adaAtHrms, {
    "GET /api/sites?limit=500": () =>
      down
        ? Response.json({ detail: "The central project does not answer." }, { status: 503 })
        : Response.json({ items: [hrms], nextCursor: null }),
  });
  expect(await screen.findByText("The central project does not answer.")).toBeVisible();
  down = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("button", { name: /Ada Lovelace at hrms/ })).toBeVisible();
});
