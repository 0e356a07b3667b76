import type { Failure } from "./core/failure";
import type { ClaimItem, RemovalPolicy, Target } from "./core/plan";

/**
 * A site whose turn it is, for as long as the lease lasts. Its credentials are sealed, `previousCredentials` are signing
 * secrets that still sign beside the present one; `failures` is in a row.
 */
export interface LeasedSite {
  id: string;
  name: string;
  kind: "supabase" | "webhook";
  leaseId: string;
  url: string;
  credentials: string;
  previousCredentials: string[];
  /** What happens to the row of a user who leaves. */
  removal: RemovalPolicy;
  failures: number;
  /** Nothing was written here yet: whether the site has rows has to be looked at first. */
  look?: boolean;
  /** It is time to look whether the site has newer rows than the list. */
  inspect: boolean;
  /** Everybody is taken away from it, then it is disconnected: its claims are of removals alone. */
  disconnecting: boolean;
  /** How its table differs from the documented one, as it was saved; null: not at all. */
  mapping?: unknown;
  /** Its table has rows that are not Roster's, and none of them may be written over. */
  shared?: boolean;
  /** Its first batch, where that came with the lease. */
  claim?: Batch | undefined;
}

/** A claim with users in it. */
export interface Batch {
  kind: "batch";
  claimId: string;
  /** How many users there are. To look at `items` may take some time where there are `rows`. */
  users: number;
  readonly items: readonly ClaimItem[];
  /** All of their rows, where everybody is to be put there as the list has them. */
  rows?: BatchRows | undefined;
}

/** Users' rows as a site's API takes them. Batches of several sites may have the same. */
export interface BatchRows {
  /** JSON. */
  body: Uint8Array<ArrayBuffer>;
  /** No site that gets them has any of them from us. */
  areNew: boolean;
  ids(): readonly string[];
  /** What a site answered that named them all: another one that answers the same names them all, too. */
  namedBy?: Uint8Array | undefined;
}

/** `lost`: the lease is somebody else's, or the site must not be written to any more. */
export type Claim = Batch | { kind: "empty" } | { kind: "lost" };

/** What came of one user of a claim; see `sync_settle` for the kinds. */
export type Outcome =
  | { userId: string; kind: "upserted" | "removed" | "deactivated" | "kept" | "skipped"; durationMs: number }
  | { userId: string; kind: "failed"; durationMs: number; errorCode: string; error: string; retryIn?: number }
  | { userId: string; kind: "returned"; durationMs: number; errorCode?: string; error?: string };

/** Everybody of a batch was upserted by one request. `each` names them, for who has to know. */
interface AllUpserted {
  users: number;
  durationMs: number;
  each(): Outcome[];
}

export type Outcomes = readonly Outcome[] | AllUpserted;

/** A failure that concerns the whole site; `retryIn` in seconds, absent: not until a person acts. */
export interface SiteFailure {
  health: "degraded" | "blocked";
  errorCode: string;
  error: string;
  retryIn?: number;
}

/** What loops beside the engine do. */
export type SideWork = "verify" | "take_over" | "plan" | "job";

