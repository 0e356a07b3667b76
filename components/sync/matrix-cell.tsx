"use client";

import { toneText } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { Skeleton } from "@/components/ui/states";
import { Td } from "@/components/ui/table";
import type { PairState } from "@/lib/runs/schema";
import { pairLooks } from "./pair-status";

interface MatrixCellProps {
  user: string;
  site: string;
  /** The user's state at this site: undefined while it loads, null when there is none. */
  state: PairState | null | undefined;
  onOpen: () => void;
}

/** One user at one site: colour, icon and word; where it fails the reason too. A click tells the rest. */
export function MatrixCell({ user, site, state, onOpen }: MatrixCellProps) {
  if (state === undefined) {
    return (
      <Td>
        <Skeleton className="mx-2 h-3 w-16" />
      </Td>
    );
  }
  if (state === null) {
    return (
      <Td className="px-5 text-faint">
        <span aria-hidden>–</span>
        <span className="sr-only">Not yet sent</span>
      </Td>
    );
  }
  const { word, tone, icon: Icon } = pairLooks[state.status];
  const fails = state.status === "failed" || state.status === "retrying";
  return (
    <Td className="p-1 align-middle">
      <button
        type="button"
        onClick={onOpen}
        className="flex min-h-9 w-full flex-col justify-center rounded-md px-2 py-1 text-left transition-colors hover:bg-hover"
      >
        <span className={cn("flex items-center gap-1.5 whitespace-nowrap font-medium", toneText[tone])}>
          <Icon aria-hidden className="size-4 shrink-0" />
          <span className="sr-only">{`${user} at ${site}: `}</span>
          {word}
        </span>
        {fails && state.error && <span className="line-clamp-2 w-44 text-soft text-xs">{state.error}</span>}
      </button>
    </Td>
  );
}
