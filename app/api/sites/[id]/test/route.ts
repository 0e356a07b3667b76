import { CONNECTION_TESTS } from "@/lib/access/limits";
import { otherMethods, route } from "@/lib/http/route";
import { testSite } from "@/lib/sites/credentials";
import { anyCredentialsInput, connectionTest } from "@/lib/sites/credentials-schema";
import { siteParams } from "@/lib/sites/schema";

export const POST = route(
  {
    id: "testSite",
    summary: "Tries a site's credentials: those in the body, or with `{}` the saved ones.",
    description: "When the saved ones work, a site that was blocked is tried again at once.",
    access: "sites:write",
    limit: CONNECTION_TESTS,
    params: siteParams,
    body: anyCredentialsInput,
    example: {},
    answers: { 200: connectionTest },
    errors: ["credentials_missing", "credentials_unreadable"],
  },
  testSite,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
