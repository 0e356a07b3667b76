"use client";

import { type ReactNode, useState } from "react";
import { Button } from "@/components/ui/button";
import { formatNumber } from "@/components/ui/numbers";
import { ScrollRegion } from "@/components/ui/scroll-region";

interface LongListProps<Item> {
  items: readonly Item[];
  render: (item: Item) => ReactNode;
  /** How many are shown before somebody asks for all of them. */
  most: number;
  /** What they are, in the plural. */
  what: string;
}

/** The first few of a list, and all of it, scrolling within its card, on demand. */
export function LongList<Item>({ items, render, most, what }: LongListProps<Item>) {
  const [all, setAll] = useState(false);
  const long = items.length > most;
  const list = <ul className="divide-y">{(all ? items : items.slice(0, most)).map(render)}</ul>;
  return (
    <>
      {long && all ? (
        <ScrollRegion label={`All ${what}`} className="max-h-[32rem] overflow-y-auto -outline-offset-2">
          {list}
        </ScrollRegion>
      ) : (
        list
      )}
      {long && (
        <div className="border-t p-2">
          <Button variant="ghost" aria-expanded={all} className="w-full" onClick={() => setAll(!all)}>
            {all ? `Show the first ${most}` : `Show all ${formatNumber(items.length)} ${what}`}
          </Button>
        </div>
      )}
    </>
  );
}
