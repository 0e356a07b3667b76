import { randomUUID } from "node:crypto";
import type { PostgrestError, SupabaseClient } from "@supabase/supabase-js";
import type { Failure } from "../core/failure";
import type { SiteRow } from "../core/plan";
import type { Holder } from "../ports";

type FailureOf = (status: number, error: PostgrestError) => Failure;

const UNIQUE_COLUMNS = ["email", "clerk_user_id"] as const;

/** Rows of other users at the site that have this row's e-mail address or Clerk id. */
export async function findHolders(
  client: SupabaseClient,
  table: string,
  row: SiteRow,
  failureOf: FailureOf,
): Promise<Holder[] | Failure> {
  const holders: Holder[] = [];
  for (const column of UNIQUE_COLUMNS) {
    const value = row[column];
    const answer = await client.from(table).select("id").eq(column, value).neq("id", row.id).limit(1);
    if (answer.error) return failureOf(answer.status, answer.error);
    for (const { id } of answer.data) holders.push({ id: String(id), column, value });
  }
  return holders;
}

/** Takes a value away from a row that has it still. */
export async function vacate(
  client: SupabaseClient,
  table: string,
  { id, column, value }: Holder,
  failureOf: FailureOf,
): Promise<Failure | null> {
  const answer = await client
    .from(table)
    .update({ [column]: placeholderFor(column === "email" ? "email" : "clerk_user_id") })
    .eq("id", id)
    .eq(column, value);
  return answer.error ? failureOf(answer.status, answer.error) : null;
}

/** A value that nobody has. */
export function placeholderFor(field: "id" | "email" | "clerk_user_id"): string {
  // Nobody's address, ever: RFC 2606 reserves the domain.
  return `moving-${randomUUID()}${field === "email" ? "@roster.invalid" : ""}`;
}

/** Whether a row's value is one of those. */
export function isPlaceholder(value: unknown): boolean {
  return typeof value === "string" && /^moving-[0-9a-f-]{36}(@roster\.invalid)?$/.test(value);
}
