import type { Alert, AlertKind } from "@/lib/alerts/schema";
import { adviceFor } from "@/lib/sync/core/failure";

/** What a message needs to know of an alert. */
export type Told = Pick<Alert, "kind" | "site" | "detail">;

interface Words {
  /** A line that says it all. */
  headline(alert: Told): string;
  /** What to know and to do besides. */
  more(alert: Told): string;
  /** The line when it is over. */
  over(alert: Told): string;
  /** The page where one looks. */
  page: string;
}

const grouped = new Intl.NumberFormat("en");
const count = (value: number, one: string) => `${grouped.format(value)} ${one}${value === 1 ? "" : "s"}`;

const WORDS: Record<AlertKind, Words> = {
  site_blocked: {
    headline: ({ site }) => `${site} cannot sync`,
    more: ({ detail }) => [detail.error, adviceFor(detail.errorCode ?? null)].filter(Boolean).join(" "),
    over: ({ site }) => `${site} can sync again`,
    page: "/sites",
  },
  failures_standing: {
    headline: ({ site, detail }) => `${count(detail.users ?? 0, "user")} failing at ${site}`,
    more: () => "They have been refused for 15 minutes or more. The reason stands beside each of them.",
    over: ({ site }) => `Nobody has been failing at ${site} for long any more`,
    page: "/sync?status=failed",
  },
  removals_held: {
    headline: ({ site, detail }) => `${count(detail.removals ?? 0, "removal")} held at ${site}`,
    more: () =>
      "More users than usual left at once. Nobody is removed there until somebody approves it or puts them back.",
    over: ({ site }) => `No removal is held at ${site} any more`,
    page: "/removals",
  },
  changes_waiting: {
    headline: ({ site }) => `Changes wait for ${site ?? "a worker"} for more than 10 minutes`,
    more: ({ detail }) => (detail.since ? `The oldest has waited since ${clock(detail.since)}.` : ""),
    over: ({ site }) => `Changes do not wait for ${site ?? "a worker"} for long any more`,
    page: "/sync?status=pending",
  },
  no_worker: {
    headline: () => "No worker is alive, so nothing syncs",
    more: () => "Changes are kept and go out when a worker runs again. Start the server or npm run worker.",
    over: () => "A worker is alive again",
    page: "/",
  },
};

/** What is the matter, for the page of alerts. */
export function alertText(alert: Told): string {
  const { headline, more } = WORDS[alert.kind];
  return [`${headline(alert)}.`, more(alert)].filter(Boolean).join(" ");
}

/** What is sent when an alert starts or ends. `origin`: where this Roster is, when that is known. */
export function alertMessage(alert: Told, phase: "start" | "end", origin: string | undefined) {
  const { headline, more, over, page } = WORDS[alert.kind];
  const line = phase === "start" ? headline(alert) : over(alert);
  const lines = [`${line}.`, ...(phase === "start" ? [more(alert)] : []), ...(origin ? [origin + page] : [])];
  return { subject: `Roster: ${line}`, text: lines.filter(Boolean).join("\n") };
}

function clock(time: string): string {
  return `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
