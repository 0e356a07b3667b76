import { otherMethods, route } from "@/lib/http/route";
import { scopeInput, scopeSaved, siteScope } from "@/lib/scope/schema";
import { getScope, setScope } from "@/lib/scope/service";
import { siteParams } from "@/lib/sites/schema";

export const GET = route(
  {
    id: "getSiteScope",
    summary: "Which users a site gets.",
    access: "sites:read",
    params: siteParams,
    answers: { 200: siteScope },
  },
  getScope,
);

export const PUT = route(
  {
    id: "setSiteScope",
    summary: "Sets which users a site gets, and brings the site in line with that.",
    description: "Users who leave the scope are removed there by the site's removal policy.",
    access: "sites:write",
    params: siteParams,
    body: scopeInput,
    example: {
      scope: {
        all: [
          { field: "department", is: ["Sales", "Support"] },
          { not: { field: "role", is: ["contractor"] } },
        ],
      },
    },
    answers: { 200: scopeSaved },
    errors: ["conflict"],
  },
  setScope,
);

export const { POST, PATCH, DELETE, OPTIONS } = otherMethods({ GET, PUT });
