import { dataOfMany } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { eachLine } from "@/lib/users/import-file";
import { judgeLine, RepeatedLines } from "@/lib/users/import-lines";
import type { ImportInput, ImportReport } from "@/lib/users/import-schema";

/** Users of one transaction: about a second, far below the 8 s statement timeout of hosted projects. */
const BATCH = 1_000;

interface Row {
  line: number;
  [field: string]: unknown;
}

/**
 * Creates and changes users from CSV with a header line; see `IMPORT_COLUMNS`. A line that cannot be
 * taken is reported and harms no other. With `preview` nothing is written. Throws `validation_failed` for a file that
 * cannot be read at all.
 */
export async function importUsers(ctx: Context, { csv, preview, lines }: ImportInput): Promise<ImportReport> {
  const { rows, rejected } = await readRows(csv);
  const report: ImportReport = { created: 0, updated: 0, unchanged: 0, rejected };
  const taken: NonNullable<ImportReport["lines"]> = [];
  for (let start = 0; start < rows.length; start += BATCH) {
    const list = rows.slice(start, start + BATCH);
    const outcomes = await dataOfMany(() => ctx.centre.rpc("user_import", { list, preview }));
    for (const { line, outcome, message } of outcomes) {
      if (outcome === "rejected") {
        report.rejected.push({ line, message: message ?? "" });
        continue;
      }
      report[outcome]++;
      taken.push({ line, outcome });
    }
    ctx.wake();
  }
  report.rejected.sort((a, b) => a.line - b.line);
  return lines ? { ...report, lines: taken } : report;
}

/** The lines of a file that can be taken, and why others cannot. Throws `validation_failed` for what is no such file. */
export async function readRows(csv: string): Promise<{ rows: Row[]; rejected: ImportReport["rejected"] }> {
  const repeated = new RepeatedLines();
  const rows: Row[] = [];
  const rejected: ImportReport["rejected"] = [];
  await eachLine(csv, ({ line, cells }, columns) => {
    const judged = judgeLine(cells, columns);
    const refusal = "given" in judged ? repeated.refusal(line, judged.given) : judged.reason;
    if (refusal !== null) rejected.push({ line, message: refusal });
    else if ("given" in judged) rows.push({ ...judged.given, line });
  });
  return { rows, rejected };
}
