import { z } from "zod";
import { pageQuery } from "@/lib/http/page";
import { type PairStatus, pairStatus } from "@/lib/sync/core/pair-status";

export type { PairStatus };

/** Body of `POST /api/sync/user`; `wait` in seconds. */
export const syncUserInput = z.strictObject({
  userId: z.string().min(1, "Name the user."),
  wait: z.number().min(0).max(60, "Wait at most 60 seconds.").default(10),
});

/** Body of `POST /api/sync/all-users`; without `siteIds` every active site; `wait` in seconds. */
export const syncAllInput = z.strictObject({
  siteIds: z.array(z.uuid("A site's id is a UUID.")).min(1, "Name at least one site.").max(1000).optional(),
  wait: z.number().min(0).max(60, "Wait at most 60 seconds.").default(0),
});
export type SyncAllInput = z.output<typeof syncAllInput>;

/** Body of `POST /api/sync/retry`: one pair, one user, one site, or `{}` for everything that failed. */
export const retryInput = z.strictObject({
  userId: z.string().min(1).max(200).optional(),
  siteId: z.uuid("A site's id is a UUID.").optional(),
});
export type RetryInput = z.output<typeof retryInput>;

/** Answer of `POST /api/sync/retry`: how many pairs are tried again. */
export interface Retried {
  pairs: number;
}

/**
 * Body of `POST /api/sync/assert`: makes the list as it stands win over newer rows at the sites. With `removeUnknown`
 * rows of users whom the list does not know, written since the last sync, are removed there.
 */
export const assertInput = z.strictObject({
  confirm: z.literal(true, { error: "Send confirm: true: newer rows at the sites will be written over." }),
  removeUnknown: z.boolean().default(false),
});
export type AssertInput = z.output<typeof assertInput>;

/** Answer of `POST /api/sync/assert`: how many users are sent again, how many unknown rows there are. */
export interface Asserted {
  users: number;
  unknown: number;
}

/** Body of `POST /api/sync/drain`: how long it may take, below the limits of common schedulers. */
export const drainInput = z.strictObject({
  seconds: z.number().min(1).max(50, "Drain for at most 50 seconds a call.").default(20),
});
export type DrainInput = z.output<typeof drainInput>;

/** What a worker could do now; sites that are paused or wait after a failure are not counted. */
export interface Backlog {
  changes: number;
  pairs: number;
  fullSyncs: number;
}

/** Answer of `POST /api/sync/drain`; not done means: call again. */
export interface Drained {
  done: boolean;
  left: Backlog;
}

/** A user's state at one site, as `/api/sync/user` answers it. */
const siteResult = z.object({
  siteId: z.string(),
  site: z.string(),
  status: pairStatus,
  syncedAt: z.string().optional(),
  error: z.string().optional(),
  errorCode: z.string().optional(),
  /** What to do about `error`. */
  advice: z.string().optional(),
});
export type SiteResult = z.infer<typeof siteResult>;

export const userSyncQuery = z.strictObject({ userId: z.string().min(1, "Name the user: ?userId=…") });

export interface UserSync {
  userId: string;
  results: SiteResult[];
}

export interface UserSyncRun extends UserSync {
  runId: string;
  /** False when `wait` ran out with sites still pending. */
  done: boolean;
}

/** Answer of `POST /api/sync/all-users`: how many users go to how many sites. */
export interface SyncAllStarted {
  runId: string;
  users: number;
  sites: number;
}

/** Progress of a manual sync, in pairs. */
export interface Run {
  id: string;
  kind: "all" | "user" | "site";
  total: number;
  succeeded: number;
  failed: number;
  pending: number;
  startedAt: string;
  finishedAt?: string;
  sites: RunSite[];
}

/** Progress of a run at one site. */
export interface RunSite {
  siteId: string;
  site: string;
  total: number;
  succeeded: number;
  failed: number;
  finishedAt?: string;
}

export const runParams = z.object({ id: z.uuid("A run's id is a UUID.") });

/** Query of `GET /api/sync/status`. */
export const listStatusQuery = z.strictObject({
  userId: z.string().max(200).optional(),
  siteId: z.uuid("A site's id is a UUID.").optional(),
  status: pairStatus.optional(),
  search: z.string().trim().max(254).optional(),
  ...pageQuery,
});
export type ListStatusQuery = z.output<typeof listStatusQuery>;

