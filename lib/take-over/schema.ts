import { z } from "zod";
import { pageQuery } from "@/lib/http/page";
import { moment } from "@/lib/http/time";
import { anyUserId } from "@/lib/users/schema";
import { LINKED_GROUPS, ROW_GROUPS, type RowGroup } from "./groups";

const GROUPS = [...ROW_GROUPS, "only_here"] as const;

const state = z
  .enum(["none", "scanning", "ready", "applying", "done", "failed"])
  .describe(
    "`none`: the site's rows were never looked at. `ready`: somebody has to decide. `applying`: what was decided is being done. `failed`: the site was changed meanwhile; its rows have to be looked at again.",
  );

const counts = {
  siteId: z.uuid(),
  holds: z
    .boolean()
    .describe("The site has users of its own, and nothing is written there before somebody decides."),
  state,
  step: z.enum(["scan", "apply"]).describe("While `applying`: the rows are read once more, then it is done."),
  scanned: z.int().describe("Rows of the site that were read so far."),
  unlisted: z
    .int()
    .describe("Rows of nobody in the list beyond the first 100,000: they are counted and left alone."),
  groups: z.object({
    same_id: z.int().describe("Rows that stand where the user's row would be."),
    same_email: z
      .int()
      .describe("Rows of a user's e-mail address under another id; case and spaces around it do not count."),
    same_clerk_id: z.int().describe("Rows of a user's Clerk id under another id."),
    only_here: z.int().describe("Users without a row there, who are new to the site."),
    only_there: z.int().describe("Rows of nobody in the list."),
    conflicting: z
      .int()
      .describe("Rows that may be several users', users who have several rows, and rows of users who left."),
  }),
  unimportable: z
    .int()
    .describe("Rows among `only_there` that could not become users; their `problem` says why."),
  ours: z.int().describe("Rows that are Roster's already."),
  linked: z.int(),
  imported: z.int(),
  left: z.int(),
  refused: z.int().describe("Rows with which it could not be done; they are left alone."),
  runId: z.uuid().nullable().describe("The sync that follows the decision."),
  decidedBy: z.string().nullable(),
  errorCode: z.string().nullable(),
  error: z.string().nullable().describe("Why the site could not be read."),
  advice: z.string().nullable(),
  startedAt: moment.nullable(),
  scannedAt: moment.nullable(),
  decidedAt: moment.nullable(),
  finishedAt: moment.nullable(),
};

const value = z.string().optional();
const there = z
  .object({
    id: value,
    clerk_user_id: value,
    email: value,
    full_name: value,
    role: value,
    team: value,
    department: value,
    active: z.boolean().optional(),
  })
  .describe("What the site's row says; fields that its table does not tell are absent.");

const person = z.object({
  id: z.string(),
  clerk_user_id: z.string(),
  email: z.string(),
  full_name: z.string().nullable(),
  role: z.string(),
  team: z.string().nullable(),
  department: z.string().nullable(),
  status: z.enum(["active", "inactive"]),
  matchedBy: z.array(z.enum(["id", "email", "clerk_user_id"])),
});
export type Here = z.infer<typeof person>;

const item = z.object({
  rowId: z
    .string()
    .nullable()
    .describe("What identifies the row at the site; null for a user who is only here."),
  kind: z.enum([...GROUPS, "ours"]),
  there: there.nullable(),
  users: z.array(person).describe("Users of the list whose row it may be."),
  reason: z
    .enum(["several_users", "several_rows", "inactive", "out_of_scope", "has_row"])
    .nullable()
    .describe("Why a row is conflicting."),
  problem: z.string().nullable().describe("Why the row could not be imported."),
  why: z.string().nullable().describe("Why it could not be done."),
});
export type TakeOverItem = z.infer<typeof item>;

/** Answer of `GET /api/sites/:id/take-over`. */
export const takeOver = z
  .object({
    ...counts,
    items: z
      .array(item)
      .describe("Of the group that was asked for; a page may be short before the last one."),
    nextCursor: z.string().nullable().describe("Where the next page begins; null on the last one."),
  })
  .meta({ id: "TakeOver", description: "What a site's rows are to the list, and what became of them." });
