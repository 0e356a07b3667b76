import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { DisconnectDialog } from "@/components/sites/disconnect-dialog";
import { SiteNotice } from "@/components/sites/site-notice";
import type { SiteCounts } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";
import { hrms, noCounts, renderInApp, serve, viewer } from "./support";

const REMOVE = `DELETE /api/sites/${hrms.id}?rows=remove`;
const KEEP = `DELETE /api/sites/${hrms.id}?rows=keep`;
const CANCEL = `PATCH /api/sites/${hrms.id}`;
const leaving: Site = { ...hrms, status: "disconnecting", rowsToRemove: 40 };

afterEach(() => vi.unstubAllGlobals());

function open(site: Site) {
  const done = { closed: vi.fn(), gone: vi.fn() };
  renderInApp(<DisconnectDialog site={site} onClose={done.closed} onGone={done.gone} />);
  return done;
}

function show(site: Site, counts: Partial<SiteCounts>, session = {}) {
  renderInApp(<SiteNotice site={site} counts={{ ...noCounts, ...counts }} />, session);
}

test("disconnecting keeps the users there unless somebody chooses otherwise", async () => {
  const calls = serve({ [KEEP]: () => Response.json(hrms) });
  const { gone } = open(hrms);
  expect(screen.getByRole("radio", { name: "Keep the users there" })).toBeChecked();
  await userEvent.click(screen.getByRole("button", { name: "Disconnect" }));
  await vi.waitFor(() => expect(gone).toHaveBeenCalled());
  expect(calls.map(({ call }) => call)).toEqual([KEEP]);
});

test("removing them first leaves the site there until it is done", async () => {
  serve({ [REMOVE]: () => Response.json(leaving) });
  const { closed, gone } = open(hrms);
  await userEvent.click(screen.getByRole("radio", { name: "Remove them first" }));
  await userEvent.click(screen.getByRole("button", { name: "Disconnect" }));
  await vi.waitFor(() => expect(closed).toHaveBeenCalled());
  expect(gone).not.toHaveBeenCalled();
});

test("at a site that cannot be written to it says what holds the removal up", async () => {
  open({ ...hrms, health: "blocked", error: "The site rejects the saved key." });
  await userEvent.click(screen.getByRole("radio", { name: "Remove them first" }));
  expect(screen.getByText(/The site rejects the saved key.*disconnect at any time/)).toBeVisible();
});

test("a site without credentials has nothing to choose", () => {
  open({ ...hrms, hasCredentials: false });
  expect(screen.queryByRole("radio")).not.toBeInTheDocument();
});

test("the removal shows how far it is, and can be taken back", async () => {
  const calls = serve({ [CANCEL]: () => Response.json(hrms) });
  show(leaving, { synced: 5, pending: 5 });
  expect(screen.getByRole("status")).toHaveTextContent("30 of 40 users removed there");
  expect(screen.getByRole("progressbar")).toHaveAttribute("aria-valuenow", "75");
  expect(screen.queryByRole("button", { name: "Disconnect now" })).not.toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Keep the site" }));
  await vi.waitFor(() => expect(calls).toEqual([{ call: CANCEL, body: { status: "active" } }]));
});

test("a removal that is held up says why and offers to leave the rest", async () => {
  show(
    { ...leaving, health: "blocked", error: "The site rejects the saved key.", advice: "Copy it again." },
    { failed: 10 },
  );
  expect(screen.getByText("The site rejects the saved key.")).toBeVisible();
  expect(screen.getByText("Copy it again.")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Disconnect now" }));
  expect(screen.getByRole("alertdialog", { name: "Disconnect hrms now?" })).toBeVisible();
  expect(screen.queryByRole("radio")).not.toBeInTheDocument();
});

test("who may only read sees the progress without the ways out", () => {
  show(leaving, { pending: 1 }, { session: viewer });
  expect(screen.getByRole("progressbar")).toBeVisible();
  expect(screen.queryByRole("button")).not.toBeInTheDocument();
});
