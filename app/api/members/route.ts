import { otherMethods, route } from "@/lib/http/route";
import { listMembersQuery } from "@/lib/members/schema";
import { listMembers } from "@/lib/members/service";

export const GET = route({ access: "access:manage", query: listMembersQuery }, listMembers);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
