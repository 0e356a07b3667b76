import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { callApi } from "@/lib/api-client";
import type { Page } from "@/lib/http/page";
import { unlessLive } from "@/lib/live/interval";
import type { Matrix, Person, Summaries } from "./insight-schema";
import type { Overview, PairState, PairStatus, Run } from "./schema";
import { watchRun } from "./watch";

const LIVE_MS = 2_000;
/** A user whose sites all agree is asked about less often; a new version of the user asks at once anyway. */
const SETTLED_MS = 10_000;
/** How long states that went out of sight are remembered: longer than scrolling back takes, or memory would grow. */
const OUT_OF_SIGHT_MS = 30_000;

/** For how long a row that comes into sight need not ask again: while the page hears of changes, until one came. */
const freshFor = () => unlessLive(LIVE_MS) || OUT_OF_SIGHT_MS;

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
    staleTime: freshFor,
    gcTime: OUT_OF_SIGHT_MS,
  });
}

const SETTLED: readonly PairStatus[] = [
  "synced",
  "removed",
  "kept",
  "out_of_scope",
  "different",
  "missing",
  "extra",
];

function isSettled(states: PairState[] | undefined): boolean {
  return !!states?.length && states.every(({ status }) => SETTLED.includes(status));
}

export interface PeopleFilter {
  search: string;
  status: PairStatus | null;
  /** Sites at which users are in that state; none stands for any. */
  siteIds: readonly string[];
}

export const PEOPLE_PAGE = 100;

/** The page of the matrix's users, by name, that begins at a cursor. */
export function peopleQuery({ search, status, siteIds }: PeopleFilter, cursor: string, limit: number) {
  // Which sites are shown matters for who is shown only together with a state.
  const at = status === null || siteIds.length === 0 ? null : siteIds.join(",");
  return queryOptions<Page<Person>>({
    queryKey: ["sync", "people", { search, status, at }, cursor, limit],
    queryFn: ({ signal }) =>
      callApi<Page<Person>>("GET", "/api/sync/people", {
        query: { search, status, siteIds: at, cursor, limit },
        signal,
      }),
    refetchInterval: () => unlessLive(LIVE_MS),
    staleTime: freshFor,
    gcTime: OUT_OF_SIGHT_MS,
  });
}

export type MatrixItem = Matrix["items"][number];

/** Users, or sites, that are asked about in one call. One text stands for their ids: every row in sight compares it. */
export interface Block {
  ids: readonly string[];
  key: string;
}

/** The states of some users at some sites: a window of the matrix. */
export function matrixQuery(users: Block, sites: Block) {
  return queryOptions({
    queryKey: ["sync", "matrix", users.key, sites.key],
    queryFn: async ({ signal }) => {
      const body = { userIds: users.ids, siteIds: sites.ids };
      return (await callApi<Matrix>("POST", "/api/sync/matrix", { body, signal })).items;
    },
    refetchInterval: () => unlessLive(LIVE_MS),
    staleTime: freshFor,
    gcTime: OUT_OF_SIGHT_MS,
  });
}

/** The syncs that were asked for last. */
export const runsQuery = queryOptions({
  queryKey: ["runs"],
  queryFn: async ({ signal }) =>
    (await callApi<Page<Run>>("GET", "/api/sync/runs", { query: { limit: 20 }, signal })).items,
  refetchInterval: () => unlessLive(LIVE_MS),
});

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
      await Promise.all([
        client.invalidateQueries({ queryKey: ["sync"] }),
        client.invalidateQueries({ queryKey: ["runs"] }),
      ]);
      return latest ?? callApi<Run>("GET", `/api/sync/runs/${id}`, { signal });
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}
