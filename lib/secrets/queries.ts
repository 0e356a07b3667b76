import { queryOptions } from "@tanstack/react-query";
import { callApi } from "@/lib/api-client";
import type { SealingKeys } from "./schema";

const LIVE_MS = 5_000;

/** The keys that seal the sites' credentials, by name. */
export const sealingKeysQuery = queryOptions({
  queryKey: ["secrets"],
  queryFn: async ({ signal }) => (await callApi<SealingKeys>("GET", "/api/secrets", { signal })).keys,
  refetchInterval: LIVE_MS,
});
