import { Globe, Grid3x3, LayoutDashboard, ScrollText, Settings, Users } from "lucide-react";

/** Where one can go, in the order of the sidebar. */
export const places = [
  { href: "/", name: "Overview", icon: LayoutDashboard },
  { href: "/users", name: "Users", icon: Users },
  { href: "/sites", name: "Connected Sites", icon: Globe },
  { href: "/sync", name: "User Data Sync", icon: Grid3x3 },
  { href: "/log", name: "Log", icon: ScrollText },
  { href: "/settings", name: "Settings", icon: Settings },
] as const;
