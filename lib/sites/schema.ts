import { z } from "zod";
import { pageAnswer, pageQuery } from "@/lib/http/page";
import { moment } from "@/lib/http/time";
import { httpUrl } from "@/lib/sites/web-address";

const name = z
  .string({ error: "Enter a name." })
  .trim()
  .min(1, "Enter a name.")
  .max(100, "Use at most 100 characters.")
  .refine((text) => !/\p{Cc}/u.test(text), "Remove the control characters.");

const siteKind = z
  .enum(["supabase", "webhook"])
  .describe("`supabase`: a Supabase project. `webhook`: an HTTP endpoint, called with a message per user.");
const chosenStatus = z.enum(["active", "paused"]);
const siteStatus = z
  .enum([...chosenStatus.options, "disconnecting"])
  .describe("`disconnecting`: its rows are being removed; when none is left, it is disconnected.");

const removalPolicy = z
  .enum(["delete", "deactivate", "keep"])
  .describe(
    "What a site does with the row of a user who leaves: delete it, mark it as inactive, or keep it.",
  );
export type RemovalPolicy = z.infer<typeof removalPolicy>;

/** When removals at a site are held until somebody approves them. */
const removalGuard = z.object({
  enabled: z.boolean(),
  percent: z.int().min(0).max(100).describe("Of the users the site has."),
  atLeast: z.int().min(0).max(1_000_000).describe("So many users may always go within an hour."),
});

/** What stands in the way of a site, if anything. */
const siteHealth = z.enum(["ok", "degraded", "blocked"]);

/** For the API reference. */
export const SITE_EXAMPLE = {
  id: "7f3c2a9e-8d41-4b6a-9c05-2e1f4a6b8c90",
  name: "HRMS",
  url: "https://hrms.example.com",
  kind: "supabase",
  status: "active",
  removalPolicy: "delete",
  removalColumn: null,
  removalGuard: { enabled: true, percent: 5, atLeast: 5 },
  hasCredentials: true,
  supabaseUrl: "https://abcdefghijklmnopqrst.supabase.co",
  webhookUrl: null,
  keyLastFour: "x9Zw",
  health: "ok",
  errorCode: null,
  error: null,
  advice: null,
  retryAt: null,
  lastSyncedAt: "2026-11-20T09:00:01+00:00",
  rowsToRemove: null,
  waitsForTakeOver: false,
  created_at: "2026-11-01T09:00:00+00:00",
  updated_at: "2026-11-01T09:00:00+00:00",
} as const;

/** A connected site as the API shows it. Credentials are never in it. */
export const site = z
  .object({
    id: z.uuid(),
    name: z.string(),
    url: z.string(),
    kind: siteKind,
    status: siteStatus,
    removalPolicy,
    removalColumn: z
      .string()
      .nullable()
      .describe("Boolean column of the site's table that `deactivate` writes; null for the other policies."),
    removalGuard: removalGuard.describe(
      "Removals are held when more users than `atLeast`, and more than `percent` of them, would go within an hour.",
    ),
    hasCredentials: z.boolean(),
    supabaseUrl: z.string().nullable().describe("Of a Supabase project, once its credentials are saved."),
    webhookUrl: z.string().nullable().describe("Of an HTTP endpoint, once its credentials are saved."),
    keyLastFour: z.string().nullable().describe("Last four characters of the saved key or signing secret."),
    health: siteHealth.describe(
      "`degraded`: it is being retried; `blocked`: somebody has to change something first.",
    ),
    errorCode: z.string().nullable(),
    error: z.string().nullable(),
    advice: z.string().nullable().describe("What to do about `error`."),
    retryAt: moment.nullable(),
    lastSyncedAt: moment.nullable(),
    rowsToRemove: z
      .int()
      .nullable()
      .describe("While `disconnecting`: how many rows Roster had there when it began; otherwise null."),
    waitsForTakeOver: z
      .boolean()
      .describe(
        "It had users when it was connected: nothing is written there before somebody decides about them.",
      ),
    created_at: moment,
    updated_at: moment,
  })
  .meta({
    id: "Site",
    description: "A connected site. Credentials are never in it.",
    examples: [SITE_EXAMPLE],
  });
export type Site = z.infer<typeof site>;

/** Answer of `GET /api/sites`. */
export const sitePage = pageAnswer(site);

/** Body of `POST /api/sites`. */
export const createSiteInput = z.strictObject({
  name,
  url: httpUrl("the site's URL"),
  kind: siteKind.default("supabase"),
});
export type CreateSiteInput = z.output<typeof createSiteInput>;

/** Body of `PATCH /api/sites/:id`: any of the fields, at least one. */
export const updateSiteInput = z
  .strictObject({
    name: name.optional(),
    url: httpUrl("the site's URL").optional(),
    status: chosenStatus
      .optional()
      .describe("Of a site that is `disconnecting`: cancels it, and everybody is sent there again."),
    removalPolicy: removalPolicy.optional(),
    removalGuard: z.strictObject(removalGuard.shape).partial().optional(),
  })
  .refine((patch) => Object.keys(patch).length > 0, "Name at least one field to change.");
export type UpdateSiteInput = z.output<typeof updateSiteInput>;

/** Query of `GET /api/sites`. */
export const listSitesQuery = z.strictObject({
  search: z.string().trim().max(200).optional().describe("Part of the name or URL."),
  ...pageQuery,
});
export type ListSitesQuery = z.output<typeof listSitesQuery>;

/** Query of `DELETE /api/sites/:id`. */
export const disconnectSiteQuery = z.strictObject({
  rows: z
    .enum(["keep", "remove"])
    .default("keep")
    .describe(
      "`keep` disconnects at once and leaves the site's rows. `remove` takes away the rows Roster wrote first: the site is `disconnecting` until none is left.",
    ),
});
export type DisconnectSiteQuery = z.output<typeof disconnectSiteQuery>;

export const siteParams = z.object({ id: z.uuid("A site's id is a UUID.") });
