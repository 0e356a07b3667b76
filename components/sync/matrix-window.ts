import type { QueryClient } from "@tanstack/react-query";
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

/** The part that a row or column belongs to. */
export function blockOf(index: number): number {
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
    if (String(key[3]) !== String(siteIds)) continue;
    for (const item of items ?? []) if (wanted.has(item.userId)) known.set(item.userId, item);
  }
  return known.size > 0 ? [...known.values()] : undefined;
}
