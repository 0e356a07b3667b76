import { fireEvent, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { LogView } from "@/components/log/log-view";
import type { LogEntry } from "@/lib/runs/log-schema";
import { hrms, renderInApp } from "./support";

const NEWEST = Date.parse("2026-01-31T09:00:00Z");

/** Attempts by id, one every ten seconds; every fourth failed. */
function entry(id: number): LogEntry {
  const failed = id % 4 === 0;
  return {
    id,
    created_at: new Date(NEWEST - (1_000 - id) * 10_000).toISOString(),
    run_id: null,
    site_id: hrms.id,
    site: "hrms",
    user_id: `u${id}`,
    email: `u${id}@example.com`,
    operation: "upsert",
    trigger: "change",
    status: failed ? "failed" : "success",
    error_code: failed ? "conflict" : null,
    error: failed ? "Another row at the site has this e-mail." : null,
    advice: failed ? "Change or remove that row." : null,
    attempt: 1,
    duration_ms: 12,
  };
}

/** A server whose log grows to `newest`; what was asked of it. */
function serveLog(newest: { id: number }) {
  const asked: URLSearchParams[] = [];
  vi.stubGlobal("fetch", async (url: string) => {
    const { pathname, searchParams } = new URL(url, "http://roster");
    if (pathname === "/api/sites") return Response.json({ items: [hrms], nextCursor: null });
    asked.push(searchParams);
    const limit = Number(searchParams.get("limit"));
    const after = Number(searchParams.get("after") ?? 0);
    const before = Number(searchParams.get("cursor") || newest.id + 1);
    const found = Array.from({ length: newest.id }, (_, index) => entry(newest.id - index))
      .filter(({ id }) => id > after && id < before)
      .filter(
        ({ error_code }) => !searchParams.has("errorCode") || error_code === searchParams.get("errorCode"),
      );
    const items = found.slice(0, limit);
    return Response.json({ items, nextCursor: found.length > limit ? String(items.at(-1)?.id) : null });
  });
  return asked;
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

function row(id: number) {
  return screen.queryByRole("button", { name: `Details of the attempt for u${id}@example.com at hrms` });
}

async function findRow(id: number) {
  return await vi.waitFor(
    () => {
      const found = row(id);
      expect(found).not.toBeNull();
      return found;
    },
    { timeout: 5_000 },
  );
}

test("new attempts appear at the top by themselves", async () => {
  const newest = { id: 50 };
  serveLog(newest);
  renderInApp(<LogView />);
  await findRow(50);
  newest.id = 52;
  await findRow(52);
  expect(row(50)).not.toBeNull();
});

test("while somebody has scrolled away new attempts are counted and held back, until they go to the top", async () => {
  const newest = { id: 50 };
  serveLog(newest);
  renderInApp(<LogView />);
  await findRow(50);
  const frame = screen.getByRole("region", { name: "Log" });
  frame.scrollTop = 300;
  fireEvent.scroll(frame);
  newest.id = 53;
  const pill = await screen.findByRole("button", { name: "3 new" }, { timeout: 5_000 });
  expect(row(53)).toBeNull();
  frame.scrollTo = vi.fn(() => {
    frame.scrollTop = 0;
    fireEvent.scroll(frame);
  });
  await userEvent.click(pill);
  await findRow(53);
  expect(screen.queryByRole("button", { name: "3 new" })).not.toBeInTheDocument();
});

test("when more has come than is kept above the list, it is opened anew", async () => {
  const newest = { id: 50 };
  const asked = serveLog(newest);
  renderInApp(<LogView />);
  await findRow(50);
  newest.id = 900;
  await findRow(900);
  const openings = () => asked.filter((query) => !query.has("after"));
  await vi.waitFor(() => expect(openings()).toHaveLength(2), { timeout: 5_000 });
});

test("nothing appears while live is off, and all of it when it is on again", async () => {
  const newest = { id: 50 };
  const asked = serveLog(newest);
  renderInApp(<LogView />, { search: "?live=false" });
  await findRow(50);
  newest.id = 51;
  vi.useFakeTimers();
  await vi.advanceTimersByTimeAsync(10_000);
  vi.useRealTimers();
  expect(row(51)).toBeNull();
  expect(asked).toHaveLength(1);
  await userEvent.click(screen.getByRole("switch", { name: "Live" }));
  await findRow(51);
});

test("attempts are narrowed down by cause, and the address says so", async () => {
  const asked = serveLog({ id: 12 });
  renderInApp(<LogView />);
  await findRow(12);
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Cause" }), "Already taken there");
  await vi.waitFor(() => expect(row(11)).toBeNull());
  expect(row(8)).not.toBeNull();
  expect(asked.at(-1)?.get("errorCode")).toBe("conflict");
});

test("a period is counted back from now at every call, and the export has the same filter", async () => {
  const assign = vi.fn();
  vi.stubGlobal("location", { ...window.location, assign });
  const asked = serveLog({ id: 4 });
  renderInApp(<LogView />, { search: "?period=1h&status=failed" });
  await findRow(4);
  const from = Date.parse(asked[0]?.get("from") ?? "");
  expect(Math.abs(Date.now() - 3_600_000 - from)).toBeLessThan(10_000);
  await userEvent.click(screen.getByRole("button", { name: "Export CSV" }));
  expect(assign).toHaveBeenCalledWith(
    expect.stringMatching(/^\/api\/sync\/log\/export\?status=failed&from=2/),
  );
});

test("an attempt opens with everything that is written down of it", async () => {
  serveLog({ id: 8 });
  renderInApp(<LogView />);
  await userEvent.click((await findRow(8)) as HTMLElement);
  const panel = await screen.findByRole("dialog", { name: "u8@example.com at hrms" });
  expect(panel).toHaveTextContent("Failed: Already taken there");
  expect(panel).toHaveTextContent("What to doChange or remove that row.");
  expect(panel).toHaveTextContent("Took12 ms");
  expect(within(panel).getByRole("link", { name: "Show this user at this site" })).toHaveAttribute(
    "href",
    `/sync?user=u8&site=${hrms.id}`,
  );
});
