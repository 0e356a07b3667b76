import { count, formatNumber } from "@/components/ui/numbers";
import type { PlanKind } from "@/lib/plans/kinds";
import type { Plan, PlannedSite } from "@/lib/plans/schema";

/** How each thing that a plan does is spoken of. */
export const KIND_WORDS: Record<PlanKind, { head: string; group: string }> = {
  create: { head: "Create", group: "Created" },
  update: { head: "Change", group: "Changed" },
  remove: { head: "Remove", group: "Removed" },
  skip: { head: "Skip", group: "Skipped" },
};

const REASONS: Record<string, string> = {
  equal: "equal already",
  out_of_scope: "outside the scope",
  inactive: "not there and inactive",
  kept: "kept by the site's removal policy",
  held: "held by the removal guard until somebody approves",
  blocked: "blocked by a row of the site's own",
  left_alone: "left alone",
  take_over: "waiting until somebody decides about the table's own rows",
  departed: "left the list or the site's scope",
};

/** Why a row is removed or skipped, in words. */
export function reasonWords(reason: string): string {
  return REASONS[reason] ?? reason;
}

/** "970 equal already, 3 left alone". */
export function skippedWords({ skipped }: Pick<PlannedSite, "skipped">): string {
  return Object.entries(skipped)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, rows]) => `${formatNumber(rows)} ${reasonWords(reason)}`)
    .join(", ");
}

/** "role in 12 rows, team in 3". */
export function fieldWords({ updatedFields }: Pick<PlannedSite, "updatedFields">): string {
  return Object.entries(updatedFields)
    .sort(([, a], [, b]) => b - a)
    .map(([name, rows], index) => `${name} in ${index === 0 ? count(rows, "row") : formatNumber(rows)}`)
    .join(", ");
}

/** How many rows a plan writes or removes. */
export function changesOf({ sites }: Pick<Plan, "sites">): number {
  return sites.reduce((sum, { create, update, remove }) => sum + create + update + remove, 0);
}

/** What a plan comes to, in a sentence. */
export function summaryOf(plan: Plan): string {
  const changes = changesOf(plan);
  const touched = plan.sites.filter((site) => site.create + site.update + site.remove > 0).length;
  const list = listWords(plan);
  if (changes === 0) return `${list}No row would change at any site.`;
  return `${list}${count(changes, "row")} at ${count(touched, "site")} would change.`;
}

/** What becomes of the list, where the action is about users. */
function listWords({ action, report }: Pick<Plan, "action" | "report">): string {
  const number = (name: string) => (typeof report[name] === "number" ? report[name] : 0);
  if (action === "bulk") return `${count(number("changed"), "user")} in the list. `;
  if (action !== "import") return "";
  return `In the list: ${formatNumber(number("created"))} created, ${formatNumber(number("updated"))} changed. `;
}

const ACTIONS: Record<Plan["action"], string> = {
  sync_all: "Sync All Users",
  scope: "Scope",
  mapping: "Mapping",
  removal: "Removal policy",
  bulk: "Change of several users",
  import: "Import",
};

/** What a plan is about, such as "Scope of HRMS". */
export function titleOf({ action, sites }: Pick<Plan, "action" | "sites">): string {
  const [one] = sites;
  const ofOneSite = action === "scope" || action === "mapping" || action === "removal";
  return one && ofOneSite ? `${ACTIONS[action]} of ${one.site}` : ACTIONS[action];
}
