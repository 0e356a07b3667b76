import { otherMethods, route } from "@/lib/http/route";
import { invite, listInvitations } from "@/lib/members/invitations";
import { inviteInput, listMembersQuery } from "@/lib/members/schema";

export const GET = route({ access: "access:manage", query: listMembersQuery }, listInvitations);

export const POST = route({ access: "access:manage", body: inviteInput, status: 201 }, invite);

export const { PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET, POST });
