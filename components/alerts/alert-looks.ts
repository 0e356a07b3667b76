import { CirclePause, CircleX, Clock, type LucideIcon, ServerOff, UserX } from "lucide-react";
import type { AlertKind } from "@/lib/alerts/schema";

/** How each kind of alert is shown, and where one looks into it. */
export const alertLooks = {
  site_blocked: { word: "Site blocked", icon: CircleX, href: "/sites" },
  failures_standing: { word: "Users failing", icon: UserX, href: "/sync?status=failed" },
  removals_held: { word: "Removals held", icon: CirclePause, href: "/removals" },
  changes_waiting: { word: "Changes waiting", icon: Clock, href: "/sync?status=pending" },
  no_worker: { word: "No worker", icon: ServerOff, href: "/" },
} as const satisfies Record<AlertKind, { word: string; icon: LucideIcon; href: string }>;
