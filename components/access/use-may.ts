"use client";

import { useQuery } from "@tanstack/react-query";
import { type MemberScope, roleMay } from "@/lib/access/roles";
import { sessionQuery } from "@/lib/session/queries";

/** Whether to offer something to the member who is signed in. The server decides anyway. */
export function useMay(scope: MemberScope): boolean {
  const { data: session } = useQuery(sessionQuery);
  return session !== undefined && roleMay(session.role, scope);
}
