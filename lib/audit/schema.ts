import { z } from "zod";

const party = z.object({ kind: z.string(), id: z.string().nullable(), name: z.string().nullable() });
const values = z.record(z.string(), z.unknown()).nullable();

/** A change that was made, as it was written down in the same transaction. */
const auditEntry = z.object({
  id: z.string(),
  at: z.string(),
  actor: party,
  action: z.string(),
  target: party,
  before: values,
  after: values,
  address: z.string().nullable(),
  requestId: z.string().nullable(),
});
export type AuditEntry = z.infer<typeof auditEntry>;
