import { z } from "zod";
import { unstorableTexts } from "@/lib/http/field-errors";

/** Query fields of every list: how many items, and where the last answer said to go on. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(500).default(50).describe("How many items a page has at most."),
  cursor: z.string().max(2000).optional().describe("`nextCursor` of the page before, as it was given."),
};

/** A page of a list; `nextCursor` is null on the last one. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** Answer of every list. */
export function pageAnswer<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().describe("Where the next page begins; null on the last one."),
  });
}

/** Makes an opaque cursor of the sort key of a page's last item. */
export function encodeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

/** Reads a cursor made by `encodeCursor`; undefined when it was not made by it or does not fit `shape`. */
export function decodeCursor<T>(cursor: string, shape: z.ZodType<T>): T | undefined {
  try {
    const key = shape.safeParse(JSON.parse(Buffer.from(cursor, "base64url").toString())).data;
    return unstorableTexts(key).length === 0 ? key : undefined;
  } catch {
    return undefined;
  }
}
