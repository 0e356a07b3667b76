import { otherMethods, route } from "@/lib/http/route";
import { listFacets } from "@/lib/users/list";
import { userFacets } from "@/lib/users/list-schema";

export const GET = route(
  {
    id: "listUserFacets",
    summary: "Lists the roles, teams and departments there are, up to 500 each.",
    access: "users:read",
    answers: { 200: userFacets },
  },
  listFacets,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
