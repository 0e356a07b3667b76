"use client";

import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useState } from "react";
import { cn } from "@/components/ui/cn";
import { count, formatNumber } from "@/components/ui/numbers";
import { overviewQuery } from "@/lib/runs/queries";
import type { UserCount } from "@/lib/users/list-schema";
import type { BulkKind } from "./bulk-kinds";
import { NOBODY, type Selection } from "./selection";
import { matchingText, SelectionBar } from "./selection-bar";
import type { UserFilterState } from "./use-user-filter";
import { type UserPages, UsersTable } from "./users-table";

// Forms come when they are opened, menus while the list is on its way.
const BulkDialog = dynamic(() => import("./bulk-dialog").then((file) => file.BulkDialog), { ssr: false });
const ColumnMenu = dynamic(() => import("./column-menu").then((file) => file.ColumnMenu), { ssr: false });

interface UsersListProps {
  users: UserPages;
  state: UserFilterState;
  matching: UserCount | undefined;
  onEdit: (id: string) => void;
}

/** The users who match, and what can be done with several of them. */
export function UsersList({ users, state, matching, onEdit }: UsersListProps) {
  const [selection, setSelection] = useState<Selection>(NOBODY);
  const [acting, setActing] = useState<BulkKind | null>(null);
  const isPast = users.first.isPlaceholderData;
  const some = selection.kind === "all" || selection.ids.size > 0;
  return (
    <>
      {some ? (
        <SelectionBar
          selection={selection}
          shown={users.rows.length}
          matching={matching}
          onSelectAll={() => setSelection({ kind: "all" })}
          onClear={() => setSelection(NOBODY)}
          onAct={setActing}
        />
      ) : (
        <div className="-my-1 flex min-h-9 shrink-0 items-center justify-between gap-3">
          <Matching filtered={state.filtered} matching={matching} />
          <ColumnMenu />
        </div>
      )}
      <div aria-busy={isPast} className={cn("contents", isPast && "[&>div]:opacity-60")}>
        <UsersTable
          users={users}
          sort={state.sort}
          onSort={(sort) => state.set({ sort })}
          selection={selection}
          onSelect={setSelection}
          onEdit={onEdit}
        />
      </div>
      {acting && (
        <BulkDialog
          kind={acting}
          selection={selection}
          filter={state.filter}
          onClose={() => setActing(null)}
          onDone={() => {
            setActing(null);
            setSelection(NOBODY);
          }}
        />
      )}
    </>
  );
}

function Matching({ filtered, matching }: { filtered: boolean; matching: UserCount | undefined }) {
  const { data: overview } = useQuery(overviewQuery);
  if (filtered) {
    if (!matching) return <span />;
    const verb = matching.users === 1 && !matching.more ? "matches" : "match";
    const text = matchingText(matching);
    return (
      <p role="status" className="text-faint tabular-nums first-letter:uppercase">
        {text} {verb}
      </p>
    );
  }
  if (!overview) return <span />;
  const { active, inactive } = overview.users;
  return (
    <p className="text-faint tabular-nums">
      {count(active + inactive, "user")} · {formatNumber(active)} active · {formatNumber(inactive)} inactive
    </p>
  );
}
