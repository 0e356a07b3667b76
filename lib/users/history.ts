import { z } from "zod";
import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import type { Page } from "@/lib/http/page";
import { pageOf, readCursor } from "@/lib/paging";
import type { UserChange, UserChangesQuery } from "@/lib/users/history-schema";

const COLUMNS = "id,at,actor_kind,actor_name,action,before,after" as const;

/** What was changed of a user, newest first. Outlives the user, so an unknown id has an empty history. */
export async function changesOfUser(
  ctx: Context,
  { id, cursor, limit }: UserChangesQuery & { id: string },
): Promise<Page<UserChange>> {
  let lines = ctx.centre.from("audit_log").select(COLUMNS).eq("target_id", id).eq("target_kind", "user");
  const after = readCursor(cursor, z.tuple([z.int()]));
  if (after) lines = lines.lt("id", after[0]);
  const rows = dataOf(await lines.order("id", { ascending: false }).limit(limit + 1));
  const { items, nextCursor } = pageOf(rows, limit, (row) => [row.id]);
  return {
    items: items.map(({ id, at, actor_kind, actor_name, action, before, after }) => ({
      id: String(id),
      at,
      actor: { kind: actor_kind, name: actor_name },
      action,
      before,
      after,
    })),
    nextCursor,
  };
}
