import { otherMethods, route } from "@/lib/http/route";
import { siteParams, updateSiteInput } from "@/lib/sites/schema";
import { disconnectSite, getSite, updateSite } from "@/lib/sites/service";

export const GET = route({ access: "sites:read", params: siteParams }, getSite);

export const PATCH = route({ access: "sites:write", params: siteParams, body: updateSiteInput }, updateSite);

export const DELETE = route({ access: "sites:write", params: siteParams }, disconnectSite);

export const { POST, PUT, OPTIONS } = otherMethods({ GET, PATCH, DELETE });
