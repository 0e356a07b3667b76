import { z } from "zod";
import { userSync } from "@/lib/runs/schema";
import { anyUserId } from "@/lib/users/schema";

function wait(seconds: number) {
  return z
    .number()
    .min(0)
    .max(60, "Wait at most 60 seconds.")
    .default(seconds)
    .describe("Seconds to wait for the outcome.");
}

/** Body of `POST /api/sync/user`. */
export const syncUserInput = z.strictObject({
  userId: anyUserId,
  siteId: z.uuid("A site's id is a UUID.").optional().describe("Without it, every active site."),
  wait: wait(10),
});

export type SyncUserInput = z.output<typeof syncUserInput>;

/** Answer of `POST /api/sync/user`. */
export const userSyncRun = userSync.extend({
  runId: z.uuid(),
  done: z.boolean().describe("False when `wait` ran out with sites still pending."),
});
export type UserSyncRun = z.infer<typeof userSyncRun>;

/** Body of `POST /api/sync/all-users`. */
export const syncAllInput = z.strictObject({
  siteIds: z
    .array(z.uuid("A site's id is a UUID."))
    .min(1, "Name at least one site.")
    .max(1000)
    .optional()
    .describe("Without it, every active site."),
  force: z
    .boolean()
    .default(false)
    .describe(
      "Write everybody again. Without it, users whose present row a site has confirmed count as done there: what somebody else changed at the site since stays. A site with Roster's guard keeps a row that is newer than the list's even so: sync that user, or see `POST /api/sync/assert`.",
    ),
  wait: wait(0),
});
export type SyncAllInput = z.output<typeof syncAllInput>;

/** Answer of `POST /api/sync/all-users`: how many users go to how many sites. */
export const syncAllStarted = z.object({ runId: z.uuid(), users: z.int(), sites: z.int() });
export type SyncAllStarted = z.infer<typeof syncAllStarted>;

/** Body of `POST /api/sync/retry`: one pair, one user, one site, or `{}` for everything that failed. */
export const retryInput = z.strictObject({
  userId: anyUserId.optional(),
  siteId: z.uuid("A site's id is a UUID.").optional(),
});
export type RetryInput = z.output<typeof retryInput>;

/** Answer of `POST /api/sync/retry`. */
export const retried = z.object({ pairs: z.int().describe("How many pairs are tried again.") });
export type Retried = z.infer<typeof retried>;

/** Body of `POST /api/sync/assert`. */
export const assertInput = z.strictObject({
  confirm: z
    .literal(true, { error: "Send confirm: true: newer rows at the sites will be written over." })
    .describe("Newer rows at the sites will be written over."),
  removeUnknown: z
    .boolean()
    .default(false)
    .describe("Also remove rows written there since the last sync of users whom the list does not know."),
});
export type AssertInput = z.output<typeof assertInput>;

/** Answer of `POST /api/sync/assert`. */
export const asserted = z.object({
  users: z.int().describe("How many users are sent again."),
  unknown: z.int().describe("How many rows there are of users whom the list does not know."),
});
export type Asserted = z.infer<typeof asserted>;

/** Body of `POST /api/sync/drain`; the limit is below those of common schedulers. */
export const drainInput = z.strictObject({
  seconds: z
    .number()
    .min(1)
    .max(50, "Drain for at most 50 seconds a call.")
    .default(20)
    .describe("How long it may take."),
});
export type DrainInput = z.output<typeof drainInput>;

/** What a worker could do now; sites that are paused or wait after a failure are not counted. */
const backlog = z.object({
  changes: z.int(),
  pairs: z.int(),
  fullSyncs: z.int(),
  verifications: z.int(),
  takeOvers: z.int(),
  plans: z.int().describe("Sites of plans that are to be compared."),
  jobs: z.int().describe("Changes of many users that are under way."),
});
export type Backlog = z.infer<typeof backlog>;

/** Answer of `POST /api/sync/drain`. */
export const drained = z.object({ done: z.boolean().describe("False means: call again."), left: backlog });
export type Drained = z.infer<typeof drained>;
