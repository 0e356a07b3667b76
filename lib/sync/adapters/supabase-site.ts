import { createClient, type PostgrestError, type SupabaseClient } from "@supabase/supabase-js";
import { classify } from "../core/classify";
import type { Failure } from "../core/failure";
import { momentOf } from "../core/moment";
import type { RemovalPolicy, SiteRow, Target } from "../core/plan";
import { PROBE_PREFIX } from "../core/probe";
import { rowJson } from "../core/row-json";
import { chunkIds } from "../core/url-chunks";
import type { SiteWriter, WriteResult } from "../ports";
import { mayOutdo, NEWER } from "./newer-rows";
import { type SiteFetch, type SiteFetchOptions, siteFetch } from "./site-fetch";
import { findHolders, vacate } from "./supabase-conflicts";
import { idsIn, rowsPutter, TABLE, upsertShown } from "./supabase-rows";

/** Writes to a site's own Supabase with supabase-js, as any client would. Its calls throw once `aborting` has fired. */
export function createSupabaseSite(
  url: string,
  key: string,
  removal: RemovalPolicy,
  options: SiteFetchOptions,
): SiteWriter {
  const http = siteFetch(options);
  const client = createClient(url, key, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    db: { retry: false }, // the engine decides what is tried again, and when
    global: { fetch: http.fetch },
  });
  const explain = (status: number, error: PostgrestError) => failureOf(status, error, http);
  return {
    holders: ({ row }) => findHolders(client, TABLE, row, explain),
    vacate: (holder) => vacate(client, TABLE, holder, explain),
    upsert: (targets) => {
      const extra = removal.kind === "deactivate" ? { [removal.column]: true } : {};
      return upsert(client, http, targets, extra);
    },
    ...(removal.kind !== "deactivate" && { putRows: rowsPutter(client, http, explain) }),
    remove: (targets) => {
      const ids = targets.map(({ userId }) => userId);
      return remove(client, http, ids, removal);
    },
    hasRows: async () => {
      // The connection may be being tested just now.
      const answer = await client.from(TABLE).select("id").not("id", "like", `${PROBE_PREFIX}%`).limit(1);
      return answer.error ? explain(answer.status, answer.error) : answer.data.length > 0;
    },
    newest: async (limit) => {
      const newest = client.from(TABLE).select([...COLUMNS, "updated_at"].join(","));
      const answer = await newest.order("updated_at", { ascending: false, nullsFirst: false }).limit(limit);
      if (answer.error) return null;
      return rowsIn(answer.data).map((row) => ({ ...row, updated_at: momentOf(row.updated_at) }));
    },
  };
}

async function upsert(
  client: SupabaseClient,
  http: SiteFetch,
  targets: readonly Target[],
  extra: Record<string, boolean>,
): Promise<WriteResult> {
  if (targets.length === 0) return { kind: "answered", landed: new Set(), refused: new Map() };
  const answer = await http.withBody(bodyOf(targets, extra), () => upsertShown(client.from(TABLE), extra));
  if (answer.error) return { kind: "failed", failure: failureOf(answer.status, answer.error, http) };
  const landed = idsIn(answer.data);
  const missing = targets.filter(({ userId }) => !landed.has(userId));
  if (missing.length === 0) return { kind: "answered", landed, refused: new Map() };
  const { outdone, ...result } = await explainMissing(client, http, missing, landed);
  if (outdone.length === 0 || result.kind === "failed") return result;
  const again = await http.withBody(bodyOf(outdone, extra), () => upsertShown(client.from(TABLE), extra));
  if (again.error) return { kind: "failed", failure: failureOf(again.status, again.error, http) };
  const named = idsIn(again.data);
  for (const { userId } of outdone) {
    if (named.has(userId)) result.landed.add(userId);
    else result.refused.set(userId, NEWER);
  }
  return result;
}

function bodyOf(targets: readonly Target[], extra: Record<string, boolean>): string {
  const more = Object.keys(extra).length > 0 ? `,${JSON.stringify(extra).slice(1)}` : "}";
  return `[${targets.map(({ row }) => rowJson(row).slice(0, -1) + more).join(",")}]`;
}

