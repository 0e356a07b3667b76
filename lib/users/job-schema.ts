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

const common = {
  id: z.uuid(),
  state: z.enum(["running", "done", "cancelled", "failed"]),
  requestedBy: z.string(),
  matched: z.int().describe("How many were looked at so far."),
  changed: z.int(),
  unchanged: z.int().describe("Who had it already."),
  error: z.string().nullable().describe("Why the last step failed; it is tried again while `running`."),
  createdAt: moment,
  finishedAt: moment.nullable(),
};

const changeJob = z.object({
  ...common,
  kind: z.literal("change").describe("As `POST /api/users/bulk`."),
  change,
  total: z.int().describe("How many were to be changed when it was asked for."),
  refused: z.int().describe("Of `ids`, those whom the list does not have."),
});
export type ChangeJob = z.infer<typeof changeJob>;

export const importJob = z.object({
  ...common,
  kind: z.literal("import").describe("As `POST /api/users/imports`."),
  file: z.string().describe("What the file is called."),
  total: z.int().describe("Lines of the file."),
  created: z.int(),
  refused: z.int().describe("Lines that could not be taken: `GET /api/users/jobs/{id}/refused`."),
});
export type ImportJob = z.infer<typeof importJob>;

/** Something about many users that workers carry out; answer of `GET /api/users/jobs/:id`. */
export const userJob = z.discriminatedUnion("kind", [changeJob, importJob]).meta({
  id: "UserJob",
  description: "A change of many users or an import, which goes on by itself; told for a week after its end.",
  examples: [
    {
      id: "5c1b9e7d-3a24-4f6b-8d0e-7a9c2b4e6f13",
      kind: "change",
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
