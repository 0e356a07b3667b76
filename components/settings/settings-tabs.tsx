"use client";

import { useQuery } from "@tanstack/react-query";
import { TabLinks } from "@/components/ui/tab-links";
import { sessionQuery } from "@/lib/session/queries";
import { settingsPartsFor } from "./parts";

/** The parts of Settings that the member may open. */
export function SettingsTabs() {
  const { data: session } = useQuery(sessionQuery);
  return <TabLinks label="Settings" tabs={settingsPartsFor(session?.role ?? "viewer")} />;
}
