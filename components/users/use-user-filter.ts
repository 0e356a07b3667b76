"use client";

import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { pairStates } from "@/components/sync/pair-status";
import type { UserFilter } from "@/lib/users/queries";
import { USER_SORTS } from "@/lib/users/sorts";

const FIELDS = {
  q: parseAsString.withDefault(""),
  status: parseAsStringLiteral(["active", "inactive"]),
  role: parseAsString,
  team: parseAsString,
  department: parseAsString,
  sync: parseAsStringLiteral(pairStates),
  site: parseAsString,
};
const SORT = parseAsStringLiteral(USER_SORTS).withDefault("-created_at");

/** Which users are shown, and in which order: what the address says. */
export function useUserFilter() {
  const [{ sort, ...fields }, set] = useQueryStates({ ...FIELDS, sort: SORT });
  const { q, sync, site, status, role, team, department } = fields;
  const filter: UserFilter = {
    search: q,
    status,
    role,
    team,
    department,
    syncStatus: sync,
    siteId: sync && site,
  };
  const narrowed = [status, role, team, department, sync].filter((value) => value !== null).length;
  return {
    fields,
    filter,
    sort,
    /** How many fields besides the search narrow the list. */
    narrowed,
    filtered: q !== "" || narrowed > 0,
    set,
    clear: () =>
      set({ q: null, status: null, role: null, team: null, department: null, sync: null, site: null }),
  };
}

export type UserFilterState = ReturnType<typeof useUserFilter>;
