import { otherMethods, route } from "@/lib/http/route";
import { setCredentials } from "@/lib/sites/credentials";
import { anyCredentialsInput, siteParams } from "@/lib/sites/schema";

export const PUT = route(
  { access: "sites:write", params: siteParams, body: anyCredentialsInput },
  setCredentials,
);

export const { GET, POST, PATCH, DELETE, OPTIONS } = otherMethods({ PUT });
