import { mutationOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import { callApi, callWholeList } from "@/lib/api-client";
import { unlessLive } from "@/lib/live/interval";
import type {
  AnyCredentialsInput,
  ConnectionTest,
  CredentialsInput,
  CredentialsSaved,
  WebhookCredentialsInput,
} from "./credentials-schema";
import type { CreateSiteInput, DisconnectSiteQuery, Site, UpdateSiteInput } from "./schema";

const LIVE_MS = 2_000;

/** Every connected site, by name. */
export const sitesQuery = queryOptions({
  queryKey: ["sites"],
  queryFn: ({ signal }) => callWholeList<Site>("/api/sites", signal),
  refetchInterval: () => unlessLive(LIVE_MS),
});

export const createSite = mutationOptions({
  mutationFn: (input: CreateSiteInput) => callApi<Site>("POST", "/api/sites", { body: input }),
  onSettled: (_site, _error, _input, _result, { client }) => refresh(client),
});

export const updateSite = mutationOptions({
  mutationFn: ({ id, ...patch }: UpdateSiteInput & { id: string }) =>
    callApi<Site>("PATCH", `/api/sites/${id}`, { body: patch }),
  onSettled: (_site, _error, _input, _result, { client }) => refresh(client),
});

export const disconnectSite = mutationOptions({
  mutationFn: ({ id, rows }: DisconnectSiteQuery & { id: string }) =>
    callApi<Site>("DELETE", `/api/sites/${id}`, { query: { rows } }),
  onSettled: (_site, _error, _input, _result, { client }) => refresh(client),
});

export const saveCredentials = mutationOptions({
  mutationFn: ({ id, ...body }: CredentialsInput & { id: string }) =>
    callApi<Site>("PUT", `/api/sites/${id}/credentials`, { body }),
  onSettled: (_site, _error, _input, _result, { client }) => refresh(client),
});

export const saveWebhook = mutationOptions({
  mutationFn: ({ id, ...body }: WebhookCredentialsInput & { id: string }) =>
    callApi<CredentialsSaved>("PUT", `/api/sites/${id}/credentials`, { body }),
  onSettled: (_site, _error, _input, _result, { client }) => refresh(client),
});

export const testConnection = mutationOptions({
  mutationFn: ({ id, ...body }: AnyCredentialsInput & { id: string }) =>
    callApi<ConnectionTest>("POST", `/api/sites/${id}/test`, { body }),
});

async function refresh(client: QueryClient): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: ["sites"] }),
    client.invalidateQueries({ queryKey: ["sync"] }),
  ]);
}
