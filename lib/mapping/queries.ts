import { keepPreviousData, mutationOptions, queryOptions } from "@tanstack/react-query";
import { callApi } from "@/lib/api-client";
import type { MappingInput, MappingPreview, MappingSaved, SiteColumns, SiteMapping } from "./schema";

/** How a site's users are written now. */
export function mappingQuery(siteId: string) {
  return queryOptions({
    queryKey: ["sites", siteId, "mapping"],
    queryFn: ({ signal }) => callApi<SiteMapping>("GET", `/api/sites/${siteId}/mapping`, { signal }),
  });
}

/** The tables of a site and, when one is named, its columns. */
export function columnsQuery(siteId: string, place: { schema: string; table: string }) {
  return queryOptions({
    queryKey: ["sites", siteId, "columns", place],
    queryFn: ({ signal }) =>
      callApi<SiteColumns>("GET", `/api/sites/${siteId}/columns`, { query: place, signal }),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    retry: false,
  });
}

/** What is wrong with a mapping, and ten users as they would arrive. */
export function mappingPreviewQuery(siteId: string, input: MappingInput) {
  return queryOptions({
    queryKey: ["sites", siteId, "mapping", "preview", input],
    queryFn: ({ signal }) =>
      callApi<MappingPreview>("POST", `/api/sites/${siteId}/mapping/preview`, { body: input, signal }),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export const saveMapping = mutationOptions({
  mutationFn: ({ siteId, ...input }: MappingInput & { siteId: string }) =>
    callApi<MappingSaved>("PUT", `/api/sites/${siteId}/mapping`, { body: input }),
  onSuccess: async (saved, { siteId }, _result, { client }) => {
    client.setQueryData(mappingQuery(siteId).queryKey, saved);
    await client.invalidateQueries({ queryKey: ["sites"], exact: true });
    await client.invalidateQueries({ queryKey: ["sync"] });
  },
});
