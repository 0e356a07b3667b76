"use client";

import { parseAsBoolean, parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import type { LogFilter, Period } from "@/lib/runs/log-queries";

const PERIOD_NAMES = ["15m", "1h", "24h", "7d"] as const satisfies Period[];

const FILTER = {
  userId: parseAsString,
  siteId: parseAsString,
  status: parseAsStringLiteral(["success", "failed"]),
  errorCode: parseAsString,
  runId: parseAsString,
  period: parseAsStringLiteral(PERIOD_NAMES),
  from: parseAsString,
  to: parseAsString,
};

/** The filter in the address, and whether new attempts appear by themselves. */
export function useLogFilter() {
  const [filter, setFilter] = useQueryStates(FILTER);
  const [{ live }, setLive] = useQueryStates({ live: parseAsBoolean.withDefault(true) });
  return {
    filter: filter satisfies LogFilter,
    isFiltered: Object.values(filter).some((value) => value !== null),
    change: (change: Partial<LogFilter>) => void setFilter(change),
    clear: () => void setFilter(null),
    live,
    setLive: (next: boolean) => void setLive({ live: next }),
  };
}
