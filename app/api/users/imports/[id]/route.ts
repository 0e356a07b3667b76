import { otherMethods, route } from "@/lib/http/route";
import { discardImport } from "@/lib/users/import-jobs";
import { jobParams } from "@/lib/users/job-schema";

export const DELETE = route(
  {
    id: "discardImport",
    summary: "Gives up an import that was not started, and deletes its lines.",
    access: "users:write",
    params: jobParams,
    answers: { 204: null },
  },
  discardImport,
);

export const { GET, POST, PUT, PATCH, OPTIONS } = otherMethods({ DELETE });
