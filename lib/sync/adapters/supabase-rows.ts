import type { PostgrestError, SupabaseClient } from "@supabase/supabase-js";
import type { Failure } from "../core/failure";
import type { SiteRow } from "../core/plan";
import type { BatchRows } from "../ports";
import type { SiteFetch } from "./site-fetch";

export const TABLE = "user_profiles";

type Table = ReturnType<SupabaseClient["from"]>;

/**
 * Puts batches' rows there as they are. New ones are inserted, for which PostgreSQL does a fifth less than for what may be
 * there already, until one turns out to be: an insert that meets one changes nothing.
 */
export function rowsPutter(
  client: SupabaseClient,
  http: SiteFetch,
  explain: (status: number, error: PostgrestError) => Failure,
) {
  const table = () => client.from(TABLE);
  let inserts = true;
  return async (rows: BatchRows): Promise<"all" | "some" | Failure> => {
    const inserted =
      inserts && rows.areNew ? await http.exchange(rows, () => insertShown(table())) : undefined;
    const isThere = inserted?.result.error?.code === UNIQUE_VIOLATION;
    if (isThere) inserts = false;
    const sent = isThere ? undefined : inserted;
    const { result, bytes, isKnown } = sent ?? (await http.exchange(rows, () => upsertShown(table(), {})));
    if (isKnown) return "all";
    if (result.error) return explain(result.status, result.error);
    const landed = idsIn(result.data);
    if (!rows.ids().every((id) => landed.has(id))) return "some";
    rows.namedBy = bytes;
    return "all";
  };
}

const UNIQUE_VIOLATION = "23505";

function insertShown(table: Table) {
  return table.insert([{ ...ANY_ROW }]).select("id");
}

/**
 * supabase-js names the columns after the one row that it is shown. Left to look through thousands of rows and to make
 * their JSON, it took half of a worker's time.
 */
export function upsertShown(table: Table, extra: Record<string, boolean>) {
  return table.upsert([{ ...ANY_ROW, ...extra }], { onConflict: "id" }).select("id");
}

const ANY_ROW: Record<keyof SiteRow, null> = {
  id: null,
  clerk_user_id: null,
  email: null,
  full_name: null,
  role: null,
  team: null,
  department: null,
  created_at: null,
  updated_at: null,
};

export function idsIn(data: unknown): Set<string> {
  const ids = new Set<string>();
  for (const row of Array.isArray(data) ? data : []) {
    if (typeof row === "object" && row !== null) ids.add(String(row.id));
  }
  return ids;
}
