import { mutationOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import { callApi } from "@/lib/api-client";
import { unlessLive } from "@/lib/live/interval";
import type { ChangeManyInput } from "./bulk-schema";
import type { ImportJobs } from "./import-job-schema";
import type { UserJob, UserJobs } from "./job-schema";
import type { UserFilter } from "./queries";

/** Who is changed: these, or everybody who matches, of whom there must be as many as was said. */
export type Target = { ids: readonly string[] } | { filter: UserFilter; expect: number };

export type BulkChange = ChangeManyInput["change"];

/** Somebody watches the bar. */
const MOVING_MS = 500;
const LOOK_MS = 2_000;

/** Changes of many users and imports that are under way, or ended within a day. */
export const jobsQuery = queryOptions({
  queryKey: ["users", "jobs"],
  queryFn: ({ signal }) => callApi<UserJobs>("GET", "/api/users/jobs", { signal }),
  refetchInterval: ({ state }) => pace(state.data),
});

function pace(jobs: UserJobs | undefined): number | false {
  return jobs?.items.some((job) => job.state === "running") ? MOVING_MS : unlessLive(LOOK_MS);
}

/** Has many users changed by the workers; answers as soon as that is written down. */
export const startJob = mutationOptions({
  mutationFn: ({ target, change }: { target: Target; change: BulkChange }) =>
    callApi<UserJob>("POST", "/api/users/bulk", { body: { ...whoOf(target), change, background: true } }),
  onSuccess: (job, _input, _result, { client }) => showJob(client, job),
  onSettled: (_job, _error, _input, _result, { client }) =>
    client.invalidateQueries({ queryKey: jobsQuery.queryKey }),
});

/** Shows a job that has just been started, ahead of the next look. */
export function showJob(client: QueryClient, job: UserJob): void {
  client.setQueryData(jobsQuery.queryKey, (jobs) => ({
    items: [job, ...(jobs?.items ?? []).filter(({ id }) => id !== job.id)],
  }));
}

/** Imports that are under way, or ended within a week. */
export const importsQuery = queryOptions({
  queryKey: ["users", "imports"],
  queryFn: ({ signal }) => callApi<ImportJobs>("GET", "/api/users/imports", { signal }),
  refetchInterval: ({ state }) => pace(state.data),
});

/** Ends a change or an import after the step on its way. */
export const cancelJob = mutationOptions({
  mutationFn: (id: string) => callApi<UserJob>("POST", `/api/users/jobs/${id}/cancel`),
  onSettled: (_job, _error, _id, _result, { client }) =>
    client.invalidateQueries({ queryKey: jobsQuery.queryKey }),
});

/** Takes what came of a change or an import off the list. */
export const dismissJob = mutationOptions({
  mutationFn: (id: string) => callApi<UserJob>("DELETE", `/api/users/jobs/${id}`),
  onMutate: (id, { client }) => {
    client.setQueryData(
      jobsQuery.queryKey,
      (jobs) => jobs && { items: jobs.items.filter((job) => job.id !== id) },
    );
  },
  onSettled: (_job, _error, _id, _result, { client }) =>
    client.invalidateQueries({ queryKey: jobsQuery.queryKey }),
});

function whoOf(target: Target): object {
  if ("ids" in target) return { ids: target.ids };
  const { filter, expect } = target;
  const given = Object.entries(filter).filter(([, value]) => value !== null && value !== "");
  return { query: Object.fromEntries(given), expect };
}
