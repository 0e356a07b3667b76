import { mutationOptions, queryOptions } from "@tanstack/react-query";
import { callApi } from "@/lib/api-client";
import type {
  Accepted,
  AcceptInput,
  InvitationPreview,
  Session,
  SignedIn,
  SignInInput,
  SignInOptions,
} from "./schema";

/** How soon a change of one's own role shows without a click: the server heeds it at once anyway. */
const LIVE_MS = 2_000;

/** Who is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => callApi<Session>("GET", "/api/session", { signal }),
  refetchInterval: LIVE_MS,
});

export const signInOptionsQuery = queryOptions({
  queryKey: ["sign-in-options"],
  queryFn: ({ signal }) => callApi<SignInOptions>("GET", "/api/sign-in-options", { signal }),
});

export function invitationPreviewQuery(token: string) {
  return queryOptions({
    queryKey: ["invitation-preview", token],
    queryFn: ({ signal }) =>
      callApi<InvitationPreview>("GET", "/api/invitations/preview", { query: { token }, signal }),
  });
}

export const signIn = mutationOptions({
  mutationFn: (input: SignInInput) => callApi<SignedIn>("POST", "/api/session", { body: input }),
});

export const signOut = mutationOptions({
  mutationKey: ["sign-out"],
  mutationFn: ({ everywhere }: { everywhere: boolean }) =>
    callApi<void>("DELETE", "/api/session", { query: { everywhere: everywhere ? "true" : null } }),
});

export const setUp = mutationOptions({
  mutationFn: (input: AcceptInput) => callApi<Accepted>("POST", "/api/setup", { body: input }),
});

export const acceptInvitation = mutationOptions({
  mutationFn: (input: AcceptInput) => callApi<Accepted>("POST", "/api/invitations/accept", { body: input }),
});
