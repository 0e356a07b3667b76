import { mutationOptions } from "@tanstack/react-query";
import { callApi } from "@/lib/api-client";
import type {
  Asserted,
  AssertInput,
  Retried,
  RetryInput,
  SyncAllStarted,
  SyncUserInput,
  UserSyncRun,
} from "./request-schema";
import type { Run, UserSync } from "./schema";

/** Sends everybody to these sites, or to all of them; with `force` also who is synced already. */
export const syncAllUsers = mutationOptions({
  mutationFn: ({ siteIds, force }: { siteIds: string[] | null; force: boolean }) =>
    callApi<SyncAllStarted>("POST", "/api/sync/all-users", {
      body: { ...(siteIds && { siteIds }), ...(force && { force }) },
    }),
  onSettled: (_run, _error, _input, _result, { client }) =>
    Promise.all([
      client.invalidateQueries({ queryKey: ["sync"] }),
      client.invalidateQueries({ queryKey: ["runs"] }),
    ]),
});

export const cancelRun = mutationOptions({
  mutationFn: (id: string) => callApi<Run>("POST", `/api/sync/runs/${id}/cancel`),
  onSettled: (_run, _error, _input, _result, { client }) => client.invalidateQueries({ queryKey: ["runs"] }),
});

/** Sends one user to every site, or to one, and waits for the outcome. */
export const syncUser = mutationOptions({
  mutationFn: (input: Pick<SyncUserInput, "userId" | "siteId">) =>
    callApi<UserSyncRun>("POST", "/api/sync/user", { body: input }),
  onSettled: (_run, _error, _input, _result, { client }) => client.invalidateQueries({ queryKey: ["sync"] }),
});

const POLL_MS = 2_000;
/** How long an outcome is waited for: a site that is away for longer is told about by its state. */
const LONGEST_WAIT_MS = 10 * 60_000;

/** Sends one user to every site, and waits for as long as it takes; `tell` hears what is known when it takes long. */
export function syncUserToEnd(userId: string, tell: (sofar: UserSyncRun) => void) {
  return mutationOptions({
    mutationFn: async () => {
      let answer = await callApi<UserSyncRun>("POST", "/api/sync/user", { body: { userId } });
      const end = Date.now() + LONGEST_WAIT_MS;
      while (!answer.done && Date.now() < end) {
        tell(answer);
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        // The run first: what is answered after it has finished is its outcome.
        const run = await callApi<Run>("GET", `/api/sync/runs/${answer.runId}`);
        const { results } = await callApi<UserSync>("GET", "/api/sync/user", { query: { userId } });
        answer = { ...answer, results, done: run.finishedAt !== undefined };
      }
      return answer;
    },
    onSettled: (_run, _error, _input, _result, { client }) =>
      client.invalidateQueries({ queryKey: ["sync"] }),
  });
}

/** Tries again at once what failed: of one pair, one user, one site, or everything. */
export const retrySync = mutationOptions({
  mutationFn: (input: RetryInput) => callApi<Retried>("POST", "/api/sync/retry", { body: input }),
  onSettled: (_retried, _error, _input, _result, { client }) =>
    Promise.all([
      client.invalidateQueries({ queryKey: ["sync"] }),
      client.invalidateQueries({ queryKey: ["sites"] }),
    ]),
});

/** Makes the list win over newer rows at the sites. */
export const assertList = mutationOptions({
  mutationFn: (removeUnknown: boolean) =>
    callApi<Asserted>("POST", "/api/sync/assert", {
      body: { confirm: true, removeUnknown } satisfies AssertInput,
    }),
  onSettled: (_asserted, _error, _input, _result, { client }) =>
    client.invalidateQueries({ queryKey: ["sync"] }),
});
