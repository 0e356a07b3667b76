import { otherMethods, route } from "@/lib/http/route";
import { addLinesInput, linesStored } from "@/lib/users/import-job-schema";
import { addLines } from "@/lib/users/import-jobs";
import { jobParams } from "@/lib/users/job-schema";

export const POST = route(
  {
    id: "addImportLines",
    summary: "Adds lines to an import that was not started.",
    description:
      "In the order of the file. A page that has arrived already changes nothing, so send it again when in doubt.",
    access: "users:write",
    params: jobParams,
    body: addLinesInput,
    example: { behind: 0, lines: [{ line: 2, cells: ["ada@example.com", "Engines", "1815"] }] },
    answers: { 200: linesStored },
    errors: ["conflict"],
  },
  addLines,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
