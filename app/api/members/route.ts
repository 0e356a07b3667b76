import { otherMethods, route } from "@/lib/http/route";
import { listMembersQuery, memberPage } from "@/lib/members/schema";
import { listMembers } from "@/lib/members/service";

export const GET = route(
  {
    id: "listMembers",
    summary: "Lists those who may use this dashboard, by e-mail address.",
    access: "access:manage",
    query: listMembersQuery,
    answers: { 200: memberPage },
  },
  listMembers,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
