"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { SearchX } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { formatNumber } from "@/components/ui/numbers";
import { SearchInput } from "@/components/ui/search-input";
import { EmptyState, Loaded } from "@/components/ui/states";
import type { Group } from "@/lib/take-over/groups";
import { takeOverRowsQuery } from "@/lib/take-over/queries";
import type { TakeOver } from "@/lib/take-over/schema";
import type { Decisions } from "./decisions";
import { GROUP_TEXTS } from "./group-texts";
import { RowItem } from "./row-item";

/** What the columns are, where there are columns. */
function Heads({ decides }: { decides: boolean }) {
  return (
    <div
      aria-hidden
      className="hidden items-center gap-x-4 border-b bg-sunken px-4 py-1.5 text-faint text-xs sm:flex"
    >
      <div className="grid flex-[1_1_24rem] grid-cols-[minmax(0,1fr)_1rem_minmax(0,1fr)] gap-x-3">
        <span>At the site</span>
        <span />
        <span>In the list</span>
      </div>
      {decides && <span className="w-56 shrink-0">What becomes of the row</span>}
    </div>
  );
}

interface RowsProps {
  siteId: string;
  take: TakeOver;
  group: Group;
  decisions: Decisions;
  /** Null for who may not decide. */
  onDecide: ((decisions: Decisions) => void) | null;
}

/** The rows of a group, there and here side by side, found by a part of an id, address or name. */
export function Rows({ siteId, take, group, decisions, onDecide }: RowsProps) {
  const [q, setQ] = useState("");
  const rows = useInfiniteQuery(takeOverRowsQuery(siteId, { group, q, scannedAt: take.scannedAt }));
  const { word } = GROUP_TEXTS[group];
  return (
    <Card title={`${word}: ${formatNumber(take.groups[group])}`}>
      <div className="border-b px-4 py-2.5">
        <SearchInput
          label="Find in this group"
          placeholder="Find by e-mail address, name or id"
          value={q}
          onSearch={setQ}
          className="max-w-sm"
        />
      </div>
      <Loaded query={rows}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          if (items.length === 0 && !rows.hasNextPage) {
            return (
              <EmptyState icon={SearchX} title="Nobody found">
                {q
                  ? "No row of this group has this in its id, address or name."
                  : "This group is empty by now."}
              </EmptyState>
            );
          }
          return (
            <>
              <Heads decides={onDecide !== null && group !== "only_here"} />
              <ul className="divide-y">
                {items.map((item) => (
                  <RowItem
                    key={item.rowId ?? item.users[0]?.id}
                    group={group}
                    item={item}
                    decisions={decisions}
                    onDecide={onDecide}
                  />
                ))}
              </ul>
              {rows.hasNextPage && (
                <div className="border-t px-4 py-2.5 text-center">
                  <Button loading={rows.isFetchingNextPage} onClick={() => rows.fetchNextPage()}>
                    {items.length === 0 ? "Look further" : "Show more"}
                  </Button>
                </div>
              )}
            </>
          );
        }}
      </Loaded>
    </Card>
  );
}
