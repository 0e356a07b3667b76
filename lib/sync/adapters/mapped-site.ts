import { holds } from "../core/compare";
import type { Failure } from "../core/failure";
import {
  changedRow,
  keepsKey,
  keyOf,
  type MappedColumn,
  type MappedRow,
  type Mapping,
  newRow,
} from "../core/mapping";
import type { Target } from "../core/plan";
import type { LeasedSite, RowKeyStore, SiteWriter, WriteResult } from "../ports";
import { findMappedHolders, vacateMapped } from "./mapped-conflicts";
import { removeMapped } from "./mapped-removal";
import { type MappedWriting, normal, openMappedTable } from "./mapped-table";
import { mayOutdo, NEWER } from "./newer-rows";
import type { SiteFetchOptions } from "./site-fetch";
import { NOT_LANDED } from "./supabase-site";

export interface MappedSiteOptions extends SiteFetchOptions {
  mapping: Mapping;
  rowKeys: RowKeyStore;
}

/** Writes to a site's own Supabase, into the table and columns that its mapping names. */
export function createMappedSite(site: LeasedSite, key: string, options: MappedSiteOptions): SiteWriter {
  const { mapping, rowKeys } = options;
  const table = openMappedTable(site.url, key, mapping, options);
  const writing: MappedWriting = { site, table, mapping, removal: site.removal, rowKeys };
  return {
    upsert: (targets) => upsert(writing, targets),
    remove: (targets) => removeMapped(writing, targets),
    holders: (target) => findMappedHolders(writing, target),
    vacate: (holder) => vacateMapped(writing, holder),
    hasRows: async () => {
      const answer = await table.after("", [mapping.match], 1);
      return "failure" in answer ? answer.failure : answer.rows.length > 0;
    },
  };
}

/** A user with the key of its row: `key` as it is to be, `own` as it stands there by the centre's record. */
interface Placed extends Target {
  key: string;
  own: string | undefined;
}

async function upsert(writing: MappedWriting, targets: readonly Target[]): Promise<WriteResult> {
  const { site, rowKeys, mapping } = writing;
  const keys = targets.map(({ row }) => keyOf(mapping, row));
  const ids = targets.map(({ userId }) => userId);
  const { own, held } = await rowKeys.readRowKeys(site, ids, keys);
  const placed = targets.map((target, index): Placed => {
    const before = own.get(target.userId);
    const wanted = keys[index] ?? "";
    return { ...target, own: before, key: keepsKey(mapping) ? (before ?? wanted) : wanted };
  });
  // A row is another user's as long as that one has not moved on: writing over it would lose that user.
  const taken = placed.find(({ key, userId }) => (held.get(key) ?? userId) !== userId);
  if (taken) return { kind: "failed", failure: heldByAnother(mapping, taken.key) };
  const upserting = new Upserting(writing);
  const failure = await upserting.run(placed);
  await upserting.record();
  const { landed, refused } = upserting;
  return failure
    ? { kind: "failed", failure, before: { landed, refused } }
    : { kind: "answered", landed, refused };
}

function heldByAnother({ match }: Mapping, key: string): Failure {
  return { code: "conflict", message: `The row with this ${match} (${key}) is another user's at the site.` };
}

/** One batch on its way, and what came of it so far. */
class Upserting {
  readonly landed = new Set<string>();
  readonly refused = new Map<string, Failure>();
  readonly #writing: MappedWriting;
  readonly #moved: { userId: string; key: string }[] = [];
  readonly #extra: MappedRow;
  /** The column that says when a row changed, by which a site's guard tells newer rows. */
  readonly #time: string | undefined;

  constructor(writing: MappedWriting) {
    this.#writing = writing;
    const { mapping, removal } = writing;
    this.#time = mapping.columns.find(isTime)?.column;
    this.#extra = removal.kind === "deactivate" ? { [removal.column]: true } : {};
  }

