import type { Failure } from "../core/failure";
import type { MappedUser } from "../core/mapping";
import type { LeasedSite } from "../ports";

/** A site whose turn it is to be compared. What holds its lease is the verification, so syncing goes on beside it. */
export type ComparedSite = Pick<
  LeasedSite,
  "id" | "name" | "kind" | "leaseId" | "url" | "credentials" | "removal" | "mapping"
> & {
  /** Its rows are found by their keys, not by the users' ids. */
  keyed: boolean;
};

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

/** A row of a site with what identifies it there: a user's id, or at a keyed site its own key. */
export type ComparedRow = DocumentedRow | KeyedRow;

/** A row of the documented table, which the centre compares; columns that a site may lack are absent. */
export interface DocumentedRow {
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

/** A row of a keyed site, compared with the list's row of the user it belongs to. */
export interface KeyedRow {
  /** Whose it is; of nobody's row (`stranger`) the key. */
  id: string;
  stranger?: true;
  key: string;
  /** Where it differs; of a row that nobody should have there, all that it holds. */
  fields: { name: string; here: string | null; there: string | null }[];
  /** `updated_at` of the list's row that it was compared with; null when there was none. */
  comparedWith: string | null;
  updated_at: string | null;
  active?: unknown;
}

/** Whose row stands under a key; `user` is null when the list does not have them. */
export interface RowOwner {
  id: string;
  key: string;
  user: (MappedUser & { status: "active" | "inactive" }) | null;
}

/** Knows under which keys users' rows stand at the site that is compared. */
export interface RowOwners {
  /** The owners of rows under these keys; `field` is what the match column is filled from. */
  ofKeys(field: string, keys: readonly string[]): Promise<readonly RowOwner[]>;
  /** The same for these users. */
  ofUsers(field: string, userIds: readonly string[]): Promise<readonly RowOwner[]>;
}

/** The part of the central database that comparing needs. All may throw when it does not answer. */
export interface VerifyCentre {
  /** Takes a comparison that waits for a worker, also one that is due by schedule; null when there is none. */
  lease(): Promise<Verification | null>;
  owners(verification: Verification): RowOwners;
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
  /** Up to `limit` rows after an id or key, in the site's order of these; fewer do not mean the end, none do. */
  after(cursor: string, limit: number): Promise<readonly ComparedRow[] | Failure>;
  /** Which of these ids have a row there. */
  present(ids: readonly string[]): Promise<ReadonlySet<string> | Failure>;
}

/** Opens the way to a site for reading, or says why it cannot. When `aborting` fires, the reader's calls throw. */
export type OpenReader = (
  site: ComparedSite,
  owners: RowOwners,
  aborting: AbortSignal,
) => Promise<SiteReader | Failure>;
