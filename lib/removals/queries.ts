import {
  infiniteQueryOptions,
  keepPreviousData,
  mutationOptions,
  type QueryClient,
} from "@tanstack/react-query";
import { callApi } from "@/lib/api-client";
import type { Page } from "@/lib/http/page";
import { unlessLive } from "@/lib/live/interval";
import type { DecideInput, HeldRemoval, RemovalsApproved, RemovalsRejected } from "./schema";

const LIVE_MS = 2_000;
const LIVE_PAGES = 4;

/** Removals that are held, of one site or all, page by page. */
export function removalsQuery(filter: { siteId: string | null; search: string }) {
  return infiniteQueryOptions({
    // Under "sync": what is invalidated when states change.
    queryKey: ["sync", "removals", filter],
    queryFn: ({ pageParam, signal }) =>
      callApi<Page<HeldRemoval>>("GET", "/api/removals", {
        query: { state: "held", ...filter, cursor: pageParam, limit: 100 },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: ({ state }) =>
      (state.data?.pages.length ?? 0) <= LIVE_PAGES ? unlessLive(LIVE_MS) : false,
    placeholderData: keepPreviousData,
  });
}

/** Lets held removals go on their way, until none is left of those that are meant. */
export const approveRemovals = mutationOptions({
  mutationFn: async (input: DecideInput) => {
    let done = await callApi<RemovalsApproved>("POST", "/api/removals/approve", { body: input });
    let { approved } = done;
    while (done.more) {
      const { expect: _, ...rest } = input;
      done = await callApi<RemovalsApproved>("POST", "/api/removals/approve", { body: rest });
      approved += done.approved;
    }
    return { approved };
  },
  onSettled: (_done, _error, _input, _result, { client }) => refresh(client),
});

/** Puts users back as they were, until none is left of those that are meant. */
export const rejectRemovals = mutationOptions({
  mutationFn: async (input: DecideInput) => {
    let done = await callApi<RemovalsRejected>("POST", "/api/removals/reject", { body: input });
    let { restored } = done;
    while (done.more) {
      const { expect: _, ...rest } = input;
      done = await callApi<RemovalsRejected>("POST", "/api/removals/reject", { body: rest });
      restored += done.restored;
    }
    return { restored, conflicts: done.conflicts, changed: done.changed };
  },
  onSettled: (_done, _error, _input, _result, { client }) => refresh(client),
});

async function refresh(client: QueryClient): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: ["sync"] }),
    client.invalidateQueries({ queryKey: ["users"] }),
  ]);
}
