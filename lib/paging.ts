import type { z } from "zod";
import { invalid } from "@/lib/errors";
import { decodeCursor, encodeCursor, type Page } from "@/lib/http/page";

/** Where a list goes on, undefined at its beginning. Throws `validation_failed` for a cursor we did not make. */
export function readCursor<T>(cursor: string | undefined, shape: z.ZodType<T>): T | undefined {
  if (!cursor) return undefined;
  const key = decodeCursor(cursor, shape);
  if (key === undefined) {
    throw invalid([{ path: "cursor", message: "Use nextCursor of the page before, as it was given." }]);
  }
  return key;
}

/**
 * Rows after a key of two columns: first those that share its first column, then, as far as more are wanted, the
 * rest. Two calls with plain conditions walk an index to the place; one call with `or` would read all before it.
 */
export async function rowsAfterKey<T>(
  wanted: number,
  same: (limit: number) => Promise<T[]>,
  later: (limit: number) => Promise<T[]>,
): Promise<T[]> {
  const rows = await same(wanted);
  return rows.length < wanted ? [...rows, ...(await later(wanted - rows.length))] : rows;
}

/** Makes a page of up to `limit` rows out of `limit + 1`, whose last one only tells that there is more. */
export function pageOf<T>(rows: T[], limit: number, keyOf: (row: T) => (string | number)[]): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last ? encodeCursor(keyOf(last)) : null };
}
