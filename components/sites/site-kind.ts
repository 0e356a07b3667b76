import { Database, type LucideIcon, Webhook } from "lucide-react";
import type { Site } from "@/lib/sites/schema";

interface SiteKind {
  /** What such a site is. */
  name: string;
  /** How users get there, for those who choose. */
  hint: string;
  /** What the button with the icon opens. */
  credentials: string;
  icon: LucideIcon;
  /** What to do while there are none. */
  missing: string;
}

/** What is said about the two kinds of site. */
export const SITE_KINDS: Record<Site["kind"], SiteKind> = {
  supabase: {
    name: "Supabase project",
    hint: "Roster writes into the site's own table user_profiles. Its developer runs one SQL file.",
    credentials: "Supabase credentials",
    icon: Database,
    missing: "Enter its Supabase URL and key, and every user is sent to it.",
  },
  webhook: {
    name: "HTTP endpoint",
    hint: "Roster calls the site with a signed message per user. Its developer adds one endpoint.",
    credentials: "Webhook settings",
    icon: Webhook,
    missing: "Save its webhook URL and a signing secret, and every user is sent to it.",
  },
};
