import type postgres from "postgres";

/** A user's row as a transaction left it, or had it when it deleted it. Times in microseconds since 1970. */
export interface Change {
  id: string;
  /** Tells a user who was deleted and made again from the one before. */
  created: number;
  version: number;
  updated: number;
  deleted: boolean;
}

/** The columns of a Change, for `returning`. */
export function changeColumns(sql: postgres.Sql, deleted: boolean) {
  return sql`id, version::float8, ${deleted}::boolean as deleted,
    (extract(epoch from created_at) * 1000000)::float8 as created,
    (extract(epoch from updated_at) * 1000000)::float8 as updated`;
}

/** One life of a user, from an insert to a delete. */
interface Life {
  created: number;
  /** Times of the acknowledged versions. */
  versions: Map<number, number>;
  last: number;
  acknowledgedAt: number;
}

/** A delete whose answer never came may still happen for so long. */
const UNKNOWN_MS = 60_000;

/**
 * Every change that the centre acknowledged, so that none can be lost without being missed. Versions of a user count
 * one by one and rows are locked while they change: a version that is made twice was lost in between.
 */
export class Ledger {
  readonly #lives = new Map<string, Life>();
  readonly #deleted = new Map<string, number>();
  readonly #deletes = new Map<string, number>();
  readonly #lost: string[] = [];
  acknowledged = 0;

  /** Somebody is about to delete this user. */
  deleting(id: string): void {
    this.#deletes.set(id, Date.now());
  }

  /** The centre said that these changes are made. */
  acknowledge(changes: readonly Change[]): void {
    for (const change of changes) {
      this.acknowledged++;
      if (change.deleted)
        this.#deleted.set(change.id, Math.max(change.created, this.#deleted.get(change.id) ?? 0));
      else this.#enter(change);
    }
  }

  /** The acknowledged changes that are not in the central list. */
  async lost(sql: postgres.Sql): Promise<string[]> {
    const rows = await sql<Change[]>`select ${changeColumns(sql, false)} from user_profiles`;
    const present = new Map(rows.map((row) => [row.id, row]));
    const lost = [...this.#lost];
    for (const [id, life] of this.#lives) {
      const row = present.get(id);
      if (row && row.created === life.created ? isOlder(row, life) : this.#isMissed(id, life, row)) {
        lost.push(`${id}: version ${life.last} was acknowledged, and the list has ${JSON.stringify(row)}`);
      }
    }
    for (const [id, created] of this.#deleted) {
      if (present.get(id)?.created === created) lost.push(`${id}: was deleted and is there`);
    }
    return lost;
  }

  #enter({ id, created, version, updated }: Change): void {
    const known = this.#lives.get(id);
    if (known && known.created > created) return;
    const life =
      known?.created === created ? known : { created, versions: new Map(), last: 0, acknowledgedAt: 0 };
    const before = life.versions.get(version) ?? updated;
    if (before !== updated)
      this.#lost.push(`${id}: version ${version} was made at ${before} and at ${updated}`);
    life.versions.set(version, updated);
    life.last = Math.max(life.last, version);
    life.acknowledgedAt = Date.now();
    this.#lives.set(id, life);
  }

  /** A life is over only when somebody deleted the user; another one can begin only after that. */
  #isMissed(id: string, life: Life, row: Change | undefined): boolean {
    if (row && row.created < life.created) return true;
    return (this.#deletes.get(id) ?? 0) < life.acknowledgedAt - UNKNOWN_MS;
  }
}

function isOlder({ version, updated }: Change, { last, versions }: Life): boolean {
  return version < last || (versions.get(version) ?? updated) !== updated;
}
