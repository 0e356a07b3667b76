import { screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { afterEach, describe, expect, test, vi } from "vitest";
import { activityBars } from "@/components/sync/activity-bars";
import { ActivityChart } from "@/components/sync/activity-chart";
import { hrms, renderInApp, serve } from "./support";

afterEach(() => vi.unstubAllGlobals());

/** Bars as the server answers them, `minutes` apart. */
function barsFrom(start: string, minutes: number, counts: [succeeded: number, failed: number][]) {
  return counts.map(([succeeded, failed], index) => ({
    at: new Date(new Date(start).getTime() + index * minutes * 60_000).toISOString(),
    succeeded,
    failed,
  }));
}

function answer(items: ReturnType<typeof barsFrom>) {
  return () => Response.json({ items });
}

describe("the activity chart", () => {
  test("tells its totals, and every bar with something in it, to those who do not see it", async () => {
    const items = barsFrom("2026-01-31T09:00:00", 1, [
      [1_200, 0],
      [0, 0],
      [4, 3],
    ]);
    serve({ "GET /api/sync/history?window=hour": answer(items) });
    renderInApp(<ActivityChart />);
    const figure = await screen.findByRole("figure", {
      name: "In the last hour, 1,204 attempts succeeded and 3 failed.",
    });
    const rows = within(figure).getAllByRole("row");
    expect(rows.map(({ textContent }) => textContent)).toEqual([
      "WhenSucceededFailed",
      "09:001,2000",
      "09:0243",
    ]);
  });

  test("says that nothing happened", async () => {
    serve({ "GET /api/sync/history?window=week": answer(barsFrom("2026-01-31T09:00:00", 120, [[0, 0]])) });
    renderInApp(<ActivityChart />, { search: "?window=week" });
    expect(await screen.findByText("Nothing was sent in the last week.")).toBeVisible();
    expect(screen.queryByRole("table")).not.toBeInTheDocument();
  });

  test("shows another time, of one site", async () => {
    const calls = serve({
      [`GET /api/sync/history?window=hour&siteId=${hrms.id}`]: answer([]),
      [`GET /api/sync/history?window=day&siteId=${hrms.id}`]: answer(
        barsFrom("2026-01-31T09:00:00", 30, [[7, 0]]),
      ),
    });
    renderInApp(<ActivityChart siteId={hrms.id} />);
    await userEvent.click(await screen.findByRole("radio", { name: "Day" }));
    expect(
      await screen.findByRole("figure", { name: /In the last day, 7 attempts succeeded/ }),
    ).toBeVisible();
    expect(calls).toHaveLength(2);
  });

  test("draws its bars", async () => {
    const items = barsFrom("2026-01-31T09:00:00", 1, [
      [5, 0],
      [4, 3],
    ]);
    serve({ "GET /api/sync/history?window=hour": answer(items) });
    renderInApp(<ActivityChart />);
    const drawing = await screen.findByRole("application", { name: /The arrow keys go through the bars/ });
    const bars = [...drawing.querySelectorAll(".recharts-bar-rectangle path")];
    expect(bars.filter((bar) => Number(bar.getAttribute("height")) > 0)).toHaveLength(3);
  });
});

describe("the times below the bars", () => {
  const ticks = (...bars: Parameters<typeof activityBars>) =>
    activityBars(...bars).flatMap(({ tick }, index) => (tick === undefined ? [] : [[index, tick]]));
  const many = (count: number): [number, number][] => Array.from({ length: count }, () => [0, 0]);

  test("of an hour are every ten minutes", () => {
    expect(ticks(barsFrom("2026-01-31T09:07:00", 1, many(60)), "hour")).toEqual([
      [3, "09:10"],
      [13, "09:20"],
      [23, "09:30"],
      [33, "09:40"],
      [43, "09:50"],
      [53, "10:00"],
    ]);
  });

  test("of a day are at the bars in which a round time falls", () => {
    expect(ticks(barsFrom("2026-01-31T09:07:00", 30, many(48)), "day").slice(0, 2)).toEqual([
      [5, "12:00"],
      [13, "16:00"],
    ]);
  });

  test("of a week are its days", () => {
    expect(ticks(barsFrom("2026-01-31T09:07:00", 120, many(84)), "week").slice(0, 2)).toEqual([
      [7, "Sun 1"],
      [19, "Mon 2"],
    ]);
  });
});
