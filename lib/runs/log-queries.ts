import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { callApi } from "@/lib/api-client";
import type { Page } from "@/lib/http/page";
import { unlessLive } from "@/lib/live/interval";
import type { ExportLogQuery, ListLogQuery, LogEntry } from "./log-schema";

const LIVE_MS = 2_000;
const PAGE_SIZE = 100;

/** Times of the last so many minutes, by the name of the period. */
const PERIODS = { "15m": 15, "1h": 60, "24h": 24 * 60, "7d": 7 * 24 * 60 } as const;
export type Period = keyof typeof PERIODS;

type Fields = Omit<ExportLogQuery, "format">;
export type LogFilter = { [Name in keyof Fields]-?: Exclude<Fields[Name], undefined> | null } & {
  /** Instead of `from`: the last so many minutes, whenever it is asked. */
  period: Period | null;
};

/** The query of a call for what matches; a period begins so long before now. */
function logParams({ period, ...fields }: LogFilter): Record<string, string | null> {
  if (period === null) return fields;
  return { ...fields, from: new Date(Date.now() - PERIODS[period] * 60_000).toISOString() };
}

/**
 * Attempts as they were when the list was opened, newest first, page by page. They never change, so the list is not
 * asked for again: `newsQuery` has what came since. Another `epoch` is another opening.
 */
export function openedLogQuery(filter: LogFilter, epoch = 0) {
  return infiniteQueryOptions({
    queryKey: ["log", filter, epoch],
    queryFn: ({ pageParam, signal }) =>
      callApi<Page<LogEntry>>("GET", "/api/sync/log", {
        query: { ...logParams(filter), cursor: pageParam, limit: PAGE_SIZE },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnMount: "always",
    refetchOnReconnect: false,
    gcTime: 0,
    placeholderData: keepPreviousData,
  });
}

/** At most so much news is shown above a list; when there is more, the list is opened anew. */
const MOST_NEWS = 200;

/** What was tried since, newest first; it begins with entries that the list may have already. */
export function newsQuery(filter: LogFilter, after: number) {
  return queryOptions({
    // Under "sync", which is asked for again whenever something was tried.
    queryKey: ["sync", "log", "news", filter, after],
    queryFn: ({ signal }) =>
      callApi<Page<LogEntry>>("GET", "/api/sync/log", {
        query: { ...logParams(filter), after, limit: MOST_NEWS },
        signal,
      }),
    refetchInterval: () => unlessLive(LIVE_MS),
    gcTime: 0,
  });
}

/** The last attempts for one user at one site. */
export function lastAttemptsQuery(userId: string, siteId: string) {
  return queryOptions({
    queryKey: ["sync", "attempts", userId, siteId],
    queryFn: async ({ signal }) => {
      const query = { userId, siteId, limit: 5 };
      return (await callApi<Page<LogEntry>>("GET", "/api/sync/log", { query, signal })).items;
    },
    refetchInterval: () => unlessLive(LIVE_MS),
  });
}

/** Where the attempts that match are as CSV. */
export function logExportPath(filter: LogFilter): string {
  const given = Object.entries(logParams(filter)).filter((entry): entry is [string, string] => !!entry[1]);
  return `/api/sync/log/export?${new URLSearchParams(given)}`;
}

type AttemptFilter = { [Name in "userId" | "siteId" | "status" | "runId"]: ListLogQuery[Name] | null };

/** Attempts, newest first, which begin anew whenever something was tried: for lists that nobody reads far down. */
export function logQuery(filter: AttemptFilter) {
  return infiniteQueryOptions({
    queryKey: ["sync", "log", filter],
    queryFn: ({ pageParam, signal }) =>
      callApi<Page<LogEntry>>("GET", "/api/sync/log", {
        query: { ...filter, cursor: pageParam, limit: PAGE_SIZE },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) <= 1 ? unlessLive(LIVE_MS) : false),
    placeholderData: keepPreviousData,
  });
}