export type TakeOver = z.infer<typeof takeOver>;

/** A take-over as the centre has it. */
export type CentreTakeOver = Omit<TakeOver, "items" | "nextCursor" | "advice">;

/** Query of `GET /api/sites/:id/take-over`. */
export const takeOverQuery = z.strictObject({
  group: z
    .enum([...GROUPS, "refused"])
    .optional()
    .describe("The rows of a group, or those that were refused. Without it, the counts alone."),
  q: z.string().trim().max(200).optional().describe("Part of an id, e-mail address or name, there or here."),
  ...pageQuery,
});
export type TakeOverQuery = z.output<typeof takeOverQuery>;

const rowId = z.string().min(1, "Name a row.").max(500, "Use at most 500 characters.");
const rowIds = z
  .array(rowId)
  .max(10_000, "Name at most 10,000 rows.")
  .optional()
  .describe("Single rows, by `rowId`; they count before what is said of their group.");

function choice<const Name extends RowGroup>(groups: readonly Name[], all: string) {
  return {
    all: z.literal(true).optional().describe(all),
    groups: z.array(z.enum(groups)).max(groups.length).optional(),
    rowIds,
  };
}

/** Body of `POST /api/sites/:id/take-over`: what is not named is left alone. */
export const decideInput = z
  .strictObject({
    link: z
      .strictObject({
        ...choice(LINKED_GROUPS, "Every row that is one user's."),
        users: z
          .array(z.strictObject({ rowId, userId: anyUserId }))
          .max(10_000, "Name at most 10,000 rows.")
          .optional()
          .describe("Single rows, and whose they are."),
      })
      .optional()
      .describe("The rows become Roster's: their users are written there from now on, and taken away there."),
    import: z
      .strictObject(choice(["only_there"], "Every row of nobody in the list."))
      .optional()
      .describe("Users of the list are made of the rows, and linked to them."),
    leave: z
      .strictObject(choice(ROW_GROUPS, "Every row that is not named."))
      .optional()
      .describe("The rows stay the site's. Users they may belong to are not sent there."),
  })
  .superRefine(({ link, import: imports, leave }, check) => {
    if (!link && !imports && !leave) {
      check.addIssue(
        'Say what becomes of the rows: link, import or leave. {"leave": {"all": true}} leaves all of them.',
      );
    }
    const named = new Set<string>();
    const rows = [
      ...(link?.rowIds ?? []).map((id, index) => ({ id, path: ["link", "rowIds", index] })),
      ...(link?.users ?? []).map(({ rowId: id }, index) => ({ id, path: ["link", "users", index, "rowId"] })),
      ...(imports?.rowIds ?? []).map((id, index) => ({ id, path: ["import", "rowIds", index] })),
      ...(leave?.rowIds ?? []).map((id, index) => ({ id, path: ["leave", "rowIds", index] })),
    ];
    for (const { id, path } of rows) {
      if (named.has(id)) check.addIssue({ code: "custom", path, message: "This row is named twice." });
      named.add(id);
    }
    for (const group of leave?.groups ?? []) {
      const linked = link?.groups?.some((one) => one === group);
      const imported = imports?.groups?.some((one) => one === group);
      if (linked || imported) {
        check.addIssue({ code: "custom", path: ["leave", "groups"], message: `${group} is named twice.` });
      }
    }
  });
export type DecideInput = z.output<typeof decideInput>;

/** Answer of `POST /api/sites/:id/take-over`. */
export const decided = z.object({
  runId: z.uuid().describe("The sync that follows; see `GET /api/sync/runs/{id}`."),
});
export type Decided = z.infer<typeof decided>;

/** A row about which something is decided by itself. */
export interface RowDecision {
  key: string;
  decision: "link" | "import" | "leave";
  userId?: string;
}
