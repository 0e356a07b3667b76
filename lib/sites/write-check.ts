import type { ConnectionCheck } from "@/lib/sites/credentials-schema";
import { type Asked, ask, type ProbedSite, type ProbeRow } from "@/lib/sites/probe";
import { adviceFor } from "@/lib/sync/core/failure";

// Removing the row has its own time, so that a test that ran out of it leaves nothing behind either.
const CLEANUP_MS = 3_000;

/** SQLSTATE for "on conflict (id)" without a unique index on id. */
const NO_UNIQUE_ID = "42P10";

export interface WriteCheck {
  check: ConnectionCheck;
  /** Whether the key could read the row that it had written. */
  readBack: boolean;
}

/** Writes a row as a sync would, reads it back and removes it; whatever happens, removing it is tried. */
export async function checkWrite(site: ProbedSite, signal: AbortSignal, row: ProbeRow): Promise<WriteCheck> {
  const id = row.id ?? "";
  const written = await ask(site, signal, (table) => table.upsert(row, { onConflict: "id" }).select("id"));
  const read = isRow(written, id)
    ? await ask(site, signal, (table) => table.select("id").eq("id", id))
    : written;
  const removed = await remove(site, id);
  const readBack = isRow(read, id);
  return { readBack, check: { name: "write", ...judge({ written, read, removed, id }) } };
}

interface Steps {
  written: Asked;
  read: Asked;
  removed: Asked;
  id: string;
}

function judge({ written, read, removed, id }: Steps): Pick<ConnectionCheck, "ok" | "message" | "fix"> {
  if (written.kind === "failure") return writeFailure(written);
  if (!isRow(written, id) || !isRow(read, id)) {
    return no("A test row was accepted but is not there.", adviceFor("not_landed"));
  }
  // The row was there a moment ago, so an answer that does not name it means it was not allowed to go.
  if (!isRow(removed, id)) {
    return no(
      "A test row could be written but not removed, so deactivated users would stay at the site.",
      `Allow this key to delete from user_profiles, or use the secret key. Then remove the row with the id ${id}.`,
    );
  }
  return { ok: true, message: "A test row was written, read back and removed." };
}

function writeFailure({ failure: { code, message }, detail }: Extract<Asked, { kind: "failure" }>) {
  if (detail === NO_UNIQUE_ID) {
    return no(
      "The column id of user_profiles is not its primary key, so an existing user cannot be updated.",
      "Run this in the site's SQL Editor: alter table public.user_profiles add primary key (id);",
    );
  }
  if (code === "not_permitted") {
    return no("This key may not write to user_profiles: permission denied.", adviceFor(code));
  }
  if (code === "conflict" || code === "value_refused") {
    return no(
      `The table refuses a row like Roster's: ${message}`,
      "Change this rule of the site's table, or give the column a default: Roster writes its nine columns only.",
    );
  }
  return no(message, adviceFor(code));
}

async function remove(site: ProbedSite, id: string): Promise<Asked> {
  const signal = AbortSignal.timeout(CLEANUP_MS);
  return await ask(site, signal, (table) => table.delete().eq("id", id).select("id"));
}

function isRow(asked: Asked, id: string): boolean {
  return asked.kind === "rows" && asked.rows.some((row) => row.id === id);
}

function no(message: string, fix: string | null): Pick<ConnectionCheck, "ok" | "message" | "fix"> {
  return { ok: false, message, ...(fix !== null && { fix }) };
}
