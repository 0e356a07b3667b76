import {
  infiniteQueryOptions,
  keepPreviousData,
  mutationOptions,
  type QueryClient,
  queryOptions,
} from "@tanstack/react-query";
import { callApi, isUnknown } from "@/lib/api-client";
import { unlessLive } from "@/lib/live/interval";
import type { FindingKind } from "./finding-kinds";
import type {
  RepairInput,
  RepairStarted,
  SiteVerify,
  VerificationDetail,
  VerifyInput,
  VerifySettingsInput,
  VerifyStarted,
} from "./schema";

const LIVE_MS = 5_000;
/** A comparison moves every few tenths of a second. */
const MOVING_MS = 700;
const LIVE_PAGES = 4;

// "sync" first: what makes states stale makes this stale, too.
const of = (siteId: string) => ["sync", "verify", siteId];

/** How often a site is compared, and its newest comparisons. */
export function siteVerifyQuery(siteId: string) {
  return queryOptions({
    queryKey: [...of(siteId), "site"],
    queryFn: ({ signal }) => callApi<SiteVerify>("GET", `/api/sites/${siteId}/verify`, { signal }),
    refetchInterval: ({ state }) => (state.data?.runningId ? MOVING_MS : unlessLive(LIVE_MS)),
  });
}

/** The progress of a comparison, without what it found. */
export function verificationQuery(siteId: string, id: string) {
  return queryOptions({
    queryKey: [...of(siteId), "progress", id],
    queryFn: ({ signal }) =>
      callApi<VerificationDetail>("GET", address(siteId, id), { query: { limit: 1 }, signal }),
    refetchInterval: ({ state }) => (state.data?.finishedAt || isUnknown(state.error) ? false : MOVING_MS),
  });
}

/** What a comparison found of a kind, page by page. */
export function findingsQuery(siteId: string, id: string, kind: FindingKind) {
  return infiniteQueryOptions({
    queryKey: [...of(siteId), "findings", id, kind],
    queryFn: ({ pageParam, signal }) =>
      callApi<VerificationDetail>("GET", address(siteId, id), {
        query: { kind, cursor: pageParam, limit: 50 },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: ({ state }) =>
      // While rows are put right nothing else may move.
      (state.data?.pages.length ?? 0) <= LIVE_PAGES &&
      state.data?.pages.some(({ items }) => items.some(({ repairing }) => repairing))
        ? MOVING_MS
        : false,
    placeholderData: keepPreviousData,
  });
}

export const startVerification = mutationOptions({
  mutationFn: ({ siteId, ...body }: VerifyInput & { siteId: string }) =>
    callApi<VerifyStarted>("POST", `/api/sites/${siteId}/verify`, { body }),
  onSettled: (_started, _error, { siteId }, _result, { client }) => refresh(client, siteId),
});

export const setSiteVerify = mutationOptions({
  mutationFn: ({ siteId, ...body }: VerifySettingsInput & { siteId: string }) =>
    callApi<SiteVerify>("PUT", `/api/sites/${siteId}/verify`, { body }),
  onSettled: (_set, _error, { siteId }, _result, { client }) => refresh(client, siteId),
});

export const repairFindings = mutationOptions({
  mutationFn: ({ siteId, id, ...body }: RepairInput & { siteId: string; id: string }) =>
    callApi<RepairStarted>("POST", `${address(siteId, id)}/repair`, { body }),
  onSettled: (_started, _error, { siteId }, _result, { client }) => refresh(client, siteId),
});

function address(siteId: string, id: string): string {
  return `/api/sites/${siteId}/verifications/${id}`;
}

function refresh(client: QueryClient, siteId: string): Promise<void> {
  return client.invalidateQueries({ queryKey: of(siteId) });
}
