import { z } from "zod";
import type { AuditEntry, ListAuditQuery } from "@/lib/audit/schema";
import { dataOf } from "@/lib/centre";
import type { AuditRow } from "@/lib/centre-schema/rows";
import type { Context } from "@/lib/context";
import type { Page } from "@/lib/http/page";
import { pageOf, readCursor } from "@/lib/paging";

const COLUMNS =
  "id,at,actor_kind,actor_id,actor_name,action,target_kind,target_id,target_name,before,after,address,request_id" as const;

/** What was changed, newest first. */
export async function listAudit(ctx: Context, query: ListAuditQuery): Promise<Page<AuditEntry>> {
  let entries = ctx.centre.from("audit_log").select(COLUMNS);
  if (query.actor !== undefined) entries = entries.eq("actor_id", query.actor);
  if (query.action !== undefined) entries = entries.eq("action", query.action);
  if (query.target !== undefined) entries = entries.eq("target_id", query.target);
  if (query.from !== undefined) entries = entries.gte("at", query.from);
  if (query.to !== undefined) entries = entries.lt("at", query.to);
  const after = readCursor(query.cursor, z.tuple([z.int()]));
  if (after) entries = entries.lt("id", after[0]);
  const rows = dataOf(await entries.order("id", { ascending: false }).limit(query.limit + 1));
  const { items, nextCursor } = pageOf(rows, query.limit, ({ id }) => [id]);
  return { items: items.map(toEntry), nextCursor };
}

function toEntry(row: AuditRow): AuditEntry {
  return {
    id: String(row.id),
    at: row.at,
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
    action: row.action,
    target: { kind: row.target_kind, id: row.target_id, name: row.target_name },
    before: row.before,
    after: row.after,
    address: row.address,
    requestId: row.request_id,
  };
}
