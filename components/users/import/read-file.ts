import { parse } from "csv-parse/browser/esm";
import { delimiterOf } from "@/lib/users/csv-delimiter";

/** A line of a file, with the number of its (last) line counted from 1. */
interface FileRow {
  line: number;
  cells: string[];
}

export interface FileTable {
  name: string;
  headers: string[];
  rows: FileRow[];
}

/** Bytes that are parsed before the page gets to breathe: some 10 ms of work. */
const CHUNK = 128 * 1024;
/** Held in memory as texts, which takes several times as much. */
const MOST_BYTES = 100_000_000;

/**
 * Reads a CSV file piece by piece, so that the page stays usable. Commas, semicolons and tabs are recognised. Throws an
 * error with a message for people.
 */
export async function readTable(file: File, onProgress: (share: number) => void): Promise<FileTable> {
  if (file.size > MOST_BYTES) throw new Error("This file has more than 100 MB. Split it into several files.");
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const rows: FileRow[] = [];
  const problems: Error[] = [];
  let parser: ReturnType<typeof parse> | undefined;
  for (let start = 0; start < file.size && problems.length === 0; start += CHUNK) {
    const text = decode(
      decoder,
      await file.slice(start, start + CHUNK).arrayBuffer(),
      start + CHUNK < file.size,
    );
    parser ??= startParser(delimiterOf(text), rows, problems);
    parser.write(text);
    onProgress(Math.min(1, (start + CHUNK) / file.size));
    await breathe();
  }
  if (parser && problems.length === 0) await finish(parser);
  if (problems[0]) throw new Error(`This is not CSV that Roster can read. ${problems[0].message}`);
  const [head, ...lines] = rows;
  if (!head) throw new Error("This file is empty. Its first line names the columns.");
  if (lines.length === 0)
    throw new Error("This file has a line of column names only. Add a line for each user.");
  return { name: file.name, headers: head.cells, rows: lines };
}

/** Lets the page paint and take clicks. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function startParser(delimiter: string, rows: FileRow[], problems: Error[]) {
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  parser.on("data", ({ info, record }: { info: { lines: number }; record: string[] }) => {
    rows.push({ line: info.lines, cells: record });
  });
  parser.on("error", (error) => problems.push(error));
  return parser;
}

function finish(parser: ReturnType<typeof parse>): Promise<void> {
  return new Promise((resolve) => {
    parser.on("end", resolve);
    parser.on("error", () => resolve());
    parser.end();
  });
}

function decode(decoder: TextDecoder, bytes: ArrayBuffer, more: boolean): string {
  try {
    const text = decoder.decode(bytes, { stream: more });
    if (!text.includes("\0")) return text;
  } catch {
    // It is said below.
  }
  throw new Error("This file is not text in UTF-8. Save it as “CSV UTF-8” and choose it again.");
}
