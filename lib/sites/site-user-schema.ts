import { z } from "zod";
import { moment } from "@/lib/http/time";
import { anyUserId } from "@/lib/users/schema";
import { ROW_FIELDS, type RowField } from "./row-fields";

/** Path parameters of `GET /api/sites/:id/users/:userId`. */
export const siteUserParams = z.object({ id: z.uuid("A site's id is a UUID."), userId: anyUserId });

const value = z.string().nullable();
const row = z.object(
  Object.fromEntries(ROW_FIELDS.map((field) => [field, value])) as Record<RowField, typeof value>,
);
export type SiteUserRow = z.infer<typeof row>;

const there = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("row"),
    row,
    differs: z.array(z.enum(ROW_FIELDS)).describe("Fields that are another than in the list."),
  }),
  z.object({ kind: z.literal("none") }),
  z
    .object({ kind: z.literal("other"), row })
    .describe("Not this user, but one with the same e-mail address."),
  z.object({ kind: z.literal("unreadable"), error: z.string(), advice: z.string().nullable() }),
]);

/** Answer of `GET /api/sites/:id/users/:userId`. */
export const siteUser = z
  .object({
    siteId: z.uuid(),
    userId: z.string(),
    here: row.extend({ status: z.enum(["active", "inactive"]) }).nullable(),
    there,
    readAt: moment,
  })
  .meta({ id: "SiteUser", description: "A user's row in the list and at a site, as it is there now." });
export type SiteUser = z.infer<typeof siteUser>;
