import type { FoundRow } from "../core/compare";
import type { Failure } from "../core/failure";
import type { PlannedField, PlannedUser } from "../core/planned";
import type { LeasedSite } from "../ports";

/** A site of a plan that this worker compares. */
export interface PlanTurn {
  planId: string;
  site: Pick<LeasedSite, "id" | "name" | "kind" | "leaseId" | "url" | "credentials" | "removal" | "mapping">;
  /** Rows that the site has confirmed are passed over by what is planned. */
  passesConfirmed: boolean;
  /** Rows of nobody who is looked at are to be counted. */
  countsStrangers: boolean;
  /** Failed attempts to read the site, in a row. */
  failures: number;
}

/** The next users of a plan at a site; `upto` is null at the end. */
export type PlanPage = { kind: "lost" } | { kind: "page"; upto: string | null; users: PlannedUser[] };

/** What came of a page; see `sync_plan_record`. */
export interface PageSeen {
  users: number;
  found: number;
  digest: string;
  marks: string[];
  emails: string[];
  create: number;
  update: number;
  remove: number;
  departures: number;
  skip: Record<string, number>;
  fields: Record<string, number>;
  samples: PlanSample[];
}

export interface PlanSample {
  kind: "create" | "update" | "remove" | "skip";
  userId: string;
  email: string;
  reason: string | null;
  fields: readonly PlannedField[];
}

/** The part of the central database that planning needs. All may throw when it does not answer. */
export interface PlanCentre {
  /** Takes a site that waits to be compared; null when there is none. */
  lease(): Promise<PlanTurn | null>;
  page(turn: PlanTurn): Promise<PlanPage>;
  /** Which of these keys are rows that Roster wrote. */
  ours(turn: PlanTurn, keys: readonly string[]): Promise<ReadonlySet<string>>;
  /** Records what a page was; false when this site is done or lost. */
  record(turn: PlanTurn, upto: string, seen: PageSeen): Promise<boolean>;
  /** Records that nobody is left; `strangers`: all rows of the table, null when that was not counted. */
  end(turn: PlanTurn, strangers: number | null): Promise<void>;
  /** The site could not be read; `retryIn` in seconds, absent: not again. */
  fail(turn: PlanTurn, failure: Failure, retryIn?: number): Promise<void>;
  giveBack(turn: PlanTurn): Promise<void>;
}

/** Reads the rows of some users at one site. Expected failures are values; nothing is retried here. */
export interface RowReader {
  /** The rows that stand under these keys, by key as `normal` has it. */
  rows(keys: readonly string[]): Promise<ReadonlyMap<string, FoundRow> | Failure>;
  /** Values of a column that some row has, of these, with that row's key. */
  holders(column: string, values: readonly string[]): Promise<ReadonlyMap<string, string> | Failure>;
  /** How many rows there are. */
  count(): Promise<number | Failure>;
}

/** Opens the way to a site, or says why it cannot; null for a site that cannot be read at all. */
export type OpenRowReader = (
  site: PlanTurn["site"],
  aborting: AbortSignal,
) => Promise<RowReader | Failure | null>;
