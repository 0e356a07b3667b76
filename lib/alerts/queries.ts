import { mutationOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import { callApi } from "@/lib/api-client";
import type { Page } from "@/lib/http/page";
import type {
  Alert,
  AlertChannel,
  ChannelCreated,
  ChannelList,
  ChannelTest,
  CreateChannelInput,
} from "./schema";

const LIVE_MS = 2_000;

/** The newest alerts, those that go on and those that ended. */
export const alertsQuery = queryOptions({
  queryKey: ["alerts", "list"],
  queryFn: async ({ signal }) =>
    (await callApi<Page<Alert>>("GET", "/api/alerts", { query: { limit: 100 }, signal })).items,
  refetchInterval: LIVE_MS,
});

/** Where alerts go. */
export const channelsQuery = queryOptions({
  queryKey: ["alerts", "channels"],
  queryFn: ({ signal }) => callApi<ChannelList>("GET", "/api/alerts/channels", { signal }),
  refetchInterval: LIVE_MS,
});

export const createChannel = mutationOptions({
  mutationFn: (input: CreateChannelInput) =>
    callApi<ChannelCreated>("POST", "/api/alerts/channels", { body: input }),
  onSettled: (_channel, _error, _input, _result, { client }) => refresh(client),
});

export const deleteChannel = mutationOptions({
  mutationFn: (id: string) => callApi<AlertChannel>("DELETE", `/api/alerts/channels/${id}`),
  onSettled: (_channel, _error, _input, _result, { client }) => refresh(client),
});

export const testChannel = mutationOptions({
  mutationFn: (id: string) => callApi<ChannelTest>("POST", `/api/alerts/channels/${id}/test`),
  onSettled: (_tested, _error, _input, _result, { client }) => refresh(client),
});

function refresh(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ queryKey: ["alerts"] });
}
