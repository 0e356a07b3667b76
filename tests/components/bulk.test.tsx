import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { BulkDialog } from "@/components/users/bulk-dialog";
import { changeOf } from "@/components/users/bulk-fields";
import type { Selection } from "@/components/users/selection";
import { type BulkProgress, changeInSteps } from "@/lib/users/bulk";
import { problem, renderInApp, serve } from "./support";

afterEach(() => vi.unstubAllGlobals());

const BULK = "POST /api/users/bulk";
const filter = { search: "ada", status: null };
const some: Selection = { kind: "some", ids: new Set(["u1", "u2"]), last: null };

/** Answers one after the other. */
function inTurn(...answers: object[]) {
  const left = answers.map((answer) => () => Response.json(answer));
  return () => left.shift()?.() ?? problem(500, "No further answer was planned.");
}

async function steps(...args: Parameters<typeof changeInSteps>): Promise<BulkProgress[]> {
  const all: BulkProgress[] = [];
  for await (const progress of changeInSteps(...args)) all.push(progress);
  return all;
}

test("everybody who matches is changed in short calls, and only the first one expects a number", async () => {
  const calls = serve({
    [BULK]: inTurn({ matched: 3, changed: 2, after: "u3" }, { matched: 1, changed: 1, after: null }),
  });
  const signal = new AbortController().signal;
  expect(await steps({ filter, expect: 4 }, { team: "T" }, signal)).toEqual([
    { matched: 3, changed: 2, after: "u3" },
    { matched: 4, changed: 3, after: null },
  ]);
  expect(calls.map(({ body }) => body)).toEqual([
    { query: { search: "ada" }, change: { team: "T" }, seconds: 2, expect: 4 },
    { query: { search: "ada" }, change: { team: "T" }, seconds: 2, after: "u3" },
  ]);
});

test("many ids go in several calls, and a stop is heeded between two", async () => {
  const ids = Array.from({ length: 5_000 }, (_, n) => `u${n}`);
  const calls = serve({ [BULK]: () => Response.json({ matched: 2_000, changed: 2_000, after: null }) });
  const stop = new AbortController();
  const progress = await steps({ ids }, {}, stop.signal);
  expect(progress.map(({ after }) => after)).toEqual(["2000", "4000", null]);
  expect(calls.map(({ body }) => (body as { ids: string[] }).ids.length)).toEqual([2_000, 2_000, 1_000]);
  stop.abort();
  expect(await steps({ ids }, {}, stop.signal)).toEqual([]);
});

test("a change that fails half-way says how far it came, and goes on there", async () => {
  const answers = [
    () => Response.json({ matched: 3, changed: 3, after: "u3" }),
    () => problem(503, "The central project does not answer."),
    () => Response.json({ matched: 2, changed: 2, after: null }),
  ];
  const calls = serve({
    "GET /api/users/count?search=ada&most=10000000": () => Response.json({ users: 5, more: false }),
    [BULK]: () => answers.shift()?.() ?? problem(500, "No further answer was planned."),
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
  expect(await screen.findByRole("alert")).toHaveTextContent("The central project does not answer.");
  expect(screen.getByRole("status")).toHaveTextContent(
    "Stopped after 3 of 5 users. What was done stays done.",
  );
  expect(onDone).not.toHaveBeenCalled();
  await userEvent.click(screen.getByRole("button", { name: "Go on" }));
  await vi.waitFor(() => expect(onDone).toHaveBeenCalled());
  expect(calls.at(-1)?.body).toMatchObject({ after: "u3", change: { status: "inactive" } });
});

test("nothing can be started before a field is chosen, and an empty team takes the team away", async () => {
  const calls = serve({
    "GET /api/users/facets": () => Response.json({ roles: [], teams: [], departments: [] }),
    [BULK]: inTurn({ matched: 2, changed: 2, after: null }),
  });
  const onDone = vi.fn();
  renderInApp(
    <BulkDialog kind="fields" selection={some} filter={filter} onClose={vi.fn()} onDone={onDone} />,
  );
  const start = screen.getByRole("button", { name: "Change 2 users" });
  expect(start).toBeDisabled();
  await userEvent.click(screen.getByRole("checkbox", { name: "Change the team" }));
  await userEvent.click(start);
  await vi.waitFor(() => expect(onDone).toHaveBeenCalled());
  expect(calls.at(-1)?.body).toEqual({ ids: ["u1", "u2"], change: { team: null }, seconds: 45 });
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
