import { z } from "zod";
import { pageAnswer, pageQuery } from "@/lib/http/page";
import { moment } from "@/lib/http/time";
import { pairStatus } from "@/lib/sync/core/pair-status";

const siteId = z.uuid("A site's id is a UUID.");

/** Body of `POST /api/sync/matrix`; the ids of a page would be too long for a URL. */
export const matrixInput = z.strictObject({
  userIds: z.array(z.string().min(1).max(200)).min(1).max(500),
  siteIds: z.array(siteId).min(1).max(1000).optional().describe("Without it, every connected site."),
});
export type MatrixInput = z.output<typeof matrixInput>;

/** Answer of `POST /api/sync/matrix`; users whom nobody knows are left out. */
export const matrix = z.object({
  items: z.array(
    z.object({
      userId: z.string(),
      states: z.record(z.string(), pairStatus).describe("By site id."),
      reasons: z.record(z.string(), z.string()).describe("Error codes by site id, where there is one."),
    }),
  ),
});
export type Matrix = z.infer<typeof matrix>;

/** Body of `POST /api/sync/summary`. */
export const summaryInput = z.strictObject({
  userIds: z.array(z.string().min(1).max(200)).min(1).max(500),
});
export type SummaryInput = z.output<typeof summaryInput>;

/** Where users stand over all sites; users whom nobody knows, or who are at no site, are left out. */
export const summaries = z.object({
  items: z.array(
    z.object({
      userId: z.string(),
      states: z.partialRecord(pairStatus, z.int()).describe("At how many sites the user is in which state."),
    }),
  ),
});
export type Summaries = z.infer<typeof summaries>;
const MOST_SITES = 100;

/** Query of `GET /api/sync/people`. */
export const listPeopleQuery = z.strictObject({
  status: pairStatus.optional().describe("Users in this state at some site, or at one of `siteIds`."),
  siteIds: z
    .string()
    .transform((text) => text.split(","))
    .pipe(z.array(siteId).max(MOST_SITES, "Name at most 100 sites."))
    .optional()
    .describe("Ids of sites, with commas between them; they matter together with `status`."),
  search: z.string().trim().max(254).optional().describe("As for `GET /api/users`."),
  ...pageQuery,
});
export type ListPeopleQuery = z.output<typeof listPeopleQuery>;

/** A user as the matrix names them. */
const person = z.object({
  user_id: z.string(),
  full_name: z.string().nullable(),
  email: z.string().nullable(),
  status: z.enum(["active", "inactive", "deleted"]),
  version: z.int(),
});
export type Person = z.infer<typeof person>;

/** Answer of `GET /api/sync/people`, by name. */
export const personPage = pageAnswer(person);

/** Query of `GET /api/sync/history`. */
export const historyQuery = z.strictObject({
  window: z
    .enum(["hour", "day", "week"])
    .default("hour")
    .describe("The last hour by minute, the last day by half hour, the last week by two hours."),
  siteId: siteId.optional(),
});
export type HistoryQuery = z.output<typeof historyQuery>;

/** Answer of `GET /api/sync/history`: attempts from `at` until the next bar, oldest first. */
export const history = z.object({
  items: z.array(z.object({ at: moment, succeeded: z.int(), failed: z.int() })),
});
export type History = z.infer<typeof history>;

/** Query of `GET /api/sync/causes`. */
export const listCausesQuery = z.strictObject({ siteId: siteId.optional() });
export type ListCausesQuery = z.output<typeof listCausesQuery>;

/** Why pairs fail or are retried: one site, one reason. A site in trouble is one cause, whatever waits for it. */
const cause = z
  .object({
    siteId: z.uuid(),
    site: z.string(),
    status: z.enum(["failed", "retrying"]),
    errorCode: z.string().nullable(),
    error: z.string().nullable(),
    advice: z.string().nullable().describe("What to do about `error`."),
    users: z.int(),
    userIds: z.array(z.string()).describe("Up to three of them; none when it is the site's doing."),
  })
  .meta({ id: "Cause", description: "Why users do not reach a site." });
export type Cause = z.infer<typeof cause>;

/** Answer of `GET /api/sync/causes`, what concerns most users first. */
export const causes = z.object({ items: z.array(cause) });
export type Causes = z.infer<typeof causes>;
