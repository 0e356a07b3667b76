"use client";

import dynamic from "next/dynamic";
import type { Site } from "@/lib/sites/schema";

// Forms come when they are opened.
const WebhookDialog = dynamic(() => import("./webhook-dialog").then((file) => file.WebhookDialog), {
  ssr: false,
});

const CredentialsDialog = dynamic(
  () => import("./credentials-dialog").then((file) => file.CredentialsDialog),
  { ssr: false },
);

interface SiteCredentialsProps {
  /** Null while nobody enters any. */
  site: Site | null;
  sql: string;
  onClose: () => void;
}

/** The dialog for the credentials of a site, of whichever kind it is. */
export function SiteCredentials({ site, sql, onClose }: SiteCredentialsProps) {
  if (site === null) return null;
  return site.kind === "supabase" ? (
    <CredentialsDialog site={site} sql={sql} onClose={onClose} />
  ) : (
    <WebhookDialog site={site} onClose={onClose} />
  );
}
