"use client";

import { useStored } from "@/components/ui/use-stored";
import { USER_COLUMNS, type UserColumn } from "./user-columns";

const KEY = "roster.users.columns";

/** The columns this browser's user has chosen, in their order. */
export function useColumns(): [readonly UserColumn[], (ids: string[]) => void] {
  const [stored, store] = useStored(KEY);
  const chosen = stored?.split(",");
  const columns = USER_COLUMNS.filter(({ id, usual }) => chosen?.includes(id) ?? usual);
  return [columns, (ids) => store(ids.join(","))];
}
