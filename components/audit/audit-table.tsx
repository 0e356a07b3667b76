"use client";

import { RelativeTime } from "@/components/ui/relative-time";
import { LoadMore, Td, Th } from "@/components/ui/table";
import { type RowProps, VirtualTable } from "@/components/ui/virtual-table";
import type { AuditEntry } from "@/lib/audit/schema";
import { actionText, targetName } from "./actions";
import { Actor } from "./actor";

const ROW_HEIGHT = 41;

interface AuditTableProps {
  entries: AuditEntry[];
  more: Parameters<typeof LoadMore>[0]["query"];
  onOpen: (entry: AuditEntry) => void;
}

export function AuditTable({ entries, more, onOpen }: AuditTableProps) {
  const header = (
    <>
      <Th className="hidden sm:table-cell">Time</Th>
      <Th>What</Th>
      <Th className="hidden sm:table-cell">Of</Th>
      <Th>Who</Th>
      <Th className="hidden lg:table-cell">Address</Th>
    </>
  );
  return (
    <VirtualTable
      label="Audit log"
      rows={entries}
      rowKey={keyOf}
      header={header}
      columns={5}
      rowHeight={ROW_HEIGHT}
      footer={<LoadMore query={more} />}
    >
      {(entry, props) => <EntryRow key={entry.id} entry={entry} props={props} onOpen={onOpen} />}
    </VirtualTable>
  );
}

const keyOf = (entry: AuditEntry) => entry.id;

interface EntryRowProps {
  entry: AuditEntry;
  props: RowProps;
  onOpen: (entry: AuditEntry) => void;
}

function EntryRow({ entry, props, onOpen }: EntryRowProps) {
  const { at, action, actor, address } = entry;
  const name = targetName(entry) ?? "–";
  return (
    <tr {...props} className="relative align-top hover:bg-sunken">
      <Td className="hidden w-px text-faint tabular-nums sm:table-cell">
        <RelativeTime value={at} />
      </Td>
      <Td className="w-1/2 max-w-0 sm:w-auto sm:max-w-none">
        <button
          type="button"
          aria-label={`${actionText(action)}: ${name}`}
          onClick={() => onOpen(entry)}
          className="block max-w-full truncate rounded text-left font-medium after:absolute after:inset-0"
        >
          {actionText(action)}
        </button>
        <div className="truncate text-faint text-xs sm:hidden">{name}</div>
      </Td>
      <Td className="hidden max-w-64 truncate text-soft sm:table-cell" title={name}>
        {name}
      </Td>
      <Td className="w-1/2 max-w-0 sm:w-72 sm:max-w-72">
        <Actor actor={actor} />
        <div className="text-faint text-xs sm:hidden">
          <RelativeTime value={at} />
        </div>
      </Td>
      <Td className="hidden w-px whitespace-nowrap font-mono text-faint text-xs leading-5 lg:table-cell">
        {address ?? "–"}
      </Td>
    </tr>
  );
}
