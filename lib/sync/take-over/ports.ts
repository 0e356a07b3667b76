import type { Failure } from "../core/failure";
import type { Person } from "../core/person";
import type { ComparedSite } from "../verify/ports";

/** A site whose rows are read. What holds its lease is the take-over, so syncing may go on beside it. */
export type TakenSite = Pick<
  ComparedSite,
  "id" | "name" | "kind" | "leaseId" | "url" | "credentials" | "removal"
>;

/** A site whose rows are being read, or about whose rows what was decided is being done. */
export interface TakeOver {
  site: TakenSite;
  phase: string;
  /** The key of the last row that was read. */
  cursor: string;
  /** How its rows are to be read, as it was saved; null: the documented table. */
  mapping: unknown;
  /** Failed attempts to read the site, in a row. */
  failures: number;
}

/** A row of the site, by the value of its match column. */
interface FoundRow {
  key: string;
  person: Person;
}

/**
 * `phase`: what comes next; `ready`, `done` and `failed` are for no worker. `later`: users concerned are on their way to the
 * site, so it has to wait a moment.
 */
export type TakeOverStep = { kind: "lost" } | { kind: "held"; phase: string; cursor: string; later: boolean };

/** The part of the central database that a take-over needs. All may throw when it does not answer. */
export interface TakeOverCentre {
  /** Takes one in which something is to be done; null when there is none. */
  lease(): Promise<TakeOver | null>;
  /** Sorts a page of the site's rows in its order, all that follow the cursor; none are the end. */
  page(of: TakeOver, rows: readonly FoundRow[]): Promise<TakeOverStep>;
  /** Does the next piece of what needs no look at the site. */
  step(of: TakeOver): Promise<TakeOverStep>;
  /** The site could not be read; `retryIn` in seconds, absent: not again by itself. */
  fail(of: TakeOver, failure: Failure, retryIn?: number): Promise<void>;
  /** Gives it back as it is, for any worker to go on. */
  giveBack(of: TakeOver): Promise<void>;
}

/** Reads one site's rows: up to `limit` after a key, in the site's order of keys; only none are the end. */
export type ReadRows = (cursor: string, limit: number) => Promise<readonly FoundRow[] | Failure>;

/** Opens the way to a site's rows, or says why it cannot. When `aborting` fires, reading throws. */
export type OpenRows = (of: TakeOver, aborting: AbortSignal) => Promise<ReadRows | Failure>;
