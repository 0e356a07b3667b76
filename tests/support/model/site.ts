import type { Failure } from "@/lib/sync/core/failure";
import type { SiteRow } from "@/lib/sync/core/plan";
import type { Holder, WriteResult } from "@/lib/sync/ports";

/** What a site in memory does instead of answering; `lands`: the write happens all the same. */
export type SiteTrouble =
  | { kind: "none" }
  | { kind: "fails"; failure: Failure; lands: boolean }
  | { kind: "tooLarge"; most: number }
  | { kind: "refuses"; userIds: ReadonlySet<string> };

/** A site's `user_profiles` in memory, with its unique e-mail address and, if wanted, the guard trigger. */
export class ModelSite {
  readonly rows = new Map<string, SiteRow>();
  /** Writes per user, landed or not. */
  readonly writes = new Map<string, number>();
  trouble: SiteTrouble = { kind: "none" };

  constructor(readonly guarded: boolean) {}

  upsert(rows: readonly SiteRow[]): WriteResult {
    for (const { id } of rows) this.writes.set(id, (this.writes.get(id) ?? 0) + 1);
    const ids = rows.map(({ id }) => id);
    return this.#answer(ids, () => {
      const kept = this.guarded ? rows.filter((row) => this.#isOlder(row)) : [];
      const put = rows.filter((row) => !kept.includes(row));
      const conflict = put.find((row) => this.#hasOther(row, put));
      if (conflict) return failed({ code: "conflict", message: `${conflict.email} is taken.` });
      for (const row of put) this.rows.set(row.id, row);
      const newer: Failure = { code: "newer_at_site", message: "Newer." };
      const landed = new Set(put.map(({ id }) => id));
      return { kind: "answered", landed, refused: new Map(kept.map(({ id }) => [id, newer])) };
    });
  }

  holders({ id, email }: SiteRow): Holder[] {
    const others = [...this.rows.values()].filter((row) => row.email === email && row.id !== id);
    return others.map((other) => ({ id: other.id, column: "email", value: email }));
  }

  /** Null, as the port says: it worked. */
  vacate({ id, value }: Holder): null {
    const row = this.rows.get(id);
    if (row?.email === value) this.rows.set(id, { ...row, email: `moving ${id}` });
    return null;
  }

  remove(ids: readonly string[]): WriteResult {
    return this.#answer(ids, () => {
      for (const id of ids) this.rows.delete(id);
      return { kind: "answered", landed: new Set(ids), refused: new Map() };
    });
  }

  #answer(ids: readonly string[], write: () => WriteResult): WriteResult {
    const { trouble } = this;
    switch (trouble.kind) {
      case "none":
        return write();
      case "fails":
        if (trouble.lands) write();
        return failed(trouble.failure);
      case "tooLarge":
        return ids.length > trouble.most ? failed({ code: "too_large", message: "Too much." }) : write();
      case "refuses":
        return ids.some((id) => trouble.userIds.has(id))
          ? failed({ code: "value_refused", message: "Refused." })
          : write();
    }
  }

  #isOlder(row: SiteRow): boolean {
    return row.updated_at < (this.rows.get(row.id)?.updated_at ?? "");
  }

  /** A unique constraint looks at every row as it is when its turn comes, as PostgreSQL does. */
  #hasOther(row: SiteRow, put: readonly SiteRow[]): boolean {
    const before = new Map(put.slice(0, put.indexOf(row)).map((earlier) => [earlier.id, earlier]));
    return [...this.rows.values(), ...before.values()].some(
      (other) => other.id !== row.id && (before.get(other.id) ?? other).email === row.email,
    );
  }
}

function failed(failure: Failure): WriteResult {
  return { kind: "failed", failure };
}
