import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { leaveWhenSignedOut, noteSignedIn } from "@/components/access/leave";
import { ApiError } from "@/lib/api-client";
import { sessionQuery } from "@/lib/session/queries";

const RETRIES = 2;

/** What keeps the server's answers in this browser, and acts when one says that nobody is signed in. */
export function makeQueryClient(): QueryClient {
  /** A refusal may mean that one's role has changed: what is offered follows at once. */
  function askAgainWhoIAm(error: Error) {
    if (error instanceof ApiError && error.status === 403) {
      void client.invalidateQueries({ queryKey: sessionQuery.queryKey });
    }
  }

  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onSuccess: noteSignedIn,
      onError: (error, query) => {
        leaveWhenSignedOut(error, client);
        // Its own refusal must not ask it again, and again.
        if (query.queryKey[0] !== sessionQuery.queryKey[0]) askAgainWhoIAm(error);
      },
    }),
    mutationCache: new MutationCache({ onSuccess: noteSignedIn, onError: askAgainWhoIAm }),
    defaultOptions: {
      queries: {
        staleTime: 1_000,
        // Roster's server is often on this very machine: it answers without any network.
        networkMode: "always",
        retry: (failures, error) =>
          failures < RETRIES && !(error instanceof ApiError && isOurMistake(error.status)),
      },
      mutations: { networkMode: "always" },
    },
  });
  return client;
}

function isOurMistake(status: number): boolean {
  return status >= 400 && status < 500;
}
