import { Bell, Bot, KeyRound, type LucideIcon, ScrollText, SlidersHorizontal, Users } from "lucide-react";
import type { Route } from "next";
import { type MemberScope, type Role, roleMay } from "@/lib/access/roles";

interface Part {
  href: Route;
  name: string;
  icon: LucideIcon;
  /** Whom it is for; everybody, without it. */
  scope?: MemberScope;
}

/** The parts of Settings, in the order of the tabs. */
export const settingsParts: readonly Part[] = [
  { href: "/settings", name: "General", icon: SlidersHorizontal },
  { href: "/settings/alerts", name: "Alerts", icon: Bell, scope: "sites:write" },
  { href: "/settings/members", name: "Members", icon: Users, scope: "access:manage" },
  { href: "/settings/keys", name: "API keys", icon: Bot, scope: "access:manage" },
  { href: "/settings/secrets", name: "Secrets", icon: KeyRound },
  { href: "/settings/audit", name: "Audit log", icon: ScrollText, scope: "audit:read" },
];

/** The parts that members of a role may open. */
export function settingsPartsFor(role: Role): readonly Part[] {
  return settingsParts.filter(({ scope }) => scope === undefined || roleMay(role, scope));
}
