import { otherMethods, route } from "@/lib/http/route";
import { why, whyQuery } from "@/lib/scope/schema";
import { explainPair } from "@/lib/scope/service";
import { siteParams } from "@/lib/sites/schema";

export const GET = route(
  {
    id: "explainPair",
    summary: "Why a user is at a site or not, with each rule of the site's scope.",
    access: "sync:read",
    params: siteParams,
    query: whyQuery,
    answers: { 200: why },
  },
  explainPair,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
