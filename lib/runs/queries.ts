import { infiniteQueryOptions, keepPreviousData, mutationOptions, queryOptions } from "@tanstack/react-query";
import { callApi } from "@/lib/api-client";
import type { Page } from "@/lib/http/page";
import { unlessLive } from "@/lib/live/interval";
import type { Summaries } from "./insight-schema";
import type {
  Asserted,
  AssertInput,
  Retried,
  RetryInput,
  SyncAllStarted,
  UserSyncRun,
} from "./request-schema";
import type { ListLogQuery, LogEntry, Overview, PairState, PairStatus, Run } from "./schema";
import { watchRun } from "./watch";

const LIVE_MS = 2_000;
/** A user whose sites all agree is asked about less often; a new version of the user asks at once anyway. */
const SETTLED_MS = 10_000;
const LIVE_PAGES = 4;

export const overviewQuery = queryOptions({
  queryKey: ["sync", "overview"],
  queryFn: ({ signal }) => callApi<Overview>("GET", "/api/overview", { signal }),
  refetchInterval: () => unlessLive(LIVE_MS),
});

/** State of one user at every site. `version` is the user's: a new one makes the old answer stale. */
export function userStatesQuery(userId: string, version: number | null) {
  return queryOptions({
    queryKey: ["sync", "user", userId, version],
    queryFn: async ({ signal }) => {
      const query = { userId, limit: 500 };
      return (await callApi<Page<PairState>>("GET", "/api/sync/status", { query, signal })).items;
    },
    refetchInterval: ({ state }) => (isSettled(state.data) ? unlessLive(SETTLED_MS) : unlessLive(LIVE_MS)),
    placeholderData: keepPreviousData,
  });
}

/**
 * At how many sites each of a page of users is in which state, asked for in one call: a hundred rows cost the server what
 * one costs. The rows of a page share the answer.
 */
export function syncSummaryQuery(userIds: readonly string[]) {
  return queryOptions({
    queryKey: ["sync", "summary", userIds],
    queryFn: async ({ signal }) => {
      const { items } = await callApi<Summaries>("POST", "/api/sync/summary", { body: { userIds }, signal });
      return new Map(items.map(({ userId, states }) => [userId, states]));
    },
    refetchInterval: () => unlessLive(LIVE_MS),
    placeholderData: keepPreviousData,
  });
}

const SETTLED: readonly PairStatus[] = ["synced", "removed", "kept"];

function isSettled(states: PairState[] | undefined): boolean {
  return !!states?.length && states.every(({ status }) => SETTLED.includes(status));
}

export interface StateFilter {
  search: string;
  status: PairStatus | null;
}

/** The pairs in one state, page by page. */
export function statesQuery(filter: StateFilter) {
  return infiniteQueryOptions({
    queryKey: ["sync", "states", filter],
    queryFn: ({ pageParam, signal }) =>
      callApi<Page<PairState>>("GET", "/api/sync/status", {
        query: { ...filter, cursor: pageParam, limit: 200 },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: ({ state }) =>
      (state.data?.pages.length ?? 0) <= LIVE_PAGES ? unlessLive(LIVE_MS) : false,
    placeholderData: keepPreviousData,
  });
}

export type LogFilter = { [Name in "userId" | "siteId" | "status" | "runId"]: ListLogQuery[Name] | null };

/** Attempts, newest first. */
export function logQuery(filter: LogFilter) {
  return infiniteQueryOptions({
    queryKey: ["sync", "log", filter],
    queryFn: ({ pageParam, signal }) =>
      callApi<Page<LogEntry>>("GET", "/api/sync/log", {
        query: { ...filter, cursor: pageParam, limit: 100 },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) <= 1 ? unlessLive(LIVE_MS) : false),
    placeholderData: keepPreviousData,
  });
}

/** A run, followed live until it has finished. */
export function runQuery(id: string) {
  return queryOptions({
    queryKey: ["run", id],
    queryFn: async ({ client, signal, queryKey }) => {
      let latest: Run | undefined;
      for await (const run of watchRun(id, signal)) {
        latest = run;
        client.setQueryData(queryKey, run);
      }
      await client.invalidateQueries({ queryKey: ["sync"] });
      return latest ?? callApi<Run>("GET", `/api/sync/runs/${id}`, { signal });
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export const syncAllUsers = mutationOptions({
  mutationFn: () => callApi<SyncAllStarted>("POST", "/api/sync/all-users", { body: {} }),
  onSettled: (_run, _error, _input, _result, { client }) => client.invalidateQueries({ queryKey: ["sync"] }),
});

/** Sends one user to every site and waits for the outcome. */
export const syncUser = mutationOptions({
  mutationFn: (userId: string) => callApi<UserSyncRun>("POST", "/api/sync/user", { body: { userId } }),
  onSettled: (_run, _error, _input, _result, { client }) => client.invalidateQueries({ queryKey: ["sync"] }),
});

/** Tries again at once what failed: of one pair, one user, one site, or everything. */
export const retrySync = mutationOptions({
  mutationFn: (input: RetryInput) => callApi<Retried>("POST", "/api/sync/retry", { body: input }),
  onSettled: (_retried, _error, _input, _result, { client }) =>
    Promise.all([
      client.invalidateQueries({ queryKey: ["sync"] }),
      client.invalidateQueries({ queryKey: ["sites"] }),
    ]),
});

/** Makes the list win over newer rows at the sites. */
export const assertList = mutationOptions({
  mutationFn: (removeUnknown: boolean) =>
    callApi<Asserted>("POST", "/api/sync/assert", {
      body: { confirm: true, removeUnknown } satisfies AssertInput,
    }),
  onSettled: (_asserted, _error, _input, _result, { client }) =>
    client.invalidateQueries({ queryKey: ["sync"] }),
});