/** A row of the view `user_sync_status`, with the advice for its error. */
export interface PairState {
  user_id: string;
  email: string | null;
  full_name: string | null;
  site_id: string;
  site: string;
  status: PairStatus;
  synced_at: string | null;
  attempted_at: string | null;
  attempts: number;
  retry_at: string | null;
  error_code: string | null;
  error: string | null;
  advice: string | null;
}

/** Body of `POST /api/sync/matrix`: which users, at all sites or at these. Ids of a page would be too long for a URL. */
export const matrixInput = z.strictObject({
  userIds: z.array(z.string().min(1).max(200)).min(1).max(500),
  siteIds: z.array(z.uuid("A site's id is a UUID.")).min(1).max(1000).optional(),
});
export type MatrixInput = z.output<typeof matrixInput>;

/** One user's states by site id, and the error code where there is one. */
export interface MatrixStates {
  userId: string;
  states: Record<string, PairStatus>;
  reasons: Record<string, string>;
}

/** Query of `GET /api/sync/history`: the last hour by minute, the last day by half hour, the last week by two hours. */
export const historyQuery = z.strictObject({
  window: z.enum(["hour", "day", "week"]).default("hour"),
  siteId: z.uuid("A site's id is a UUID.").optional(),
});
export type HistoryQuery = z.output<typeof historyQuery>;

/** Attempts from `at` on until the next bar. */
export interface HistoryBar {
  at: string;
  succeeded: number;
  failed: number;
}

/** Why pairs fail or are retried: one site, one reason. A site in trouble is one cause, whatever waits for it. */
export interface Cause {
  siteId: string;
  site: string;
  status: "failed" | "retrying";
  errorCode: string | null;
  error: string | null;
  advice: string | null;
  /** How many users, and up to three of them; none are named when it is the site's doing. */
  users: number;
  userIds: string[];
}

const logStatus = z.enum(["success", "failed"]);

/** Query of `GET /api/sync/log`; `from` and `to` are ISO 8601 times. */
export const listLogQuery = z.strictObject({
  userId: z.string().max(200).optional(),
  siteId: z.uuid("A site's id is a UUID.").optional(),
  status: logStatus.optional(),
  runId: z.uuid("A run's id is a UUID.").optional(),
  from: z.iso
    .datetime({ offset: true, error: "Use an ISO 8601 time such as 2026-01-31T09:00:00Z." })
    .optional(),
  to: z.iso
    .datetime({ offset: true, error: "Use an ISO 8601 time such as 2026-01-31T09:00:00Z." })
    .optional(),
  ...pageQuery,
});
export type ListLogQuery = z.output<typeof listLogQuery>;

/** A row of `user_sync_log`: one attempt for one user at one site. */
export interface LogEntry {
  id: number;
  created_at: string;
  run_id: string | null;
  site_id: string;
  site: string;
  user_id: string;
  email: string | null;
  operation: "upsert" | "remove";
  trigger: "change" | "retry" | "manual" | "full";
  status: "success" | "failed";
  error_code: string | null;
  error: string | null;
  advice: string | null;
  attempt: number;
  duration_ms: number;
}

/** Answer of `GET /api/overview`: counts for the first page and the header. */
export interface Overview {
  users: { active: number; inactive: number };
  sites: SiteCounts[];
  /** Sites that have newer rows than the list: edited there, or the central database was restored from a backup. */
  newerRows: { siteId: string; site: string; known: number; unknown: number }[];
  /** Changes committed whose fan-out has not happened yet. */
  waitingChanges: number;
  /** The newest unfinished run, if any. */
  run: Run | null;
}

/** States that are counted per site. */
export type CountedStatus = Exclude<PairStatus, "kept">;

/** How many users are in which state at one site; kept ones count as removed, and a site without credentials has none. */
export interface SiteCounts extends Record<CountedStatus, number> {
  siteId: string;
  site: string;
  /** When the oldest waiting change was made, null when nothing waits. */
  oldestPendingAt: string | null;
}
