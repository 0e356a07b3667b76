import { z } from "zod";
import { IMPORT_TARGETS, mappingProblem } from "./import-columns";
import { importJob } from "./job-schema";

/** Every step is of a bounded number of lines; this many take some 300 MB at the centre until they are imported. */
const MOST_LINES = 1_000_000;
/** Lines of one call: what they become is looked up in some 100 ms. */
export const PAGE_LINES = 1_000;
const MOST_COLUMNS = 1_000;

const columns = z
  .array(
    z.strictObject({
      name: z.string().max(1_000),
      field: z.enum(IMPORT_TARGETS).nullable().describe("What it is; null: it is not imported."),
    }),
  )
  .min(1)
  .max(MOST_COLUMNS)
  .superRefine((given, ctx) => {
    const problem = mappingProblem(given.map(({ field }) => field));
    if (problem !== null) ctx.addIssue(problem);
  });

/** Body of `POST /api/users/imports`. */
export const createImportInput = z.strictObject({
  file: z.string().trim().min(1, "Say what the file is called.").max(255),
  columns,
  lines: z.int().min(1).max(MOST_LINES).describe("How many will be sent, without the one of column names."),
});
export type CreateImportInput = z.output<typeof createImportInput>;

/** Answer of `POST /api/users/imports`. */
export const importCreated = z.object({ id: z.uuid() });
export type ImportCreated = z.infer<typeof importCreated>;

const lineNumber = z.int().min(1).max(2_147_483_647);

/** Body of `POST /api/users/imports/:id/lines`. */
export const addLinesInput = z.strictObject({
  behind: z.int().min(0).max(MOST_LINES).describe("How many lines were sent before these."),
  lines: z
    .array(
      z.strictObject({
        line: lineNumber.describe("Its number in the file, counted from 1 with the header."),
        cells: z.array(z.string()).max(MOST_COLUMNS).describe("In the order of the columns."),
      }),
    )
    .min(1)
    .max(PAGE_LINES)
    .refine(
      (lines) => lines.every(({ line }, n) => line > (lines[n - 1]?.line ?? 0)),
      "Send the lines in the order of the file.",
    ),
});
export type AddLinesInput = z.output<typeof addLinesInput>;

/** Answer of `POST /api/users/imports/:id/lines`. */
export const linesStored = z.object({ stored: z.int().describe("Lines that have arrived so far.") });
export type LinesStored = z.infer<typeof linesStored>;

/** Answer of `GET /api/users/imports`. */
export const importJobs = z.object({
  items: z.array(importJob).describe("The newest first, 20 at most."),
});
export type ImportJobs = z.infer<typeof importJobs>;
