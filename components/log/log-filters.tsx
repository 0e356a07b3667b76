"use client";

import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { reasonOptions } from "@/components/sync/reason-words";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/select";
import { Skeleton } from "@/components/ui/states";
import { TimeInput } from "@/components/ui/time-input";
import type { LogFilter, Period } from "@/lib/runs/log-queries";
import { sitesQuery } from "@/lib/sites/queries";

// It comes with a library that places it; its room is kept, as on the page of syncs.
const UserFilter = dynamic(() => import("./user-filter").then((file) => file.UserFilter), {
  ssr: false,
  loading: () => <Skeleton className="h-8 w-24 rounded-md pointer-coarse:h-10 max-sm:w-full" />,
});

const RESULTS = [
  { value: "success", text: "Success" },
  { value: "failed", text: "Failed" },
] as const;

const TIMES: readonly { value: Period | "between"; text: string }[] = [
  { value: "15m", text: "Last 15 minutes" },
  { value: "1h", text: "Last hour" },
  { value: "24h", text: "Last 24 hours" },
  { value: "7d", text: "Last 7 days" },
  { value: "between", text: "Between…" },
];

interface LogFiltersProps {
  filter: LogFilter;
  onChange: (change: Partial<LogFilter>) => void;
}

/** What the log can be narrowed down to. */
export function LogFilters({ filter, onChange }: LogFiltersProps) {
  const sites = useQuery(sitesQuery);
  const siteOptions = sites.data?.map(({ id, name }) => ({ value: id, text: name })) ?? [];
  return (
    <>
      <UserFilter value={filter.userId} onChange={(userId) => onChange({ userId })} />
      <Select
        label="Site"
        none="Any site"
        value={filter.siteId}
        options={siteOptions}
        onChange={(siteId) => onChange({ siteId })}
        className="w-36 max-sm:w-full"
      />
      <Select
        label="Result"
        none="Any result"
        value={filter.status}
        options={RESULTS}
        onChange={(status) => onChange({ status })}
        className="w-32 max-sm:w-full"
      />
      <Select
        label="Cause"
        none="Any cause"
        value={filter.errorCode}
        options={reasonOptions}
        onChange={(errorCode) => onChange({ errorCode })}
        className="w-40 max-sm:w-full"
      />
      <TimeFilter filter={filter} onChange={onChange} />
      {filter.runId && (
        <Button onClick={() => onChange({ runId: null })} aria-label="Show every sync, not only this one">
          One sync only
          <X aria-hidden className="text-faint" />
        </Button>
      )}
    </>
  );
}

function TimeFilter({ filter: { period, from, to }, onChange }: LogFiltersProps) {
  const [asked, setAsked] = useState(false);
  const isBetween = period === null && (asked || from !== null || to !== null);

  function choose(value: Period | "between" | null) {
    setAsked(value === "between");
    onChange({ period: value === "between" ? null : value, from: null, to: null });
  }

  return (
    <>
      <Select
        label="Time"
        none="Any time"
        value={isBetween ? "between" : period}
        options={TIMES}
        onChange={choose}
        className="w-40 max-sm:col-span-2 max-sm:w-full"
      />
      {isBetween && (
        <div className="flex flex-wrap items-center gap-2 max-sm:col-span-2">
          <TimeInput label="From" value={from} onChange={(value) => onChange({ from: value })} />
          <TimeInput label="To" value={to} onChange={(value) => onChange({ to: value })} />
        </div>
      )}
    </>
  );
}
