import type { QueryClient } from "@tanstack/react-query";
import { oncePer } from "@/components/ui/once-per";
import type { Rows } from "@/components/ui/use-pages";
import type { GridWindow } from "@/components/ui/virtual-grid";
import type { Page } from "@/lib/http/page";
import type { Person } from "@/lib/runs/insight-schema";
import { type Block, type MatrixItem, matrixQuery } from "@/lib/runs/queries";

/** Columns that stay at the left: a name, and the icon that syncs. */
export const FIXED_COLUMNS = 2;

/**
 * How many users, and how many sites, one call asks about. More at once, and scrolling by a row would fetch far more
 * than is in sight; fewer, and a window would need many calls.
 */
const BLOCK = 25;

/** A list in parts of one call each. */
export function blocksOf(ids: readonly string[]): Block[] {
  return Array.from({ length: Math.ceil(ids.length / BLOCK) }, (_, block) => {
    const part = ids.slice(block * BLOCK, (block + 1) * BLOCK);
    return { ids: part, key: part.join("\n") };
  });
}

export interface MatrixPerson {
  person: Person;
  /** The users that are asked about together with this one. */
  users: Block;
}

/** The users of a page; the same for the same page, or each further page would have every row drawn anew. */
export const peopleOf = oncePer(({ items }: Page<Person>): readonly MatrixPerson[] => {
  const blocks = blocksOf(items.map((person) => person.user_id));
  return items.flatMap((person, n) => {
    const users = blocks[Math.floor(n / BLOCK)];
    return users ? [{ person, users }] : [];
  });
});

/** Columns from `first` to `last`, all of one block of sites. */
export interface Part {
  block: number;
  first: number;
  last: number;
}

/** The columns from `first` to `last` by the blocks that they belong to. */
export function partsBetween(first: number, last: number): Part[] {
  if (last < first) return [];
  const from = Math.floor(first / BLOCK);
  return Array.from({ length: Math.floor(last / BLOCK) - from + 1 }, (_, n) => ({
    block: from + n,
    first: Math.max(first, (from + n) * BLOCK),
    last: Math.min(last, (from + n + 1) * BLOCK - 1),
  }));
}

/** How far from the window states are asked for, so that rows and columns come into sight with them. */
const AHEAD = { rows: 25, columns: 8 };

/** Asks for the states that will be in sight when somebody goes on scrolling. */
export function askAhead(
  client: QueryClient,
  people: Rows<MatrixPerson>,
  sites: readonly Block[],
  { rows, columns }: GridWindow,
): void {
  const users = new Set([rows[0] - AHEAD.rows, rows[1] + AHEAD.rows].map((row) => people.at(row)?.users));
  for (const { block } of partsBetween(Math.max(0, columns[0] - AHEAD.columns), columns[1] + AHEAD.columns)) {
    const where = sites[block];
    for (const who of users) {
      if (!who || !where) continue;
      const query = matrixQuery(who, where);
      if (client.getQueryState(query.queryKey) === undefined) void client.prefetchQuery(query);
    }
  }
}

/**
 * What is known of these users from other calls, to be shown until theirs has come: a user who was added moves everybody
 * below into another part, and nobody's state should flicker for that.
 */
export function knownItems(client: QueryClient, users: Block, sites: Block): MatrixItem[] | undefined {
  const wanted = new Set(users.ids);
  const found = new Map<string, MatrixItem>();
  for (const [key, items] of client.getQueriesData<MatrixItem[]>({ queryKey: ["sync", "matrix"] })) {
    if (key[3] !== sites.key) continue;
    for (const item of items ?? []) if (wanted.has(item.userId)) found.set(item.userId, item);
  }
  return found.size > 0 ? [...found.values()] : undefined;
}
