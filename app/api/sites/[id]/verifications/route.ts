import { otherMethods, route } from "@/lib/http/route";
import { siteParams } from "@/lib/sites/schema";
import { listVerificationsQuery, verificationPage } from "@/lib/verify/schema";
import { listVerifications } from "@/lib/verify/service";

export const GET = route(
  {
    id: "listVerifications",
    summary: "Lists the comparisons of a site, newest first.",
    access: "sync:read",
    params: siteParams,
    query: listVerificationsQuery,
    answers: { 200: verificationPage },
  },
  listVerifications,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
