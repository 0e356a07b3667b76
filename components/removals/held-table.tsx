"use client";

import { LogOut, type LucideIcon, Trash2, UserMinus } from "lucide-react";
import Link from "next/link";
import { useMay } from "@/components/access/use-may";
import { Button } from "@/components/ui/button";
import { RelativeTime } from "@/components/ui/relative-time";
import { LoadMore, Td, Th } from "@/components/ui/table";
import { type RowProps, VirtualTable } from "@/components/ui/virtual-table";
import { Person } from "@/components/users/person";
import type { HeldRemoval } from "@/lib/removals/schema";
import type { Decision } from "./decide-dialog";

const ROW_HEIGHT = 53;

interface HeldTableProps {
  rows: HeldRemoval[];
  more: Parameters<typeof LoadMore>[0]["query"];
  onDecide: (decision: Decision) => void;
}

/** Who would be removed where. */
export function HeldTable({ rows, more, onDecide }: HeldTableProps) {
  const decides = useMay("users:write");
  const header = (
    <>
      <Th>User</Th>
      <Th className="hidden sm:table-cell">Site</Th>
      <Th className="hidden md:table-cell">How they left</Th>
      <Th className="hidden lg:table-cell">Held</Th>
      {decides && (
        <Th>
          <span className="sr-only">Decide</span>
        </Th>
      )}
    </>
  );
  return (
    <VirtualTable
      label="Held removals"
      rows={rows}
      rowKey={keyOf}
      header={header}
      columns={decides ? 5 : 4}
      rowHeight={ROW_HEIGHT}
      footer={<LoadMore query={more} />}
    >
      {(row, props) => (
        <HeldRow key={keyOf(row)} row={row} rowProps={props} onDecide={decides ? onDecide : null} />
      )}
    </VirtualTable>
  );
}

const keyOf = ({ siteId, userId }: HeldRemoval) => `${siteId} ${userId}`;

interface HeldRowProps {
  row: HeldRemoval;
  rowProps: RowProps;
  onDecide: ((decision: Decision) => void) | null;
}

function HeldRow({ row, rowProps, onDecide }: HeldRowProps) {
  const { siteId, site, userId, fullName, email, heldAt } = row;
  const who = fullName ?? email ?? userId;
  const decide = (kind: Decision["kind"]) =>
    onDecide?.({ kind, input: { siteId, userIds: [userId] }, removals: 1, where: site, who });
  return (
    <tr {...rowProps}>
      <Td className="max-w-72 max-sm:w-full max-sm:max-w-0">
        <Person name={fullName} email={email}>
          <div className="truncate text-faint text-xs sm:hidden">{site}</div>
        </Person>
      </Td>
      <Td className="hidden sm:table-cell">
        <Link href={`/removals?site=${siteId}`} className="hover:underline">
          {site}
        </Link>
      </Td>
      <Td className="hidden max-w-64 whitespace-nowrap text-soft md:table-cell">
        <Departure row={row} />
      </Td>
      <Td className="hidden whitespace-nowrap text-soft lg:table-cell">
        <RelativeTime value={heldAt} />
      </Td>
      {onDecide && (
        <Td className="text-right">
          <span className="inline-flex gap-1.5">
            <Button aria-label={`Reject the removal of ${who} from ${site}`} onClick={() => decide("reject")}>
              Reject
            </Button>
            <Button
              aria-label={`Approve the removal of ${who} from ${site}`}
              onClick={() => decide("approve")}
            >
              Approve
            </Button>
          </span>
        </Td>
      )}
    </tr>
  );
}

const DEPARTURES = {
  deactivated: { word: "Deactivated", icon: UserMinus },
  deleted: { word: "Deleted", icon: Trash2 },
  left_scope: { word: "Left the scope", icon: LogOut },
} satisfies Record<HeldRemoval["departure"], { word: string; icon: LucideIcon }>;

/** How a user left, when, and by which change. */
function Departure({ row: { departure, departedAt, fields } }: { row: HeldRemoval }) {
  const { word, icon: Icon } = DEPARTURES[departure];
  const change = fields
    .map(({ name, before, after }) => `${name}: ${before ?? "none"} → ${after ?? "none"}`)
    .join(", ");
  return (
    <>
      <span className="flex items-center gap-1.5">
        <Icon aria-hidden className="size-4 shrink-0 text-faint" />
        {word} <RelativeTime value={departedAt} />
      </span>
      {change && (
        <div className="truncate pl-5.5 text-faint text-xs" title={change}>
          {change}
        </div>
      )}
    </>
  );
}
