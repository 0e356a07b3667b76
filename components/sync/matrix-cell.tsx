"use client";

import { memo } from "react";
import { toneText } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { Skeleton } from "@/components/ui/states";
import { cellProps } from "@/components/ui/use-grid-focus";
import type { PairStatus } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";
import { pairLooks } from "./pair-status";
import { reasonText } from "./reason-words";

interface MatrixCellProps {
  userId: string;
  user: string;
  site: Site;
  /** The user's state at this site: undefined while it loads, null when there is none. */
  status: PairStatus | null | undefined;
  /** Why, as an error code. */
  reason: string | null;
  row: number;
  column: number;
  /** Whether the grid's tab stop is here. */
  hasFocus: boolean;
  left: number;
  width: number;
  onOpen: (userId: string, siteId: string) => void;
}

/** What stands out in a sheet of green: what somebody should look at. */
const LOUD: Partial<Record<PairStatus, string>> = {
  failed: "bg-bad-soft",
  retrying: "bg-warn-soft",
};

/** One user at one site: colour, icon and word; where it fails the reason too. A click tells the rest. */
export const MatrixCell = memo(function MatrixCell({ left, width, ...props }: MatrixCellProps) {
  return (
    <div
      role="gridcell"
      aria-colindex={props.column + 1}
      className="absolute inset-y-0 p-1"
      style={{ left, width }}
    >
      <Content {...props} />
    </div>
  );
});

type ContentProps = Omit<MatrixCellProps, "left" | "width">;

function Content({ userId, user, site, status, reason, row, column, hasFocus, onOpen }: ContentProps) {
  const control = cellProps(row, column, hasFocus);
  if (status === undefined) {
    return (
      <span {...control} className="flex h-full items-center px-2">
        <Skeleton className="h-3 w-16" />
        <span className="sr-only">Loading</span>
      </span>
    );
  }
  if (status === null) {
    return (
      <span {...control} className="flex h-full items-center px-2 text-faint">
        <span aria-hidden>–</span>
        <span className="sr-only">{`${user} at ${site.name}: Not yet sent`}</span>
      </span>
    );
  }
  const { word, tone, icon: Icon } = pairLooks[status];
  return (
    <button
      type="button"
      {...control}
      onClick={() => onOpen(userId, site.id)}
      className={cn(
        "flex h-full w-full flex-col justify-center rounded-md px-2 text-left hover:bg-hover focus-visible:-outline-offset-2",
        LOUD[status],
      )}
    >
      <span className={cn("flex items-center gap-1.5 whitespace-nowrap font-medium", toneText[tone])}>
        <Icon aria-hidden className="size-4 shrink-0" />
        <span className="sr-only">{`${user} at ${site.name}: `}</span>
        {word}
      </span>
      {reason && (
        <span className="w-full truncate pl-5.5 text-soft text-xs leading-4">{reasonText(reason)}</span>
      )}
    </button>
  );
}
