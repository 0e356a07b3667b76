import { otherMethods, route } from "@/lib/http/route";
import { importUsers } from "@/lib/users/import";
import { importBody, importQuery } from "@/lib/users/schema";

export const POST = route(
  { access: "users:write", query: importQuery, body: importBody, csv: true },
  importUsers,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
