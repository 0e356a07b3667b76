import { z } from "zod";
import { pageAnswer, pageQuery } from "@/lib/http/page";
import { moment } from "@/lib/http/time";
import { PAIR_STATE, RUN } from "@/lib/runs/examples";
import { type Drift, type PairStatus, pairStatus } from "@/lib/sync/core/pair-status";
import { anyUserId } from "@/lib/users/schema";

export type { PairStatus };

/** States that are counted per site, each by itself. */
export type CountedStatus = Exclude<PairStatus, "kept" | "out_of_scope" | Drift>;
const COUNTED = {
  pending: z.int(),
  synced: z.int(),
  removed: z.int(),
  retrying: z.int(),
  failed: z.int(),
  held: z.int(),
} satisfies Record<CountedStatus, z.ZodType>;

/** A user's state at one site, as `/api/sync/user` answers it. */
const siteResult = z.object({
  siteId: z.uuid(),
  site: z.string(),
  status: pairStatus,
  syncedAt: moment.optional(),
  error: z.string().optional(),
  errorCode: z.string().optional(),
  advice: z.string().optional().describe("What to do about `error`."),
});
export type SiteResult = z.infer<typeof siteResult>;

export const userSyncQuery = z.strictObject({ userId: anyUserId });

/** Answer of `GET /api/sync/user`. */
export const userSync = z.object({ userId: z.string(), results: z.array(siteResult) });
export type UserSync = z.infer<typeof userSync>;

/** Progress of a run at one site. */
const runSite = z.object({
  siteId: z.uuid(),
  site: z.string(),
  total: z.int(),
  succeeded: z.int(),
  failed: z.int(),
  finishedAt: moment.optional(),
});
export type RunSite = z.infer<typeof runSite>;

/** Progress of a manual sync, in pairs. */
export const run = z
  .object({
    id: z.uuid(),
    kind: z.enum(["all", "user", "site"]),
    userId: z.string().optional().describe("Of a sync of one user."),
    requestedBy: z
      .string()
      .describe(
        "Who asked. Of a sync that a site's own change started: `credentials`, `mapping`, `scope`, `take-over`, or `cancelled` when it was not disconnected after all.",
      ),
    total: z.int(),
    succeeded: z.int(),
    failed: z.int(),
    pending: z.int(),
    startedAt: moment,
    finishedAt: moment.optional().describe("There once nothing is pending."),
    cancelledAt: moment.optional().describe("There when somebody ended it; what it left out is not pending."),
    sites: z.array(runSite),
  })
  .meta({
    id: "Run",
    description: "Progress of a manual sync, in pairs of user and site.",
    examples: [RUN],
  });
export type Run = z.infer<typeof run>;

/** Query of `GET /api/sync/runs`. */
export const listRunsQuery = z.strictObject({
  kind: z
    .enum(["full", "user"])
    .default("full")
    .describe("`full`: of all users, at every site or at one; `user`: of one user."),
  ...pageQuery,
});
export type ListRunsQuery = z.output<typeof listRunsQuery>;

/** Answer of `GET /api/sync/runs`. */
export const runPage = pageAnswer(run);

export const runParams = z.object({ id: z.uuid("A run's id is a UUID.") });

/** Query of `GET /api/sync/status`. */
export const listStatusQuery = z.strictObject({
  userId: anyUserId.optional(),
  siteId: z.uuid("A site's id is a UUID.").optional(),
  status: pairStatus.optional(),
  search: z
    .string()
    .trim()
    .max(254)
    .optional()
    .describe("Part of the user's e-mail or name, or the beginning of its id."),
  ...pageQuery,
});
export type ListStatusQuery = z.output<typeof listStatusQuery>;

/** A row of the view `user_sync_status`, with the advice for its error. */
const pairState = z
  .object({
    user_id: z.string(),
    email: z.string().nullable(),
    full_name: z.string().nullable(),
    site_id: z.uuid(),
    site: z.string(),
    status: pairStatus,
    synced_at: moment.nullable(),
    attempted_at: moment.nullable(),
    attempts: z.int(),
    retry_at: moment.nullable(),
    verified_at: moment
      .nullable()
      .describe(
        "When a comparison saw the row there as it should be; null if none has since it was written.",
      ),
    drifted_at: moment
      .nullable()
      .describe("When the site was first found to be otherwise, until it is put right."),
    waiting_since: moment.nullable().describe("Since when a change waits for the site."),
    error_code: z.string().nullable(),
    error: z.string().nullable(),
    advice: z.string().nullable().describe("What to do about `error`."),
  })
  .meta({
    id: "PairState",
    description: "One user at one site.",
    examples: [PAIR_STATE],
  });
export type PairState = z.infer<typeof pairState>;

/** Answer of `GET /api/sync/status`. */
export const pairStatePage = pageAnswer(pairState);

/** How many users are in which state at one site; kept ones count as removed, and a site without credentials has none. */
const siteCounts = z.object({
  siteId: z.uuid(),
  site: z.string(),
  ...COUNTED,
  drifted: z.int().describe("Users whose row a comparison found different, missing or extra."),
  oldestPendingAt: moment.nullable().describe("When the oldest waiting change was made."),
});
export type SiteCounts = z.infer<typeof siteCounts>;

/** Answer of `GET /api/overview`: counts for the first page and the header. */
export const overview = z.object({
  users: z.object({ active: z.int(), inactive: z.int() }),
  sites: z.array(siteCounts),
  newerRows: z
    .array(z.object({ siteId: z.uuid(), site: z.string(), known: z.int(), unknown: z.int() }))
    .describe("Sites with newer rows than the list: edited there, or the list was restored from a backup."),
  waitingChanges: z.int().describe("Changes committed whose fan-out has not happened yet."),
  run: run.nullable().describe("The newest unfinished run, if any."),
});
export type Overview = z.infer<typeof overview>;
