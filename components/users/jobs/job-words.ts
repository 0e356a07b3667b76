import { count, formatNumber } from "@/components/ui/numbers";
import type { BulkChange } from "@/lib/users/job-queries";
import type { ChangeJob, ImportJob, UserJob } from "@/lib/users/job-schema";

/** What a change of many users is called while it is under way, and when it is done. */
function verbsOf(change: BulkChange): { doing: string; done: string } {
  const fields = Object.keys(change);
  if (fields.length === 0) return { doing: "Sending", done: "sent to every site again" };
  if (fields.length > 1 || change.status === undefined) return { doing: "Changing", done: "changed" };
  return change.status === "active"
    ? { doing: "Reactivating", done: "reactivated" }
    : { doing: "Deactivating", done: "deactivated" };
}

/** Whether a job has not begun because another was there before it: a worker does one at a time. */
export function isNext(job: UserJob, jobs: UserJob[]): boolean {
  if (job.state !== "running") return false;
  // Lines that were refused at the upload count as looked at.
  const begun = job.matched > (job.kind === "import" ? job.refused : 0);
  const before = (other: UserJob) =>
    other.state === "running" && Date.parse(other.createdAt) < Date.parse(job.createdAt);
  return !begun && jobs.some(before);
}

/** What is said of a job that has not begun. */
export function nextText(job: UserJob): string {
  const what =
    job.kind === "import"
      ? `Importing ${shortened(job.file)} (${count(job.total, "line")})`
      : `${verbsOf(job.change).doing} ${count(job.total, "user")}`;
  return `${what} waits for what was started before it.`;
}

/** How far a change of many users or an import is, or what came of it. */
export function jobText(job: UserJob): string {
  return job.kind === "import" ? importText(job) : changeText(job);
}

function changeText({ change, state, total, matched, changed, unchanged, refused }: ChangeJob): string {
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

function importText({ file: name, state, total, matched, ...counts }: ImportJob): string {
  const file = shortened(name);
  const far = `${formatNumber(matched)} of ${count(total, "line")}`;
  switch (state) {
    case "running":
      return `Importing ${file}: ${far}.`;
    case "done":
      return `${file} is imported. ${importCounts(counts)}`;
    case "cancelled":
      return `Stopped the import of ${file} after ${far}. ${importCounts(counts)} ${TO_GO_ON}`;
    case "failed":
      return `Gave up the import of ${file} after ${far}. ${importCounts(counts)} ${TO_GO_ON}`;
  }
}

const LONGEST_NAME = 40;

/** A file's name with its end, which has its kind and often its date. */
function shortened(name: string): string {
  const letters = Array.from(name);
  if (letters.length <= LONGEST_NAME) return name;
  return `${letters.slice(0, LONGEST_NAME - 16).join("")}…${letters.slice(-15).join("")}`;
}

const TO_GO_ON = "To go on, import the file again: lines that are in already change nothing.";

/** What became of the lines of a file, as far as it became of any. */
export function importCounts({
  created,
  changed,
  unchanged,
  refused,
}: Pick<ImportJob, "created" | "changed" | "unchanged" | "refused">): string {
  const said = [
    `${count(created, "user")} added`,
    changed > 0 && `${formatNumber(changed)} changed`,
    unchanged > 0 && `${formatNumber(unchanged)} unchanged`,
    refused > 0 && `${count(refused, "line")} refused`,
  ].filter((part) => part !== false);
  // No number is parted from its word at the end of a line.
  return `${said.map((part) => part.replaceAll(" ", "\u00a0")).join("\u00a0· ")}.`;
}
