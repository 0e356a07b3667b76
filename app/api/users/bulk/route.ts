import { otherMethods, route } from "@/lib/http/route";
import { changeMany } from "@/lib/users/bulk";
import { changeManyInput, manyChanged } from "@/lib/users/bulk-schema";
import { userJob } from "@/lib/users/job-schema";

export const POST = route(
  {
    id: "changeManyUsers",
    summary: "Gives many users the same fields, or sends them to every site again.",
    access: "users:write",
    body: changeManyInput,
    example: { query: { team: "Engines" }, change: { department: "Research" }, expect: 12 },
    answers: { 200: manyChanged, 202: userJob },
    errors: ["conflict"],
  },
  changeMany,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
