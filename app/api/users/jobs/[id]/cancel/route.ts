import { otherMethods, route } from "@/lib/http/route";
import { jobParams, userJob } from "@/lib/users/job-schema";
import { cancelJob } from "@/lib/users/jobs";

export const POST = route(
  {
    id: "cancelUserJob",
    summary: "Ends a change of many users or an import.",
    description: "The step on its way is finished first. What is done stays done.",
    access: "users:write",
    params: jobParams,
    answers: { 200: userJob },
    errors: ["conflict"],
  },
  cancelJob,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
