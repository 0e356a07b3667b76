"use client";

import { useQuery } from "@tanstack/react-query";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { Card } from "@/components/ui/card";
import { count, formatNumber } from "@/components/ui/numbers";
import { Segmented } from "@/components/ui/segmented";
import { StackedBars } from "@/components/ui/stacked-bars";
import { Loaded, Skeleton } from "@/components/ui/states";
import { type ActivityWindow, activityQuery } from "@/lib/runs/insight-queries";
import type { History } from "@/lib/runs/insight-schema";
import { activityBars } from "./activity-bars";

const WINDOWS = [
  { value: "hour", text: "Hour" },
  { value: "day", text: "Day" },
  { value: "week", text: "Week" },
] as const;

const SERIES = [
  { name: "Succeeded", color: "var(--accent)" },
  { name: "Failed", color: "var(--bad-solid)" },
];

/** Attempts to write users to sites over the last hour, day or week (`window` in the address), at one site or at all. */
export function ActivityChart({ siteId = null }: { siteId?: string | null }) {
  const [window, setWindow] = useQueryState(
    "window",
    parseAsStringLiteral(WINDOWS.map(({ value }) => value)).withDefault("hour"),
  );
  const history = useQuery(activityQuery(window, siteId));
  return (
    <Card
      title="Activity"
      aside={
        <div className="-my-1">
          <Segmented small label="Time shown" value={window} options={WINDOWS} onChange={setWindow} />
        </div>
      }
    >
      <Loaded query={history} loading={<Loading />}>
        {/* While another window is on its way the old bars stay, with the old times. */}
        {(shown) => <Activity {...shown} />}
      </Loaded>
    </Card>
  );
}

function Activity({ items, window }: { items: History["items"]; window: ActivityWindow }) {
  const total = (name: "succeeded" | "failed") => items.reduce((sum, item) => sum + item[name], 0);
  const succeeded = total("succeeded");
  const failed = total("failed");
  const quiet = succeeded + failed === 0;
  const summary = quiet
    ? `Nothing was sent in the last ${window}.`
    : `In the last ${window}, ${count(succeeded, "attempt")} succeeded and ${formatNumber(failed)} failed.`;
  return (
    <div className="px-4 pt-3 pb-2">
      <dl className="flex min-h-6 flex-wrap gap-x-5 gap-y-1 text-xs">
        {SERIES.map(({ name, color }, index) => (
          <div key={name} className="flex items-center gap-1.5">
            <dt className="flex items-center gap-1.5 text-soft">
              <span
                aria-hidden
                className="size-2 forced-color-adjust-none rounded-xs"
                style={{ background: color }}
              />
              {name}
            </dt>
            <dd className="font-medium tabular-nums">{formatNumber(index === 0 ? succeeded : failed)}</dd>
          </div>
        ))}
      </dl>
      <div className="relative">
        <StackedBars summary={summary} series={SERIES} bars={activityBars(items, window)} />
        {quiet && (
          <p className="pointer-events-none absolute inset-x-0 top-1/4 pl-10 text-center text-faint">
            {summary}
          </p>
        )}
      </div>
    </div>
  );
}

function Loading() {
  return (
    <div role="status" aria-label="Loading" className="px-4 pt-3 pb-2">
      <Skeleton className="my-1 h-4 w-40" />
      <Skeleton className="h-44" />
    </div>
  );
}
