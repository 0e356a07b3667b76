"use client";

import { type KeyboardEvent, type RefObject, useLayoutEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";

/** A place in a grid; the head is row -1. */
export interface GridPlace {
  row: number;
  column: number;
}

/** What the one control of a cell takes, so that the grid can move the focus to it. */
export interface CellProps {
  tabIndex: 0 | -1;
  "data-cell": string;
}

/** The props of a control at a place, given which one has the tab stop. */
export function cellProps(row: number, column: number, isActive: boolean): CellProps {
  return { tabIndex: isActive ? 0 : -1, "data-cell": `${row}:${column}` };
}

const PAGE_ROWS = 10;

interface GridSize {
  rows: number;
  columns: number;
  /** How many of the columns have no control in the head. */
  withoutHead: number;
}

/** Moves one tab stop through the controls of a grid. `scrollTo` brings a place into sight. */
export function useGridFocus(
  size: GridSize,
  frame: RefObject<HTMLElement | null>,
  scrollTo: (row: number, column: number) => void,
) {
  const [chosen, setActive] = useState<GridPlace>({ row: 0, column: 0 });
  // The grid may have become smaller meanwhile.
  const active = {
    row: Math.min(chosen.row, size.rows - 1),
    column: Math.min(chosen.column, size.columns - 1),
  };

  /** The control that has the focus. */
  const held = useRef<HTMLElement | null>(null);

  function focusAt({ row, column }: GridPlace) {
    frame.current
      ?.querySelector<HTMLElement>(`[data-cell="${row}:${column}"]`)
      ?.focus({ preventScroll: true });
  }

  // What stood there until the row came, or until another list did, took the focus away with it.
  useLayoutEffect(() => {
    if (held.current && !held.current.isConnected && document.activeElement === document.body)
      focusAt(active);
  });

  function onKeyDown(event: KeyboardEvent) {
    const from = placeOf(event.target);
    if (!from || event.altKey || event.metaKey) return;
    const to = nextPlace(from, event.key, event.ctrlKey, size);
    if (!to) return;
    event.preventDefault();
    // The place may be out of sight, where nothing is rendered but what has the tab stop.
    flushSync(() => setActive(to));
    focusAt(to);
    scrollTo(to.row, to.column);
  }

  return {
    active,
    onKeyDown,
    onFocus: (event: { target: EventTarget }) => {
      const place = placeOf(event.target);
      if (!place) return;
      held.current = event.target as HTMLElement;
      setActive(place);
    },
    onBlur: () => {
      held.current = null;
    },
    control: (row: number, column: number) =>
      cellProps(row, column, row === active.row && column === active.column),
  };
}

function placeOf(target: EventTarget): GridPlace | null {
  if (!(target instanceof HTMLElement)) return null;
  const [row, column] = (target.dataset.cell ?? "").split(":").map(Number);
  return row === undefined || column === undefined ? null : { row, column };
}

function nextPlace(
  { row, column }: GridPlace,
  key: string,
  whole: boolean,
  size: GridSize,
): GridPlace | null {
  const last = { row: size.rows - 1, column: size.columns - 1 };
  const at = (place: GridPlace) => {
    const to = Math.max(0, Math.min(place.column, last.column));
    return { row: Math.max(to < size.withoutHead ? 0 : -1, Math.min(place.row, last.row)), column: to };
  };
  switch (key) {
    case "ArrowUp":
      return at({ row: row - 1, column });
    case "ArrowDown":
      return at({ row: row + 1, column });
    case "ArrowLeft":
      return at({ row, column: column - 1 });
    case "ArrowRight":
      return at({ row, column: column + 1 });
    case "PageUp":
      return at({ row: Math.max(0, row - PAGE_ROWS), column });
    case "PageDown":
      return at({ row: row + PAGE_ROWS, column });
    case "Home":
      return at({ row: whole ? 0 : row, column: 0 });
    case "End":
      return at({ row: whole ? last.row : row, column: last.column });
    default:
      return null;
  }
}
