import { z } from "zod";
import { AUDIT_ACTIONS } from "@/lib/audit/actions";
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
