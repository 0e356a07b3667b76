import { otherMethods, route } from "@/lib/http/route";
import { userJobs } from "@/lib/users/job-schema";
import { listJobs } from "@/lib/users/jobs";

export const GET = route(
  {
    id: "listUserJobs",
    summary: "Lists changes of many users and imports that are under way, or ended within a day.",
    access: "users:read",
    answers: { 200: userJobs },
  },
  listJobs,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
