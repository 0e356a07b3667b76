import {
  CircleCheck,
  CircleX,
  KeyRound,
  type LucideIcon,
  Pause,
  ScanSearch,
  TriangleAlert,
  Unplug,
  UsersRound,
  UserX,
} from "lucide-react";
import type { Tone } from "@/components/ui/badge";
import type { SiteCounts } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";

interface HealthLook {
  word: string;
  tone: Tone;
  icon: LucideIcon;
}

/** Every health there is, the worst first: in this order sites are listed. */
export const HEALTHS = [
  "blocked",
  "degraded",
  "unready",
  "undecided",
  "disconnecting",
  "refused",
  "drifted",
  "paused",
  "ok",
] as const;
export type SiteHealth = (typeof HEALTHS)[number];

export const healthLooks: Record<SiteHealth, HealthLook> = {
  blocked: { word: "Cannot sync", tone: "bad", icon: CircleX },
  degraded: { word: "Retrying", tone: "warn", icon: TriangleAlert },
  unready: { word: "Needs credentials", tone: "warn", icon: KeyRound },
  undecided: { word: "Has users already", tone: "warn", icon: UsersRound },
  disconnecting: { word: "Disconnecting", tone: "info", icon: Unplug },
  refused: { word: "Users fail", tone: "bad", icon: UserX },
  drifted: { word: "Not as in the list", tone: "warn", icon: ScanSearch },
  paused: { word: "Paused", tone: "idle", icon: Pause },
  ok: { word: "Healthy", tone: "ok", icon: CircleCheck },
};

/**
 * How a site does. What an admin did themselves comes before what the engine found; with counts, a site that is well but
 * refuses some of its users, or was found to have other rows, is told from one that has everybody.
 */
export function healthKey(site: Site, counts?: SiteCounts): SiteHealth {
  if (site.waitsForTakeOver) return "undecided";
  if (site.status !== "active") return site.status;
  if (!site.hasCredentials) return "unready";
  if (site.health !== "ok") return site.health;
  if (counts && counts.failed + counts.retrying > 0) return "refused";
  return counts && counts.drifted > 0 ? "drifted" : "ok";
}

/** The health of a site in words. */
export function healthOf(site: Site, counts?: SiteCounts): HealthLook {
  return healthLooks[healthKey(site, counts)];
}
