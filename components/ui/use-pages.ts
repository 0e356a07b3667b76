"use client";

import {
  hashKey,
  keepPreviousData,
  type QueryKey,
  type UseQueryOptions,
  useQueries,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { type KnownPages, learn, NO_PAGES, type PageOf, rowCount } from "./known-pages";

/**
 * How far from what is in sight pages are asked for, in rows: about two windows, so that nobody who scrolls has to wait.
 */
const AHEAD = 30;

/** What is in sight at first, in pages. */
const TOP = { from: 0, to: 0, focused: 0 };

/** How many items one call answers at most. */
const MOST_AT_ONCE = 500;

/** The query of the page of so many items that begins at a cursor; the first one's is empty. */
type PageQuery<Item> = (
  cursor: string,
  limit: number,
) => UseQueryOptions<PageOf<Item>, Error, PageOf<Item>, QueryKey>;

/** Rows by their place in the list; undefined where they are out of sight and not kept. */
export interface Rows<Row> {
  readonly length: number;
  at(index: number): Row | undefined;
}

/**
 * A list that stays at the server. Kept here are its first page, those around what is in sight and that of the row with
 * the tab stop (`onSight` hears both), and where all pages begin that were ever shown, so that any of them comes back
 * without those before it: 100 bytes each. `rowsOf` makes a page's rows, at most once while the page is the same.
 */
export function usePages<Item, Row>(
  pageQuery: PageQuery<Item>,
  size: number,
  rowsOf: (page: PageOf<Item>) => readonly Row[],
) {
  const client = useQueryClient();
  const first = useQuery({ ...pageQuery("", size), placeholderData: keepPreviousData });
  const list = hashKey(pageQuery("", size).queryKey);
  const [kept, setKept] = useState<{ list: string; known: KnownPages<Item> }>({ list, known: NO_PAGES });
  const [sight, setSight] = useState({ list, ...TOP });

  const before = kept.list === list ? kept.known : NO_PAGES;
  const { from, to, focused } = sight.list === list ? sight : TOP;
  const others = [...new Set([...numbersBetween(from, to), focused])]
    .filter((number) => number > 0 && number < before.cursors.length)
    .sort((one, other) => one - other);
  const queries = useQueries({
    queries: others.map((number) => pageQuery(before.cursors[number] ?? "", size)),
  });
  const known = learn(before, [
    [0, first.data],
    ...others.map((number, n) => [number, queries[n]?.data] as const),
  ]);
  if (known !== kept.known && !first.isPlaceholderData) setKept({ list, known });

  const rows = useMemo(
    (): Rows<Row> => ({
      length: rowCount(known, size),
      at(index) {
        const page = known.pages.get(Math.floor(index / size));
        return page && rowsOf(page)[index % size];
      },
    }),
    [known, size, rowsOf],
  );

  /** Hears which rows are in sight, and which one has the tab stop, in sight or not. */
  function onSight(top: number, bottom: number, focusedRow = top) {
    const next = { from: pageOf(top - AHEAD), to: pageOf(bottom + AHEAD), focused: pageOf(focusedRow) };
    if (next.from !== from || next.to !== to || next.focused !== focused) setSight({ list, ...next });
  }

  /** The items of rows from one to another, in sight or not. */
  async function load(top: number, bottom: number): Promise<Item[]> {
    const numbers = numbersBetween(pageOf(top), Math.min(pageOf(bottom), known.cursors.length - 1));
    const here = numbers.flatMap((number) => known.pages.get(number) ?? []);
    if (here.length === numbers.length) return here.flatMap((page) => page.items);
    const items: Item[] = [];
    let cursor = known.cursors[pageOf(top)] ?? null;
    while (cursor !== null && items.length < numbers.length * size) {
      const limit = Math.min(MOST_AT_ONCE, numbers.length * size - items.length);
      const page = await client.fetchQuery(pageQuery(cursor, limit));
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    return items;
  }

  const pageOf = (row: number) => Math.max(0, Math.floor(row / size));
  const missing = queries.find(({ data }) => data === undefined);
  return {
    /** The first page: whether there is anything, and what to say while there is not. */
    first,
    rows,
    /** The pages around what is in sight, as far as they have come. */
    near: numbersBetween(from, to).flatMap((number) => known.pages.get(number) ?? []),
    load,
    onSight,
    more: {
      hasNextPage: known.lastRows === null && !first.isPlaceholderData,
      isFetchingNextPage: missing?.isFetching ?? false,
      fetchNextPage: () => void missing?.refetch(),
    },
  };
}

function numbersBetween(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => from + n);
}
