import { createClient, type PostgrestSingleResponse, type SupabaseClient } from "@supabase/supabase-js";
import type { Database } from "@/lib/centre-schema";
import { AppError } from "@/lib/errors";

/** A client of the central Supabase project with the secret key. */
export type Centre = SupabaseClient<Database>;

// Above PostgREST's own 8 s statement timeout, so that its error arrives instead of ours; below what people wait.
const TIMEOUT_MS = 10_000;

const CLIENTS = Symbol.for("roster.centre");
type Global = typeof globalThis & { [CLIENTS]?: Map<string, Centre> };

/** Where the central project is. */
export interface CentreSettings {
  supabaseUrl: string;
  supabaseSecretKey: string;
}

/** Who asks the centre, for the audit log. */
export interface Asker {
  kind: string;
  id?: string | undefined;
  name: string;
  /** The client's IP address, when it is known. */
  address: string | null;
  requestId: string;
}

/** The client for a central project; one per project and process, shared by instrumentation and routes. */
export function connectCentre({ supabaseUrl, supabaseSecretKey }: CentreSettings): Centre {
  const shared: Global = globalThis;
  shared[CLIENTS] ??= new Map();
  const clients = shared[CLIENTS];
  const name = `${supabaseUrl} ${supabaseSecretKey}`;
  const known = clients.get(name);
  if (known) return known;
  const client = createCentre({ supabaseUrl, supabaseSecretKey });
  clients.set(name, client);
  return client;
}

/** A client for one request, which tells the centre in each call who makes it; see roster_actor in the migrations. */
export function connectCentreFor(settings: CentreSettings, asker: Asker): Centre {
  return createCentre(settings, { "x-roster-actor": Buffer.from(JSON.stringify(asker)).toString("base64") });
}

function createCentre(settings: CentreSettings, headers: Record<string, string> = {}): Centre {
  return createClient<Database>(settings.supabaseUrl, settings.supabaseSecretKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    // Callers decide about retries: a page that shows the centre is away beats one that hangs for seven seconds.
    db: { retry: false },
    global: { fetch: fetchInTime, headers },
  });
}

/** As `fetch`, but gives up on a central project that does not answer in time. */
export function fetchInTime(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
  return fetch(input, { ...init, signal, cache: "no-store" });
}

/** What the centre refused, for the log. Without `details`, which may quote the row. */
class CentreError extends Error {
  override name = "CentreError";

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** The data of a centre's answer. Throws `centre_unavailable` or, for what we got wrong, `internal`. */
export function dataOf<T>(answer: PostgrestSingleResponse<T>): T {
  if (answer.error) throw centreFailure(answer.status, answer.error.code, answer.error.message);
  return answer.data;
}

/** SQLSTATE of a broken unique constraint. */
export const UNIQUE_VIOLATION = "23505";

// A deadlock, and transactions that cannot follow each other as they are.
const MET_OTHERS = ["40P01", "40001"];
const MOST_ATTEMPTS = 4;

/**
 * The data of a call that changes many users. It may meet others who change the same, or take an address in the very
 * moment: then nothing of it is done, and it is made again. Throws as `dataOf`.
 */
export async function dataOfMany<T>(call: () => PromiseLike<PostgrestSingleResponse<T>>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const answer = await call();
    const met = [...MET_OTHERS, UNIQUE_VIOLATION].includes(answer.error?.code ?? "");
    if (!met || attempt === MOST_ATTEMPTS) return dataOf(answer);
  }
}

// PostgREST's and PostgreSQL's codes: https://docs.postgrest.org/en/stable/references/errors.html
const SCHEMA_MISSING = ["PGRST202", "PGRST205", "PGRST106", "42P01", "42883", "42703"];
const OUT_OF_ORDER = /^(PGRST00\d|08...|53...|57...|58...)$/;

function centreFailure(status: number, code: string, message: string): AppError {
  const cause = new CentreError(status, code, message);
  const unavailable = (why: string) => new AppError("centre_unavailable", why, { cause });
  if (SCHEMA_MISSING.includes(code)) {
    return unavailable("The central Supabase project lacks Roster's tables. Apply its migrations to it.");
  }
  if (code === "42501" || status === 401 || status === 403) {
    return unavailable(
      "The central Supabase project refused Roster's secret key. Check SUPABASE_SECRET_KEY.",
    );
  }
  if (MET_OTHERS.includes(code)) {
    return unavailable("Others were changing the same at the same moment. Try again.");
  }
  if (status === 0 || OUT_OF_ORDER.test(code) || (status >= 500 && !/^[0-9A-Z]{5}$/.test(code))) {
    return unavailable("The central Supabase project does not answer. Try again in a moment.");
  }
  return new AppError("internal", "The central project refused a call.", { cause });
}
