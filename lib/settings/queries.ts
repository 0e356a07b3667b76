import { mutationOptions, queryOptions } from "@tanstack/react-query";
import { callApi } from "@/lib/api-client";
import type { ChangeSettingsInput, Settings } from "./schema";

const LIVE_MS = 5_000;

/** What is set for the whole installation. */
export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: ({ signal }) => callApi<Settings>("GET", "/api/settings", { signal }),
  refetchInterval: LIVE_MS,
});

export const changeSettings = mutationOptions({
  mutationFn: (input: ChangeSettingsInput) => callApi<Settings>("PATCH", "/api/settings", { body: input }),
  onSuccess: (settings, _input, _result, { client }) => client.setQueryData(settingsQuery.queryKey, settings),
});
