import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { makeQueryClient } from "@/components/shell/query-client";
import { overviewQuery } from "@/lib/runs/queries";
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

async function ask(status: number): Promise<string[]> {
  const assign = vi.spyOn(window.location, "assign").mockImplementation(() => undefined);
  serve({ "GET /api/overview": () => problem(status, "No.") });
  render(
    <QueryClientProvider client={makeQueryClient()}>
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
