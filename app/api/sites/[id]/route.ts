import { otherMethods, route } from "@/lib/http/route";
import { disconnectSiteQuery, site, siteParams, updateSiteInput } from "@/lib/sites/schema";
import { disconnectSite, getSite, updateSite } from "@/lib/sites/service";

export const GET = route(
  {
    id: "getSite",
    summary: "Reads one site.",
    access: "sites:read",
    params: siteParams,
    answers: { 200: site },
  },
  getSite,
);

export const PATCH = route(
  {
    id: "updateSite",
    summary: "Changes the fields of a site that are given.",
    description: "A new removal policy is applied to the users who have left already, too.",
    access: "sites:write",
    params: siteParams,
    body: updateSiteInput,
    example: { status: "paused" },
    answers: { 200: site },
    errors: ["conflict", "credentials_missing", "credentials_unreadable"],
  },
  updateSite,
);

export const DELETE = route(
  {
    id: "disconnectSite",
    summary:
      "Disconnects a site and wipes its credentials; its rows stay unless told otherwise, and its log does.",
    description:
      "With `rows=remove` the site is `disconnecting` at first. A row that cannot be removed holds that up: retry it, " +
      'cancel with `PATCH {"status": "active"}`, or disconnect with `rows=keep`, which leaves what is still there.',
    access: "sites:write",
    params: siteParams,
    query: disconnectSiteQuery,
    answers: { 200: site },
  },
  disconnectSite,
);

export const { POST, PUT, OPTIONS } = otherMethods({ GET, PATCH, DELETE });
