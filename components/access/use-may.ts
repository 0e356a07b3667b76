"use client";

import { useQuery } from "@tanstack/react-query";
import { type MemberScope, roleMay } from "@/lib/access/roles";
import { sessionQuery } from "@/lib/session/queries";
import type { Session } from "@/lib/session/schema";

/**
 * Whether to offer something to the member who is signed in. The server decides anyway. Every row of a list asks, so this
 * neither polls nor asks anew when a row comes into sight: the layout's `SignedIn` does that for all.
 */
export function useMay(scope: MemberScope): boolean {
  const { data: role } = useQuery({
    ...sessionQuery,
    refetchInterval: false,
    refetchOnMount: false,
    select: roleOf,
  });
  return role !== undefined && roleMay(role, scope);
}

const roleOf = ({ role }: Session) => role;
