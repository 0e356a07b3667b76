import { otherMethods, route } from "@/lib/http/route";
import { siteParams } from "@/lib/sites/schema";
import { siteVerify, verifyInput, verifySettingsInput, verifyStarted } from "@/lib/verify/schema";
import { getSiteVerify, setSiteVerify, startVerification } from "@/lib/verify/service";

export const GET = route(
  {
    id: "getSiteVerify",
    summary: "Reads how often a site is compared with the list, and what came of it last.",
    access: "sync:read",
    params: siteParams,
    answers: { 200: siteVerify },
  },
  getSiteVerify,
);

export const PUT = route(
  {
    id: "setSiteVerify",
    summary: "Sets how often a site is compared, and whether what differs is repaired by itself.",
    description: "Extra rows are never removed by themselves.",
    access: "sites:write",
    params: siteParams,
    body: verifySettingsInput,
    example: { everyMinutes: 60, onDrift: "report" },
    answers: { 200: siteVerify },
    errors: ["conflict"],
  },
  setSiteVerify,
);

export const POST = route(
  {
    id: "verifySite",
    summary: "Compares a site with the list, row by row and column by column.",
    description:
      "`GET /api/sites/{id}/verifications/{verificationId}` has the progress and what was found. Times are not compared. A site that is being compared already goes on.",
    access: "sync:run",
    params: siteParams,
    body: verifyInput,
    example: {},
    answers: { 202: verifyStarted },
    errors: ["conflict", "credentials_missing"],
  },
  startVerification,
);

export const { PATCH, DELETE, OPTIONS } = otherMethods({ GET, PUT, POST });
