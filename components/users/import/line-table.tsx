"use client";

import { Badge } from "@/components/ui/badge";
import { formatNumber } from "@/components/ui/numbers";
import { Td, Th } from "@/components/ui/table";
import { VirtualTable } from "@/components/ui/virtual-table";
import { type Mapping, recordOf } from "@/lib/users/import-columns";
import { outcomeLooks } from "./outcomes";
import type { Outcome, Preview } from "./preview";
import type { FileTable } from "./read-file";

const ROW_HEIGHT = 41;

interface LineTableProps {
  table: FileTable;
  mapping: Mapping;
  preview: Preview;
  chosen: Outcome | null;
}

/** The lines of the file, with what becomes of each and why. */
export function LineTable({ table, mapping, preview, chosen }: LineTableProps) {
  const rows = chosen ? table.rows.filter(({ line }) => preview.outcomes.get(line) === chosen) : table.rows;
  const reasons = new Map(preview.refused.map(({ line, message }) => [line, message]));
  if (rows.length === 0) return <p className="py-6 text-center text-soft">There is no such line.</p>;
  const header = (
    <>
      <Th className="text-right">Line</Th>
      <Th>User</Th>
      <Th>Outcome</Th>
    </>
  );
  return (
    <VirtualTable
      key={chosen}
      label="Lines"
      rows={rows}
      rowKey={(row) => row.line}
      header={header}
      columns={3}
      rowHeight={ROW_HEIGHT}
    >
      {({ line, cells }, props) => {
        const outcome = preview.outcomes.get(line);
        const look = outcome && outcomeLooks[outcome];
        const { email, full_name } = recordOf(cells, mapping);
        return (
          <tr key={line} {...props} className="align-top">
            <Td className="w-px text-right text-faint tabular-nums">{formatNumber(line)}</Td>
            <Td className="w-1/2 max-w-0">
              <div className="truncate">{email || "–"}</div>
              {full_name && <div className="truncate text-faint text-xs">{full_name}</div>}
            </Td>
            <Td className="w-1/2">
              {look && (
                <Badge tone={look.tone} icon={look.icon}>
                  {look.before}
                </Badge>
              )}
              {reasons.has(line) && <p className="mt-1 break-words text-soft text-xs">{reasons.get(line)}</p>}
            </Td>
          </tr>
        );
      }}
    </VirtualTable>
  );
}
