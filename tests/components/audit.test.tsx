import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { AuditView } from "@/components/audit/audit-view";
import type { AuditEntry } from "@/lib/audit/schema";
import { owner, renderInApp, serve } from "./support";

const changed: AuditEntry = {
  id: "7",
  at: "2026-01-31T09:00:00Z",
  actor: { kind: "member", id: owner.id, name: owner.email },
  action: "user.updated",
  target: { kind: "user", id: "u1", name: "ada@example.com" },
  before: { team: "Engines", department: null },
  after: { team: "Analysis", department: "Research" },
  address: "203.0.113.7",
  requestId: "r1",
};
const bySql: AuditEntry = {
  ...changed,
  id: "6",
  actor: { kind: "database", id: null, name: "postgres" },
  before: null,
  address: null,
  requestId: null,
};
const list =
  (...items: unknown[]) =>
  () =>
    Response.json({ items, nextCursor: null });
const PAGE = "GET /api/audit?limit=100";

afterEach(() => vi.unstubAllGlobals());

function open(answers: Record<string, () => Response>, search = "") {
  const calls = serve({
    "GET /api/members?limit=500": list({ ...owner, createdAt: changed.at, lastSeenAt: null }),
    "GET /api/keys?limit=500": list({ id: "k1", name: "Nightly" }),
    ...answers,
  });
  renderInApp(<AuditView />, { search });
  return () => calls.filter(({ call }) => call.startsWith("GET /api/audit")).at(-1)?.call;
}

test("an entry tells who, what and from where, and what was there before and after", async () => {
  open({ [PAGE]: list(changed, bySql) });
  const mine = await screen.findByRole("row", { name: /olive@example/ });
  expect(mine).toHaveTextContent(`ada@example.com${owner.email}`);
  expect(mine).toHaveTextContent("203.0.113.7");
  const others = screen.getByRole("row", { name: /postgres/ });
  expect(within(others).getByRole("img", { name: "SQL" })).toBeVisible();

  await userEvent.click(within(mine).getByRole("button", { name: /^User changed.*ada@example/ }));
  const panel = await screen.findByRole("dialog", { name: "User changed" });
  const changes = within(panel).getByRole("region", { name: "What changed" });
  expect(changes).toHaveTextContent("team−beforeEngines+afterAnalysis");
  expect(changes).toHaveTextContent("department−beforenothing+afterResearch");
  expect(panel).toHaveTextContent("Requestr1");
});

test("the address keeps the filters, and the server does the filtering", async () => {
  const from = new Date(2026, 0, 30).toISOString();
  const to = new Date(2026, 1, 1).toISOString();
  const call = `GET /api/audit?${new URLSearchParams({
    actor: "m1",
    action: "user.updated",
    target: "u1",
    from,
    to,
    limit: "100",
  })}`;
  open({ [call]: list(changed) }, "?actor=m1&action=user.updated&target=u1&from=2026-01-30&to=2026-01-31");
  expect(await screen.findByRole("button", { name: /User changed/ })).toBeVisible();
  expect(screen.getByLabelText("Action")).toHaveDisplayValue("User changed");
  await vi.waitFor(() => expect(screen.getByLabelText("Who")).toHaveDisplayValue(owner.email));
  expect(screen.getByLabelText("From")).toHaveValue("2026-01-30");
});

test("from an entry one gets to everything of the same actor or target", async () => {
  const last = open({ [PAGE]: list(changed), "GET /api/audit?target=u1&limit=100": list(changed) });
  await userEvent.click(await screen.findByRole("button", { name: /User changed/ }));
  await userEvent.click(await screen.findByRole("button", { name: "Only this target" }));
  expect(await screen.findByRole("button", { name: "Show everything, not only u1" })).toBeVisible();
  expect(last()).toBe("GET /api/audit?target=u1&limit=100");
});

test("nothing found can be undone, and nothing yet says what to do", async () => {
  open({ [PAGE]: list(), "GET /api/audit?actor=k1&limit=100": list() });
  expect(await screen.findByRole("heading", { name: "Nothing was changed yet" })).toBeVisible();
  await vi.waitFor(() => expect(screen.getByRole("option", { name: "Key: Nightly" })).toBeInTheDocument());
  await userEvent.selectOptions(screen.getByLabelText("Who"), "Key: Nightly");
  expect(await screen.findByRole("heading", { name: "No change matches" })).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Clear the filters" }));
  expect(await screen.findByRole("heading", { name: "Nothing was changed yet" })).toBeVisible();
});
