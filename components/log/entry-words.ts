import type { LogEntry } from "@/lib/runs/log-schema";

/** What was tried. */
export const operationWords: Record<LogEntry["operation"], string> = { upsert: "Write", remove: "Remove" };

/** Why it was tried. */
export const triggerWords: Record<LogEntry["trigger"], string> = {
  change: "Change",
  retry: "Retry",
  manual: "Manual sync",
  full: "Full sync",
};
