"use client";

import { CircleCheck, CircleX } from "lucide-react";
import { Badge } from "@/components/ui/badge";
import { formatNumber } from "@/components/ui/numbers";
import { RelativeTime } from "@/components/ui/relative-time";
import { LoadMore, Td, Th } from "@/components/ui/table";
import { type RowProps, VirtualTable } from "@/components/ui/virtual-table";
import type { LogEntry } from "@/lib/runs/log-schema";
import { operationWords, triggerWords } from "./entry-words";

const ROW_HEIGHT = 41;

interface LogTableProps {
  entries: LogEntry[];
  more: Parameters<typeof LoadMore>[0]["query"];
  /** Says what has come while the first row is out of sight. */
  pill: string | null;
  onAway: (away: boolean) => void;
  onOpen: (entry: LogEntry) => void;
  onRun: (runId: string) => void;
}

export function LogTable({ entries, more, pill, onAway, onOpen, onRun }: LogTableProps) {
  const header = (
    <>
      <Th className="hidden sm:table-cell">Time</Th>
      <Th>User</Th>
      <Th className="hidden sm:table-cell">Site</Th>
      <Th>Result</Th>
      <Th className="hidden md:table-cell">What</Th>
      <Th className="hidden md:table-cell">Why</Th>
      <Th className="hidden text-right lg:table-cell">Attempt</Th>
      <Th className="hidden text-right lg:table-cell">Took</Th>
    </>
  );
  return (
    <VirtualTable
      label="Log"
      rows={entries}
      rowKey={keyOf}
      header={header}
      columns={8}
      rowHeight={ROW_HEIGHT}
      footer={<LoadMore query={more} />}
      pill={pill}
      onAway={onAway}
    >
      {(entry, props) => (
        <EntryRow key={entry.id} entry={entry} props={props} onOpen={onOpen} onRun={onRun} />
      )}
    </VirtualTable>
  );
}

const keyOf = (entry: LogEntry) => entry.id;

interface EntryRowProps {
  entry: LogEntry;
  props: RowProps;
  onOpen: (entry: LogEntry) => void;
  onRun: (runId: string) => void;
}

function EntryRow({ entry, props, onOpen, onRun }: EntryRowProps) {
  const runId = entry.run_id;
  return (
    <tr {...props} className="align-top hover:bg-sunken max-sm:relative">
      <Td className="hidden w-px text-faint tabular-nums sm:table-cell">
        <RelativeTime value={entry.created_at} />
      </Td>
      <Td className="w-1/2 max-w-0 sm:w-64 sm:max-w-64">
        <button
          type="button"
          aria-label={`Details of the attempt for ${entry.email ?? entry.user_id} at ${entry.site}`}
          title={entry.email ?? entry.user_id}
          onClick={() => onOpen(entry)}
          className="block max-w-full truncate rounded text-left font-medium hover:underline max-sm:after:absolute max-sm:after:inset-0"
        >
          {entry.email ?? entry.user_id}
        </button>
        <div className="truncate text-faint text-xs sm:hidden">
          {entry.site} · <RelativeTime value={entry.created_at} />
        </div>
      </Td>
      <Td className="hidden max-w-40 truncate sm:table-cell" title={entry.site}>
        {entry.site}
      </Td>
      <Td className="sm:min-w-64">
        <Result entry={entry} />
      </Td>
      <Td className="hidden w-px whitespace-nowrap text-soft md:table-cell">
        {operationWords[entry.operation]}
      </Td>
      <Td className="hidden w-px whitespace-nowrap text-soft md:table-cell">
        {runId ? (
          <button
            type="button"
            onClick={() => onRun(runId)}
            className="rounded text-accent-text hover:underline"
          >
            {triggerWords[entry.trigger]}
          </button>
        ) : (
          triggerWords[entry.trigger]
        )}
      </Td>
      <Td className="hidden w-px text-right text-soft tabular-nums lg:table-cell">
        {formatNumber(entry.attempt)}
      </Td>
      <Td className="hidden w-px whitespace-nowrap text-right text-soft tabular-nums lg:table-cell">
        {formatNumber(entry.duration_ms)} ms
      </Td>
    </tr>
  );
}

function Result({ entry }: { entry: LogEntry }) {
  if (entry.status === "success") {
    return (
      <Badge tone="ok" icon={CircleCheck}>
        Success
      </Badge>
    );
  }
  return (
    <div className="flex flex-wrap gap-x-3 gap-y-1 lg:flex-nowrap">
      <Badge tone="bad" icon={CircleX} className="shrink-0">
        Failed
      </Badge>
      <div className="min-w-0 break-words text-xs">
        {entry.error && <p className="text-soft leading-5">{entry.error}</p>}
        {entry.advice && <p className="hidden text-faint sm:block">{entry.advice}</p>}
      </div>
    </div>
  );
}
