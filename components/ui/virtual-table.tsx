"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowUp } from "lucide-react";
import { type ReactNode, type Ref, useCallback, useRef } from "react";

export interface RowProps {
  ref: Ref<HTMLTableRowElement>;
  "data-index": number;
}

interface VirtualTableProps<Row> {
  label: string;
  rows: Row[];
  /** The same function each time: with another one every row would be placed anew. */
  rowKey: (row: Row) => string | number;
  /** The header row's cells. */
  header: ReactNode;
  columns: number;
  rowHeight: number;
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
  const { rows, rowKey } = props;
  const frame = useRef<HTMLElement>(null);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => props.rowHeight,
    getItemKey: useCallback(
      (index: number) => {
        const row = rows[index];
        return row === undefined ? index : rowKey(row);
      },
      [rows, rowKey],
    ),
    overscan: 6,
  });
  const items = virtualizer.getVirtualItems();
  const above = items[0]?.start ?? 0;
  const below = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);

  return (
    <section
      ref={frame}
      aria-label={props.label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      data-fill
      onScroll={(event) => props.onAway?.(event.currentTarget.scrollTop > props.rowHeight / 2)}
      className="relative min-h-40 flex-initial overflow-auto overscroll-contain rounded-lg border bg-surface shadow-card"
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
      <table aria-rowcount={rows.length + 1} className="w-full border-separate border-spacing-0 text-left">
        <thead>
          <tr>{props.header}</tr>
        </thead>
        <tbody>
          <Spacer height={above} columns={props.columns} />
          {items.map((item) => {
            const row = rows[item.index];
            return row === undefined
              ? null
              : props.children(row, { ref: virtualizer.measureElement, "data-index": item.index });
          })}
          <Spacer height={below} columns={props.columns} />
        </tbody>
      </table>
      {props.footer}
    </section>
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
