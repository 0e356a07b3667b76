import { keepPreviousData, mutationOptions, queryOptions } from "@tanstack/react-query";
import { callApi } from "@/lib/api-client";
import type { Scope } from "@/lib/sync/core/scope";
import type { ScopePreview, ScopeSaved, SiteScope, Why } from "./schema";

/** Which users a site gets now. */
export function scopeQuery(siteId: string) {
  return queryOptions({
    queryKey: ["sites", siteId, "scope"],
    queryFn: ({ signal }) => callApi<SiteScope>("GET", `/api/sites/${siteId}/scope`, { signal }),
  });
}

/** What a scope would mean at a site. */
export function scopePreviewQuery(siteId: string, scope: Scope | null) {
  return queryOptions({
    queryKey: ["sites", siteId, "scope", "preview", scope],
    queryFn: ({ signal }) =>
      callApi<ScopePreview>("POST", `/api/sites/${siteId}/scope/preview`, { body: { scope }, signal }),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

/** Why a user is at a site or not. */
export function whyQuery(siteId: string, userId: string) {
  return queryOptions({
    queryKey: ["sites", siteId, "why", userId],
    queryFn: ({ signal }) => callApi<Why>("GET", `/api/sites/${siteId}/why`, { query: { userId }, signal }),
  });
}

export const saveScope = mutationOptions({
  mutationFn: ({ siteId, scope }: { siteId: string; scope: Scope | null }) =>
    callApi<ScopeSaved>("PUT", `/api/sites/${siteId}/scope`, { body: { scope } }),
  onSuccess: async (saved, { siteId }, _result, { client }) => {
    client.setQueryData(scopeQuery(siteId).queryKey, saved);
    await client.invalidateQueries({ queryKey: ["sync"] });
  },
});
