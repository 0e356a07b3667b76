import { otherMethods, route } from "@/lib/http/route";
import { findingsQuery, verificationDetail, verificationParams } from "@/lib/verify/schema";
import { getVerification } from "@/lib/verify/service";

export const GET = route(
  {
    id: "getVerification",
    summary: "Reads a comparison: its progress, and the rows that are not as the list has them.",
    access: "sync:read",
    params: verificationParams,
    query: findingsQuery,
    answers: { 200: verificationDetail },
  },
  getVerification,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
