import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { BulkDialog } from "@/components/users/bulk-dialog";
import { changeOf } from "@/components/users/bulk-fields";
import { JobsBanner } from "@/components/users/jobs/jobs-banner";
import type { Selection } from "@/components/users/selection";
import type { ChangeJob, ImportJob } from "@/lib/users/job-schema";
import { renderInApp, serve } from "./support";

afterEach(() => vi.unstubAllGlobals());

const BULK = "POST /api/users/bulk";
const JOBS = "GET /api/users/jobs";
const filter = { search: "ada", status: null };
const some: Selection = { kind: "some", ids: new Set(["u1", "u2"]), last: null };

const running: ChangeJob = {
  id: "7f3b5c52-0000-4000-8000-00000000000a",
  kind: "change",
  state: "running",
  requestedBy: "olive@example.com",
  change: { status: "inactive" },
  total: 5,
  matched: 3,
  changed: 2,
  unchanged: 1,
  refused: 0,
  error: null,
  createdAt: "2026-01-31T09:00:00Z",
  finishedAt: null,
};

const DISMISS = `DELETE /api/users/jobs/${running.id}`;

test("everybody who matches is changed by a job, which is followed to its end", async () => {
  let job = running;
  const calls = serve({
    "GET /api/users/count?search=ada&most=10000000": () => Response.json({ users: 5, more: false }),
    [BULK]: () => Response.json(running, { status: 202 }),
    [JOBS]: () => Response.json({ items: [job] }),
    [DISMISS]: () => Response.json(job),
  });
  const onDone = vi.fn();
  renderInApp(
    <BulkDialog
      kind="deactivate"
      selection={{ kind: "all" }}
      filter={filter}
      onClose={vi.fn()}
      onDone={onDone}
    />,
  );
  await userEvent.click(await screen.findByRole("button", { name: "Deactivate 5 users" }));
  expect(await screen.findByRole("status")).toHaveTextContent("Deactivating 3 of 5 users.");
  expect(calls.find(({ call }) => call === BULK)?.body).toEqual({
    query: { search: "ada" },
    expect: 5,
    change: { status: "inactive" },
    background: true,
  });
  expect(onDone).not.toHaveBeenCalled();
  job = { ...running, state: "done", matched: 5, changed: 4, finishedAt: running.createdAt };
  await vi.waitFor(() => expect(onDone).toHaveBeenCalled(), { timeout: 10_000 });
  await vi.waitFor(() => expect(calls.map(({ call }) => call)).toContain(DISMISS));
});

test("what has not begun, since another is before it, says that it waits", async () => {
  const first: ImportJob = {
    ...running,
    id: "7f3b5c52-0000-4000-8000-00000000000b",
    kind: "import",
    file: "people.csv",
    created: 2,
    createdAt: "2026-01-31T08:59:00Z",
  };
  const next = { ...running, matched: 0, changed: 0, unchanged: 0 };
  serve({ [JOBS]: () => Response.json({ items: [next, first] }) });
  renderInApp(<JobsBanner />);
  expect(await screen.findByText("Deactivating 5 users waits for what was started before it.")).toBeVisible();
  expect(screen.getByText("Importing people.csv: 3 of 5 lines.")).toBeVisible();
});

test("a page that is opened later shows how far it is, and can stop it", async () => {
  let job = running;
  let items = 1;
  serve({
    [JOBS]: () => Response.json({ items: [job].slice(0, items) }),
    [DISMISS]: () => {
      items = 0;
      return Response.json(job);
    },
    [`POST /api/users/jobs/${running.id}/cancel`]: () => {
      job = { ...running, state: "cancelled", finishedAt: running.createdAt };
      return Response.json(job);
    },
  });
  renderInApp(<JobsBanner />);
  expect(await screen.findByRole("progressbar")).toHaveAttribute("aria-valuenow", "60");
  await userEvent.click(screen.getByRole("button", { name: "Stop" }));
  expect(
    await screen.findByText(
      "Stopped after 3 of 5 users. 2 users were deactivated. 1 user had nothing to change.",
    ),
  ).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Dismiss" }));
  await vi.waitFor(() => expect(screen.queryByRole("status")).toBeNull());
});

test("an import says which file it is, and what it refused is there to be saved once it has ended", async () => {
  const { change: _, ...base } = running;
  let job: ImportJob = { ...base, kind: "import", file: "people.csv", created: 1, total: 9, refused: 0 };
  serve({ [JOBS]: () => Response.json({ items: [job] }) });
  renderInApp(<JobsBanner />);
  expect(await screen.findByRole("status")).toHaveTextContent("Importing people.csv: 3 of 9 lines.");
  expect(screen.queryByRole("link")).toBeNull();
  job = { ...job, state: "failed", error: "It took too long.", refused: 1, finishedAt: running.createdAt };
  expect(await screen.findByRole("link", { name: "Refused lines" }, { timeout: 10_000 })).toHaveAttribute(
    "href",
    `/api/users/jobs/${running.id}/refused`,
  );
  expect(screen.getByRole("status")).toHaveTextContent(
    "Gave up the import of people.csv after 3 of 9 lines. 1 user added · 2 changed · 1 unchanged · 1 line refused.",
  );
});

test("what came of somebody else's change is not told", async () => {
  const done = {
    ...running,
    state: "done",
    requestedBy: "somebody@example.com",
    finishedAt: running.createdAt,
  };
  const calls = serve({ [JOBS]: () => Response.json({ items: [done] }) });
  renderInApp(<JobsBanner />);
  await vi.waitFor(() => expect(calls).toHaveLength(1));
  expect(screen.queryByRole("status")).toBeNull();
});

test("nothing can be started before a field is chosen, and an empty team takes the team away", async () => {
  const calls = serve({
    "GET /api/users/facets": () => Response.json({ roles: [], teams: [], departments: [] }),
    [BULK]: () => Response.json(running, { status: 202 }),
    [JOBS]: () => Response.json({ items: [running] }),
  });
  renderInApp(
    <BulkDialog kind="fields" selection={some} filter={filter} onClose={vi.fn()} onDone={vi.fn()} />,
  );
  const start = screen.getByRole("button", { name: "Change 2 users" });
  expect(start).toBeDisabled();
  await userEvent.click(screen.getByRole("checkbox", { name: "Change the team" }));
  await userEvent.click(start);
  await screen.findByRole("progressbar");
  expect(calls.find(({ call }) => call === BULK)?.body).toEqual({
    ids: ["u1", "u2"],
    change: { team: null },
    background: true,
  });
});

test("a role must be something", () => {
  const nothing = { team: null, department: null, role: null };
  expect(changeOf(nothing)).toBeNull();
  expect(changeOf({ ...nothing, role: " " })).toBeNull();
  expect(changeOf({ ...nothing, role: " editor ", department: "" })).toEqual({
    role: "editor",
    department: null,
  });
});
