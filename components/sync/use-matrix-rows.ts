"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { type StateFilter, statesQuery } from "@/lib/runs/queries";
import type { PairState } from "@/lib/runs/schema";
import { usersQuery } from "@/lib/users/queries";
import type { User } from "@/lib/users/schema";

export interface MatrixRow {
  id: string;
  name: string | null;
  email: string | null;
  /** The user's version where it is known: a new one makes their states stale. */
  version: number | null;
}

/** The users to show: everybody who matches, or those who are in the wanted state at one site at least. */
export function useMatrixRows({ search, status }: StateFilter) {
  const users = useInfiniteQuery({ ...usersQuery({ search, status: null }), enabled: status === null });
  const states = useInfiniteQuery({ ...statesQuery({ search, status }), enabled: status !== null });
  const query = status === null ? users : states;
  const rows =
    status === null
      ? users.data?.pages.flatMap((page) => page.items.map(ofUser))
      : states.data && distinct(states.data.pages.flatMap((page) => page.items.map(ofState)));
  return { rows, query };
}

function ofUser({ id, full_name, email, version }: User): MatrixRow {
  return { id, name: full_name, email, version };
}

function ofState({ user_id, full_name, email }: PairState): MatrixRow {
  return { id: user_id, name: full_name, email, version: null };
}

function distinct(rows: MatrixRow[]): MatrixRow[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}
