import { otherMethods, route } from "@/lib/http/route";
import { columnsQuery, siteColumns } from "@/lib/mapping/schema";
import { listColumns } from "@/lib/mapping/service";
import { siteParams } from "@/lib/sites/schema";

export const GET = route(
  {
    id: "listSiteColumns",
    summary: "The tables of a site and, with `table`, the columns of one, as the site's API shows them.",
    access: "sites:write",
    params: siteParams,
    query: columnsQuery,
    answers: { 200: siteColumns },
    errors: ["conflict", "credentials_missing", "credentials_unreadable"],
  },
  listColumns,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
