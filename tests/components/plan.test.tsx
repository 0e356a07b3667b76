import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { PlanDialog } from "@/components/plans/plan-dialog";
import { PlanLink } from "@/components/plans/plan-link";
import { planQuery } from "@/lib/plans/queries";
import type { Plan } from "@/lib/plans/schema";
import { hrms, problem, renderInApp, serve } from "./support";

vi.mock("next/navigation", () => ({ useRouter: () => ({ push: vi.fn() }) }));

const id = "9b1d0c52-7a43-4f0e-8f57-30d9f6a4b1c2";
const READ = `GET /api/plans/${id}`;
const APPLY = `POST /api/plans/${id}/apply`;

const plan: Plan = {
  id,
  action: "sync_all",
  state: "ready",
  requestedBy: "ada@example.com",
  createdAt: "2026-11-20T09:00:00+00:00",
  runId: null,
  report: {},
  moved: [],
  sites: [
    {
      siteId: hrms.id,
      site: "hrms",
      done: true,
      looked: 1234,
      create: 1,
      update: 2,
      remove: 0,
      skip: 1231,
      skipped: { equal: 1230, blocked: 1 },
      updatedFields: { role: 2, team: 1 },
      problem: null,
      samples: [
        {
          kind: "update",
          userId: "u7",
          email: "u7@example.com",
          reason: null,
          fields: [{ name: "role", here: "user", there: "boss" }],
        },
      ],
    },
    {
      ...{ siteId: "7f3b5c52-0000-4000-8000-000000000002", site: "cms", done: true, looked: 0 },
      ...{ create: 0, update: 0, remove: 0, skip: 0, skipped: {}, updatedFields: {}, samples: [] },
      problem: "The site does not answer.",
    },
  ],
};

afterEach(() => vi.unstubAllGlobals());

function open() {
  const handlers = { onAgain: vi.fn(), onApplied: vi.fn(), onClose: vi.fn() };
  const made = { data: { id }, error: null, isPending: false };
  renderInApp(<PlanDialog open title="Sync All Users" made={made} {...handlers} />);
  return handlers;
}

test("a plan says per site what would change and why rows are left, and applies exactly that", async () => {
  const calls = serve({ [READ]: () => Response.json(plan), [APPLY]: () => Response.json({ runId: "r1" }) });
  const { onApplied } = open();
  expect(await screen.findByText("3 rows at 1 site would change.")).toBeVisible();
  const changed = screen.getByRole("region", { name: "Changed at hrms" });
  expect(changed).toHaveTextContent("2: role in 2 rows, team in 1");
  expect(within(changed).getByText("boss")).toBeVisible();
  expect(screen.getByRole("region", { name: "Skipped at hrms" })).toHaveTextContent(
    "1,231: 1,230 equal already, 1 blocked by a row of the site's own",
  );
  await userEvent.click(screen.getByRole("button", { name: "cms Not compared" }));
  expect(screen.getByText("The site does not answer. Nothing is promised here.")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Apply" }));
  await vi.waitFor(() => expect(onApplied).toHaveBeenCalledWith("r1"));
  expect(calls.filter(({ call }) => call === APPLY)).toHaveLength(1);
});

test("a refusal says what moved and offers to plan again", async () => {
  const reason = "hrms: the row of u7@example.com changed.";
  serve({
    [READ]: () => Response.json(plan),
    [APPLY]: () => problem(409, "The data moved.", [{ path: "", message: reason }]),
  });
  const { onAgain, onApplied } = open();
  await userEvent.click(await screen.findByRole("button", { name: "Apply" }));
  expect(await screen.findByRole("alert")).toHaveTextContent(reason);
  expect(screen.queryByRole("button", { name: "Apply" })).not.toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Plan again" }));
  expect(onAgain).toHaveBeenCalled();
  expect(onApplied).not.toHaveBeenCalled();
});

test("a large plan is watched until the sites have been read again, and may be closed meanwhile", async () => {
  let state: Plan["state"] = "ready";
  serve({
    [READ]: () => Response.json({ ...plan, state, moved: ["hrms: rows changed."] }),
    [APPLY]: () => {
      state = "checking";
      return Response.json({ runId: "r1" });
    },
  });
  const { onApplied, onClose } = open();
  await userEvent.click(await screen.findByRole("button", { name: "Apply" }));
  expect(await screen.findByText(/Reading the sites once more/)).toBeVisible();
  await userEvent.keyboard("{Escape}");
  expect(onClose).toHaveBeenCalledWith(true);
  state = "refused";
  expect(await screen.findByRole("alert", {}, { timeout: 5_000 })).toHaveTextContent("hrms: rows changed.");
  expect(onApplied).not.toHaveBeenCalled();
});

test("a plan that the address names is shown again, and one that was applied leads to its sync", async () => {
  serve({ [READ]: () => Response.json({ ...plan, state: "applied", runId: "r1" }) });
  renderInApp(<PlanLink />, { search: `?plan=${id}` });
  const dialog = await screen.findByRole("dialog", { name: "Sync All Users" });
  expect(await within(dialog).findByRole("link", { name: "Show the sync" })).toHaveAttribute(
    "href",
    "/sync?run=r1",
  );
  expect(within(dialog).queryByRole("button", { name: /Apply|Plan again/ })).not.toBeInTheDocument();
});

test("a refused plan that the address names says where to plan anew, since nothing is known of it here", async () => {
  serve({ [READ]: () => Response.json({ ...plan, state: "refused", moved: ["hrms: rows changed."] }) });
  renderInApp(<PlanLink />, { search: `?plan=${id}` });
  expect(await screen.findByRole("alert")).toHaveTextContent("plan it anew where this one was made");
  expect(screen.queryByRole("button", { name: "Plan again" })).not.toBeInTheDocument();
});

test("a plan that does not come is told with its reason", async () => {
  serve({ [READ]: () => problem(503, "The central Supabase project does not answer.") });
  open();
  expect(await screen.findByRole("alert")).toHaveTextContent("does not answer");
});

test("a plan that is not there is not asked for again and again", async () => {
  vi.useFakeTimers();
  const calls = serve({ [READ]: () => problem(404, "No plan has this id; plans are kept for a week.") });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const leave = new QueryObserver(client, planQuery(id)).subscribe(() => undefined);
  await vi.advanceTimersByTimeAsync(5_000);
  leave();
  vi.useRealTimers();
  expect(calls).toHaveLength(1);
});