/** The central database. Every call is one transaction; all may throw when the centre does not answer. */
export interface Centre {
  /**
   * Turns queued changes of `users` into dirty pairs. `more`: ask again at once. `ready`: a site waits for a worker. `side`:
   * which loops beside the engine have something to do; absent: not known.
   */
  fanOut(): Promise<{ users: number; more: boolean; ready: boolean; side?: readonly SideWork[] }>;
  /**
   * Takes up to `most` ready sites for `leaseSeconds`, who have waited longest first; with their first batch where no more
   * than `claimUpTo` users are due.
   */
  leaseSites(leaseSeconds: number, most: number, claimUpTo?: number): Promise<LeasedSite[]>;
  /** False when the lease is lost. */
  renewLease(site: LeasedSite, leaseSeconds: number): Promise<boolean>;
  releaseSite(site: LeasedSite): Promise<void>;
  claim(site: LeasedSite, maxUsers: number): Promise<Claim>;
  /** Which of these users' rows there may lose a value to another user; they are written again. None without the lease. */
  displace(site: LeasedSite, userIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Records a claim's outcomes once, however often it is called. False when the lease is lost. */
  settle(
    site: LeasedSite,
    claimId: string,
    outcomes: Outcomes,
    failure: SiteFailure | null,
  ): Promise<boolean>;
  /** The same, and gives the lease back in the same transaction unless there is more to do at the site. */
  settleLast(site: LeasedSite, claimId: string, outcomes: Outcomes): Promise<"released" | "more" | "lost">;
  /** Says whether a site has rows before the first is written; answers whether it may be: otherwise it waits for a person. */
  recordLook(site: LeasedSite, hasRows: boolean): Promise<boolean>;
  /** Notes which of a site's newest rows are newer than the list's; null: they could not be read this time. */
  recordNewest(site: LeasedSite, rows: readonly object[] | null): Promise<void>;
  /** Makes and drops partitions of the log, and forgets disconnected sites. True when a step of that is left. */
  maintain(): Promise<boolean>;
}

/** Under which values of the match column the rows of a mapped site stand. Calls throw when the lease is lost. */
export interface RowKeyStore {
  /** `own`: keys by user; `held`: users by key. */
  readRowKeys(
    site: LeasedSite,
    userIds: readonly string[],
    keys: readonly string[],
  ): Promise<{ own: ReadonlyMap<string, string>; held: ReadonlyMap<string, string> }>;
  /** A key has one owner, the last one recorded; null: the row is gone. */
  recordRowKeys(site: LeasedSite, recorded: readonly { userId: string; key: string | null }[]): Promise<void>;
}

/** What a site's replies said of users: who landed, and why others did not. */
export interface Replies {
  landed: ReadonlySet<string>;
  refused: ReadonlyMap<string, Failure>;
}

/**
 * Answer of a site to a call, or why nothing can be said of its users; of a site that takes them one by one, of those
 * who are neither in `before`, the replies until it failed, nor `untried`.
 */
export type WriteResult =
  | ({ kind: "answered" } & Replies)
  | { kind: "failed"; failure: Failure; before?: Replies; untried?: ReadonlySet<string> };

/**
 * A row at a site with a unique value that another user is to have. `id`: its user's, or the row's own key; `foreign`: it is
 * known to be nobody's in the list.
 */
export interface Holder {
  id: string;
  foreign?: boolean;
  column: string;
  value: string;
}

/** Writes to one site. Expected failures are values; nothing is retried here. */
export interface SiteWriter {
  /** Users of a claim at most, where a large one would take long or could land in part. */
  largestBatch?: number;
  /** Puts users' rows there. */
  upsert(targets: readonly Target[]): Promise<WriteResult>;
  /**
   * Puts all rows of a batch there as they are: `all` when the answer named everybody, `some` when it did not. Absent: this
   * site takes them another way.
   */
  putRows?(rows: BatchRows): Promise<"all" | "some" | Failure>;
  /** Takes users away, as the site's removal policy says; one who is not there counts as landed. */
  remove(targets: readonly Target[]): Promise<WriteResult>;
  /** Rows of others that have a unique value of this user's. Absent: the site sorts out such conflicts itself. */
  holders?(target: Target): Promise<readonly Holder[] | Failure>;
  /** Puts a placeholder in place of the value, so that another row can have it. */
  vacate?(holder: Holder): Promise<Failure | null>;
  /** Whether there is any row. Absent: nothing can be read. */
  hasRows?(): Promise<boolean | Failure>;
  /** The rows that changed last there, newest first; null when they cannot be read. Absent: nothing can be read. */
  newest?(limit: number): Promise<readonly object[] | null>;
}

/**
 * Opens the way to a leased site, or says why it cannot. When `aborting` fires, requests on their way are given up
 * and the writer's calls throw.
 */
export type OpenSite = (site: LeasedSite, aborting: AbortSignal) => Promise<SiteWriter | Failure>;

/** Time and chance, so that tests can hold them. `sleep` ends early, without error, when `signal` fires. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  random(): number;
}

/** The part of a pino logger that the engine uses. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
