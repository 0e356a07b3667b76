import { z } from "zod";
import { userFilter } from "./list-schema";
import { fields, userStatus } from "./schema";

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
