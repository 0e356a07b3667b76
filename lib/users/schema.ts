import { z } from "zod";
import { pageQuery } from "@/lib/http/page";
import { pairStatus } from "@/lib/sync/core/pair-status";

/** Longest texts the central list accepts, in characters; the e-mail limit is RFC 5321's path of 256 less its brackets. */
const MAX = { email: 254, name: 200, label: 100, id: 128 } as const;

/** Optional text: trimmed, and the empty text counts as none, which is what an emptied form field means. */
function optionalText(max: number) {
  return textOrNull(max).nullable().optional();
}

function textOrNull(max: number) {
  return z
    .string()
    .trim()
    .max(max, `Use at most ${max} characters.`)
    .refine((text) => !text.includes("\0"), "Remove the NUL character.")
    .transform((text) => (text === "" ? null : text));
}

const email = z
  .string({ error: "Enter an e-mail address." })
  .trim()
  .max(MAX.email, `Use at most ${MAX.email} characters.`)
  .pipe(z.email("Enter an e-mail address such as ada@example.com."));

/** Ids travel in URLs and in other people's tables, so the API accepts only characters that need no quoting there. */
const userId = z
  .string()
  .trim()
  .min(1, "Enter an id.")
  .max(MAX.id, `Use at most ${MAX.id} characters.`)
  .regex(/^[A-Za-z0-9._:@|~-]+$/, "Use letters, digits and . _ : @ | ~ - only.");

const userStatus = z.enum(["active", "inactive"]);

/** A row of the central `user_profiles`. */
const user = z.object({
  id: z.string(),
  clerk_user_id: z.string(),
  email: z.string(),
  full_name: z.string().nullable(),
  role: z.string(),
  team: z.string().nullable(),
  department: z.string().nullable(),
  status: userStatus,
  created_at: z.string(),
  updated_at: z.string(),
  version: z.number(),
});
export type User = z.infer<typeof user>;

const fields = {
  email,
  full_name: optionalText(MAX.name),
  role: z
    .string()
    .trim()
    .min(1, "Enter a role, such as user.")
    .max(MAX.label, `Use at most ${MAX.label} characters.`)
    .refine((text) => !text.includes("\0"), "Remove the NUL character.")
    .optional(),
  team: optionalText(MAX.label),
  department: optionalText(MAX.label),
  clerk_user_id: userId.optional(),
};

/** Body of `POST /api/users`. Without an id a UUID is made; without a Clerk id the id stands in for it. */
export const createUserInput = z.strictObject({ ...fields, id: userId.optional() });
export type CreateUserInput = z.output<typeof createUserInput>;

/** Body of `PATCH /api/users/:id`: any of the fields, at least one. */
export const updateUserInput = z
  .strictObject({ ...fields, email: email.optional(), status: userStatus.optional() })
  .refine((patch) => Object.keys(patch).length > 0, "Name at least one field to change.");
export type UpdateUserInput = z.output<typeof updateUserInput>;

const userFilter = {
  search: z.string().trim().max(MAX.email).optional(),
  status: userStatus.optional(),
  role: z.string().max(MAX.label).optional(),
  team: z.string().max(MAX.label).optional(),
  department: z.string().max(MAX.label).optional(),
  syncStatus: pairStatus.optional(),
  siteId: z.uuid("A site's id is a UUID.").optional(),
};

const userSort = z.enum(
  ["created_at", "-created_at", "updated_at", "-updated_at", "full_name", "-full_name", "email", "-email"],
  "Sort by created_at, updated_at, full_name or email, with - in front for descending.",
);
export type UserSort = z.infer<typeof userSort>;

/**
 * Query of `GET /api/users`. `search` matches anywhere in e-mail address and name, or the beginning of the id; one or
 * two characters match the beginnings of words. `syncStatus` finds users in that state at some site, or at `siteId`.
 */
export const listUsersQuery = z.strictObject({
  ...userFilter,
  sort: userSort.default("-created_at"),
  ...pageQuery,
});
export type ListUsersQuery = z.output<typeof listUsersQuery>;

/** Query of `GET /api/users/count`. */
export const countUsersQuery = z.strictObject(userFilter);
export type CountUsersQuery = z.output<typeof countUsersQuery>;
export type UserFilter = CountUsersQuery;

/** Answer of `GET /api/users/count`; `more`: there are more than `users`, which were not counted. */
export interface UserCount {
  users: number;
  more: boolean;
}

/** Answer of `GET /api/users/facets`: the values there are, up to 500 of each. */
export interface UserFacets {
  roles: string[];
  teams: string[];
  departments: string[];
}

/** Body of `POST /api/users/bulk`: who, by id or by what they have in common, and what they get. */
export const changeManyInput = z
  .strictObject({
    ids: z.array(z.string().min(1).max(200)).min(1).max(10_000).optional(),
    query: z.strictObject(userFilter).optional(),
    /** Nothing given: they are sent to every site again as they are. */
    change: z.strictObject({
      role: fields.role,
      team: fields.team,
      department: fields.department,
      status: userStatus.optional(),
    }),
    /** How many `query` is thought to match; another number changes nobody. */
    expect: z.number().int().min(0).optional(),
    /** Where an earlier answer said to go on. */
    after: z.string().max(200).nullable().optional(),
  })
  .refine(({ ids, query }) => (ids === undefined) !== (query === undefined), "Give either ids or query.");
export type ChangeManyInput = z.output<typeof changeManyInput>;

/** Answer of `POST /api/users/bulk`; with `after`, call again with it to go on. */
export interface ManyChanged {
  matched: number;
  changed: number;
  after: string | null;
}

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
const cell = z.string().transform((text) => text.replace(/^'(?=[=+\-@\t\r])/, ""));
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
export const importQuery = z.strictObject({ preview: z.stringbool("Give true or false.").default(false) });
export const importBody = z.strictObject({ csv: z.string() });
export type ImportInput = z.output<typeof importQuery> & z.output<typeof importBody>;

/** Answer of `POST /api/users/import`; lines are counted from 1 with the header. */
export interface ImportReport {
  created: number;
  updated: number;
  unchanged: number;
  rejected: { line: number; message: string }[];
}

/** Query of `GET /api/users/export`. */
export const exportUsersQuery = z.strictObject({
  ...userFilter,
  sort: userSort.default("created_at"),
  format: z.literal("csv").default("csv"),
});
export type ExportUsersQuery = z.output<typeof exportUsersQuery>;

/** Path parameters of `/api/users/:id`. Any text: rows written by SQL may have ids the API would not make. */
export const userParams = z.object({ id: z.string().min(1) });
