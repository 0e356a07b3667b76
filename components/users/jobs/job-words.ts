import { count, formatNumber } from "@/components/ui/numbers";
import type { BulkChange } from "@/lib/users/bulk";
import type { UserJob } from "@/lib/users/job-schema";

/** What a change of many users is called while it is under way, and when it is done. */
function verbsOf(change: BulkChange): { doing: string; done: string } {
  const fields = Object.keys(change);
  if (fields.length === 0) return { doing: "Sending", done: "sent to every site again" };
  if (fields.length > 1 || change.status === undefined) return { doing: "Changing", done: "changed" };
  return change.status === "active"
    ? { doing: "Reactivating", done: "reactivated" }
    : { doing: "Deactivating", done: "deactivated" };
}

/** How far a change of many users is, or what came of it. */
export function jobText({ change, state, total, matched, changed, unchanged, refused }: UserJob): string {
  const { doing, done } = verbsOf(change);
  const far = `${formatNumber(matched)} of ${count(total, "user")}`;
  if (state === "running") return `${doing} ${far}.`;
  const said = [`${count(changed, "user")} ${changed === 1 ? "was" : "were"} ${done}.`];
  if (unchanged > 0) said.push(`${count(unchanged, "user")} had nothing to change.`);
  if (refused > 0)
    said.push(`${count(refused, "user")} ${refused === 1 ? "is" : "are"} not in the list any more.`);
  if (state === "cancelled") said.unshift(`Stopped after ${far}.`);
  if (state === "failed") said.unshift(`Given up after ${far}.`);
  return said.join(" ");
}
