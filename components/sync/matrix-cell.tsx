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
  // One element whatever it shows: with another one in its place the focus would be lost when the state comes.
  return (
    <button
      type="button"
      {...cellProps(row, column, hasFocus)}
      aria-disabled={!status}
      onClick={() => status && onOpen(userId, site.id)}
      className={cn(
        "flex h-full w-full flex-col justify-center rounded-md px-2 text-left focus-visible:-outline-offset-2",
        status && ["hover:bg-hover", LOUD[status]],
      )}
    >
      {status === undefined ? (
        <Skeleton className="h-3 w-16" />
      ) : (
        <span className="sr-only">{`${user} at ${site.name}: `}</span>
      )}
      <Word status={status} />
      {reason && (
        <span className="w-full truncate pl-5.5 text-soft text-xs leading-4">{reasonText(reason)}</span>
      )}
    </button>
  );
}

function Word({ status }: Pick<ContentProps, "status">) {
  if (status === undefined) return <span className="sr-only">Loading</span>;
  if (status === null) {
    return (
      <span className="text-faint">
        <span aria-hidden>–</span>
        <span className="sr-only">Not yet sent</span>
      </span>
    );
  }
  const { word, tone, icon: Icon } = pairLooks[status];
  return (
    <span className={cn("flex items-center gap-1.5 whitespace-nowrap font-medium", toneText[tone])}>
      <Icon aria-hidden className="size-4 shrink-0" />
      {word}
    </span>
  );
}
