"use client";

import { useMay } from "@/components/access/use-may";
import { TabLinks } from "@/components/ui/tab-links";

const general = { href: "/settings", name: "General" } as const;
const members = { href: "/settings/members", name: "Members" } as const;
const keys = { href: "/settings/keys", name: "API keys" } as const;
const audit = { href: "/settings/audit", name: "Audit log" } as const;

/** The parts of Settings that the member may open. */
export function SettingsTabs() {
  const manages = useMay("access:manage");
  const reads = useMay("audit:read");
  const tabs = [general, ...(manages ? [members, keys] : []), ...(reads ? [audit] : [])];
  return <TabLinks label="Settings" tabs={tabs} />;
}
