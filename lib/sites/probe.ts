import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { type Outgoing, type Unanswered, whyUnanswered } from "@/lib/outgoing";
import type { CredentialsInput } from "@/lib/sites/credentials-schema";
import { type Answer, classify } from "@/lib/sync/core/classify";
import type { Failure } from "@/lib/sync/core/failure";

/** A site to be asked, and the way to it. */
export interface ProbedSite extends CredentialsInput {
  outgoing: Outgoing;
}

/** A site's row, in the columns that Roster writes. */
export type ProbeRow = Record<
  | "id"
  | "clerk_user_id"
  | "email"
  | "full_name"
  | "role"
  | "team"
  | "department"
  | "created_at"
  | "updated_at",
  string | null
>;

type Rows = Record<string, unknown>[];
type SiteDatabase = {
  public: {
    Tables: { user_profiles: { Row: ProbeRow; Insert: ProbeRow; Update: ProbeRow; Relationships: [] } };
    Views: Record<never, never>;
    Functions: Record<never, never>;
  };
};

/** What came of asking a site: rows, or why not. `detail` is the database's or the connection's own code. */
export type Asked = { kind: "rows"; rows: Rows } | { kind: "failure"; failure: Failure; detail: string };

interface PostgrestAnswer {
  data: unknown;
  error: { code: string; message: string; details: string } | null;
  status: number;
}

type Table = ReturnType<ReturnType<typeof createClient<SiteDatabase>>["from"]>;

/** Asks a site's `user_profiles` once, with a real supabase-js client, without following redirects. */
export async function ask(
  site: ProbedSite,
  signal: AbortSignal,
  build: (table: Table) => PromiseLike<PostgrestAnswer>,
): Promise<Asked> {
  return await askSite(site, signal, "public", (client) =>
    build((client as SupabaseClient<SiteDatabase>).from("user_profiles")),
  );
}

/** Asks a site once, in any schema. */
export async function askSite(
  { supabaseUrl, supabaseKey, outgoing }: ProbedSite,
  signal: AbortSignal,
  schema: string,
  build: (client: SupabaseClient) => PromiseLike<PostgrestAnswer>,
): Promise<Asked> {
  const seen: { foreign?: boolean; unanswered?: Unanswered } = {};
  const watchedFetch: Outgoing["fetch"] = async (input, init) => {
    try {
      const response = await outgoing.fetch(input, { ...init, signal });
      seen.foreign = isForeign(response);
      return response;
    } catch (error) {
      seen.unanswered = whyUnanswered(error);
      throw error;
    }
  };
  const client = createClient(supabaseUrl, supabaseKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    db: { retry: false, schema },
    global: { fetch: watchedFetch },
  });
  const { data, error, status } = await build(client as SupabaseClient);
  if (!error && !seen.foreign && Array.isArray(data)) return { kind: "rows", rows: data };
  if (!error || (seen.foreign && status < 500)) return failed({ status, foreign: true }, true);
  const aborted = status === 0 && signal.aborted ? "TimeoutError" : undefined;
  return failed({ ...error, status, ...seen.unanswered, ...(aborted && { code: aborted }) });
}

function failed(answer: Answer, notSupabase = false): Asked {
  // 404 is how an address answers that has nothing to do with Supabase, whatever it said really.
  const failure = notSupabase
    ? { ...classify({ foreign: true, status: 404 }), message: notSupabaseSentence(answer.status) }
    : classify(answer);
  return { kind: "failure", failure, detail: answer.code ?? "" };
}

function notSupabaseSentence(status: number): string {
  return status >= 300 && status < 400
    ? `The Supabase URL leads on to another address (HTTP ${status}), which Roster does not follow.`
    : `What answers at the Supabase URL is not a Supabase API (HTTP ${status}).`;
}

function isForeign(response: Response): boolean {
  if (response.status >= 300 && response.status < 400) return true;
  return !/^application\/([\w.+-]+\+)?json\b/.test(response.headers.get("content-type") ?? "");
}
