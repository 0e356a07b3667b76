import type { StackedBar } from "@/components/ui/stacked-bars";
import type { ActivityWindow } from "@/lib/runs/insight-queries";
import type { History } from "@/lib/runs/insight-schema";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long a bar is, and how far apart the times below the bars are, in milliseconds. */
const SCALES: Record<ActivityWindow, { bar: number; tick: number }> = {
  hour: { bar: MINUTE, tick: 10 * MINUTE },
  day: { bar: 30 * MINUTE, tick: 4 * HOUR },
  week: { bar: 2 * HOUR, tick: DAY },
};

const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric" });

/**
 * Bars of succeeded and failed attempts, with the times they stand for in this browser's zone. A bar within which a
 * round time falls carries that time.
 */
export function activityBars(items: History["items"], window: ActivityWindow): StackedBar[] {
  const { bar, tick } = SCALES[window];
  return items.map(({ at, succeeded, failed }) => {
    const start = new Date(at).getTime();
    const round = roundTimeIn(start, bar, tick);
    return {
      id: at,
      label: labelOf(start, bar, window),
      values: [succeeded, failed],
      ...(round !== null && { tick: (window === "week" ? weekday : time).format(round) }),
    };
  });
}

/** The local time that is a multiple of `tick` since midnight and falls within the bar, if one does. */
function roundTimeIn(start: number, bar: number, tick: number): number | null {
  const offset = new Date(start).getTimezoneOffset() * MINUTE;
  const round = Math.ceil((start - offset) / tick) * tick + offset;
  return round < start + bar ? round : null;
}

function labelOf(start: number, bar: number, window: ActivityWindow): string {
  if (window === "hour") return time.format(start);
  const day = window === "week" ? `${weekday.format(start)}, ` : "";
  return `${day}${time.format(start)} to ${time.format(start + bar)}`;
}
