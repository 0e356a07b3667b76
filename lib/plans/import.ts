import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { invalid } from "@/lib/errors";
import { MOST_PLANNED } from "@/lib/plans/limits";
import type { PlanMade } from "@/lib/plans/schema";
import { readRows } from "@/lib/users/import";

/** Lines of one call, as an import has it. */
const BATCH = 1_000;
/** Refused lines that a plan tells one by one. */
const MOST_TOLD = 100;

/**
 * Begins to plan an import: what becomes of each line is kept, so that exactly that is applied. Throws `validation_failed`
 * for a file that cannot be read or is too long.
 */
export async function planImport(ctx: Context, csv: string): Promise<PlanMade> {
  const { rows, rejected } = await readRows(csv);
  if (rows.length > MOST_PLANNED) {
    const message = `This file has ${rows.length} lines; at most ${MOST_PLANNED} can be planned at once.`;
    throw invalid([{ path: "csv", message }]);
  }
  const args = { action: "import" as const, input: {}, requested_by: ctx.actor.name };
  const made = dataOf(await ctx.centre.rpc("plan_create", args));
  if ("problem" in made) throw new Error("An import names no site");
  const counts = { created: 0, updated: 0, unchanged: 0 };
  for (let start = 0; start < rows.length; start += BATCH) {
    const list = rows.slice(start, start + BATCH);
    const outcomes = dataOf(await ctx.centre.rpc("user_import", { list, preview: true }));
    const taken = [];
    for (const { line, outcome, message, userId } of outcomes) {
      if (outcome === "rejected") {
        rejected.push({ line, message: message ?? "" });
        continue;
      }
      counts[outcome]++;
      const row = list.find((one) => one.line === line);
      if (outcome !== "unchanged") taken.push({ ...row, outcome, ...(userId && { userId }) });
    }
    dataOf(await ctx.centre.rpc("plan_add_users", { plan_id: made.id, list: taken }));
  }
  rejected.sort((a, b) => a.line - b.line);
  const report = {
    ...counts,
    changed: counts.created + counts.updated,
    rejected: rejected.length,
    rejectedLines: rejected.slice(0, MOST_TOLD),
  };
  dataOf(await ctx.centre.rpc("plan_start", { plan_id: made.id, report }));
  return made;
}
