import { createClient, type PostgrestError } from "@supabase/supabase-js";
import { momentOf } from "../core/moment";
import type { RemovalPolicy } from "../core/plan";
import { chunkIds } from "../core/url-chunks";
import type { DocumentedRow, SiteReader } from "../verify/ports";
import { type SiteFetchOptions, siteFetch } from "./site-fetch";
import { failureOf } from "./supabase-site";

const TABLE = "user_profiles";
const COLUMNS = "id,clerk_user_id,email,full_name,role,team,department,updated_at";

/** Reads a site's own Supabase with supabase-js, as any client would. Its calls throw once `aborting` has fired. */
export function createSupabaseReader(
  url: string,
  key: string,
  removal: RemovalPolicy,
  options: SiteFetchOptions,
): SiteReader {
  const columns = removal.kind === "deactivate" ? `${COLUMNS},active:${quoted(removal.column)}` : COLUMNS;
  // Pages are read ahead while single rows are looked for: each way sees the failures of its own requests only.
  const pages = connect(url, key, options);
  const looks = connect(url, key, options);
  return {
    after: async (cursor, limit) => {
      const rows = pages.client.from(TABLE).select(columns).order("id").limit(limit);
      const answer = await (cursor === "" ? rows : rows.gt("id", cursor));
      if (answer.error) return pages.explain(answer.status, answer.error);
      return (answer.data as unknown as DocumentedRow[]).map(storable);
    },
    present: async (ids) => {
      const present = new Set<string>();
      for (const some of chunkIds(ids)) {
        const answer = await looks.client.from(TABLE).select("id").in("id", some);
        if (answer.error) return looks.explain(answer.status, answer.error);
        for (const { id } of answer.data) present.add(String(id));
      }
      return present;
    },
  };
}

function connect(url: string, key: string, options: SiteFetchOptions) {
  const http = siteFetch(options);
  const client = createClient(url, key, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    db: { retry: false }, // the comparison decides what is tried again, and when
    global: { fetch: http.fetch },
  });
  const explain = (status: number, error: PostgrestError) => failureOf(status, error, http);
  return { client, explain };
}

/** A row as the centre can take it: ids are text there, and a time that is none says nothing. */
function storable(row: DocumentedRow): DocumentedRow {
  return { ...row, id: String(row.id), updated_at: momentOf(row.updated_at) };
}

/** A column's name as PostgREST reads it, which has its own meaning for some characters. */
function quoted(column: string): string {
  return /^\w+$/.test(column) ? column : `"${column.replace(/[\\"]/g, "\\$&")}"`;
}
