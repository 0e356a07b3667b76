"use client";

import type { Site } from "@/lib/sites/schema";
import { CredentialsDialog } from "./credentials-dialog";
import { WebhookDialog } from "./webhook-dialog";

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
