import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { SyncLine } from "@/components/shell/sync-line";
import { silenceQuery } from "@/lib/live/follow";
import { overviewQuery } from "@/lib/runs/queries";
import { sitesQuery } from "@/lib/sites/queries";
import { emptyOverview, hrms, noCounts } from "./support";

afterEach(() => {
  vi.unstubAllGlobals();
});

const inSync = { ...emptyOverview, sites: [{ ...noCounts, synced: 5 }] };

test("while the central database does not answer the line says since when, and what was known before", async () => {
  vi.stubGlobal("fetch", () => new Promise(() => undefined));
  const client = new QueryClient();
  const learn = (at: number) => client.setQueryData(overviewQuery.queryKey, inSync, { updatedAt: at });
  client.setQueryData(sitesQuery.queryKey, [hrms]);
  learn(Date.now() - 60_000);
  render(
    <QueryClientProvider client={client}>
      <SyncLine />
    </QueryClientProvider>,
  );
  const line = () => screen.getByRole("link").textContent;
  const usual = "State of sync: Everything in sync";
  expect(line()).toBe(usual);
  client.setQueryData(silenceQuery.queryKey, Date.now() - 5_000);
  await expect.poll(line).toMatch(/no answer since \d\d:\d\d:\d\d · before that: Everything in sync/);
  learn(Date.now());
  await expect.poll(line).toBe(usual);
});
