import { QueryClient, QueryClientProvider, queryOptions } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import type { PageOf } from "@/components/ui/known-pages";
import { usePages } from "@/components/ui/use-pages";

const SIZE = 50;
const rowsOf = (page: PageOf<string>) => page.items;

/** A list at a server, which goes on after the cursor's name as Roster's lists do. */
function listOf(names: string[]) {
  const calls: string[] = [];
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, gcTime: 0 } } });
  const pageQuery = (cursor: string, limit: number) =>
    queryOptions<PageOf<string>>({
      queryKey: ["names", cursor, limit],
      queryFn: async () => {
        calls.push(cursor);
        const after = names.filter((name) => name > cursor);
        const items = after.slice(0, limit);
        return { items, nextCursor: after.length > limit ? (items.at(-1) ?? null) : null };
      },
      staleTime: Number.POSITIVE_INFINITY,
    });
  const { result } = renderHook(() => usePages(pageQuery, SIZE, rowsOf), {
    wrapper: ({ children }) => <QueryClientProvider client={client}>{children}</QueryClientProvider>,
  });
  const shown = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, n) => result.current.rows.at(from + n));
  return { client, calls, names, list: result, shown };
}

const nameOf = (n: number) => `name ${String(n).padStart(4, "0")}`;
const people = (count: number) => Array.from({ length: count }, (_, n) => nameOf(n));

/** Scrolls a window's height at a time. */
async function scrollTo({ list, shown }: ReturnType<typeof listOf>, row: number) {
  for (let top = 0; top <= row; top += 20) {
    act(() => list.current.onSight(top, top + 20));
    await waitFor(() =>
      expect(shown(top, Math.min(top + 20, list.current.rows.length))).not.toContain(undefined),
    );
  }
}

test("of a list only its first page and those around what is in sight are kept and asked for again", async () => {
  const people1000 = listOf(people(1_000));
  const { client, calls, list, shown } = people1000;
  await scrollTo(people1000, 600);
  expect(list.current.rows.length).toBe(700);
  expect(list.current.more.hasNextPage).toBe(true);
  expect(shown(600, 620)).toEqual(people(1_000).slice(600, 620));
  expect(shown(0, 1)).toEqual([nameOf(0)]);
  expect(shown(60, 500)).toEqual(new Array(440).fill(undefined));
  await waitFor(() => expect(client.getQueryCache().getAll()).toHaveLength(4));

  calls.length = 0;
  await act(() => client.invalidateQueries());
  expect(calls.sort()).toEqual(["", nameOf(549), nameOf(599), nameOf(649)]);
});

test("the page of the row with the tab stop is kept however far away it is", async () => {
  const far = listOf(people(1_000));
  await scrollTo(far, 600);
  act(() => far.list.current.onSight(600, 620, 60));
  await waitFor(() => expect(far.shown(50, 100)).toEqual(people(1_000).slice(50, 100)));
  expect(far.shown(600, 620)).not.toContain(undefined);
  expect(far.shown(100, 500)).toEqual(new Array(400).fill(undefined));
});

test("a jump back asks for what is there, not for what lies between, and the list stays as long as it was", async () => {
  const far = listOf(people(1_000));
  await scrollTo(far, 600);
  far.calls.length = 0;
  act(() => far.list.current.onSight(210, 230));
  await waitFor(() => expect(far.shown(210, 230)).toEqual(people(1_000).slice(210, 230)));
  expect(far.list.current.rows.length).toBe(700);
  await waitFor(() => expect(far.calls).toEqual([nameOf(149), nameOf(199), nameOf(249)]));
  expect(await far.list.current.load(20, 620)).toEqual(people(1_000).slice(0, 650));
});

test("who comes and goes moves the pages below, with nobody missing or shown twice", async () => {
  const short = listOf(people(160));
  await scrollTo(short, 140);
  expect(short.list.current.rows.length).toBe(160);
  expect(short.list.current.more.hasNextPage).toBe(false);
  act(() => short.list.current.onSight(90, 110));
  short.names.splice(0, 1);
  short.names.push("name 0999");
  short.names.splice(10, 0, "name 0010 a", "name 0010 b");
  await act(() => short.client.invalidateQueries());
  await waitFor(() => expect(short.shown(50, 150)).toEqual(short.names.slice(50, 150)));
  act(() => short.list.current.onSight(145, 165));
  await waitFor(() => expect(short.shown(0, 50)).toEqual(short.names.slice(0, 50)));
  await waitFor(() => expect(short.list.current.rows.length).toBe(162));
  expect(short.shown(100, 162)).toEqual(short.names.slice(100, 162));
});
