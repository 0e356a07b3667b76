import type { QueryClient } from "@tanstack/react-query";
import type { Page } from "@/lib/http/page";
import type { Person } from "@/lib/runs/insight-schema";
import type { MatrixItem } from "@/lib/runs/queries";

/**
 * How many users, and how many sites, one call asks about. More at once, and scrolling by a row would fetch far more
 * than is in sight; fewer, and a window would need many calls.
 */
const BLOCK = 25;

/** A list in parts of one call each. */
export function chunks(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / BLOCK) }, (_, block) =>
    ids.slice(block * BLOCK, (block + 1) * BLOCK),
  );
}

export interface MatrixPerson {
  person: Person;
  /** The users that are asked about together with this one. */
  block: readonly string[];
}

/** The users of all pages. */
export function peopleOf(pages: readonly Page<Person>[]): MatrixPerson[] {
  return pages.flatMap((page) => {
    const blocks = blocksOf(page);
    return page.items.map((person, n) => ({ person, block: blocks[blockOf(n)] ?? [] }));
  });
}

const knownBlocks = new WeakMap<Page<Person>, string[][]>();

/** The same lists for the same page, or each further page would have every row drawn anew. */
function blocksOf(page: Page<Person>): string[][] {
  const blocks = knownBlocks.get(page) ?? chunks(page.items.map((person) => person.user_id));
  knownBlocks.set(page, blocks);
  return blocks;
}

/** The part that a row or column belongs to. */
function blockOf(index: number): number {
  return Math.floor(index / BLOCK);
}

/** The parts that columns from `first` to `last` belong to. */
export function blocksBetween(first: number, last: number): number[] {
  if (last < first) return [];
  return Array.from({ length: blockOf(last) - blockOf(first) + 1 }, (_, n) => blockOf(first) + n);
}

/**
 * What is known of these users from other calls, to be shown until theirs has come: a user who was added moves everybody
 * below into another part, and nobody's state should flicker for that.
 */
export function knownItems(
  client: QueryClient,
  userIds: readonly string[],
  siteIds: readonly string[],
): MatrixItem[] | undefined {
  const wanted = new Set(userIds);
  const known = new Map<string, MatrixItem>();
  for (const [key, items] of client.getQueriesData<MatrixItem[]>({ queryKey: ["sync", "matrix"] })) {
    if (!sameIds(key[3], siteIds)) continue;
    for (const item of items ?? []) if (wanted.has(item.userId)) known.set(item.userId, item);
  }
  return known.size > 0 ? [...known.values()] : undefined;
}

/** Asked for every row that comes into sight, about every call of the last half a minute: it must not make texts of them. */
function sameIds(ids: unknown, others: readonly string[]): boolean {
  if (ids === others) return true;
  return Array.isArray(ids) && ids.length === others.length && others.every((id, n) => id === ids[n]);
}
