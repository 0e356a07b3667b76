import { otherMethods, route } from "@/lib/http/route";
import { startImport } from "@/lib/users/import-jobs";
import { jobParams, userJob } from "@/lib/users/job-schema";

export const POST = route(
  {
    id: "startImport",
    summary: "Starts an import whose lines have all arrived.",
    description: "It goes on by itself: `GET /api/users/jobs/{id}`. Starting it again answers how far it is.",
    access: "users:write",
    params: jobParams,
    answers: { 202: userJob },
    errors: ["conflict"],
  },
  startImport,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
