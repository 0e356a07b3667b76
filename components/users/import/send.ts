import { callApi } from "@/lib/api-client";
import type { ImportReport } from "@/lib/users/many-schema";
import { csvLine } from "./csv";
import type { Prepared, Refusal, SendRow } from "./prepare";

export type Outcome = NonNullable<ImportReport["lines"]>[number]["outcome"] | "rejected";

/** What became, or would become, of the lines that were sent so far. */
export interface SendReport {
  sent: number;
  counts: Record<Outcome, number>;
  /** By line of the file. */
  outcomes: ReadonlyMap<number, Outcome>;
  refused: readonly Refusal[];
}

/** Lines of one call: a second or two, so that the bar moves and a stop is heeded soon. */
const PART = 2_000;

/**
 * Sends a file's lines in parts; with `preview` the server only tells what it would do. Gives the report after each part.
 * Goes on after the lines of `from`; stops between two parts when `signal` says so. Throws `ApiError`.
 */
export async function* sendRows(
  { fields, rows, refused }: Prepared,
  preview: boolean,
  signal: AbortSignal,
  from?: SendReport,
): AsyncGenerator<SendReport> {
  const outcomes = new Map<number, Outcome>(from?.outcomes ?? refused.map(({ line }) => [line, "rejected"]));
  const refusals = [...(from?.refused ?? refused)];
  const counts = { ...(from?.counts ?? { created: 0, updated: 0, unchanged: 0, rejected: refused.length }) };
  let sent = from?.sent ?? 0;
  const report = () => ({ sent, counts: { ...counts }, outcomes, refused: refusals });
  if (rows.length === 0) yield report();
  while (sent < rows.length && !signal.aborted) {
    const part = rows.slice(sent, sent + PART);
    const answer = await callApi<ImportReport>("POST", "/api/users/import", {
      query: { preview: String(preview), lines: "true" },
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
    sent += part.length;
    refusals.sort((a, b) => a.line - b.line);
    yield report();
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
