import { type QueryClient, queryOptions, skipToken } from "@tanstack/react-query";
import type { Marks, Pulse } from "@/lib/live/schema";
import { overviewQuery } from "@/lib/runs/queries";
import { setLive } from "./interval";

/** What may have changed when a mark moved: the beginnings of query keys. */
const STALE: Record<keyof Marks, string[][]> = {
  users: [["users"]],
  log: [["sync"], ["activity"]],
  states: [["sync"]],
  runs: [["runs"]],
  jobs: [
    ["users", "jobs"],
    ["users", "imports"],
  ],
  sites: [["sites"]],
};

/**
 * Since when the central database has last been found not to answer, as milliseconds since 1970. It is over when anything
 * is known that is newer.
 */
export const silenceQuery = queryOptions<number>({
  queryKey: ["live", "silence"],
  queryFn: skipToken,
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
});

const RETRY_MS = 5_000;

/** More than two heartbeats of the server: a stream that is silent for longer has been cut without a word. */
const SILENT_MS = 12_000;

/**
 * Keeps what is on the page up to date by server-sent events; until they come, and when they fail, queries poll as they
 * say. A hidden page lets its connection go: browsers give one server six at most, over all their tabs.
 */
export function followChanges(client: QueryClient): () => void {
  let marks: Marks | undefined;
  let close: (() => void) | undefined;

  const hear = (pulse: Pulse) => {
    setLive(true);
    if (pulse.silentSeconds > 0) {
      client.setQueryData(silenceQuery.queryKey, Date.now() - pulse.silentSeconds * 1_000);
      return;
    }
    refresh(client, pulse, marks);
    marks = pulse.marks;
  };
  const lose = () => {
    setLive(false);
    void client.invalidateQueries();
  };
  const leave = () => {
    close?.();
    close = undefined;
    setLive(false);
  };
  const onVisibility = () => {
    if (document.visibilityState === "hidden") leave();
    else close ??= listen(hear, lose);
  };

  onVisibility();
  document.addEventListener("visibilitychange", onVisibility);
  return () => {
    document.removeEventListener("visibilitychange", onVisibility);
    leave();
  };
}

/** Listens to the server, over as many connections as it takes, until the answer is called. */
function listen(hear: (pulse: Pulse) => void, lose: () => void): () => void {
  let source: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const reopenAfter = (milliseconds: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      source.close();
      lose();
      open();
    }, milliseconds);
  };
  const open = () => {
    source = new EventSource("/api/events");
    source.onmessage = ({ data }: MessageEvent<string>) => {
      reopenAfter(SILENT_MS);
      hear(JSON.parse(data) as Pulse);
    };
    source.addEventListener("alive", () => reopenAfter(SILENT_MS));
    source.onerror = () => {
      lose();
      // The browser comes again by itself, but not after an answer that was no stream.
      reopenAfter(source.readyState === EventSource.CLOSED ? RETRY_MS : SILENT_MS);
    };
    reopenAfter(SILENT_MS);
  };

  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

function refresh(client: QueryClient, { overview, marks }: Pulse, before: Marks | undefined): void {
  client.setQueryData(overviewQuery.queryKey, overview);
  const moved = (Object.keys(marks) as (keyof Marks)[]).filter((name) => marks[name] !== before?.[name]);
  const stale = new Set(moved.flatMap((name) => STALE[name].map((key) => JSON.stringify(key))));
  for (const key of stale) {
    const queryKey = JSON.parse(key) as string[];
    if (before) askAgain(client, queryKey);
    void client.invalidateQueries({
      queryKey,
      // The overview came with the event; of a list that somebody scrolled far every page would be asked for.
      predicate: ({ queryKey, state }) => queryKey[1] !== "overview" && pagesOf(state.data) <= LIVE_PAGES,
    });
  }
}

/** A first answer that is on its way may be older than what moved; invalidating leaves it as it is, and takes it for new. */
function askAgain(client: QueryClient, queryKey: string[]): void {
  for (const query of client.getQueryCache().findAll({ queryKey, fetchStatus: "fetching" })) {
    if (query.state.data !== undefined) continue;
    const renew = () => client.invalidateQueries({ queryKey: query.queryKey, exact: true });
    void query.promise?.then(renew, () => undefined);
  }
}

const LIVE_PAGES = 4;

function pagesOf(data: unknown): number {
  return typeof data === "object" && data !== null && "pages" in data && Array.isArray(data.pages)
    ? data.pages.length
    : 0;
}
