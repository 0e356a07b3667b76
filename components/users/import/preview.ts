import { callApi } from "@/lib/api-client";
import type { ImportReport } from "@/lib/users/import-schema";
import { csvLine } from "./csv";
import type { Prepared, Refusal, SendRow } from "./prepare";

export type Outcome = NonNullable<ImportReport["lines"]>[number]["outcome"] | "rejected";

/** What would become of the lines that were looked at so far. */
export interface Preview {
  looked: number;
  counts: Record<Outcome, number>;
  /** By line of the file. */
  outcomes: ReadonlyMap<number, Outcome>;
  refused: readonly Refusal[];
}

/** Lines of one call: a second or two, so that the bar moves and a stop is heeded soon. */
const PART = 2_000;

/**
 * Asks the server what it would do with a file's lines, in parts. Gives the preview after each part; stops between two when
 * `signal` says so. Throws `ApiError`.
 */
export async function* previewRows(
  { fields, rows, refused }: Prepared,
  signal: AbortSignal,
): AsyncGenerator<Preview> {
  const outcomes = new Map<number, Outcome>(refused.map(({ line }) => [line, "rejected"]));
  const refusals = [...refused];
  const counts = { created: 0, updated: 0, unchanged: 0, rejected: refused.length };
  let looked = 0;
  const preview = () => ({ looked, counts: { ...counts }, outcomes, refused: refusals });
  if (rows.length === 0) yield preview();
  while (looked < rows.length && !signal.aborted) {
    const part = rows.slice(looked, looked + PART);
    const answer = await callApi<ImportReport>("POST", "/api/users/import", {
      query: { preview: "true", lines: "true" },
      csv: csvOf(fields, part),
    });
    const lineInFile = linesInFile(part);
    for (const { line, outcome } of answer.lines ?? []) {
      outcomes.set(lineInFile(line), outcome);
      counts[outcome]++;
    }
    for (const { line, message } of answer.rejected) {
      outcomes.set(lineInFile(line), "rejected");
      // "Line 7 has the same user." counts as the part does, too.
      const said = message.replace(/^Line (\d+) /, (_, other) => `Line ${lineInFile(Number(other))} `);
      refusals.push({ line: lineInFile(line), message: said });
      counts.rejected++;
    }
    looked += part.length;
    refusals.sort((a, b) => a.line - b.line);
    yield preview();
  }
}

/** Lines as the API takes them. */
export function csvOf(fields: Prepared["fields"], rows: readonly SendRow[]): string {
  return [
    csvLine(fields),
    ...rows.map((row) => csvLine(fields.map((field) => row.record[field] ?? ""))),
  ].join("\n");
}

/** The API numbers the lines of a part, of which a cell may hold several: the last one counts. */
function linesInFile(part: readonly SendRow[]): (line: number) => number {
  const lines = new Map<number, number>();
  let last = 1; // the header
  for (const { line, record } of part) {
    last += 1 + Object.values(record).join("").split("\n").length - 1;
    lines.set(last, line);
  }
  return (line) => lines.get(line) ?? 0;
}
