import type { Page } from "@/lib/http/page";
import type { User } from "@/lib/users/schema";

export interface Row {
  user: User;
  /** The ids of the user's page, by which their states are asked for. */
  page: readonly string[];
}

export const keyOf = ({ user }: Row) => user.id;

const known = new WeakMap<Page<User>, readonly Row[]>();

/** The same rows for the same page, or each further page would have every one drawn anew. */
export function rowsOf(page: Page<User>): readonly Row[] {
  const rows = known.get(page) ?? makeRows(page);
  known.set(page, rows);
  return rows;
}

function makeRows({ items }: Page<User>): readonly Row[] {
  const ids = items.map(({ id }) => id);
  return items.map((user) => ({ user, page: ids }));
}
