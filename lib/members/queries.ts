import { mutationOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import type { Role } from "@/lib/access/roles";
import { callApi, callWholeList } from "@/lib/api-client";
import type { Invitation, Invited, InviteInput, Member } from "./schema";

const LIVE_MS = 5_000;

/** Everybody who may use this dashboard. */
export const membersQuery = queryOptions({
  queryKey: ["members"],
  queryFn: ({ signal }) => callWholeList<Member>("/api/members", signal),
  refetchInterval: LIVE_MS,
});

/** The invitations that can still be accepted. */
export const invitationsQuery = queryOptions({
  queryKey: ["invitations"],
  queryFn: ({ signal }) => callWholeList<Invitation>("/api/invitations", signal),
  refetchInterval: LIVE_MS,
});

export const changeRole = mutationOptions({
  mutationFn: ({ id, role }: { id: string; role: Role }) =>
    callApi<Member>("PATCH", `/api/members/${id}`, { body: { role } }),
  onSettled: (_member, _error, _input, _result, { client }) => refresh(client),
});

export const removeMember = mutationOptions({
  mutationFn: (id: string) => callApi<Member>("DELETE", `/api/members/${id}`),
  onSettled: (_member, _error, _input, _result, { client }) => refresh(client),
});

export const invite = mutationOptions({
  mutationFn: (input: InviteInput) => callApi<Invited>("POST", "/api/invitations", { body: input }),
  onSettled: (_invited, _error, _input, _result, { client }) => refresh(client),
});

export const withdrawInvitation = mutationOptions({
  mutationFn: (id: string) => callApi<Invitation>("DELETE", `/api/invitations/${id}`),
  onSettled: (_invitation, _error, _input, _result, { client }) => refresh(client),
});

async function refresh(client: QueryClient): Promise<void> {
  await Promise.all(
    [["members"], ["invitations"], ["session"]].map((queryKey) => client.invalidateQueries({ queryKey })),
  );
}
