import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { KeysView } from "@/components/keys/keys-view";
import type { ApiKey } from "@/lib/keys/schema";
import { owner, problem, renderInApp, serve } from "./support";

const day = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * day).toISOString();
const nightly: ApiKey = {
  id: "k1",
  name: "Nightly import",
  hint: "roster_…x4Qp",
  scopes: ["users:read", "users:write"],
  createdAt: inDays(-3),
  createdBy: owner.email,
  expiresAt: null,
  lastUsedAt: null,
};
const CREATE = "POST /api/keys";

afterEach(() => vi.unstubAllGlobals());

function open(keys: ApiKey[], answers: Record<string, () => Response> = {}) {
  const calls = serve({
    "GET /api/keys?limit=500": () => Response.json({ items: keys, nextCursor: null }),
    ...answers,
  });
  renderInApp(<KeysView />);
  return () => calls.filter(({ call }) => !call.startsWith("GET "));
}

async function openForm() {
  await userEvent.click(await screen.findByRole("button", { name: "Create key" }));
  return within(await screen.findByRole("dialog", { name: "Create API key" }));
}

test("a key is shown this once", async () => {
  const key = `roster_${"x".repeat(49)}`;
  const writes = open([], { [CREATE]: () => Response.json({ ...nightly, key }, { status: 201 }) });
  expect(await screen.findByRole("heading", { name: "No API keys yet" })).toBeVisible();
  const form = await openForm();
  await userEvent.type(form.getByLabelText("Name"), "Nightly import");
  await userEvent.click(form.getByRole("checkbox", { name: "users:write" }));
  await userEvent.click(form.getByRole("checkbox", { name: "users:read" }));
  await userEvent.click(form.getByRole("button", { name: "Create key" }));
  expect(await screen.findByText(key)).toBeVisible();
  expect(screen.getByText(/you will not see it again/)).toBeVisible();
  expect(screen.getByRole("button", { name: "Copy key" })).toBeVisible();
  expect(writes()).toEqual([
    {
      call: CREATE,
      body: { name: "Nightly import", scopes: ["users:write", "users:read"], expiresInDays: 90 },
    },
  ]);
  await userEvent.click(screen.getByRole("button", { name: "Done" }));
  expect(screen.queryByText(key)).not.toBeInTheDocument();
});

test("a key can be made that never expires", async () => {
  const writes = open([], { [CREATE]: () => Response.json({ ...nightly, key: "roster_x" }) });
  const form = await openForm();
  await userEvent.type(form.getByLabelText("Name"), "Board");
  await userEvent.click(form.getByRole("checkbox", { name: "sync:read" }));
  await userEvent.selectOptions(form.getByLabelText("Expires"), "Never");
  await userEvent.click(form.getByRole("button", { name: "Create key" }));
  await screen.findByText("roster_x");
  expect(writes()[0]?.body).toEqual({ name: "Board", scopes: ["sync:read"] });
});

test("a key without name and scopes is not asked for", async () => {
  const writes = open([]);
  const form = await openForm();
  await userEvent.click(form.getByRole("button", { name: "Create key" }));
  expect(await form.findByText("Choose at least one.")).toBeVisible();
  expect(form.getByLabelText("Name")).toHaveAccessibleDescription("Enter a name.");
  expect(writes()).toEqual([]);
});

test("every scope has a sentence", async () => {
  open([]);
  const form = await openForm();
  const boxes = form.getAllByRole("checkbox");
  expect(boxes).toHaveLength(7);
  for (const box of boxes) expect(box).toHaveAccessibleDescription(/\.$/);
});

test("the list tells what a key may do, and how near its end is", async () => {
  open([
    { ...nightly, id: "k1", name: "Endless" },
    { ...nightly, id: "k2", name: "Later", expiresAt: inDays(60.5) },
    { ...nightly, id: "k3", name: "Soon", expiresAt: inDays(3.5), lastUsedAt: inDays(-1.5) },
    { ...nightly, id: "k4", name: "Over", expiresAt: inDays(-1) },
  ]);
  const row = async (name: string) => screen.findByRole("row", { name: new RegExp(`^${name}`) });
  expect(await row("Endless")).toHaveTextContent("Never");
  expect(await row("Endless")).toHaveTextContent("roster_…x4Qpusers:readusers:write");
  expect(await row("Later")).toHaveTextContent("in 60 days");
  expect(await row("Soon")).toHaveTextContent("in 3 days");
  expect(await row("Soon")).toHaveTextContent("1 day ago");
  expect(await row("Over")).toHaveTextContent("Expired");
});

test("revoking asks first, and says when the key was last used", async () => {
  const writes = open([nightly], { "DELETE /api/keys/k1": () => Response.json(nightly) });
  await userEvent.click(await screen.findByRole("button", { name: "Revoke Nightly import" }));
  const question = await screen.findByRole("alertdialog", { name: "Revoke Nightly import?" });
  expect(question).toHaveTextContent("It was never used.");
  await userEvent.click(within(question).getByRole("button", { name: "Revoke" }));
  await vi.waitFor(() => expect(question).not.toBeInTheDocument());
  expect(writes().map(({ call }) => call)).toEqual(["DELETE /api/keys/k1"]);
});

test("a refusal stays in the question", async () => {
  open([nightly], { "DELETE /api/keys/k1": () => problem(404, "No API key has this id.") });
  await userEvent.click(await screen.findByRole("button", { name: "Revoke Nightly import" }));
  await userEvent.click(await screen.findByRole("button", { name: "Revoke" }));
  expect(await screen.findByText("No API key has this id.")).toBeVisible();
});
