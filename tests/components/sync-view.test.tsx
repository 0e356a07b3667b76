import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { SyncView } from "@/components/sync/sync-view";
import type { UserSyncRun } from "@/lib/runs/request-schema";
import type { PairState, Run } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";
import type { SiteUser } from "@/lib/sites/site-user-schema";
import { adaAtHrms, emptyOverview, hrms, renderInApp, serve } from "./support";

const cms: Site = { ...hrms, id: "7f3b5c52-0000-4000-8000-000000000002", name: "cms" };

const failed: PairState = {
  ...adaAtHrms,
  status: "failed",
  error_code: "conflict",
  error: "Another row at the site has this e-mail.",
  advice: "Change or remove that row.",
};

const fields = {
  id: "u1",
  email: "ada@example.com",
  full_name: "Ada Lovelace",
  role: "user",
  team: "Engines",
  department: null,
  clerk_user_id: "u1",
  created_at: "2026-01-31T09:00:00Z",
  updated_at: "2026-01-31T09:00:00Z",
};

const beside: SiteUser = {
  siteId: hrms.id,
  userId: "u1",
  here: { ...fields, status: "active" },
  there: { kind: "row", row: { ...fields, team: "Looms" }, differs: ["team"] },
  readAt: "2026-01-31T09:00:00Z",
};

const people = ["u1", "u2", "u3"].map((user_id, index) => ({
  user_id,
  full_name: ["Ada Lovelace", "Bea", "Cay"][index],
  email: `${user_id}@example.com`,
  status: "active",
  version: 1,
}));

afterEach(() => vi.unstubAllGlobals());

type Answers = Parameters<typeof serve>[0];

function page(items: unknown[]) {
  return () => Response.json({ items, nextCursor: null });
}

function open(state: PairState, more: Answers = {}, search = "") {
  const items = people.map(({ user_id: userId }) => ({
    userId,
    states: { [hrms.id]: state.status, [cms.id]: "synced" },
    reasons: state.error_code ? { [hrms.id]: state.error_code } : {},
  }));
  const calls = serve({
    "GET /api/overview": () => Response.json(emptyOverview),
    "GET /api/sites?limit=500": page([hrms, cms]),
    "GET /api/sync/people?limit=100": page(people),
    "POST /api/sync/matrix": () => Response.json({ items }),
    "GET /api/sync/status?userId=u1&limit=500": page([state]),
    [`GET /api/sites/${hrms.id}/users/u1`]: () => Response.json(beside),
    [`GET /api/sync/log?userId=u1&siteId=${hrms.id}&limit=5`]: page([]),
    ...more,
  });
  renderInApp(<SyncView />, { search });
  return calls;
}

test("a cell is named by user, site and state", async () => {
  open(adaAtHrms);
  expect(await screen.findByRole("button", { name: /^Ada Lovelace at hrms:\s+Synced$/ })).toBeVisible();
  expect(screen.getByRole("grid", { name: "Users and sites" })).toHaveAttribute("aria-rowcount", "4");
});

test("a failing cell shows its reason, and after Enter all of it with the rows beside each other", async () => {
  open(failed);
  const cell = await screen.findByRole("button", { name: /Ada Lovelace at hrms:\s+Failed/ });
  expect(cell).toHaveTextContent("Already taken there");
  cell.focus();
  await userEvent.keyboard("{Enter}");
  const panel = await screen.findByRole("dialog", { name: "Ada Lovelace at hrms" });
  expect(panel).toHaveTextContent("What to doChange or remove that row.");
  const row = await within(panel).findByRole("row", { name: /^Team/ });
  expect(row).toHaveTextContent("differsEnginesLooms");
  expect(panel).toHaveTextContent("1 field differs");
  await userEvent.keyboard("{Escape}");
  await vi.waitFor(() => expect(cell).toHaveFocus());
  expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
});

