"use client";

import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useCallback, useRef } from "react";
import { ScrollFrame } from "./scroll-frame";
import { type CellProps, useGridFocus } from "./use-grid-focus";
import { useIsWide } from "./use-is-wide";

const HEAD_HEIGHT = 36;
/** With columns that need more than that, the grid asks for all the width the window has. */
const COLUMNS_OF_A_PAGE = 1_080;
/** Of the part that stays at the left: room for a name, and less of it on a phone. */
const WIDE = 640;
const FIXED_WIDTH = { wide: 288, narrow: 164 };
/** How much wider than asked for columns become when there are too few to fill the frame. */
const WIDEST = 2.2;

/** The columns in sight, for a row to render. */
interface ColumnWindow {
  columns: readonly number[];
  /** Where a column begins in its row, in pixels. */
  columnWidth: number;
  fixedWidth: number;
}

/** What is in sight of a grid: its first and last row and column, and the row that has the tab stop, in sight or not. */
export interface GridWindow {
  rows: readonly [number, number];
  columns: readonly [number, number];
  focused: number;
}

interface VirtualGridProps {
  label: string;
  rows: number;
  /** Whether more rows are to come. */
  more: boolean;
  /** Columns after the fixed ones. */
  columns: number;
  /** Columns that stay at the left, one control each. */
  fixedColumns: number;
  rowHeight: number;
  columnWidth: number;
  /** What stands in a row, undefined while that is on its way. */
  rowKey: (row: number) => string | undefined;
  /** What stands above the fixed columns. */
  corner: ReactNode;
  head: (column: number, control: CellProps) => ReactNode;
  /** The content of a row: cells with the roles of a grid, placed as the window says. */
  children: (row: number, window: ColumnWindow, focusedColumn: number | null) => ReactNode;
  /** Hears which rows and columns are in sight, whenever these are others. */
  onWindow: (window: GridWindow) => void;
  footer?: ReactNode;
}

/**
 * A grid of any size that scrolls inside its frame, with only what is in sight in the document. One control has the
 * tab stop; the arrow keys, Home, End, Page Up and Page Down move it.
 * https://www.w3.org/WAI/ARIA/apg/patterns/grid/
 */
export function VirtualGrid(props: VirtualGridProps) {
  const { rows, columns, fixedColumns, rowHeight } = props;
  const frame = useRef<HTMLElement>(null);
  const fixedWidth = useIsWide(WIDE) ? FIXED_WIDTH.wide : FIXED_WIDTH.narrow;
  const focus = useGridFocus(
    { rows, columns: fixedColumns + columns, withoutHead: fixedColumns },
    frame,
    (row, column) => {
      if (row >= 0) rowVirtualizer.scrollToIndex(row);
      if (column >= fixedColumns) columnVirtualizer.scrollToIndex(column - fixedColumns);
    },
  );
  const rowVirtualizer = useVirtualizer({
    count: rows,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    paddingStart: HEAD_HEIGHT,
    scrollPaddingStart: HEAD_HEIGHT,
    overscan: 8,
    rangeExtractor: (range) => withIndex(range, focus.active.row),
    onChange: () => tellWindow(),
  });
  const room = (rowVirtualizer.scrollElement?.clientWidth ?? 0) - fixedWidth;
  const columnWidth = widthOf(props.columnWidth, columns, room);
  const columnVirtualizer = useVirtualizer({
    horizontal: true,
    count: columns,
    getScrollElement: () => frame.current,
    estimateSize: () => columnWidth,
    // Another key, or places that were reckoned with another width would be kept.
    getItemKey: useCallback((column: number) => `${column} ${columnWidth}`, [columnWidth]),
    paddingStart: fixedWidth,
    scrollPaddingStart: fixedWidth,
    overscan: 2,
    rangeExtractor: (range) => withIndex(range, focus.active.column - fixedColumns),
    onChange: () => tellWindow(),
  });
  function tellWindow() {
    const [down, across] = [rowVirtualizer.range, columnVirtualizer.range];
    if (!down || !across) return;
    props.onWindow({
      rows: [down.startIndex, down.endIndex],
      columns: [across.startIndex, across.endIndex],
      focused: focus.active.row,
    });
  }
  const window = {
    columns: columnVirtualizer.getVirtualItems().map(({ index }) => index),
    columnWidth,
    fixedWidth,
  };
  const width = fixedWidth + columns * columnWidth;
  const keyOf = distinctKeys(props.rowKey);

  return (
    <ScrollFrame
      ref={frame}
      aria-label={props.label}
      wide={props.columns * props.columnWidth > COLUMNS_OF_A_PAGE}
      className="max-sm:min-h-80"
    >
      <div
        role="grid"
        aria-label={props.label}
        aria-rowcount={props.more ? -1 : rows + 1}
        aria-colcount={fixedColumns + columns}
        onKeyDown={focus.onKeyDown}
        onFocus={focus.onFocus}
        onBlur={focus.onBlur}
        className="relative outline-none"
        style={{ height: rowVirtualizer.getTotalSize(), minWidth: width }}
      >
        <div
          role="row"
          aria-rowindex={1}
          className="sticky top-0 z-20 border-b bg-sunken"
          style={{ height: HEAD_HEIGHT, minWidth: width }}
        >
          <div className="sticky left-0 z-10 flex h-full border-r bg-sunken" style={{ width: fixedWidth }}>
            {props.corner}
          </div>
          {window.columns.map((column) => (
            <div
              key={column}
              role="columnheader"
              aria-colindex={fixedColumns + column + 1}
              className="absolute inset-y-0 flex items-center"
              style={{ left: fixedWidth + column * columnWidth, width: columnWidth }}
            >
              {props.head(column, focus.control(-1, fixedColumns + column))}
            </div>
          ))}
        </div>
        {rowVirtualizer.getVirtualItems().map(({ index, start }) => (
          <div
            key={keyOf(index)}
            role="row"
            aria-rowindex={index + 2}
            className="absolute inset-x-0 border-b bg-surface"
            style={{ top: start, height: rowHeight }}
          >
            {props.children(index, window, focus.active.row === index ? focus.active.column : null)}
          </div>
        ))}
      </div>
      {props.footer}
    </ScrollFrame>
  );
}

/** The width of a column: what it needs, and its part of the room that would be left empty. */
function widthOf(needed: number, columns: number, room: number): number {
  return Math.max(needed, Math.min(Math.floor(room / columns), Math.floor(needed * WIDEST)));
}

/** What has moved between two pages is in both until the second has come again. */
function distinctKeys(rowKey: VirtualGridProps["rowKey"]): (row: number) => string {
  const drawn = new Set<string>();
  return (row) => {
    const key = rowKey(row);
    if (key === undefined || drawn.has(key)) return `row ${row}`;
    drawn.add(key);
    return key;
  };
}

function withIndex(range: Range, index: number): number[] {
  const inSight = defaultRangeExtractor(range);
  if (index < 0 || index >= range.count || inSight.includes(index)) return inSight;
  return [...inSight, index].sort((one, other) => one - other);
}
