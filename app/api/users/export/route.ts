import { otherMethods, route } from "@/lib/http/route";
import { exportUsers } from "@/lib/users/export";
import { exportUsersQuery } from "@/lib/users/list-schema";

export const GET = route(
  {
    id: "exportUsers",
    summary: "Streams the users that match as CSV, in the columns of an import.",
    access: "users:read",
    query: exportUsersQuery,
    answers: { 200: { csv: true } },
  },
  exportUsers,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
