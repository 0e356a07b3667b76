import { otherMethods, route } from "@/lib/http/route";
import { mappingInput, mappingPreview } from "@/lib/mapping/schema";
import { previewMapping } from "@/lib/mapping/service";
import { siteParams } from "@/lib/sites/schema";

export const POST = route(
  {
    id: "previewSiteMapping",
    summary: "What is wrong with a mapping, and ten users as they would arrive by it.",
    description: "Nothing is written. A key needs the scope `users:read` besides, because users are shown.",
    access: "sites:write",
    params: siteParams,
    body: mappingInput,
    example: {
      mapping: {
        table: "employees",
        match: "work_mail",
        columns: [{ column: "work_mail", from: { kind: "field", field: "email" } }],
      },
    },
    answers: { 200: mappingPreview },
    errors: ["conflict", "credentials_missing", "credentials_unreadable"],
  },
  previewMapping,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
