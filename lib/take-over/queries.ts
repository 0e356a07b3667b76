import {
  infiniteQueryOptions,
  keepPreviousData,
  mutationOptions,
  type QueryClient,
  queryOptions,
} from "@tanstack/react-query";
import { callApi } from "@/lib/api-client";
import { unlessLive } from "@/lib/live/interval";
import type { Group } from "./groups";
import type { Decided, DecideInput, TakeOver } from "./schema";

const LIVE_MS = 5_000;
/** Reading moves every few tenths of a second. */
const MOVING_MS = 700;

// "sync" first: what makes states stale makes this stale, too.
const of = (siteId: string) => ["sync", "take-over", siteId];

function moves(state: TakeOver["state"] | undefined): boolean {
  return state === "scanning" || state === "applying";
}

/** What a site's rows are to the list, in counts. */
export function takeOverQuery(siteId: string) {
  return queryOptions({
    queryKey: [...of(siteId), "counts"],
    queryFn: ({ signal }) => callApi<TakeOver>("GET", `/api/sites/${siteId}/take-over`, { signal }),
    refetchInterval: ({ state }) => (moves(state.data?.state) ? MOVING_MS : unlessLive(LIVE_MS)),
  });
}

/** The rows of a group as they were found at `scannedAt`, page by page. */
export function takeOverRowsQuery(
  siteId: string,
  { group, q, scannedAt }: { group: Group | "refused"; q: string; scannedAt: string | null },
) {
  return infiniteQueryOptions({
    // Not with the counts: rows that somebody looks through do not move under the eye.
    queryKey: ["take-over-rows", siteId, group, q, scannedAt],
    queryFn: ({ pageParam, signal }) =>
      callApi<TakeOver>("GET", `/api/sites/${siteId}/take-over`, {
        query: { group, q, cursor: pageParam, limit: 25 },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  });
}

export const scanSite = mutationOptions({
  mutationFn: ({ siteId }: { siteId: string }) =>
    callApi<TakeOver>("POST", `/api/sites/${siteId}/take-over/scan`),
  onSettled: (_scanned, _error, { siteId }, _result, { client }) => refresh(client, siteId),
});

export const decideTakeOver = mutationOptions({
  mutationFn: ({ siteId, ...body }: DecideInput & { siteId: string }) =>
    callApi<Decided>("POST", `/api/sites/${siteId}/take-over`, { body }),
  onSettled: (_decided, _error, { siteId }, _result, { client }) => refresh(client, siteId),
});

async function refresh(client: QueryClient, siteId: string): Promise<void> {
  await client.invalidateQueries({ queryKey: of(siteId) });
  await client.invalidateQueries({ queryKey: ["sites"] });
}
