import { otherMethods, route } from "@/lib/http/route";
import { importUsers } from "@/lib/users/import";
import { importBody, importQuery, importReport } from "@/lib/users/import-schema";

export const POST = route(
  {
    id: "importUsers",
    summary: "Creates and changes users from CSV.",
    description:
      "Cells are separated by commas, semicolons or tabs, and a file has up to 250,000 lines. The first line names the columns: `email`, and any of `id`, `clerk_user_id`, `full_name`, `role`, `team`, `department`, `status`. Who is there is found by id, or else by Clerk id, or else by e-mail address. A line that cannot be taken is reported and harms no other.",
    access: "users:write",
    query: importQuery,
    body: importBody,
    csv: true,
    answers: { 200: importReport },
  },
  importUsers,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
