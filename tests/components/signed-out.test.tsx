import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import { Toaster } from "sonner";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { makeQueryClient } from "@/components/shell/query-client";
import { overviewQuery } from "@/lib/runs/queries";
import { signOut } from "@/lib/session/queries";
import { problem, serve } from "./support";

function Question() {
  const { error } = useQuery(overviewQuery);
  return <p>{error?.message}</p>;
}

beforeEach(() => {
  window.history.replaceState(null, "", "/log?status=failed");
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

async function ask(status: number, client = makeQueryClient()): Promise<string[]> {
  const assign = vi.spyOn(window.location, "assign").mockImplementation(() => undefined);
  serve({ "GET /api/overview": () => problem(status, "No.") });
  render(
    <QueryClientProvider client={client}>
      <Question />
    </QueryClientProvider>,
  );
  expect(await screen.findByText("No.")).toBeVisible();
  return assign.mock.calls.map(([url]) => String(url));
}

test("an answer that nobody is signed in leads to the sign-in page, and back here afterwards", async () => {
  expect(await ask(401)).toEqual(["/sign-in?next=%2Flog%3Fstatus%3Dfailed"]);
});

test("a refusal for the role keeps the page", async () => {
  expect(await ask(403)).toEqual([]);
});

test("whoever signs out is not led back here, whichever answer comes first", async () => {
  const client = makeQueryClient();
  serve({ "DELETE /api/session": () => new Response(null, { status: 204 }) });
  await client.getMutationCache().build(client, signOut).execute({ everywhere: false });
  expect(await ask(401, client)).toEqual([]);
});

test("a sign-out that failed does not hide that nobody is signed in", async () => {
  const client = makeQueryClient();
  serve({ "DELETE /api/session": () => problem(503, "Not now.") });
  const attempt = client.getMutationCache().build(client, signOut).execute({ everywhere: false });
  await expect(attempt).rejects.toThrow("Not now.");
  expect(await ask(401, client)).toEqual(["/sign-in?next=%2Flog%3Fstatus%3Dfailed"]);
});

test("what somebody types into a dialog is not left behind, and the notice goes once an answer comes", async () => {
  render(
    <div role="dialog">
      <input aria-label="Full name" />
      <Toaster />
    </div>,
  );
  const client = makeQueryClient();
  expect(await ask(401, client)).toEqual([]);
  expect(await screen.findByText(/Your session has ended/)).toBeInTheDocument();
  serve({ "DELETE /api/session": () => new Response(null, { status: 204 }) });
  await client.getMutationCache().build(client, signOut).execute({ everywhere: false });
  await waitFor(() => expect(screen.queryByText(/Your session has ended/)).not.toBeInTheDocument());
});
