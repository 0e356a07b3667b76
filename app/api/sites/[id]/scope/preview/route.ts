import { otherMethods, route } from "@/lib/http/route";
import { scopeInput, scopePreview } from "@/lib/scope/schema";
import { previewScope } from "@/lib/scope/service";
import { siteParams } from "@/lib/sites/schema";

export const POST = route(
  {
    id: "previewSiteScope",
    summary: "How many users a scope has, and who would be added and removed.",
    description: "Nothing is changed. A key needs the scope `users:read` besides, because users are shown.",
    access: "sites:write",
    params: siteParams,
    body: scopeInput,
    example: { scope: { field: "department", is: ["Sales"] } },
    answers: { 200: scopePreview },
  },
  previewScope,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
