"use client";

import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type LogFilter, newsQuery, openedLogQuery } from "@/lib/runs/log-queries";
import type { LogEntry } from "@/lib/runs/log-schema";

/**
 * Workers write at the same time, so an entry may appear after one with a greater id. What is not older than this is
 * asked for again; two batches that are written together are some tenths of a second apart.
 */
const OVERLAP_MS = 3_000;

const NOTHING: LogEntry[] = [];

/**
 * The attempts that match. While `live`, new ones appear at the top; while somebody has scrolled away from it they are
 * held back and counted, so that nothing moves under their eyes.
 */
export function useLog(filter: LogFilter, live: boolean) {
  const [epoch, setEpoch] = useState(0);
  const [away, setAway] = useState(false);
  const [frozen, setFrozen] = useState<number | null>(null);
  const list = useInfiniteQuery(openedLogQuery(filter, epoch));
  const listed = list.data?.pages.flatMap((page) => page.items) ?? NOTHING;
  const isOpened = list.data !== undefined && !list.isPlaceholderData;
  const news = useQuery({
    ...newsQuery(filter, overlapStart(listed)),
    enabled: live && isOpened,
    placeholderData: keepPreviousData,
  });
  const fits = !news.isPlaceholderData || list.isPlaceholderData;
  const entries = fits && news.data ? merge(news.data.items, listed) : listed;
  const hasMore = !news.isPlaceholderData && news.data?.nextCursor != null;

  const holds = away || !live;
  if (holds && frozen === null && isOpened) setFrozen(entries[0]?.id ?? 0);
  if (!holds && frozen !== null) setFrozen(null);
  // More has come than is kept above a list: it is opened anew, at the newest.
  if (!holds && hasMore && isOpened) setEpoch(epoch + 1);

  const limit = holds ? frozen : null;
  const shown = limit === null || !isOpened ? entries : entries.filter(({ id }) => id <= limit);
  const held = entries.length - shown.length;
  return { list, shown, held: live ? held : 0, hasMore, onAway: setAway };
}

/** Where news begin: behind the newest entry that nothing can slip in before any more. */
function overlapStart(entries: LogEntry[]): number {
  const [newest] = entries;
  if (!newest) return 0;
  const end = new Date(newest.created_at).getTime() - OVERLAP_MS;
  const settled = entries.find(({ created_at }) => new Date(created_at).getTime() <= end);
  return settled?.id ?? (entries.at(-1)?.id ?? 1) - 1;
}

function merge(news: LogEntry[], listed: LogEntry[]): LogEntry[] {
  const known = new Set(listed.map(({ id }) => id));
  const added = news.filter(({ id }) => !known.has(id));
  return added.length === 0 ? listed : [...added, ...listed].sort((one, other) => other.id - one.id);
}
