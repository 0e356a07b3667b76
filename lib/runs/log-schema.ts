import { z } from "zod";
import { pageAnswer, pageQuery } from "@/lib/http/page";
import { givenMoment, moment } from "@/lib/http/time";
import { LOG_ENTRY } from "@/lib/runs/examples";
import { anyUserId } from "@/lib/users/schema";

const logStatus = z.enum(["success", "failed"]);

/** Fields by which attempts are found. */
const logFilter = {
  userId: anyUserId.optional(),
  siteId: z.uuid("A site's id is a UUID.").optional(),
  status: logStatus.optional(),
  errorCode: z
    .string()
    .regex(/^[a-z_]{1,60}$/, "An error code is a word such as unreachable.")
    .optional(),
  runId: z.uuid("A run's id is a UUID.").optional(),
  from: givenMoment.optional().describe("The first moment that is wanted."),
  to: givenMoment.optional().describe("The first moment that is not."),
};

/** Query of `GET /api/sync/log`. */
export const listLogQuery = z.strictObject({
  ...logFilter,
  after: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe("Only attempts with a greater id than this: what has come since."),
  ...pageQuery,
});
export type ListLogQuery = z.output<typeof listLogQuery>;

/** Query of `GET /api/sync/log/export`. */
export const exportLogQuery = z.strictObject({ ...logFilter, format: z.literal("csv").default("csv") });
export type ExportLogQuery = z.output<typeof exportLogQuery>;

/** A row of `user_sync_log`: one attempt for one user at one site. */
const logEntry = z
  .object({
    id: z.int(),
    created_at: moment,
    run_id: z.uuid().nullable(),
    site_id: z.uuid(),
    site: z.string(),
    user_id: z.string(),
    email: z.string().nullable(),
    operation: z.enum(["upsert", "remove"]),
    trigger: z.enum(["change", "retry", "manual", "full"]),
    status: logStatus,
    error_code: z.string().nullable(),
    error: z.string().nullable(),
    advice: z.string().nullable().describe("What to do about `error`."),
    attempt: z.int(),
    duration_ms: z.int(),
  })
  .meta({
    id: "LogEntry",
    description: "One attempt to bring one user to one site.",
    examples: [LOG_ENTRY],
  });
export type LogEntry = z.infer<typeof logEntry>;

/** Answer of `GET /api/sync/log`. */
export const logPage = pageAnswer(logEntry);
