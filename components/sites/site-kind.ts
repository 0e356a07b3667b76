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
  /** What may become of the users there when the site is disconnected. */
  leaving: readonly { value: "keep" | "remove"; title: string; aside?: string; hint: string }[];
}

/** What is said about the two kinds of site. */
export const SITE_KINDS: Record<Site["kind"], SiteKind> = {
  supabase: {
    name: "Supabase project",
    hint: "Roster writes into the site's own table user_profiles. Its developer runs one SQL file.",
    credentials: "Supabase credentials",
    icon: Database,
    missing: "Enter its Supabase URL and key, and every user is sent to it.",
    leaving: [
      {
        value: "keep",
        title: "Keep the users there",
        aside: "Default",
        hint: "The rows in the site's user_profiles stay as they are.",
      },
      {
        value: "remove",
        title: "Remove them first",
        hint: "Deletes every row that Roster wrote there, whatever the site does when a user leaves. Then it is disconnected.",
      },
    ],
  },
  webhook: {
    name: "HTTP endpoint",
    hint: "Roster calls the site with a signed message per user. Its developer adds one endpoint.",
    credentials: "Webhook settings",
    icon: Webhook,
    missing: "Save its webhook URL and a signing secret, and every user is sent to it.",
    leaving: [
      {
        value: "keep",
        title: "Tell the site nothing",
        aside: "Default",
        hint: "The users it has been told of stay as they are.",
      },
      {
        value: "remove",
        title: "Tell it to remove them first",
        hint: "Sends user.removed for everybody it has been told of. Then it is disconnected.",
      },
    ],
  },
};
