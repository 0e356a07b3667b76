import { otherMethods, route } from "@/lib/http/route";
import { createSiteInput, listSitesQuery, site, sitePage } from "@/lib/sites/schema";
import { createSite, listSites } from "@/lib/sites/service";

export const GET = route(
  {
    id: "listSites",
    summary: "Lists the connected sites, by name.",
    access: "sites:read",
    query: listSitesQuery,
    answers: { 200: sitePage },
  },
  listSites,
);

export const POST = route(
  {
    id: "createSite",
    summary: "Connects a site; it receives nothing before it has credentials.",
    access: "sites:write",
    body: createSiteInput,
    example: { name: "HRMS", url: "https://hrms.example.com" },
    answers: { 201: site },
    errors: ["conflict"],
  },
  createSite,
);

export const { PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET, POST });
