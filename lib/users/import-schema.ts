import { z } from "zod";
import { unquoteFormula } from "@/lib/formulas";
import { email, fields, MAX, textOrNull, userId } from "./schema";

/** Columns of a CSV file of users; only `email` is required, `id` or `clerk_user_id` tell who it is. */
export const IMPORT_COLUMNS = [
  "id",
  "clerk_user_id",
  "email",
  "full_name",
  "role",
  "team",
  "department",
  "status",
] as const;

/** Exports put a quote before what a spreadsheet would take for a formula; it is not part of the text. */
const cell = z.string().transform(unquoteFormula);
const emptyAsAbsent = cell.transform((text) => (text === "" ? undefined : text));

/** One line of an imported file. An empty cell empties name, team and department and leaves the rest as it is. */
export const importRow = z.object({
  id: emptyAsAbsent.pipe(userId.optional()).optional(),
  clerk_user_id: emptyAsAbsent.pipe(userId.optional()).optional(),
  email: z.string({ error: "There is no e-mail address." }).pipe(cell).pipe(email),
  full_name: cell.pipe(textOrNull(MAX.name)).optional(),
  role: emptyAsAbsent.pipe(fields.role).optional(),
  team: cell.pipe(textOrNull(MAX.label)).optional(),
  department: cell.pipe(textOrNull(MAX.label)).optional(),
  status: emptyAsAbsent
    .transform((text) => text?.toLowerCase())
    .pipe(z.enum(["active", "inactive"], "Use active or inactive.").optional())
    .optional(),
});

/** Query and body of `POST /api/users/import`. */
export const importQuery = z.strictObject({
  preview: z.stringbool("Give true or false.").default(false).describe("Only tell what would happen."),
  lines: z.stringbool("Give true or false.").default(false).describe("Also tell what becomes of each line."),
});
export const importBody = z.strictObject({ csv: z.string() });
export type ImportInput = z.output<typeof importQuery> & z.output<typeof importBody>;

/** Answer of `POST /api/users/import`. */
export const importReport = z.object({
  created: z.int(),
  updated: z.int(),
  unchanged: z.int(),
  rejected: z.array(
    z.object({ line: z.int().describe("Counted from 1, with the header."), message: z.string() }),
  ),
  lines: z
    .array(z.object({ line: z.int(), outcome: z.enum(["created", "updated", "unchanged"]) }))
    .optional()
    .describe("What became of the lines that were taken, when `lines` was asked for."),
});
export type ImportReport = z.infer<typeof importReport>;
