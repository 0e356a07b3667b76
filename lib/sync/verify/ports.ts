import type { Failure } from "../core/failure";
import type { LeasedSite } from "../ports";

/** A site whose turn it is to be compared. What holds its lease is the verification, so syncing goes on beside it. */
export type ComparedSite = Pick<
  LeasedSite,
  "id" | "name" | "kind" | "leaseId" | "url" | "credentials" | "removal"
>;

/** A comparison that this worker goes on with. */
export interface Verification {
  id: string;
  site: ComparedSite;
  phase: "rows" | "pairs";
  /** The last row of the site that was compared; empty at the beginning. */
  cursor: string;
  /** The centre's time, for `began`. */
  now: string;
  /** Failed attempts to read the site, in a row. */
  failures: number;
}

/** What comes next. `look`: users whose rows should be there and were not seen; they are to be looked for first. */
export type Step =
  | { kind: "lost" }
  | { kind: "held"; phase: "rows" | "pairs" | "done"; cursor: string; look: string[]; now: string };

/** A row of a site as it is compared; columns that a site may lack are absent. */
export interface ComparedRow {
  id: string;
  clerk_user_id: unknown;
  email: unknown;
  full_name: unknown;
  role: unknown;
  team: unknown;
  department: unknown;
  updated_at: string | null;
  /** The column that says whether a row is active, where the site has one. */
  active?: unknown;
}

/** The part of the central database that comparing needs. All may throw when it does not answer. */
export interface VerifyCentre {
  /** Takes a comparison that waits for a worker, also one that is due by schedule; null when there is none. */
  lease(): Promise<Verification | null>;
  /** Compares a page of the site's rows in its order, all that follow the cursor. `began`: before they were asked for. */
  page(verification: Verification, began: string, rows: readonly ComparedRow[]): Promise<Step>;
  /** The next users to look for, where gaps in the site's order tell nothing. */
  pairs(verification: Verification): Promise<Step>;
  /** Says who of those looked for is not there. */
  looked(
    verification: Verification,
    began: string,
    looked: readonly string[],
    absent: readonly string[],
  ): Promise<Step>;
  /** The site could not be read; `retryIn` in seconds, absent: the comparison ends. */
  fail(verification: Verification, failure: Failure, retryIn?: number): Promise<void>;
  /** Gives it back as it is, for any worker to go on. */
  giveBack(verification: Verification): Promise<void>;
}

/** Reads one site. Expected failures are values; nothing is retried here. */
export interface SiteReader {
  /** Up to `limit` rows after an id, in the site's order of ids; fewer do not mean the end, none do. */
  after(cursor: string, limit: number): Promise<readonly ComparedRow[] | Failure>;
  /** Which of these ids have a row there. */
  present(ids: readonly string[]): Promise<ReadonlySet<string> | Failure>;
}

/** Opens the way to a site for reading, or says why it cannot. When `aborting` fires, the reader's calls throw. */
export type OpenReader = (site: ComparedSite, aborting: AbortSignal) => Promise<SiteReader | Failure>;
