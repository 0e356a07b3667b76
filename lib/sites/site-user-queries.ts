import { queryOptions } from "@tanstack/react-query";
import { callApi } from "@/lib/api-client";
import type { SiteUser } from "./site-user-schema";

/** A user's row here and at a site, read there now. `version` is the user's: a new one makes the old answer stale. */
export function siteUserQuery(siteId: string, userId: string, version: string | null) {
  return queryOptions({
    queryKey: ["site-user", siteId, userId, version],
    queryFn: ({ signal }) =>
      callApi<SiteUser>("GET", `/api/sites/${siteId}/users/${encodeURIComponent(userId)}`, { signal }),
    // A live look at somebody else's database is taken when the panel opens and when it is asked for, not all the time.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    placeholderData: (before) => before,
  });
}
