import {
  infiniteQueryOptions,
  keepPreviousData,
  mutationOptions,
  type QueryClient,
  queryOptions,
} from "@tanstack/react-query";
import { callApi, queryText } from "@/lib/api-client";
import type { Page } from "@/lib/http/page";
import { unlessLive } from "@/lib/live/interval";
import type { PairStatus } from "@/lib/sync/core/pair-status";
import type { UserChange } from "./history-schema";
import type { UserCount, UserFacets, UserSort } from "./list-schema";
import type { CreateUserInput, UpdateUserInput, User } from "./schema";

/** Which users a list shows; what is null or absent does not matter. */
export interface UserFilter {
  search: string;
  status: User["status"] | null;
  role?: string | null;
  team?: string | null;
  department?: string | null;
  syncStatus?: PairStatus | null;
  siteId?: string | null;
}

export const PAGE_SIZE = 50;
const LIVE_MS = 2_000;
/** How long users that went out of sight are remembered: longer than scrolling back takes, or memory would grow. */
const OUT_OF_SIGHT_MS = 30_000;

/** The users that match, a page of them from a cursor on; the first one's is empty. */
export function usersQuery(filter: UserFilter, sort?: UserSort, cursor = "", limit = PAGE_SIZE) {
  return queryOptions<Page<User>>({
    queryKey: ["users", "list", filter, sort, cursor, limit],
    queryFn: ({ signal }) =>
      callApi<Page<User>>("GET", "/api/users", {
        query: { ...filter, sort, cursor, limit },
        signal,
      }),
    refetchInterval: () => unlessLive(LIVE_MS),
    staleTime: () => unlessLive(LIVE_MS) || OUT_OF_SIGHT_MS,
    gcTime: OUT_OF_SIGHT_MS,
  });
}

/** How many users match, counted up to 10,000. */
export function userCountQuery(filter: UserFilter) {
  return queryOptions({
    queryKey: ["users", "count", filter],
    queryFn: ({ signal }) => callApi<UserCount>("GET", "/api/users/count", { query: { ...filter }, signal }),
    placeholderData: keepPreviousData,
  });
}

/** How many users match, to the last one: asked once, for what is about to be done with all of them. */
export function exactUserCountQuery(filter: UserFilter) {
  return queryOptions({
    queryKey: ["exact-user-count", filter],
    queryFn: ({ signal }) =>
      callApi<UserCount>("GET", "/api/users/count", { query: { ...filter, most: 10_000_000 }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

/** The roles, teams and departments to choose from. */
export const userFacetsQuery = queryOptions({
  queryKey: ["users", "facets"],
  queryFn: ({ signal }) => callApi<UserFacets>("GET", "/api/users/facets", { signal }),
  refetchInterval: () => unlessLive(LIVE_MS * 5),
});

/** One user by id. */
export function userQuery(id: string) {
  return queryOptions({
    queryKey: ["users", "one", id],
    queryFn: ({ signal }) => callApi<User>("GET", userPath(id), { signal }),
    refetchInterval: () => unlessLive(LIVE_MS),
  });
}

const FOUND = 6;

/** The first few users that match, and whether there are more. */
export function findUsersQuery(search: string) {
  return queryOptions({
    queryKey: ["users", "find", search],
    queryFn: ({ signal }) =>
      callApi<Page<User>>("GET", "/api/users", { query: { search, limit: FOUND }, signal }),
    placeholderData: keepPreviousData,
  });
}

/** What was changed of a user, newest first. */
export function userChangesQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: ["users", "changes", id],
    queryFn: ({ pageParam, signal }) =>
      callApi<Page<UserChange>>("GET", `${userPath(id)}/history`, {
        query: { cursor: pageParam, limit: PAGE_SIZE },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) <= 1 ? unlessLive(LIVE_MS) : false),
  });
}

/** Where the users who match are exported as CSV. */
export function exportPath(filter: UserFilter, sort: UserSort): string {
  return `/api/users/export${queryText({ ...filter, sort })}`;
}

export const createUser = mutationOptions({
  mutationFn: (input: CreateUserInput) => callApi<User>("POST", "/api/users", { body: input }),
  onSettled: (_user, _error, _input, _result, { client }) => refresh(client),
});

export const updateUser = mutationOptions({
  mutationFn: ({ id, ...patch }: UpdateUserInput & { id: string }) =>
    callApi<User>("PATCH", userPath(id), { body: patch }),
  onSettled: (_user, _error, _input, _result, { client }) => refresh(client),
});

export const deactivateUser = mutationOptions({
  mutationFn: (id: string) => callApi<User>("DELETE", userPath(id)),
  onSettled: (_user, _error, _input, _result, { client }) => refresh(client),
});

/** Shows at once what it does, and takes that back when the server refuses. */
export const reactivateUser = mutationOptions({
  mutationFn: (id: string) => callApi<User>("POST", `${userPath(id)}/reactivate`),
  onMutate: (id, { client }) => showStatus(client, id, "active"),
  onError: (_error, id, _before, { client }) => showStatus(client, id, "inactive"),
  onSettled: (_user, _error, _input, _result, { client }) => refresh(client),
});

/** Puts a status into every list and page that shows the user, ahead of the server's answer. */
async function showStatus(client: QueryClient, id: string, status: User["status"]): Promise<void> {
  await client.cancelQueries({ queryKey: ["users"] });
  const shown = (user: User) => (user.id === id ? { ...user, status } : user);
  client.setQueryData<User>(userQuery(id).queryKey, (user) => user && shown(user));
  client.setQueriesData<Page<User>>(
    { queryKey: ["users", "list"] },
    (page) => page && { ...page, items: page.items.map(shown) },
  );
}

function userPath(id: string): string {
  return `/api/users/${encodeURIComponent(id)}`;
}

async function refresh(client: QueryClient): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: ["users"] }),
    client.invalidateQueries({ queryKey: ["sync"] }),
  ]);
}
