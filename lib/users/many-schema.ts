import { z } from "zod";
import { unquoteFormula } from "@/lib/formulas";
import { userFilter } from "./list-schema";
import { email, fields, MAX, textOrNull, userId, userStatus } from "./schema";

/** What many users get; what is absent stays as it is. */
export const bulkChange = z
  .strictObject({
    role: fields.role,
    team: fields.team,
    department: fields.department,
    status: userStatus.optional(),
  })
  .describe("Nothing given: they are sent to every site again as they are.");

/** Body of `POST /api/users/bulk`: who, by id or by what they have in common, and what they get. */
export const changeManyInput = z
  .strictObject({
    ids: z.array(z.string().min(1).max(200)).min(1).max(10_000).optional(),
    query: z.strictObject(userFilter).optional(),
    change: bulkChange,
    expect: z
      .int()
      .min(0)
      .optional()
      .describe("How many `query` is thought to match; when it is another number, nobody is changed."),
    seconds: z
      .number()
      .min(1)
      .max(45, "Ask for at most 45 seconds a call.")
      .default(45)
      .describe("How long it may take before it answers with `after`."),
    after: z.string().max(200).nullable().optional().describe("Where an earlier answer said to go on."),
    background: z
      .boolean()
      .default(false)
      .describe("Answer 202 at once with a job, which goes on by itself: `GET /api/users/jobs/{id}`."),
  })
  .refine(({ ids, query }) => (ids === undefined) !== (query === undefined), "Give either ids or query.")
  .refine(({ after, background }) => !after || !background, {
    path: ["after"],
    message: "A job begins with the first user: leave after out.",
  });
export type ChangeManyInput = z.output<typeof changeManyInput>;

/** Answer of `POST /api/users/bulk`. */
export const manyChanged = z.object({
  matched: z.int(),
  changed: z.int(),
  after: z.string().nullable().describe("Not null: call again with it to go on."),
});
export type ManyChanged = z.infer<typeof manyChanged>;

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
