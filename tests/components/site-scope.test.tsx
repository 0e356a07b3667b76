import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { isOpen, ruleOf, shownRule } from "@/components/scope/rules";
import { ScopeForm } from "@/components/scope/scope-form";
import type { Scope } from "@/lib/sync/core/scope";
import { hrms, renderInApp, serve, viewer } from "./support";

const SAVE = `PUT /api/sites/${hrms.id}/scope`;
const PREVIEW = `POST /api/sites/${hrms.id}/scope/preview`;
const facets = { roles: ["admin", "user"], teams: ["Flight"], departments: ["Research", "Sales"] };
const preview = { users: 1000, inScope: 970, added: 0, removed: 30, addedSample: [], removedSample: [] };

afterEach(() => vi.unstubAllGlobals());

function answers() {
  return serve({
    "GET /api/users/facets": () => Response.json(facets),
    [PREVIEW]: () => Response.json(preview),
    [SAVE]: () => Response.json({ scope: null, runId: null }),
  });
}

test.each<Scope>([
  { field: "role", is: ["admin"] },
  { not: { field: "team", is: [null] } },
  { all: [{ field: "role", is: ["a"] }, { any: [{ field: "team", is: ["b"] }] }] },
  { not: { any: [{ field: "role", is: ["a"] }] } },
])("a rule is the same after it was shown: %j", (rule) => {
  expect(ruleOf(shownRule(rule))).toEqual(rule);
  expect(isOpen(rule)).toBe(false);
});

test("a rule that is not filled in cannot be saved; one that is tells what it means and is saved", async () => {
  const calls = answers();
  renderInApp(<ScopeForm site={hrms} saved={null} readOnly={false} />);
  await userEvent.click(screen.getByRole("radio", { name: "Only some" }));
  expect(screen.getByRole("button", { name: "Save" })).toBeDisabled();
  await userEvent.type(screen.getByLabelText("Values of rule 1"), "Sales{Enter}");
  await userEvent.click(screen.getByRole("button", { name: "or nothing" }));
  await userEvent.selectOptions(screen.getByLabelText("Comparison of rule 1"), "is not");
  expect(await screen.findByText("30 users removed at hrms")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  const scope = { all: [{ not: { field: "department", is: ["Sales", null] } }] };
  await vi.waitFor(() => expect(calls).toContainEqual({ call: SAVE, body: { scope } }));
});

test("who may not write sees the scope and cannot change it", () => {
  serve({ "GET /api/users/facets": () => Response.json(facets) });
  renderInApp(<ScopeForm site={hrms} saved={{ field: "role", is: ["admin"] }} readOnly />, {
    session: viewer,
  });
  expect(screen.getByRole("radio", { name: "Everyone" })).toBeDisabled();
  expect(screen.getByText("admin")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Save" })).not.toBeInTheDocument();
});
