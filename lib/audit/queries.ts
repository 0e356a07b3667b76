import { infiniteQueryOptions, keepPreviousData } from "@tanstack/react-query";
import { callApi } from "@/lib/api-client";
import type { Page } from "@/lib/http/page";
import type { AuditAction } from "./actions";
import type { AuditEntry } from "./schema";

const LIVE_MS = 5_000;

export interface AuditFilter {
  actor: string | null;
  action: AuditAction | null;
  target: string | null;
  from: string | null;
  to: string | null;
}

/** What was changed, newest first. */
export function auditQuery(filter: AuditFilter) {
  return infiniteQueryOptions({
    queryKey: ["audit", filter],
    queryFn: ({ pageParam, signal }) =>
      callApi<Page<AuditEntry>>("GET", "/api/audit", {
        query: { ...filter, cursor: pageParam, limit: 100 },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) <= 1 ? LIVE_MS : false),
    placeholderData: keepPreviousData,
  });
}
