import type { Page } from "@/lib/http/page";
import type { User } from "@/lib/users/schema";

export interface Row {
  user: User;
  /** The ids of the user's page, by which their states are asked for. */
  page: readonly string[];
}

export const keyOf = ({ user }: Row) => user.id;

/** The users of all pages. One who moved between two pages counts once. */
export function rowsOf(pages: readonly Page<User>[]): Row[] {
  const rows = pages.flatMap((page) => page.items.map((user) => ({ user, page: idsOf(page) })));
  return [...new Map(rows.map((row) => [row.user.id, row])).values()];
}

const knownIds = new WeakMap<Page<User>, readonly string[]>();

/** The same list for the same page, or each further page would have every row drawn anew. */
export function idsOf(page: Page<User>): readonly string[] {
  const ids = knownIds.get(page) ?? page.items.map(({ id }) => id);
  knownIds.set(page, ids);
  return ids;
}
