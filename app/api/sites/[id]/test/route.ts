import { CONNECTION_TESTS } from "@/lib/access/limits";
import { otherMethods, route } from "@/lib/http/route";
import { testSite } from "@/lib/sites/credentials";
import { anyCredentialsInput, siteParams } from "@/lib/sites/schema";

export const POST = route(
  { access: "sites:write", limit: CONNECTION_TESTS, params: siteParams, body: anyCredentialsInput },
  testSite,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
