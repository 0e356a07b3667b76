import type { z } from "zod";
import { fieldErrors } from "@/lib/http/field-errors";
import type { importRow } from "./many-schema";

/** What is wrong with a line that `importRow` refused, in sentences that name each field. */
export function rowProblem(error: z.ZodError, nameOf = (field: string) => field): string {
  return fieldErrors(error)
    .map(({ path, message }) => (path ? `${nameOf(path)}: ${message}` : message))
    .join(" ");
}

const NAMES = { email: "e-mail address", id: "id", clerk_user_id: "Clerk id" } as const;

/** Finds lines of one file that name the same user: the first of them counts. */
export class RepeatedLines {
  readonly #first = { email: new Map<string, number>(), id: new Map(), clerk_user_id: new Map() };

  /** Why the next line is refused, null when it is not. */
  refusal(line: number, row: z.output<typeof importRow>): string | null {
    let refusal: string | null = null;
    for (const field of ["email", "id", "clerk_user_id"] as const) {
      const value = field === "email" ? row.email.toLowerCase() : row[field];
      if (value === undefined) continue;
      const first = this.#first[field].get(value);
      if (first === undefined) this.#first[field].set(value, line);
      else refusal ??= `Line ${first} has the same ${NAMES[field]}.`;
    }
    return refusal;
  }
}
