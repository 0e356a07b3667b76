import { CircleCheck, CircleX, KeyRound, type LucideIcon, Pause, TriangleAlert } from "lucide-react";
import type { Tone } from "@/components/ui/badge";
import type { Site } from "@/lib/sites/schema";

interface HealthLook {
  word: string;
  tone: Tone;
  icon: LucideIcon;
}

/** The health of a site in words. What an admin did themselves comes before what the engine found. */
export function healthOf(site: Site): HealthLook {
  if (site.status === "paused") return { word: "Paused", tone: "idle", icon: Pause };
  if (!site.hasCredentials) return { word: "Needs credentials", tone: "warn", icon: KeyRound };
  switch (site.health) {
    case "blocked":
      return { word: "Cannot sync", tone: "bad", icon: CircleX };
    case "degraded":
      return { word: "Trying again", tone: "warn", icon: TriangleAlert };
    case "ok":
      return { word: "Healthy", tone: "ok", icon: CircleCheck };
  }
}
