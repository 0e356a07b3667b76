"use client";

import { useMemo } from "react";
import { useStored } from "@/components/ui/use-stored";
import { USER_COLUMNS, type UserColumn } from "./user-columns";

const KEY = "roster.users.columns";

/** The columns this browser's user has chosen, in their order. */
export function useColumns(): [readonly UserColumn[], (ids: string[]) => void] {
  const [stored, store] = useStored(KEY);
  // The same while nothing is chosen anew: every row takes them.
  const columns = useMemo(() => {
    const chosen = stored?.split(",");
    return USER_COLUMNS.filter(({ id, usual }) => chosen?.includes(id) ?? usual);
  }, [stored]);
  return [columns, (ids) => store(ids.join(","))];
}