test("a site that waits for its take-over is not called paused, neither in a cell nor in what is told of it", async () => {
  const waiting: PairState = {
    ...adaAtHrms,
    status: "pending",
    error_code: "take_over_waiting",
    error: "The site has users of its own",
    advice: "Decide about them.",
  };
  const undecided: Site = { ...hrms, status: "paused", waitsForTakeOver: true };
  open(waiting, { "GET /api/sites?limit=500": page([undecided, cms]) });
  const cell = await screen.findByRole("button", { name: /Ada Lovelace at hrms:\s+Waiting/ });
  expect(cell).toHaveTextContent("Waits for take-over");
  await userEvent.click(cell);
  const panel = await screen.findByRole("dialog", { name: "Ada Lovelace at hrms" });
  expect(await within(panel).findByText(/The site has users of its own/)).toBeVisible();
  expect(panel).not.toHaveTextContent(/paused|Resume/);
});

test("one control has the tab stop, and the arrow keys move it", async () => {
  open(adaAtHrms);
  const first = await screen.findByRole("link", { name: /Ada Lovelace/ });
  await screen.findByRole("button", { name: /Ada Lovelace at hrms/ });
  const grid = screen.getByRole("grid");
  expect(grid.querySelectorAll("[tabindex='0']")).toHaveLength(1);
  first.focus();
  await userEvent.keyboard("{ArrowRight}{ArrowRight}{ArrowDown}");
  expect(screen.getByRole("button", { name: /Bea at hrms/ })).toHaveFocus();
  await userEvent.keyboard("{End}{ArrowUp}{ArrowUp}");
  expect(screen.getByRole("link", { name: "cms" })).toHaveFocus();
  await userEvent.keyboard("{Control>}{End}{/Control}");
  expect(screen.getByRole("button", { name: /Cay at cms/ })).toHaveFocus();
  await userEvent.keyboard("{Home}{ArrowUp}{ArrowUp}{ArrowUp}");
  expect(first).toHaveFocus();
  expect(grid.querySelectorAll("[tabindex='0']")).toHaveLength(1);
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

test("the refresh icon says who is waited for, and the outcome when it comes", async () => {
  const results = [{ siteId: hrms.id, site: "hrms", status: "pending" as const }];
  let answered = false;
  open(adaAtHrms, {
    "POST /api/sync/user": () => Response.json({ runId: "r1", userId: "u1", done: false, results }),
    "GET /api/sync/runs/r1": () => Response.json({ id: "r1", ...(answered && { finishedAt: "2026-01-31" }) }),
    "GET /api/sync/user?userId=u1": () =>
      Response.json({ userId: "u1", results: [{ ...results[0], status: answered ? "synced" : "pending" }] }),
  });
  await userEvent.click(await screen.findByRole("button", { name: "Sync Ada Lovelace" }));
  expect(await screen.findByText("Waiting for hrms")).toBeVisible();
  answered = true;
  expect(await screen.findByText("Synced to 1 site", {}, { timeout: 4_000 })).toBeVisible();
});

test("a state filter shows the users in that state, at the sites that are shown", async () => {
  open(
    failed,
    { [`GET /api/sync/people?status=failed&siteIds=${cms.id}&limit=100`]: page(people.slice(2)) },
    `?sites=${cms.id}`,
  );
  await screen.findByText("Ada Lovelace");
  expect(screen.queryByRole("link", { name: "hrms" })).not.toBeInTheDocument();
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "State" }), "Failed");
  expect(await screen.findByText("Cay")).toBeVisible();
  await vi.waitFor(() => expect(screen.queryByText("Ada Lovelace")).not.toBeInTheDocument());
});

