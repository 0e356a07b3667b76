import { oncePer } from "@/components/ui/once-per";
import type { Page } from "@/lib/http/page";
import type { User } from "@/lib/users/schema";

export interface Row {
  user: User;
  /** The ids of the user's page, by which their states are asked for. */
  page: readonly string[];
}

export const keyOf = ({ user }: Row) => user.id;

/** The rows of a page; the same for the same page, or each further page would have every one drawn anew. */
export const rowsOf = oncePer(({ items }: Page<User>): readonly Row[] => {
  const ids = items.map(({ id }) => id);
  return items.map((user) => ({ user, page: ids }));
});
