import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Toaster } from "sonner";
import { afterEach, expect, test, vi } from "vitest";
import { SyncLine } from "@/components/shell/sync-line";
import { SiteMenu } from "@/components/sites/site-menu";
import { PairPanel } from "@/components/sync/pair-panel";
import { RetryAllButton } from "@/components/sync/retry-all-button";
import { UserActions } from "@/components/users/user-actions";
import type { PairState, SiteCounts } from "@/lib/runs/schema";
import { ada, adaAtHrms, emptyOverview, hrms, noCounts, problem, renderInApp, serve } from "./support";

vi.mock("next/navigation", () => ({ useRouter: () => ({ push: vi.fn() }) }));

const RETRY = "POST /api/sync/retry";
const failed: PairState = { ...adaAtHrms, status: "failed", error_code: "conflict", error: "Taken." };

afterEach(() => vi.unstubAllGlobals());

function serveCounts(sites: SiteCounts[], retry = () => Response.json({ pairs: 12 }, { status: 202 })) {
  return serve({
    "GET /api/overview": () => Response.json({ ...emptyOverview, sites }),
    "GET /api/sites?limit=500": () => Response.json({ items: [hrms], nextCursor: null }),
    [RETRY]: retry,
  });
}

function serveStates(state: PairState) {
  return serve({
    "GET /api/sync/status?userId=u1&limit=500": () => Response.json({ items: [state], nextCursor: null }),
    [RETRY]: () => Response.json({ pairs: 1 }, { status: 202 }),
  });
}

test("everything that failed is retried at once, and how much that is is said", async () => {
  const calls = serveCounts([{ ...noCounts, failed: 10, retrying: 2 }]);
  renderInApp(
    <>
      <RetryAllButton />
      <Toaster />
    </>,
  );
  await userEvent.click(await screen.findByRole("button", { name: "Retry everything that failed (12)" }));
  expect(await screen.findByText("Trying 12 users again at hrms.")).toBeVisible();
  expect(calls).toContainEqual({ call: RETRY, body: {} });
});

test("a retry that is refused says why", async () => {
  serveCounts([{ ...noCounts, failed: 1 }], () => problem(503, "The central project does not answer."));
  renderInApp(
    <>
      <RetryAllButton />
      <Toaster />
    </>,
  );
  await userEvent.click(await screen.findByRole("button", { name: /Retry everything/ }));
  expect(await screen.findByText("The central project does not answer.")).toBeVisible();
});

test("while nothing fails there is nothing to retry", async () => {
  serveCounts([{ ...noCounts, synced: 5 }]);
  renderInApp(
    <>
      <RetryAllButton />
      <SyncLine />
    </>,
  );
  expect(await screen.findByText("Everything in sync")).toBeVisible();
  expect(screen.queryByRole("button")).not.toBeInTheDocument();
});

test("a site's menu offers to retry what failed there, only where something did", async () => {
  const calls = serveCounts([{ ...noCounts, failed: 12 }]);
  renderInApp(
    <>
      <SiteMenu site={hrms} counts={{ ...noCounts, failed: 12 }} />
      <SiteMenu site={{ ...hrms, id: "other", name: "cms" }} counts={noCounts} />
    </>,
  );
  await userEvent.click(screen.getByRole("button", { name: "More for cms" }));
  expect(screen.queryByRole("menuitem", { name: "Retry what failed" })).not.toBeInTheDocument();
  await userEvent.keyboard("{Escape}");
  await userEvent.click(screen.getByRole("button", { name: "More for hrms" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Retry what failed" }));
  await vi.waitFor(() => expect(calls).toContainEqual({ call: RETRY, body: { siteId: hrms.id } }));
});

test("a user's menu offers to retry what failed of them", async () => {
  const calls = serveStates(failed);
  renderInApp(<UserActions user={ada} onEdit={vi.fn()} />);
  await userEvent.click(screen.getByRole("button", { name: "More for Ada Lovelace" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Retry what failed" }));
  await vi.waitFor(() => expect(calls).toContainEqual({ call: RETRY, body: { userId: "u1" } }));
});

test("a failed pair is retried by itself, and that is said in place", async () => {
  const calls = serveStates(failed);
  renderInApp(<PairPanel userId={ada.id} site={hrms} onClose={vi.fn()} />);
  await userEvent.click(await screen.findByRole("button", { name: "Retry" }));
  expect(await screen.findByText("Trying again.")).toBeVisible();
  expect(calls).toContainEqual({ call: RETRY, body: { userId: "u1", siteId: hrms.id } });
});

test("a pair whose site has no credentials is not offered a retry", async () => {
  serveStates({ ...failed, error_code: "credentials_missing" });
  renderInApp(<PairPanel userId={ada.id} site={hrms} onClose={vi.fn()} />);
  expect(await screen.findByText("Taken.")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Retry" })).not.toBeInTheDocument();
});
