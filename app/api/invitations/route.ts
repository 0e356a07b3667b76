import { otherMethods, route } from "@/lib/http/route";
import { invite, listInvitations } from "@/lib/members/invitations";
import { invitationPage, invited, inviteInput, listMembersQuery } from "@/lib/members/schema";

export const GET = route(
  {
    id: "listInvitations",
    summary: "Lists the invitations that can still be accepted, by e-mail address.",
    access: "access:manage",
    query: listMembersQuery,
    answers: { 200: invitationPage },
  },
  listInvitations,
);

export const POST = route(
  {
    id: "invite",
    summary: "Invites somebody by a one-time link, which is mailed where SMTP is set up.",
    access: "access:manage",
    body: inviteInput,
    example: { email: "ada@example.com", role: "viewer" },
    answers: { 201: invited },
    errors: ["conflict"],
  },
  invite,
);

export const { PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET, POST });
