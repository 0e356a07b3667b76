"use client";

import { Pencil, RefreshCw, UserCheck, UserX, X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { count, formatNumber } from "@/components/ui/numbers";
import type { UserCount } from "@/lib/users/list-schema";
import type { BulkKind } from "./bulk-kinds";
import type { Selection } from "./selection";

interface SelectionBarProps {
  selection: Selection;
  /** How many users are shown, and how many match as far as they were counted. */
  shown: number;
  matching: UserCount | undefined;
  onSelectAll: () => void;
  onClear: () => void;
  onAct: (kind: BulkKind) => void;
}

/** What can be done with those who are selected. */
export function SelectionBar({ selection, shown, matching, onSelectAll, onClear, onAct }: SelectionBarProps) {
  const everybody = selection.kind === "all";
  const more = matching && (matching.more || matching.users > shown);
  const offersAll = !everybody && more && selection.ids.size >= shown;
  return (
    <section
      aria-label="Selected users"
      className="relative flex min-h-9 shrink-0 flex-wrap items-center gap-x-1 gap-y-1 rounded-lg max-sm:p-1 border border-accent/40 bg-accent-soft py-1 pr-1 pl-3"
    >
      <p
        role="status"
        className="mr-2 font-medium text-ink tabular-nums max-sm:w-full max-sm:py-2.5 max-sm:pr-11 max-sm:pl-3"
      >
        {everybody ? `${matchingText(matching)} selected` : `${formatNumber(selection.ids.size)} selected`}
      </p>
      {offersAll && (
        <Button variant="ghost" className="text-accent-text" onClick={onSelectAll}>
          Select all {matchingText(matching)} that match
        </Button>
      )}
      <div className="max-sm:grid max-sm:w-full max-sm:grid-cols-2 max-sm:[&>button]:justify-start sm:ml-auto sm:flex sm:items-center sm:gap-1">
        <Button variant="ghost" onClick={() => onAct("fields")}>
          <Pencil aria-hidden />
          Change
        </Button>
        <Button variant="ghost" onClick={() => onAct("sync")}>
          <RefreshCw aria-hidden />
          Sync
        </Button>
        <Button variant="ghost" onClick={() => onAct("reactivate")}>
          <UserCheck aria-hidden />
          Reactivate
        </Button>
        <Button variant="ghost" className="text-bad hover:text-bad" onClick={() => onAct("deactivate")}>
          <UserX aria-hidden />
          Deactivate
        </Button>
        <IconButton
          label="Select nobody"
          onClick={onClear}
          className="max-sm:absolute max-sm:top-1 max-sm:right-1"
        >
          <X aria-hidden />
        </IconButton>
      </div>
    </section>
  );
}

/** How many match, as far as they were counted. */
export function matchingText(matching: UserCount | undefined): string {
  if (!matching) return "users";
  return `${matching.more ? "more than " : ""}${count(matching.users, "user")}`;
}
