import { fieldName } from "@/lib/users/field-names";
import { fieldsOf, type ImportColumn, type Mapping, recordOf } from "@/lib/users/import-columns";
import { judgeLine, RepeatedLines } from "@/lib/users/import-lines";
import { breathe, type FileTable } from "./read-file";

/** A line that can be sent. */
export interface SendRow {
  line: number;
  record: Partial<Record<ImportColumn, string>>;
}

export interface Refusal {
  line: number;
  message: string;
}

export interface Prepared {
  fields: ImportColumn[];
  rows: SendRow[];
  /** Lines that need not be sent: something is wrong with them whatever the list has. */
  refused: Refusal[];
}

/** Lines that are checked before the page gets to breathe. */
const CHUNK = 1_000;

/** Checks every line by the rules of the API, and finds those that name the same user. */
export async function prepareRows({ rows }: FileTable, mapping: Mapping): Promise<Prepared> {
  const prepared: Prepared = { fields: fieldsOf(mapping), rows: [], refused: [] };
  const repeated = new RepeatedLines();
  for (let start = 0; start < rows.length; start += CHUNK) {
    for (const { line, cells } of rows.slice(start, start + CHUNK)) {
      const judged = judgeLine(cells, mapping, fieldName);
      const message = "given" in judged ? repeated.refusal(line, judged.given) : judged.reason;
      if (message === null) prepared.rows.push({ line, record: recordOf(cells, mapping) });
      else prepared.refused.push({ line, message });
    }
    await breathe();
  }
  return prepared;
}
