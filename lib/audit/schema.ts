import { z } from "zod";
import { pageAnswer, pageQuery } from "@/lib/http/page";
import { givenMoment, moment } from "@/lib/http/time";

const party = z.object({ kind: z.string(), id: z.string().nullable(), name: z.string().nullable() });
const values = z.record(z.string(), z.unknown()).nullable();

/** A change that was made, as it was written down in the same transaction. */
const auditEntry = z
  .object({
    id: z.string(),
    at: moment,
    actor: party,
    action: z.string(),
    target: party,
    before: values,
    after: values,
    address: z.string().nullable(),
    requestId: z.string().nullable(),
  })
  .meta({ id: "AuditEntry", description: "A change that was made, written down in the same transaction." });
export type AuditEntry = z.infer<typeof auditEntry>;

/** Everything that is written down, as `action` says it. */
export const AUDIT_ACTIONS = [
  "user.created",
  "user.updated",
  "user.deleted",
  "site.created",
  "site.updated",
  "site.credentials_changed",
  "site.credentials_resealed",
  "site.disconnected",
  "site.verify_started",
  "site.verify_changed",
  "site.repair_started",
  "sync.started",
  "sync.user_started",
  "sync.users_started",
  "sync.cancelled",
  "sync.retried",
  "sync.asserted",
  "sync.unknown_removed",
  "removals.approved",
  "removals.rejected",
  "alerts.channel_added",
  "alerts.channel_removed",
  "member.added",
  "member.role_changed",
  "member.removed",
  "invitation.created",
  "invitation.accepted",
  "invitation.withdrawn",
  "key.created",
  "key.revoked",
  "settings.changed",
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Answer of `GET /api/audit`. */
export const auditPage = pageAnswer(auditEntry);

/** Query of `GET /api/audit`. */
export const listAuditQuery = z.strictObject({
  actor: z.string().max(200).optional().describe("The id of whoever made the change."),
  action: z.enum(AUDIT_ACTIONS).optional(),
  target: z.string().max(200).optional().describe("The id of what was changed."),
  from: givenMoment.optional().describe("The first moment that is wanted."),
  to: givenMoment.optional().describe("The first moment that is not."),
  ...pageQuery,
});
export type ListAuditQuery = z.output<typeof listAuditQuery>;
