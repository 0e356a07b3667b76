import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { ReadOnly } from "@/components/shell/read-only";
import { UserMenu } from "@/components/shell/user-menu";
import { SitesView } from "@/components/sites/sites-view";
import { SyncView } from "@/components/sync/sync-view";
import { UsersView } from "@/components/users/users-view";
import type { Session } from "@/lib/session/schema";
import { ada, adaAtHrms, emptyOverview, hrms, noCounts, owner, renderInApp, serve, viewer } from "./support";

vi.mock("next/navigation", () => ({ useRouter: () => ({ push: vi.fn() }) }));

const admin: Session = { ...owner, role: "admin" };
const page = (items: unknown[]) => () => Response.json({ items, nextCursor: null });
const failing = { ...adaAtHrms, status: "failed" as const, error: "No.", advice: "Try." };
const lists = {
  "GET /api/overview": () => Response.json({ ...emptyOverview, sites: [{ ...noCounts, failed: 1 }] }),
  "GET /api/sites?limit=500": page([hrms]),
  "GET /api/users?sort=-created_at&limit=50": page([ada]),
  "GET /api/sync/people?limit=100": page([
    { user_id: ada.id, full_name: ada.full_name, email: ada.email, status: "active", version: 1 },
  ]),
  "POST /api/sync/matrix": () =>
    Response.json({ items: [{ userId: ada.id, states: { [hrms.id]: "failed" }, reasons: {} }] }),
  [`GET /api/sites/${hrms.id}/users/u1`]: () =>
    Response.json({
      siteId: hrms.id,
      userId: ada.id,
      here: null,
      there: { kind: "none" },
      readAt: ada.updated_at,
    }),
  [`GET /api/sync/log?userId=u1&siteId=${hrms.id}&limit=5`]: page([]),
  "GET /api/sync/status?userId=u1&limit=500": page([failing]),
  "GET /api/users/facets": () => Response.json({ roles: [], teams: [], departments: [] }),
  "GET /api/users/count": () => Response.json({ users: 1, more: false }),
  "POST /api/sync/summary": () => Response.json({ items: [] }),
};

afterEach(() => vi.unstubAllGlobals());

test("a viewer sees users and is offered nothing that changes them", async () => {
  serve(lists);
  renderInApp(<UsersView />, { session: viewer });
  await userEvent.click(await screen.findByRole("button", { name: "More for Ada Lovelace" }));
  const items = await screen.findAllByRole("menuitem");
  expect(items.map(({ textContent }) => textContent)).toEqual(["Show in the log"]);
  for (const name of ["Add User", "Sync Ada Lovelace", "Edit Ada Lovelace"]) {
    expect(screen.queryByRole("button", { name })).not.toBeInTheDocument();
  }
});

test("an admin is offered all of it", async () => {
  serve(lists);
  renderInApp(<UsersView />, { session: admin });
  await userEvent.click(await screen.findByRole("button", { name: "More for Ada Lovelace" }));
  expect(await screen.findByRole("menuitem", { name: "Deactivate" })).toBeVisible();
  for (const name of ["Add User", "Sync Ada Lovelace", "Edit Ada Lovelace"]) {
    expect(screen.getByRole("button", { name, hidden: true })).toBeInTheDocument();
  }
});

test("a viewer sees sites and is offered nothing that changes them", async () => {
  serve(lists);
  renderInApp(<SitesView sql="create table" />, { session: viewer });
  await userEvent.click(await screen.findByRole("button", { name: "More for hrms" }));
  expect(screen.getAllByRole("menuitem").map(({ textContent }) => textContent)).toEqual([
    "Verify",
    "Show in the log",
  ]);
  for (const name of ["Add Site", "Supabase credentials"]) {
    expect(screen.queryByRole("button", { name })).not.toBeInTheDocument();
  }
});

test("a viewer sees why something fails and is offered no retry", async () => {
  serve(lists);
  renderInApp(<SyncView />, { session: viewer });
  await userEvent.click(await screen.findByRole("button", { name: /Ada Lovelace at hrms/ }));
  expect(await screen.findByText("Try.")).toBeVisible();
  expect(screen.getByRole("link", { name: "Show in the log" })).toBeVisible();
  for (const name of [/Retry/, /Sync All Users/, /Sync Ada/, /Sync again/]) {
    expect(screen.queryByRole("button", { name, hidden: true })).not.toBeInTheDocument();
  }
});

test("only a viewer is told that this is for viewing, and who can change that", () => {
  serve({});
  const { unmount } = renderInApp(<ReadOnly />, { session: viewer });
  expect(screen.getByRole("button", { name: /^View only\. .*An owner can make you an admin/ })).toBeVisible();
  unmount();
  renderInApp(<ReadOnly />, { session: admin });
  expect(screen.queryByRole("button")).not.toBeInTheDocument();
});

test.each([
  ["Sign out", "DELETE /api/session"],
  ["Sign out everywhere", "DELETE /api/session?everywhere=true"],
])("%s: the menu of one's account does it, and leaves", async (item, call) => {
  const calls = serve({ [call]: () => new Response(null, { status: 204 }) });
  const onSignedOut = vi.fn();
  renderInApp(<UserMenu onSignedOut={onSignedOut} />);
  await userEvent.click(screen.getByRole("button", { name: `Account of ${owner.email}` }));
  expect(screen.getByRole("menu")).toHaveTextContent(`${owner.email}Owner`);
  await userEvent.click(screen.getByRole("menuitem", { name: item }));
  await vi.waitFor(() => expect(onSignedOut).toHaveBeenCalled());
  expect(calls.map((made) => made.call)).toEqual([call]);
});
