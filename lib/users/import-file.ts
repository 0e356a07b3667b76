import { Readable } from "node:stream";
import { setImmediate as breathe } from "node:timers/promises";
import { parse } from "csv-parse";
import { z } from "zod";
import { invalid } from "@/lib/errors";
import { delimiterOf } from "@/lib/users/csv-delimiter";
import { mappingProblem } from "@/lib/users/import-columns";
import { IMPORT_COLUMNS } from "@/lib/users/import-schema";

/** A call of so many lines takes some ten seconds; imports that go on by themselves take a million. */
const MOST_LINES = 250_000;
/** Characters that are parsed at once. The server does nothing else meanwhile: some 10 ms of work. */
const PIECE = 64 * 1024;
/** Lines that are judged at once, for the same reason. */
const LINES = 250;

export interface FileLine {
  /** Counted from 1 with the header; of a line whose cells hold several, the last. */
  line: number;
  cells: string[];
}

type Column = (typeof IMPORT_COLUMNS)[number];

/**
 * Has `take` called with each line of a CSV file and what its columns are, and lets the server do other things in
 * between. Throws `validation_failed` for what is no such file.
 */
export async function eachLine(
  csv: string,
  take: (line: FileLine, columns: Column[]) => void,
): Promise<void> {
  // Before any of them is looked at: a megabyte holds half a million lines that are nothing.
  if (["\n", "\r"].some((end) => csv.split(end, MOST_LINES + 2).length > MOST_LINES + 1))
    unreadable(TOO_LONG);
  let columns: Column[] | undefined;
  let lines = 0;
  for await (const record of recordsOf(csv)) {
    const { info, record: cells } = parsedRecord.parse(record);
    if (!columns) columns = readHeader(cells);
    else take({ line: info.lines, cells }, columns);
    if (++lines % LINES === 0) await breathe();
  }
  if (!columns) unreadable("This file is empty. Its first line names the columns.");
}

const TOO_LONG =
  "This file has more than 250,000 lines. Split it, or send it as an import that goes on by itself: POST /api/users/imports.";

const parsedRecord = z.object({ info: z.object({ lines: z.number() }), record: z.array(z.string()) });

async function* recordsOf(csv: string): AsyncGenerator<unknown> {
  const parser = parse({
    bom: true,
    delimiter: delimiterOf(csv),
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  try {
    yield* Readable.from(piecesOf(csv)).pipe(parser);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "";
    unreadable(`This is not CSV that Roster can read. ${reason}`.trim());
  }
}

function* piecesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; start += PIECE) yield text.slice(start, start + PIECE);
}

function readHeader(names: readonly string[]): Column[] {
  const columns = names.map((name) => {
    const column = IMPORT_COLUMNS.find((one) => one === plain(name));
    return column ?? unreadable(unknownColumn(name));
  });
  const problem = mappingProblem(columns);
  if (problem !== null) unreadable(problem);
  return columns;
}

/** Longer names of columns are cut: anything may be sent as CSV, and would come back whole. */
const LONGEST_NAME = 60;

function unknownColumn(name: string): string {
  const shown = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
  return `The column "${shown}" is unknown. Use ${IMPORT_COLUMNS.join(", ")}.`;
}

function plain(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, "_");
}

function unreadable(message: string): never {
  throw invalid([{ path: "", message }]);
}
