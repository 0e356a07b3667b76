import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { callApi } from "@/lib/api-client";
import { unlessLive } from "@/lib/live/interval";
import type { Cause, Causes, History, HistoryQuery } from "./insight-schema";

export type ActivityWindow = HistoryQuery["window"];

const LIVE_MS = 2_000;
/** Bars move on with the clock, also while nothing happens. */
const MOVING_ON_MS = 30_000;

/** Attempts over the last hour, day or week, at one site or at all. */
export function activityQuery(window: ActivityWindow, siteId: string | null) {
  return queryOptions({
    queryKey: ["activity", window, siteId],
    queryFn: async ({ signal }) => {
      const query = { window, siteId };
      const { items } = await callApi<History>("GET", "/api/sync/history", { query, signal });
      return { window, items };
    },
    refetchInterval: () => unlessLive(LIVE_MS) || MOVING_ON_MS,
    placeholderData: keepPreviousData,
  });
}

/** Why users do not reach sites now, what concerns most users first. */
export const causesQuery = queryOptions({
  queryKey: ["sync", "causes"],
  queryFn: async ({ signal }) => (await callApi<Causes>("GET", "/api/sync/causes", { signal })).items,
  refetchInterval: () => unlessLive(LIVE_MS),
});

/** Why users do not reach a site now, what concerns most of them first. */
export function siteCausesQuery(siteId: string) {
  return queryOptions({
    queryKey: ["sync", "causes", siteId],
    queryFn: async ({ signal }): Promise<Cause[]> =>
      (await callApi<Causes>("GET", "/api/sync/causes", { query: { siteId }, signal })).items,
    refetchInterval: () => unlessLive(LIVE_MS),
  });
}
