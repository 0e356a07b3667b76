import { otherMethods, route } from "@/lib/http/route";
import { readSiteUser } from "@/lib/sites/site-user";
import { siteUser, siteUserParams } from "@/lib/sites/site-user-schema";

export const GET = route(
  {
    id: "readSiteUser",
    summary: "Reads a user's row in the list and at a site, as it is there now.",
    description:
      "Asks the site with its saved credentials, for at most 8 seconds. A site that does not answer, or cannot be " +
      "asked, is told in `there`, with what to do.",
    access: "users:read", // and no less: a user's row is what it answers
    params: siteUserParams,
    answers: { 200: siteUser },
    errors: ["credentials_unreadable"],
  },
  readSiteUser,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
