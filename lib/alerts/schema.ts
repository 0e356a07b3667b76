import { z } from "zod";
import { pageAnswer, pageQuery } from "@/lib/http/page";
import { moment } from "@/lib/http/time";
import { webhookSecret, webhookUrl } from "@/lib/sites/credentials-schema";
import { email } from "@/lib/users/schema";

/** What alerts are about. */
export const ALERT_KINDS = [
  "site_blocked",
  "failures_standing",
  "removals_held",
  "changes_waiting",
  "no_worker",
] as const;
const alertKind = z.enum(ALERT_KINDS).meta({
  id: "AlertKind",
  description:
    "`site_blocked`: a site takes nothing until somebody changes something. `failures_standing`: users have been " +
    "refused by a site for 15 minutes. `removals_held`: removals wait for a decision. `changes_waiting`: the oldest " +
    "waiting change is older than 10 minutes. `no_worker`: nothing syncs.",
});
export type AlertKind = z.infer<typeof alertKind>;

const alertDetail = z.object({
  error: z.string().nullable().optional(),
  errorCode: z.string().nullable().optional(),
  users: z.int().optional(),
  removals: z.int().optional(),
  since: moment.optional(),
});

/** Something that somebody should know without looking. */
const alert = z
  .object({
    id: z.uuid(),
    kind: alertKind,
    siteId: z.uuid().nullable().describe("Null when it is about Roster itself."),
    site: z.string().nullable(),
    detail: alertDetail,
    text: z.string().describe("What is the matter, in a sentence or two."),
    startedAt: moment,
    endedAt: moment.nullable().describe("Null while it goes on."),
  })
  .meta({ id: "Alert", description: "Something that somebody should know without looking." });
export type Alert = z.infer<typeof alert>;

/** Query of `GET /api/alerts`. */
export const listAlertsQuery = z.strictObject({
  state: z.enum(["open", "ended"]).optional().describe("Without it, both."),
  ...pageQuery,
});
export type ListAlertsQuery = z.output<typeof listAlertsQuery>;

/** Answer of `GET /api/alerts`, newest first. */
export const alertPage = pageAnswer(alert);

/** Where alerts go. The URL of a webhook is never in it: it often is a secret. */
export const alertChannel = z
  .object({
    id: z.uuid(),
    kind: z.enum(["email", "webhook"]),
    label: z.string().describe("The e-mail address, or the host of the URL."),
    createdAt: moment,
    createdBy: z.string(),
    lastSentAt: moment.nullable(),
    failingSince: moment.nullable().describe("Null while the last message arrived."),
    error: z.string().nullable(),
  })
  .meta({ id: "AlertChannel", description: "Where alerts go." });
export type AlertChannel = z.infer<typeof alertChannel>;

/** Answer of `GET /api/alerts/channels`. */
export const channelList = z.object({
  items: z.array(alertChannel),
  mail: z.boolean().describe("Whether this server can send mail: SMTP_URL and SMTP_FROM are set."),
});
export type ChannelList = z.infer<typeof channelList>;

/** Body of `POST /api/alerts/channels`. */
export const createChannelInput = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("email"),
    email,
  }),
  z.strictObject({
    kind: z.literal("webhook"),
    url: webhookUrl,
    signingSecret: webhookSecret
      .optional()
      .describe("Without one a new one is made, and answered this once."),
  }),
]);
export type CreateChannelInput = z.output<typeof createChannelInput>;

/** Answer of `POST /api/alerts/channels`. */
export const channelCreated = alertChannel
  .extend({
    signingSecret: z.string().optional().describe("There when it was made just now, and never again."),
  })
  .meta({ id: "AlertChannelCreated" });
export type ChannelCreated = z.infer<typeof channelCreated>;

export const channelParams = z.object({ id: z.uuid("A channel's id is a UUID.") });

/** Answer of `POST /api/alerts/channels/:id/test`. */
export const channelTest = z.object({ ok: z.boolean(), error: z.string().nullable() });
export type ChannelTest = z.infer<typeof channelTest>;