test("Sync All Users says what will happen, and goes to the chosen sites", async () => {
  const calls = open(adaAtHrms, {
    "POST /api/sync/all-users": () => Response.json({ runId: "r1", users: 1, sites: 1 }, { status: 202 }),
    "GET /api/sync/runs/r1": () => Response.json(running),
    "POST /api/sync/runs/r1/cancel": () => Response.json({ ...running, cancelledAt: "2026-01-31T09:00:00Z" }),
    "GET /api/sync/runs?limit=20": page([]),
  });
  vi.stubGlobal("EventSource", SilentEventSource);
  await userEvent.click(await screen.findByRole("button", { name: "Sync All Users" }));
  const dialog = await screen.findByRole("dialog", { name: "Sync All Users" });
  expect(dialog).toHaveTextContent("1 user to 2 sites: 2 rows.");
  await userEvent.click(within(dialog).getByRole("checkbox", { name: "cms" }));
  expect(dialog).toHaveTextContent("1 user to hrms: 1 row.");
  expect(dialog).toHaveTextContent("Who is synced already is not written again.");
  await userEvent.click(within(dialog).getByRole("checkbox", { name: "Write everybody again" }));
  expect(dialog).toHaveTextContent("All of them are written, over what somebody changed at a site.");
  await userEvent.click(within(dialog).getByRole("button", { name: "Start sync" }));
  await vi.waitFor(() =>
    expect(calls).toContainEqual({
      call: "POST /api/sync/all-users",
      body: { siteIds: [hrms.id], force: true },
    }),
  );
  expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
  await userEvent.click(await screen.findByRole("button", { name: "Cancel sync" }));
  const ask = await screen.findByRole("alertdialog", { name: "Cancel this sync?" });
  expect(ask).toHaveTextContent("8 of 10 are not sent again.");
  await userEvent.click(within(ask).getByRole("button", { name: "Cancel sync" }));
  await vi.waitFor(() => expect(calls.map(({ call }) => call)).toContain("POST /api/sync/runs/r1/cancel"));
  expect(await screen.findByRole("button", { name: "Cancelling" })).toBeDisabled();
});

const running: Run = {
  id: "r1",
  kind: "all",
  requestedBy: "olive@example.com",
  total: 10,
  succeeded: 2,
  failed: 0,
  pending: 8,
  startedAt: "2026-01-31T09:00:00Z",
  sites: [{ siteId: hrms.id, site: "hrms", total: 10, succeeded: 2, failed: 0 }],
};

/** A stream that a proxy does not let through. */
class SilentEventSource {
  onmessage = () => {};
  onerror = () => {};
  close = () => {};
  constructor() {
    queueMicrotask(() => this.onerror());
  }
}

test("the latest syncs are listed, whoever asked for them, and can be shown", async () => {
  const cancelled: Run = {
    ...running,
    pending: 0,
    finishedAt: "2026-01-31T09:00:02Z",
    cancelledAt: "2026-01-31T09:00:01Z",
  };
  open(adaAtHrms, {
    "GET /api/sync/runs?limit=20": page([cancelled]),
    "GET /api/sync/runs/r1": () => Response.json(cancelled),
  });
  vi.stubGlobal("EventSource", SilentEventSource);
  await userEvent.click(await screen.findByRole("button", { name: "Latest syncs" }));
  const list = await screen.findByRole("dialog", { name: "Latest syncs" });
  await userEvent.click(await within(list).findByRole("button", { name: /Cancelled after 2 of 10 to hrms/ }));
  expect(await screen.findByText(/2 synced · 0 failed · 8 left out/)).toBeVisible();
});

test("a sync whose last site is tried again says so, and when, instead of running", async () => {
  const retryAt = new Date(Date.now() + 90_000).toISOString();
  open(adaAtHrms, {
    "GET /api/sites?limit=500": page([{ ...hrms, health: "degraded", retryAt }, cms]),
    "GET /api/sync/runs?limit=20": page([running]),
  });
  await userEvent.click(await screen.findByRole("button", { name: "Latest syncs" }));
  const list = await screen.findByRole("dialog", { name: "Latest syncs" });
  const line = await within(list).findByRole("button", { name: /Trying hrms again in 1 min/ });
  expect(line).toHaveTextContent("Retrying");
  expect(line).not.toHaveTextContent("Running");
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
