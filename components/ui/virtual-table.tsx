"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowUp } from "lucide-react";
import { type ReactNode, type Ref, type RefCallback, useCallback, useMemo, useRef, useState } from "react";
import { ScrollFrame } from "./scroll-frame";
import { Skeleton } from "./states";
import type { Rows } from "./use-pages";

export interface RowProps {
  ref: Ref<HTMLTableRowElement> | undefined;
  "data-index": number;
  "aria-rowindex": number;
}

interface VirtualTableProps<Row> {
  label: string;
  /** A list, or one of which only what is around the window is here. */
  rows: Rows<Row>;
  /** Whether more rows are to come. */
  more?: boolean;
  /** The same function each time: with another one every row would be placed anew. */
  rowKey: (row: Row) => string | number;
  /** The header row's cells. */
  header: ReactNode;
  columns: number;
  rowHeight: number;
  /**
   * All rows are as high as the first one: none is measured by itself, and those that are not here keep their place. Else
   * `rowHeight` is what is guessed until a row is drawn.
   */
  sameHeight?: boolean;
  /** Hears which rows are in sight, whenever these are others. */
  onSight?: (first: number, last: number) => void;
  /** A `<tr>` that takes `props`. */
  children: (row: Row, props: RowProps) => ReactNode;
  footer?: ReactNode;
  /** Hears whether the first row is out of sight. */
  onAway?: (away: boolean) => void;
  /** Said above the rows while it is there; a click leads to the first row. */
  pill?: string | null;
}

/** A table that scrolls inside its frame and keeps only the rows in sight in the document. */
export function VirtualTable<Row>(props: VirtualTableProps<Row>) {
  const { rows, rowKey, sameHeight = false } = props;
  const frame = useRef<HTMLElement>(null);
  const [rowHeight, measureRow] = useRowHeight(props.rowHeight);
  const byPlace = useMemo(() => keysOfPlaces(rowHeight), [rowHeight]);
  const byRow = useCallback(
    (index: number) => {
      const row = rows.at(index);
      return row === undefined ? index : rowKey(row);
    },
    [rows, rowKey],
  );
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    getItemKey: sameHeight ? byPlace : byRow,
    overscan: 6,
    onChange: ({ range }) => range && props.onSight?.(range.startIndex, range.endIndex),
  });
  const items = virtualizer.getVirtualItems();
  const drawn = new Set<string | number>();
  const above = items[0]?.start ?? 0;
  const below = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);

  return (
    <ScrollFrame
      ref={frame}
      aria-label={props.label}
      // A region that scrolls must be reached by keyboard; in a grid the cells are.
      tabIndex={0}
      onScroll={(event) => props.onAway?.(event.currentTarget.scrollTop > props.rowHeight / 2)}
    >
      {props.pill && (
        <div className="pointer-events-none sticky top-11 left-0 z-20 flex h-0 justify-center">
          <button
            type="button"
            onClick={() => frame.current?.scrollTo({ top: 0 })}
            className="pointer-events-auto flex h-7 animate-appear items-center gap-1.5 rounded-full bg-accent px-3 font-medium text-accent-ink text-xs shadow-float hover:bg-accent-hover"
          >
            <ArrowUp aria-hidden className="size-3.5" />
            {props.pill}
          </button>
        </div>
      )}
      <table
        ref={sameHeight ? measureRow : undefined}
        aria-rowcount={props.more ? -1 : rows.length + 1}
        className="w-full border-separate border-spacing-0 text-left"
      >
        <thead>
          <tr aria-rowindex={1}>{props.header}</tr>
        </thead>
        <tbody>
          <Spacer height={above} columns={props.columns} />
          {items.map(({ index }) => {
            const row = rows.at(index);
            // What has moved between two pages is in both until the second has come again.
            if (row === undefined || drawn.has(rowKey(row))) {
              return (
                <Awaited key={`row ${index}`} index={index} height={rowHeight} columns={props.columns} />
              );
            }
            drawn.add(rowKey(row));
            const ref = sameHeight ? undefined : virtualizer.measureElement;
            return props.children(row, { ref, "data-index": index, "aria-rowindex": index + 2 });
          })}
          <Spacer height={below} columns={props.columns} />
        </tbody>
      </table>
      {props.footer}
    </ScrollFrame>
  );
}

/** Keys by which nothing is remembered; others for another height, or places that were reckoned with it would be kept. */
function keysOfPlaces(_rowHeight: number): (index: number) => number {
  return (index) => index;
}

/** The height of the rows of a table that all have the same, as the browser makes it. */
function useRowHeight(guess: number): [number, RefCallback<HTMLTableElement>] {
  const [height, setHeight] = useState(guess);
  const measure = useCallback((table: HTMLTableElement | null) => {
    if (!table) return;
    // A row that becomes higher makes the table higher; scrolling changes neither.
    const observer = new ResizeObserver(() => {
      const row = table.querySelector<HTMLElement>("tr[data-index]");
      if (row) setHeight(row.getBoundingClientRect().height);
    });
    observer.observe(table);
    return () => observer.disconnect();
  }, []);
  return [height, measure];
}

/** In place of a row that is on its way. */
function Awaited({ index, height, columns }: { index: number; height: number; columns: number }) {
  return (
    <tr aria-rowindex={index + 2} style={{ height }}>
      <td colSpan={columns} className="border-b px-3">
        <Skeleton className="h-3 w-40" />
        <span className="sr-only">Loading</span>
      </td>
    </tr>
  );
}

function Spacer({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden>
      <td colSpan={columns} style={{ height, padding: 0 }} />
    </tr>
  );
}
