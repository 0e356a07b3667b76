import { z } from "zod";
import type { JobCentre } from "../jobs/jobs";
import { centreClient, rpc } from "./centre";

/** How long a worker may be away before another goes on; a step takes a second or two and prolongs it. */
const LEASE_SECONDS = 10;

const job = z.object({ id: z.string(), leaseId: z.string() }).nullable();
const stepped = z.enum(["more", "done", "lost"]);

/** The central Supabase project, for changes of many users and imports. */
export function createJobCentre(url: string, secretKey: string): JobCentre {
  const client = centreClient(url, secretKey);
  const seconds = LEASE_SECONDS;
  return {
    lease: () => rpc(client, "sync_user_job_lease", { seconds }, job),
    step: ({ id, leaseId }) =>
      rpc(client, "sync_user_job_step", { job: id, lease: leaseId, seconds }, stepped),
    giveBack: async ({ id, leaseId }, reason) => {
      await rpc(client, "sync_user_job_give_back", { job: id, lease: leaseId, reason }, z.unknown());
    },
  };
}