  /** Writes everybody; answers why it had to stop. */
  async run(placed: readonly Placed[]): Promise<Failure | undefined> {
    const rest: Placed[] = [];
    for (const target of placed) {
      const moves = target.own !== undefined && target.own !== target.key;
      const moved = moves ? await this.#change(target, target.own ?? "") : false;
      if (typeof moved === "object") return moved;
      if (!moved) rest.push(target);
    }
    return rest.length > 0 ? await this.#put(rest) : undefined;
  }

  /** Records the keys under which rows stand now, where they are new. */
  async record(): Promise<void> {
    const { site, rowKeys } = this.#writing;
    if (this.#moved.length > 0) await rowKeys.recordRowKeys(site, this.#moved);
  }

  /** Changes one row where it stands; false when it is not there. `time`: that of a newer row, to be written over. */
  async #change(target: Placed, at: string, time?: MappedRow): Promise<boolean | Failure> {
    const { table, mapping } = this.#writing;
    const row = { ...this.#changed(target), ...time };
    const answer = await table.update(at, row);
    if ("failure" in answer) return answer.failure;
    if (answer.rows.length > 0) {
      this.#land(target);
      return true;
    }
    const kept = await table.find([at], columnsOf(mapping, [row]));
    if ("failure" in kept) return kept.failure;
    const [found] = kept.rows;
    if (!found) return false;
    const newer = time ? NEWER : this.#newer(target, found);
    if ("time" in newer) return await this.#change(target, at, newer.time);
    this.refused.set(target.userId, newer);
    return true;
  }

  /** What a row that a site kept means: it may be written over with its own time, or the user is refused. */
  #newer(target: Placed, found: Record<string, unknown>): { time: MappedRow } | Failure {
    if (this.#time === undefined) return NOT_LANDED;
    const updatedAt = found[this.#time];
    if (typeof updatedAt !== "string") return NOT_LANDED;
    const outdone = mayOutdo(target, { updatedAt, values: Object.values(found) });
    return outdone ? { time: { [this.#time]: updatedAt } } : NEWER;
  }

  async #put(targets: readonly Placed[]): Promise<Failure | undefined> {
    const { site } = this.#writing;
    // Where rows are not Roster's, a row that it has not written yet is only ever added.
    const added = site.shared ? targets.filter(isNew) : [];
    const failure = added.length > 0 ? await this.#add(added) : undefined;
    if (failure) return failure;
    const rest = targets.filter((target) => !added.includes(target));
    return rest.length > 0 ? await this.#putOwn(rest) : undefined;
  }

  /** Adds rows under keys that no row has; one that is there already stays as it is. */
  async #add(targets: readonly Placed[]): Promise<Failure | undefined> {
    const { table } = this.#writing;
    for (const part of uniform(targets.map((target) => ({ target, row: this.#created(target) })))) {
      const answer = await table.insert(part.map(({ row }) => row));
      if ("failure" in answer) return answer.failure;
      const missing = this.#landNamed(part, answer.rows);
      const failure = missing.length > 0 ? await this.#explain(missing, () => TAKEN) : undefined;
      if (failure) return failure;
    }
    return undefined;
  }

  async #putOwn(targets: readonly Placed[]): Promise<Failure | undefined> {
    const { mapping } = this.#writing;
    const selective = mapping.columns.some((column) => column.onlyOnCreate || !column.clearWhenEmpty);
    if (!selective) {
      return await this.#send(targets.map((target) => ({ target, row: this.#changed(target) })));
    }
    const found = await this.#writing.table.find(
      targets.map(({ key }) => key),
      [mapping.match],
    );
    if ("failure" in found) return found.failure;
    const there = new Set(found.rows.map((row) => normal(row[mapping.match])));
    const [only] = targets;
    // Alone, a row is updated as such: "insert … on conflict" demands columns that only creation writes.
    if (only && targets.length === 1 && there.has(normal(only.key))) {
      const changed = await this.#change(only, only.key);
      if (typeof changed === "object") return changed;
      if (!changed) this.refused.set(only.userId, NOT_LANDED);
      return undefined;
    }
    const rows = targets.map((target) => ({
      target,
      row: there.has(normal(target.key)) ? this.#changed(target) : this.#created(target),
    }));
    for (const part of uniform(rows)) {
      const failure = await this.#send(part);
      if (failure) return failure;
    }
    return undefined;
  }

  #changed({ row, key }: Placed): MappedRow {
    return { ...changedRow(this.#writing.mapping, row, key), ...this.#extra };
  }

  #created({ row, key }: Placed): MappedRow {
    const { mapping } = this.#writing;
    return { ...newRow(mapping, row), [mapping.match]: key, ...this.#extra };
  }

  async #send(part: readonly Sent[]): Promise<Failure | undefined> {
    const answer = await this.#writing.table.upsert(part.map(({ row }) => row));
    if ("failure" in answer) return answer.failure;
    const missing = this.#landNamed(part, answer.rows);
    if (missing.length === 0) return undefined;
    const outdone: Sent[] = [];
    const failure = await this.#explain(missing, ({ target, row }, found) => {
      const newer = this.#newer(target, found);
      if (!("time" in newer)) return newer;
      outdone.push({ target, row: { ...row, ...newer.time } });
      return NEWER;
    });
    return failure ?? (await this.#outdo(outdone));
  }

  /** Writes over newer rows. */
  async #outdo(outdone: readonly Sent[]): Promise<Failure | undefined> {
    if (outdone.length === 0) return undefined;
    const answer = await this.#writing.table.upsert(outdone.map(({ row }) => row));
    if ("failure" in answer) return answer.failure;
    this.#landNamed(outdone, answer.rows);
    return undefined;
  }

  /** Notes whose rows an answer named; answers the others. */
  #landNamed(part: readonly Sent[], rows: readonly Record<string, unknown>[]): Sent[] {
    const { match } = this.#writing.mapping;
    const named = new Set(rows.map((row) => normal(row[match])));
    const isNamed = ({ target }: Sent) => named.has(normal(target.key));
    for (const { target } of part.filter(isNamed)) this.#land(target);
    return part.filter((sent) => !isNamed(sent));
  }

  /** Reads back the rows an answer did not name: as they were sent, different, for which `why` says why, or not there at all. */
  async #explain(
    missing: readonly Sent[],
    why: (sent: Sent, found: Record<string, unknown>) => Failure,
  ): Promise<Failure | undefined> {
    const { table, mapping } = this.#writing;
    const keys = missing.map(({ target }) => target.key);
    const answer = await table.find(
      keys,
      columnsOf(
        mapping,
        missing.map(({ row }) => row),
      ),
    );
    if ("failure" in answer) return answer.failure;
    const there = new Map(answer.rows.map((row) => [normal(row[mapping.match]), row]));
    for (const sent of missing) {
      const { target, row } = sent;
      const found = there.get(normal(target.key));
      if (found && holds(mapping, row, found)) this.#land(target);
      else this.refused.set(target.userId, found ? why(sent, found) : NOT_LANDED);
    }
    return undefined;
  }

  #land({ userId, own, key }: Placed): void {
    this.landed.add(userId);
    this.refused.delete(userId);
    if (own !== key) this.#moved.push({ userId, key });
  }
}

/** Whether Roster may not have put a row of this user there yet. */
function isNew({ own, written }: Placed): boolean {
  return own === undefined && !written;
}

const TAKEN: Failure = {
  code: "conflict",
  message: "The site has a row of its own where this user's would be. Roster does not write over it.",
};

interface Sent {
  target: Placed;
  row: MappedRow;
}

function isTime({ from, onlyOnCreate }: MappedColumn): boolean {
  return from.kind === "field" && from.field === "updated_at" && !onlyOnCreate;
}

/** What has to be read to compare rows with these. */
function columnsOf({ match }: Mapping, rows: readonly MappedRow[]): string[] {
  return [...new Set([match, ...rows.flatMap(Object.keys)])];
}

/** Rows by the columns they have: those of one request must be uniform. */
function uniform(rows: readonly Sent[]): Sent[][] {
  const parts = new Map<string, Sent[]>();
  for (const sent of rows) {
    const columns = Object.keys(sent.row).join("\n");
    parts.set(columns, [...(parts.get(columns) ?? []), sent]);
  }
  return [...parts.values()];
}
