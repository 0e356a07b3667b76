import { CONNECTION_TESTS } from "@/lib/access/limits";
import { otherMethods, route } from "@/lib/http/route";
import { mappingInput, mappingSaved, siteMapping } from "@/lib/mapping/schema";
import { getMapping, setMapping } from "@/lib/mapping/service";
import { siteParams } from "@/lib/sites/schema";

export const GET = route(
  {
    id: "getSiteMapping",
    summary: "How users are written at a site: table, match column, and what goes into each column.",
    access: "sites:read",
    params: siteParams,
    answers: { 200: siteMapping },
  },
  getMapping,
);

export const PUT = route(
  {
    id: "setSiteMapping",
    summary: "Sets how users are written at a site, and sends everybody there.",
    description:
      "The site is asked first: its columns are read, and a test row is written and removed. What its table cannot take " +
      "is answered as errors of the fields concerned, and nothing is saved. Another table or match column is another " +
      "place: rows that were written to the old one stay as they are.",
    access: "sites:write",
    limit: CONNECTION_TESTS,
    params: siteParams,
    body: mappingInput,
    example: {
      mapping: {
        table: "employees",
        match: "work_mail",
        columns: [
          { column: "work_mail", from: { kind: "field", field: "email" } },
          { column: "display_name", from: { kind: "template", template: "{full_name} ({team})" } },
          {
            column: "hr_role",
            from: {
              kind: "values",
              field: "role",
              values: { admin: "hr_admin" },
              otherwise: { kind: "value", value: "employee" },
            },
            onlyOnCreate: true,
          },
        ],
      },
      removalPolicy: "deactivate",
      removalColumn: "is_active",
    },
    answers: { 200: mappingSaved },
    errors: ["conflict", "credentials_missing", "credentials_unreadable"],
  },
  setMapping,
);

export const { POST, PATCH, DELETE, OPTIONS } = otherMethods({ GET, PUT });
