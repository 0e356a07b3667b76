import { parse } from "csv-parse/sync";
import { z } from "zod";
import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { invalid } from "@/lib/errors";
import { RepeatedLines, rowProblem } from "@/lib/users/import-lines";
import { IMPORT_COLUMNS, type ImportInput, type ImportReport, importRow } from "@/lib/users/many-schema";

/** Users of one transaction: about a second, far below the 8 s statement timeout of hosted projects. */
const BATCH = 1_000;

interface Row {
  line: number;
  [field: string]: unknown;
}

/**
 * Creates and changes users from CSV with a header line; see `importColumns` for the columns. A line that cannot be
 * taken is reported and harms no other. With `preview` nothing is written. Throws `validation_failed` for a file that
 * cannot be read at all.
 */
export async function importUsers(ctx: Context, { csv, preview, lines }: ImportInput): Promise<ImportReport> {
  const { rows, rejected } = readRows(csv);
  const report: ImportReport = { created: 0, updated: 0, unchanged: 0, rejected };
  const taken: NonNullable<ImportReport["lines"]> = [];
  for (let start = 0; start < rows.length; start += BATCH) {
    const list = rows.slice(start, start + BATCH);
    for (const { line, outcome, message } of dataOf(await ctx.centre.rpc("user_import", { list, preview }))) {
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
export function readRows(csv: string): { rows: Row[]; rejected: ImportReport["rejected"] } {
  const repeated = new RepeatedLines();
  const rows: Row[] = [];
  const rejected: ImportReport["rejected"] = [];
  for (const { line, record } of readCsv(csv)) {
    const parsed = importRow.safeParse(record);
    const refusal = parsed.success ? repeated.refusal(line, parsed.data) : rowProblem(parsed.error);
    if (refusal !== null) rejected.push({ line, message: refusal });
    else rows.push({ ...parsed.data, line });
  }
  return { rows, rejected };
}

/** The records of a file by the number of their line, counted from 1 with the header. */
function readCsv(csv: string): { line: number; record: Record<string, string> }[] {
  try {
    const records: unknown = parse(csv, {
      bom: true,
      columns: (names: string[]) => names.map(readHeader),
      info: true,
      skip_empty_lines: true,
      trim: true,
      relax_column_count: true,
    });
    return parsedRecords.parse(records).map(({ info, record }) => ({ line: info.lines, record }));
  } catch (cause) {
    if (cause instanceof HeaderError) throw invalid([{ path: "", message: cause.message }]);
    const reason = cause instanceof Error ? cause.message : "";
    throw invalid([{ path: "", message: `This is not CSV that Roster can read. ${reason}`.trim() }]);
  }
}

const parsedRecords = z.array(
  z.object({ info: z.object({ lines: z.number() }), record: z.record(z.string(), z.string()) }),
);

class HeaderError extends Error {}

function readHeader(name: string): string {
  const column = name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, "_");
  if ((IMPORT_COLUMNS as readonly string[]).includes(column)) return column;
  throw new HeaderError(`The column "${name}" is unknown. Use ${IMPORT_COLUMNS.join(", ")}.`);
}
