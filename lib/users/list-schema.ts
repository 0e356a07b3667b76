import { z } from "zod";
import { pageQuery } from "@/lib/http/page";
import { pairStatus } from "@/lib/sync/core/pair-status";
import { MAX, userStatus } from "./schema";
import { USER_SORTS } from "./sorts";

/** Fields by which users are found. */
export const userFilter = {
  search: z
    .string()
    .trim()
    .max(MAX.email)
    .optional()
    .describe(
      "Part of the e-mail or name, or the beginning of the id; one or two characters are the beginning of a word.",
    ),
  status: userStatus.optional(),
  role: z.string().max(MAX.label).optional(),
  team: z.string().max(MAX.label).optional(),
  department: z.string().max(MAX.label).optional(),
  syncStatus: pairStatus.optional().describe("Users in this state at some site, or at `siteId`."),
  siteId: z.uuid("A site's id is a UUID.").optional(),
};

const userSort = z.enum(
  USER_SORTS,
  "Sort by created_at, updated_at, full_name or email, with - in front for descending.",
);
export type UserSort = z.infer<typeof userSort>;

/** Query of `GET /api/users`. */
export const listUsersQuery = z.strictObject({
  ...userFilter,
  sort: userSort.default("-created_at"),
  ...pageQuery,
});
export type ListUsersQuery = z.output<typeof listUsersQuery>;

/** Query of `GET /api/users/count`. */
export const countUsersQuery = z.strictObject({
  ...userFilter,
  most: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000_000)
    .default(10_000)
    .describe("Counted up to here; beyond, `more` is true. A million takes about a second."),
});
export type CountUsersQuery = z.output<typeof countUsersQuery>;
export type UserFilter = Omit<CountUsersQuery, "most">;

/** Answer of `GET /api/users/count`. */
export const userCount = z.object({
  users: z.int(),
  more: z.boolean().describe("There are more than `users`, which were not counted."),
});
export type UserCount = z.infer<typeof userCount>;

/** Answer of `GET /api/users/facets`. */
export const userFacets = z.object({
  roles: z.array(z.string()),
  teams: z.array(z.string()),
  departments: z.array(z.string()),
});
export type UserFacets = z.infer<typeof userFacets>;

/** Query of `GET /api/users/export`. */
export const exportUsersQuery = z.strictObject({
  ...userFilter,
  sort: userSort.default("created_at"),
  format: z.literal("csv").default("csv"),
});
export type ExportUsersQuery = z.output<typeof exportUsersQuery>;
