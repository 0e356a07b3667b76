import {
  CircleAlert,
  CircleCheck,
  CircleEqual,
  CircleHelp,
  CircleMinus,
  CirclePause,
  CirclePlus,
  CircleSlash,
  CircleX,
  Clock,
  type LucideIcon,
  RotateCw,
} from "lucide-react";
import type { Tone } from "@/components/ui/badge";
import type { PairState, PairStatus } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";
import { isStanding } from "./reason-words";

interface PairLook {
  word: string;
  tone: Tone;
  icon: LucideIcon;
  /** What the word means, in a sentence. */
  meaning: string;
}

/** How each state of a user at a site is shown, everywhere. */
export const pairLooks: Record<PairStatus, PairLook> = {
  synced: {
    word: "Synced",
    tone: "ok",
    icon: CircleCheck,
    meaning: "The site has this user exactly as Roster does.",
  },
  pending: {
    word: "Waiting",
    tone: "info",
    icon: Clock,
    meaning: "A change is on its way to this site.",
  },
  retrying: {
    word: "Retrying",
    tone: "warn",
    icon: RotateCw,
    meaning: "The last attempt failed. Roster tries again by itself.",
  },
  failed: {
    word: "Failed",
    tone: "bad",
    icon: CircleX,
    meaning: "Somebody has to change something before this can work.",
  },
  held: {
    word: "Held",
    tone: "warn",
    icon: CirclePause,
    meaning:
      "This user left the list or the site's scope. The removal waits until somebody approves or rejects it.",
  },
  kept: {
    word: "Kept",
    tone: "idle",
    icon: CircleEqual,
    meaning: "This user is inactive. The site's removal policy keeps the row there.",
  },
  out_of_scope: {
    word: "Not in scope",
    tone: "idle",
    icon: CircleSlash,
    meaning: "This site's scope leaves this user out.",
  },
  removed: {
    word: "Removed",
    tone: "idle",
    icon: CircleMinus,
    meaning: "This user is inactive and is not at the site.",
  },
  different: {
    word: "Different",
    tone: "warn",
    icon: CircleAlert,
    meaning: "A comparison found other values at the site.",
  },
  missing: {
    word: "Missing",
    tone: "warn",
    icon: CircleHelp,
    meaning: "A comparison found no row of this user at the site.",
  },
  extra: {
    word: "Extra",
    tone: "warn",
    icon: CirclePlus,
    meaning: "This user is inactive, and a comparison found a row of theirs at the site.",
  },
};

/** The states in the order in which they are offered and counted. */
export const pairStates = [
  "synced",
  "pending",
  "retrying",
  "failed",
  "held",
  "different",
  "missing",
  "extra",
  "removed",
  "kept",
  "out_of_scope",
] as const satisfies PairStatus[];

/** Whether trying again could help: a site without credentials, or a paused one, is not tried at all. */
export function canRetry({ status, error_code }: Pick<PairState, "status" | "error_code">): boolean {
  if (isStanding(error_code)) return false;
  return status === "failed" || status === "retrying";
}

/** When a pair is tried next: not before its site is, however long the pair's own time has passed. */
export function nextAttempt(retryAt: string, site: Pick<Site, "retryAt"> | undefined): string {
  const siteAt = site?.retryAt ?? retryAt;
  return Date.parse(siteAt) > Date.parse(retryAt) ? siteAt : retryAt;
}
