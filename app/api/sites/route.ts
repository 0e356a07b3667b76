import { otherMethods, route } from "@/lib/http/route";
import { createSiteInput, listSitesQuery } from "@/lib/sites/schema";
import { createSite, listSites } from "@/lib/sites/service";

export const GET = route({ access: "sites:read", query: listSitesQuery }, listSites);

export const POST = route({ access: "sites:write", body: createSiteInput, status: 201 }, createSite);

export const { PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET, POST });
