import { otherMethods, route } from "@/lib/http/route";
import { siteParams } from "@/lib/sites/schema";
import { takeOver } from "@/lib/take-over/schema";
import { scanSite } from "@/lib/take-over/service";

export const POST = route(
  {
    id: "scanSite",
    summary: "Has the rows of a site read again, to decide about those that are not Roster's.",
    description: "Nothing is changed. `GET /api/sites/{id}/take-over` has the progress.",
    access: "sites:write",
    params: siteParams,
    answers: { 202: takeOver },
    errors: ["conflict", "credentials_missing"],
  },
  scanSite,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
