import { otherMethods, route } from "@/lib/http/route";
import { siteParams } from "@/lib/sites/schema";
import { decided, decideInput, takeOver, takeOverQuery } from "@/lib/take-over/schema";
import { decideTakeOver, getTakeOver } from "@/lib/take-over/service";

export const GET = route(
  {
    id: "getTakeOver",
    summary: "Reads what the rows of a site that had users are to the list.",
    description:
      "A site that has rows when it is connected waits: nothing is written there before somebody decides. Its rows are read in the background and sorted into groups.",
    access: "users:read",
    params: siteParams,
    query: takeOverQuery,
    answers: { 200: takeOver },
  },
  getTakeOver,
);

export const POST = route(
  {
    id: "decideTakeOver",
    summary: "Decides about the rows of a site that had users: link, import or leave alone.",
    description:
      "Done in the background: the rows are read once more, the decision is applied to what is there then, and the site's sync begins. What is not named is left alone, and users whose row is left alone are not sent there.",
    access: "sites:write",
    params: siteParams,
    body: decideInput,
    example: { link: { all: true }, import: { rowIds: ["legacy-17"] }, leave: { groups: ["conflicting"] } },
    answers: { 202: decided },
    errors: ["conflict", "credentials_missing"],
  },
  decideTakeOver,
);

export const { PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET, POST });
