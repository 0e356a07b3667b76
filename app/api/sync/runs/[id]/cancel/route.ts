import { otherMethods, route } from "@/lib/http/route";
import { cancelRun } from "@/lib/runs/list";
import { run, runParams } from "@/lib/runs/schema";

export const POST = route(
  {
    id: "cancelRun",
    summary: "Ends a sync of all users.",
    description:
      "Nothing more is sent for it; what is on its way settles and is counted, and the sync then has `finishedAt`. " +
      "Users of a site that has not had all of them yet still go there, as a sync of that site.",
    access: "sync:run",
    params: runParams,
    answers: { 200: run },
    errors: ["conflict"],
  },
  cancelRun,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
