import {
  infiniteQueryOptions,
  keepPreviousData,
  mutationOptions,
  type QueryClient,
  queryOptions,
} from "@tanstack/react-query";
import { callApi } from "@/lib/api-client";
import type { Page } from "@/lib/http/page";
import { unlessLive } from "@/lib/live/interval";
import type { CreateUserInput, UpdateUserInput, User } from "./schema";

export interface UserFilter {
  search: string;
  status: User["status"] | null;
}

const PAGE_SIZE = 50;
/** Pages that are refreshed by themselves: beyond, every refresh would cost the server one query per page. */
const LIVE_PAGES = 4;
const LIVE_MS = 2_000;

/** The users that match, page by page. */
export function usersQuery(filter: UserFilter) {
  return infiniteQueryOptions({
    queryKey: ["users", filter],
    queryFn: ({ pageParam, signal }) =>
      callApi<Page<User>>("GET", "/api/users", {
        query: { ...filter, cursor: pageParam, limit: PAGE_SIZE },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: ({ state }) =>
      (state.data?.pages.length ?? 0) <= LIVE_PAGES ? unlessLive(LIVE_MS) : false,
    placeholderData: keepPreviousData,
  });
}

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

export const reactivateUser = mutationOptions({
  mutationFn: (id: string) => callApi<User>("POST", `${userPath(id)}/reactivate`),
  onSettled: (_user, _error, _input, _result, { client }) => refresh(client),
});

function userPath(id: string): string {
  return `/api/users/${encodeURIComponent(id)}`;
}

async function refresh(client: QueryClient): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: ["users"] }),
    client.invalidateQueries({ queryKey: ["sync"] }),
  ]);
}
