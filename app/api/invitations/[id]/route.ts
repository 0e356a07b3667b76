import { otherMethods, route } from "@/lib/http/route";
import { withdrawInvitation } from "@/lib/members/invitations";
import { invitation, invitationParams } from "@/lib/members/schema";

export const DELETE = route(
  {
    id: "withdrawInvitation",
    summary: "Withdraws an invitation: its link works no more.",
    access: "access:manage",
    params: invitationParams,
    answers: { 200: invitation },
  },
  withdrawInvitation,
);

export const { GET, POST, PUT, PATCH, OPTIONS } = otherMethods({ DELETE });
