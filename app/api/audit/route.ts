import { auditPage, listAuditQuery } from "@/lib/audit/schema";
import { listAudit } from "@/lib/audit/service";
import { otherMethods, route } from "@/lib/http/route";

export const GET = route(
  {
    id: "listAudit",
    summary: "Lists what was changed and by whom, newest first.",
    access: "audit:read",
    query: listAuditQuery,
    answers: { 200: auditPage },
  },
  listAudit,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
