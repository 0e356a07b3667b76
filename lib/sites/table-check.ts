import type { ConnectionCheck } from "@/lib/sites/credentials-schema";
import { type Asked, ask, type ProbedSite } from "@/lib/sites/probe";
import { adviceFor } from "@/lib/sync/core/failure";

/** The columns that Roster writes, with what `alter table` calls them. */
const COLUMN_TYPES = {
  id: "text primary key",
  clerk_user_id: "text unique",
  email: "text unique",
  full_name: "text",
  role: "text default 'user'",
  team: "text",
  department: "text",
  created_at: "timestamptz default now()",
  updated_at: "timestamptz default now()",
} as const;
type Column = keyof typeof COLUMN_TYPES;

export const COLUMNS = Object.keys(COLUMN_TYPES) as Column[];

/** Says whether `user_profiles` is there with all columns, given the answer to a `select` of all of them. */
export async function checkTable(
  selected: Asked,
  site: ProbedSite,
  signal: AbortSignal,
): Promise<ConnectionCheck> {
  const name = "table";
  if (selected.kind === "rows") {
    return { name, ok: true, message: "The table user_profiles is there with all its columns." };
  }
  const { code, message } = selected.failure;
  const fix = adviceFor(code) ?? "";
  if (code === "not_permitted")
    return { name, ok: false, message: "This key may not read user_profiles.", fix };
  if (code !== "column_missing") return { name, ok: false, message, fix };
  const missing = await missingColumns(site, signal);
  if (missing.length === 0) return { name, ok: false, message, fix };
  const added = missing.map((column) => `add column ${column} ${COLUMN_TYPES[column]}`).join(", ");
  return {
    name,
    ok: false,
    message: `The table user_profiles lacks ${missing.length === 1 ? "the column" : "the columns"} ${missing.join(", ")}.`,
    fix: `Run this in the site's SQL Editor: alter table public.user_profiles ${added};`,
  };
}

// PostgreSQL names only the first column it does not find, so each is asked for by itself.
async function missingColumns(site: ProbedSite, signal: AbortSignal): Promise<Column[]> {
  const answers = await Promise.all(
    COLUMNS.map((column) => ask(site, signal, (table) => table.select(column).limit(1))),
  );
  return COLUMNS.filter((_, index) => {
    const answer = answers[index];
    return answer?.kind === "failure" && answer.failure.code === "column_missing";
  });
}
