import { z } from "zod";
import { moment } from "@/lib/http/time";
import { userStatus } from "./schema";

export const jobParams = z.object({ id: z.uuid("A job's id is a UUID.") });

const change = z
  .object({
    role: z.string(),
    team: z.string().nullable(),
    department: z.string().nullable(),
    status: userStatus,
  })
  .partial()
  .describe("What they get; nothing: they are sent to every site again.");

/** A change of many users that workers carry out; answer of `GET /api/users/jobs/:id`. */
export const userJob = z
  .object({
    id: z.uuid(),
    state: z.enum(["running", "done", "cancelled", "failed"]),
    requestedBy: z.string(),
    change,
    total: z.int().describe("How many were to be changed when it was asked for."),
    matched: z.int().describe("How many were looked at so far."),
    changed: z.int(),
    unchanged: z.int().describe("Who had it already."),
    refused: z.int().describe("Of `ids`, those whom the list does not have."),
    error: z.string().nullable().describe("Why the last step failed; it is tried again while `running`."),
    createdAt: moment,
    finishedAt: moment.nullable(),
  })
  .meta({
    id: "UserJob",
    description: "A change of many users, which goes on by itself; told for a week after its end.",
    examples: [
      {
        id: "5c1b9e7d-3a24-4f6b-8d0e-7a9c2b4e6f13",
        state: "running",
        requestedBy: "ada@example.com",
        change: { department: "Research" },
        total: 12_345,
        matched: 4_000,
        changed: 3_998,
        unchanged: 2,
        refused: 0,
        error: null,
        createdAt: "2026-11-20T09:00:00+00:00",
        finishedAt: null,
      },
    ],
  });
export type UserJob = z.infer<typeof userJob>;

/** Answer of `GET /api/users/jobs`. */
export const userJobs = z.object({
  items: z
    .array(userJob)
    .describe("Under way, or ended within a day and not taken off the list; the newest first, 20 at most."),
});
export type UserJobs = z.infer<typeof userJobs>;
