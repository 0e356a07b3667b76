"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Loaded } from "@/components/ui/states";
import { logQuery } from "@/lib/runs/log-queries";
import { userChangesQuery } from "@/lib/users/queries";
import { HistoryItem } from "./history-item";
import { endOf, mergeHistory } from "./merge-history";

/** What was changed of a user and what came of it at the sites, newest first. */
export function UserHistory({ userId }: { userId: string }) {
  const changesQuery = useInfiniteQuery(userChangesQuery(userId));
  const attemptsQuery = useInfiniteQuery(logQuery({ userId, siteId: null, status: null, runId: null }));
  const changes = loadedOf(changesQuery);
  const attempts = loadedOf(attemptsQuery);
  const known = changes && attempts && mergeHistory(changes, attempts);

  /** Goes on where less is known: the other list would be cut off there anyway. */
  function loadMore() {
    if (!changes || !attempts) return;
    const behind = endOf(changes, ({ at }) => at) >= endOf(attempts, ({ created_at }) => created_at);
    void (behind ? changesQuery : attemptsQuery).fetchNextPage();
  }

  const refetch = () => Promise.all([changesQuery.refetch(), attemptsQuery.refetch()]);
  return (
    <Card title="History">
      <Loaded query={{ data: known, error: changesQuery.error ?? attemptsQuery.error, refetch }}>
        {(entries) =>
          entries.length === 0 ? (
            <p className="px-4 py-6 text-center text-soft">Nothing has been written down about this user.</p>
          ) : (
            <ol className="divide-y">
              {entries.map((entry) => (
                <HistoryItem key={entry.key} entry={entry} />
              ))}
            </ol>
          )
        }
      </Loaded>
      {(changesQuery.hasNextPage || attemptsQuery.hasNextPage) && (
        <div className="flex justify-center border-t p-3">
          <Button
            loading={changesQuery.isFetchingNextPage || attemptsQuery.isFetchingNextPage}
            onClick={loadMore}
          >
            Show older
          </Button>
        </div>
      )}
    </Card>
  );
}

function loadedOf<Item>(query: { data: { pages: { items: Item[] }[] } | undefined; hasNextPage: boolean }) {
  if (!query.data) return undefined;
  return { items: query.data.pages.flatMap((page) => page.items), more: query.hasNextPage };
}
