import { otherMethods, route } from "@/lib/http/route";
import { jobParams, userJob } from "@/lib/users/job-schema";
import { dismissJob, getJob } from "@/lib/users/jobs";

export const GET = route(
  {
    id: "getUserJob",
    summary: "Reads how far a change of many users or an import is, and what came of it.",
    access: "users:read",
    params: jobParams,
    answers: { 200: userJob },
  },
  getJob,
);

export const DELETE = route(
  {
    id: "dismissUserJob",
    summary: "Takes what came of a change of many users or an import off the list.",
    access: "users:write",
    params: jobParams,
    answers: { 200: userJob },
    errors: ["conflict"],
  },
  dismissJob,
);

export const { POST, PUT, PATCH, OPTIONS } = otherMethods({ GET, DELETE });
