import { z } from "zod";
import { pageAnswer, pageQuery } from "@/lib/http/page";
import { moment } from "@/lib/http/time";

/** Query of `GET /api/users/:id/history`. */
export const userChangesQuery = z.strictObject(pageQuery);
export type UserChangesQuery = z.output<typeof userChangesQuery>;

const values = z.record(z.string(), z.unknown()).nullable();

/**
 * A line of the audit log about one user, as everybody may read it who may read users: what changed and who did it, but
 * not from which address.
 */
const userChange = z
  .object({
    id: z.string(),
    at: moment,
    actor: z.object({ kind: z.string(), name: z.string().nullable() }),
    action: z.string(),
    before: values.describe("What was there, of the fields that changed; null when the user is new."),
    after: values,
  })
  .meta({ id: "UserChange", description: "What was changed of a user, and by whom." });
export type UserChange = z.infer<typeof userChange>;

/** Answer of `GET /api/users/:id/history`. */
export const userChangesPage = pageAnswer(userChange);
