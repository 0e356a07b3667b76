import { otherMethods, route } from "@/lib/http/route";
import { refusedLines } from "@/lib/users/import-jobs";
import { jobParams } from "@/lib/users/job-schema";

export const GET = route(
  {
    id: "listRefusedLines",
    summary: "Streams the refused lines of an import as CSV, each with its reason.",
    description:
      "In the file's own columns, also those that were not imported; so it is for whoever may import.",
    access: "users:write",
    params: jobParams,
    answers: { 200: { csv: true } },
  },
  refusedLines,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
