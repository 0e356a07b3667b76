import { adviceFor } from "@/lib/sync/core/failure";

/** A row with what to do about its error. */
export function withAdvice<T extends { error_code: string | null }>(row: T): T & { advice: string | null } {
  return { ...row, advice: adviceFor(row.error_code) };
}
