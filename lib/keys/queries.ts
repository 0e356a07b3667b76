import { mutationOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import { callApi, callWholeList } from "@/lib/api-client";
import type { ApiKey, CreatedKey, CreateKeyInput } from "./schema";

const LIVE_MS = 5_000;

/** The API keys that are not revoked, newest first. */
export const keysQuery = queryOptions({
  queryKey: ["keys"],
  queryFn: ({ signal }) => callWholeList<ApiKey>("/api/keys", signal),
  refetchInterval: LIVE_MS,
});

export const createKey = mutationOptions({
  mutationFn: (input: CreateKeyInput) => callApi<CreatedKey>("POST", "/api/keys", { body: input }),
  onSettled: (_key, _error, _input, _result, { client }) => refresh(client),
});

export const revokeKey = mutationOptions({
  mutationFn: (id: string) => callApi<ApiKey>("DELETE", `/api/keys/${id}`),
  onSettled: (_key, _error, _input, _result, { client }) => refresh(client),
});

function refresh(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ queryKey: ["keys"] });
}
