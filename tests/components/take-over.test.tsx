import { screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { expect, test } from "vitest";
import { OwnUsers } from "@/components/take-over/own-users";
import { SiteTakeOver } from "@/components/take-over/site-take-over";
import type { TakeOver, TakeOverItem } from "@/lib/take-over/schema";
import { hrms, renderInApp, serve, viewer } from "./support";

const base = `/api/sites/${hrms.id}/take-over`;
const waiting = { ...hrms, status: "paused" as const, waitsForTakeOver: true };

const ready: TakeOver = {
  siteId: hrms.id,
  holds: true,
  state: "ready",
  step: "scan",
  scanned: 1204,
  unlisted: 0,
  groups: { same_id: 0, same_email: 1200, same_clerk_id: 0, only_here: 3, only_there: 2, conflicting: 2 },
  unimportable: 1,
  ours: 0,
  linked: 0,
  imported: 0,
  left: 0,
  refused: 0,
  runId: null,
  decidedBy: null,
  errorCode: null,
  error: null,
  advice: null,
  startedAt: "2026-01-31T09:00:00Z",
  scannedAt: "2026-01-31T09:00:01Z",
  decidedAt: null,
  finishedAt: null,
  items: [],
  nextCursor: null,
};

function user(id: string, email: string): TakeOverItem["users"][number] {
  const more = { full_name: "Ada", role: "user", team: null, department: null, status: "active" as const };
  return { id, clerk_user_id: id, email, ...more, matchedBy: ["email"] };
}

function row(fields: Partial<TakeOverItem>): TakeOverItem {
  const none = { users: [], reason: null, problem: null, why: null };
  return { rowId: "a", kind: "same_email", there: { email: "ADA@example.com" }, ...none, ...fields };
}

function answers(items: Record<string, TakeOverItem[]>, state = ready) {
  const groups = Object.entries(items).map(([group, found]) => [
    `GET ${base}?group=${group}&limit=25`,
    () => Response.json({ ...state, items: found }),
  ]);
  return { [`GET ${base}`]: () => Response.json(state), ...Object.fromEntries(groups) };
}

const found = {
  same_email: [row({ users: [user("u1", "ada@example.com")] })],
  conflicting: [
    row({
      rowId: "c",
      kind: "conflicting",
      there: { email: "both@example.com" },
      reason: "several_users",
      users: [user("u2", "two@example.com"), user("u3", "three@example.com")],
    }),
  ],
  only_there: [row({ rowId: "x", kind: "only_there", there: { email: "own@example.com" } })],
};

test("groups and single rows are decided about, and it is said what will happen before anything does", async () => {
  const calls = serve({
    ...answers(found),
    [`POST ${base}`]: () => Response.json({ runId: "5d0f7a52-0000-4000-8000-000000000001" }, { status: 202 }),
  });
  renderInApp(<SiteTakeOver site={waiting} />);
  const rows = await screen.findByRole("region", { name: "Same e-mail: 1,200" });
  expect(await within(rows).findByText("ada@example.com")).toBeInTheDocument();
  await userEvent.selectOptions(screen.getByLabelText("What becomes of ADA@example.com"), "Leave alone");

  await userEvent.click(screen.getByRole("button", { name: /Conflicting/ }));
  await userEvent.selectOptions(
    await screen.findByLabelText("What becomes of both@example.com"),
    "Link to three@example.com",
  );
  await userEvent.selectOptions(screen.getByLabelText("What becomes of: Only there"), "Import all");

  await userEvent.click(screen.getByRole("button", { name: "Take over" }));
  const question = await screen.findByRole("alertdialog", { name: "Take over hrms?" });
  expect(question).toHaveTextContent("1,200 rows become Roster's");
  expect(question).toHaveTextContent("1 row becomes a user of the list");
  expect(question).toHaveTextContent("3 rows are left alone");
  expect(question).toHaveTextContent("3 users without a row there are added");
  await userEvent.click(within(question).getByRole("button", { name: "Take over" }));
  expect(calls.find(({ call }) => call.startsWith("POST"))?.body).toEqual({
    link: {
      groups: ["same_id", "same_email", "same_clerk_id"],
      rowIds: [],
      users: [{ rowId: "c", userId: "u3" }],
    },
    import: { groups: ["only_there"], rowIds: [] },
    leave: { groups: ["conflicting"], rowIds: ["a"] },
  });
});

test("leaving all alone is one click and a confirmation away", async () => {
  const calls = serve({
    ...answers(found),
    [`POST ${base}`]: () => Response.json({ runId: "5d0f7a52-0000-4000-8000-000000000001" }, { status: 202 }),
  });
  renderInApp(<SiteTakeOver site={waiting} />);
  await userEvent.click(await screen.findByRole("button", { name: "Leave all alone" }));
  const question = await screen.findByRole("alertdialog");
  expect(question).toHaveTextContent("1,204 rows are left alone");
  await userEvent.click(within(question).getByRole("button", { name: "Leave all alone" }));
  expect(calls.find(({ call }) => call.startsWith("POST"))?.body).toEqual({ leave: { all: true } });
});

test("who may not change sites sees whose the rows are and decides nothing", async () => {
  serve(answers(found));
  renderInApp(<SiteTakeOver site={waiting} />, { session: viewer });
  expect(await screen.findByText("ada@example.com")).toBeInTheDocument();
  expect(screen.getByLabelText("What becomes of: Only there")).toBeDisabled();
  expect(screen.queryByRole("button", { name: "Take over" })).toBeNull();
  expect(screen.queryByLabelText("What becomes of ADA@example.com")).toBeNull();
});

test("at a site without rows of its own there is nothing to take over, unless it waits to go on", async () => {
  const groups = { ...ready.groups, same_email: 0, only_there: 0, conflicting: 0 };
  serve(answers({ only_here: [] }, { ...ready, holds: false, groups }));
  const { unmount } = renderInApp(<SiteTakeOver site={hrms} />);
  expect(await screen.findByRole("button", { name: /Only here/ })).toBeVisible();
  expect(screen.queryByRole("button", { name: "Take over" })).toBeNull();
  unmount();

  serve(answers({ only_here: [] }, { ...ready, groups }));
  renderInApp(<SiteTakeOver site={waiting} />);
  expect(await screen.findByRole("button", { name: "Take over" })).toBeEnabled();
});

test("what could not be done is told row by row", async () => {
  const done = {
    ...ready,
    state: "done" as const,
    holds: false,
    linked: 1199,
    refused: 1,
    decidedBy: "olive@example.com",
  };
  const why = "This user is not in the list any more.";
  serve(answers({ refused: [row({ why })] }, done));
  renderInApp(<SiteTakeOver site={hrms} />);
  expect(await screen.findByText(why)).toBeInTheDocument();
  expect(screen.getByText("1,199")).toBeInTheDocument();
});

const refusedKey = { error: "The site rejects the saved key.", advice: "Save another key." };

test("a decision that a refused key holds up says so, and what to do, not that it goes on", async () => {
  const stuck: TakeOver = { ...ready, state: "applying", decidedAt: ready.scannedAt, ...refusedKey };
  serve(answers({}, stuck));
  renderInApp(<SiteTakeOver site={waiting} />);
  expect(await screen.findByRole("alert")).toHaveTextContent(/rejects the saved key.*Save another key/);
  expect(screen.getByRole("button", { name: "Look again" })).toBeEnabled();
  expect(screen.queryByText(/goes on by itself/)).toBeNull();
});

test("the guide of a new site says why its rows cannot be read", async () => {
  serve(answers({}, { ...ready, state: "scanning", ...refusedKey }));
  renderInApp(<OwnUsers site={waiting} onClose={() => undefined} />);
  expect(await screen.findByRole("alert")).toHaveTextContent(/rejects the saved key/);
});