async function remove(
  client: SupabaseClient,
  http: SiteFetch,
  ids: readonly string[],
  removal: RemovalPolicy,
): Promise<WriteResult> {
  const landed = new Set<string>();
  const refused = new Map<string, Failure>();
  for (const some of chunkIds(ids)) {
    const table = client.from(TABLE);
    const gone = await (removal.kind === "deactivate"
      ? table.update({ [removal.column]: false }).in("id", some)
      : table.delete().in("id", some));
    if (gone.error) return { kind: "failed", failure: failureOf(gone.status, gone.error, http) };
    // Gone is what counts, also when it was gone before; what is still there was protected by a policy or trigger.
    const there = client.from(TABLE).select("id").in("id", some);
    const left = await (removal.kind === "deactivate" ? there.not(removal.column, "is", false) : there);
    if (left.error) return { kind: "failed", failure: failureOf(left.status, left.error, http) };
    const still = idsIn(left.data);
    for (const id of some) {
      if (still.has(id)) refused.set(id, KEPT_BY_SITE);
      else landed.add(id);
    }
  }
  return { kind: "answered", landed, refused };
}

export const KEPT_BY_SITE: Failure = { code: "not_landed", message: "The site kept the row of this user." };

type Explained =
  | { kind: "failed"; failure: Failure }
  | { kind: "answered"; landed: Set<string>; refused: Map<string, Failure> };

/**
 * Reads back the rows an answer did not name: the same, newer, or not there at all. `outdone`: newer ones that are to be
 * written over all the same, with the time that the site's row has.
 */
async function explainMissing(
  client: SupabaseClient,
  http: SiteFetch,
  missing: readonly Target[],
  named: ReadonlySet<string>,
): Promise<Explained & { outdone: Target[] }> {
  const landed = new Set(named);
  const refused = new Map<string, Failure>();
  const outdone: Target[] = [];
  for (const ids of chunkIds(missing.map(({ userId }) => userId))) {
    const answer = await client
      .from(TABLE)
      .select([...COLUMNS, "updated_at"].join(","))
      .in("id", ids);
    if (answer.error)
      return { kind: "failed", failure: failureOf(answer.status, answer.error, http), outdone };
    const there = new Map(rowsIn(answer.data).map((row) => [row.id, row]));
    for (const target of missing.filter(({ userId }) => ids.includes(userId))) {
      const found = there.get(target.userId);
      if (found && isSame(target.row, found)) landed.add(target.userId);
      else if (!found) refused.set(target.userId, NOT_LANDED);
      else if (!mayOutdo(target, { updatedAt: found.updated_at, values: [found.email, found.clerk_user_id] }))
        refused.set(target.userId, NEWER);
      else outdone.push({ ...target, row: atLeast(target.row, found.updated_at) });
    }
  }
  return { kind: "answered", landed, refused, outdone };
}

/** The row with a time that the site's guard takes for no older than its own; in the form in which the site gave it. */
function atLeast(row: SiteRow, updatedAt: unknown): SiteRow {
  return typeof updatedAt === "string" ? { ...row, updated_at: updatedAt } : row;
}

const COLUMNS = ["id", "clerk_user_id", "email", "full_name", "role", "team", "department"] as const;
export const NOT_LANDED: Failure = {
  code: "not_landed",
  message: "The site's answer did not name this user's row.",
};

/** Whether the site has what we sent, its own idea of the time aside (a trigger there may stamp the row). */
function isSame(sent: SiteRow, found: Record<string, unknown>): boolean {
  return COLUMNS.every((column) => sent[column] === found[column]);
}

/** What an answer that was no success means. Throws when the request was given up by us. */
export function failureOf(status: number, error: PostgrestError, http: SiteFetch): Failure {
  const last = http.last();
  // Given up by us: nothing is known of the site, and what was on its way is in doubt.
  if (last.aborted) throw new Error("The request was given up");
  return classify({
    status,
    code: error.code,
    ...(status === 0 && last.unanswered),
    message: error.message,
    details: error.details,
    foreign: last.foreign,
    retryAfterSeconds: last.retryAfterSeconds,
  });
}

export function rowsIn(data: unknown): Record<string, unknown>[] {
  return Array.isArray(data) ? data.filter((row) => typeof row === "object" && row !== null) : [];
}
