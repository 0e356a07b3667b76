import type { z } from "zod";
import { fieldErrors } from "@/lib/http/field-errors";
import { type Mapping, recordOf } from "./import-columns";
import { importRow } from "./import-schema";

type Row = z.output<typeof importRow>;

/** What a line says of a user, or why it cannot be taken whatever the list has. `nameOf`: what a field is called. */
export function judgeLine(
  cells: readonly string[],
  mapping: Mapping,
  nameOf?: (field: string) => string,
): { given: Row } | { reason: string } {
  // A comma in a name would put a department where the team belongs.
  if (cells.slice(mapping.length).some((cell) => cell.trim() !== "")) {
    return { reason: "There are more cells than columns. Put quotes around what has a comma in it." };
  }
  const parsed = importRow.safeParse(recordOf(cells, mapping));
  return parsed.success ? { given: parsed.data } : { reason: rowProblem(parsed.error, nameOf) };
}

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
  refusal(line: number, row: Row): string | null {
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
