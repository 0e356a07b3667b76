import { otherMethods, route } from "@/lib/http/route";
import { exportUsers } from "@/lib/users/export";
import { exportUsersQuery } from "@/lib/users/schema";

export const GET = route({ access: "users:read", query: exportUsersQuery }, exportUsers);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
