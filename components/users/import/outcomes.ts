import { CircleEqual, CirclePlus, CircleX, type LucideIcon, Pencil } from "lucide-react";
import type { Tone } from "@/components/ui/badge";
import type { Outcome } from "./preview";

interface OutcomeLook {
  /** What will happen, and what has happened. */
  before: string;
  after: string;
  tone: Tone;
  icon: LucideIcon;
}

export const OUTCOMES = ["created", "updated", "unchanged", "rejected"] as const satisfies Outcome[];

/** How what becomes of a line is shown. */
export const outcomeLooks: Record<Outcome, OutcomeLook> = {
  created: { before: "To add", after: "Added", tone: "ok", icon: CirclePlus },
  updated: { before: "To change", after: "Changed", tone: "info", icon: Pencil },
  unchanged: { before: "Unchanged", after: "Unchanged", tone: "idle", icon: CircleEqual },
  rejected: { before: "Refused", after: "Refused", tone: "bad", icon: CircleX },
};
