import { z } from "zod";
import { pageAnswer, pageQuery } from "@/lib/http/page";
import { moment } from "@/lib/http/time";

const siteId = z.uuid("A site's id is a UUID.");

/** A user who left the list or a site's scope and is still at the site, because too many would go at once. */
const heldRemoval = z
  .object({
    siteId,
    site: z.string(),
    userId: z.string(),
    email: z.string().nullable(),
    fullName: z.string().nullable(),
    departure: z
      .enum(["deactivated", "deleted", "left_scope"])
      .describe("`left_scope`: somebody changed the user, whom the site's scope leaves out since then."),
    fields: z
      .array(z.object({ name: z.string(), before: z.string().nullable(), after: z.string().nullable() }))
      .describe("By what the user left the site's scope; empty for the others."),
    departedAt: moment,
    heldAt: moment,
  })
  .meta({
    id: "HeldRemoval",
    description: "A removal that waits until somebody approves or rejects it.",
    examples: [
      {
        siteId: "7f3c2a9e-8d41-4b6a-9c05-2e1f4a6b8c90",
        site: "HRMS",
        userId: "user_ada",
        email: "ada@example.com",
        fullName: "Ada Lovelace",
        departure: "left_scope",
        fields: [{ name: "department", before: "Research", after: "Sales" }],
        departedAt: "2026-11-27T09:00:00+00:00",
        heldAt: "2026-11-27T09:00:01+00:00",
      },
    ],
  });
export type HeldRemoval = z.infer<typeof heldRemoval>;

/** Query of `GET /api/removals`. */
export const listRemovalsQuery = z.strictObject({
  state: z.literal("held").default("held"),
  siteId: siteId.optional(),
  search: z
    .string()
    .trim()
    .max(254)
    .optional()
    .describe("Part of the user's e-mail or name, or the beginning of its id."),
  ...pageQuery,
});
export type ListRemovalsQuery = z.output<typeof listRemovalsQuery>;

/** Answer of `GET /api/removals`. */
export const removalPage = pageAnswer(heldRemoval);

/** Body of `POST /api/removals/approve` and `/reject`: those of a site, of some users, or with `{}` all. */
export const decideInput = z.strictObject({
  siteId: siteId.optional().describe("Without it, at every site."),
  userIds: z
    .array(z.string().min(1).max(200))
    .min(1)
    .max(10_000)
    .optional()
    .describe("Without it, everybody."),
  expect: z
    .int()
    .min(0)
    .optional()
    .describe(
      "How many are thought to be held; when it is another number, nothing is done. Without `userIds` only.",
    ),
});
export type DecideInput = z.output<typeof decideInput>;

/** Answer of `POST /api/removals/approve`. */
export const removalsApproved = z.object({
  approved: z.int().describe("Removals that go on their way now, in pairs of user and site."),
  more: z.boolean().describe("True: the time was over; call again to go on."),
});
export type RemovalsApproved = z.infer<typeof removalsApproved>;

/** Answer of `POST /api/removals/reject`. */
export const removalsRejected = z.object({
  restored: z.int().describe("Users who are as they were: active again, and in the site's scope."),
  conflicts: z
    .array(z.string())
    .describe("Ids of users who stay held: another user has their e-mail address or Clerk id by now."),
  changed: z
    .array(z.string())
    .describe(
      "Ids of users who stay held: what made them leave the site's scope was changed again since, and stays so. " +
        "Edit them, or approve the removal.",
    ),
  more: z.boolean().describe("True: the time was over; call again to go on."),
});
export type RemovalsRejected = z.infer<typeof removalsRejected>;
