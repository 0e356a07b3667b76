import type { Role } from "@/lib/access/roles";

/** What a role is called and what it means, wherever one is chosen or named. */
export const roleLooks: Record<Role, { name: string; meaning: string }> = {
  viewer: { name: "Viewer", meaning: "Sees users, sites, sync and the log, and changes nothing." },
  admin: { name: "Admin", meaning: "Changes users and sites, and starts syncs." },
  owner: {
    name: "Owner",
    meaning: "Does everything: also manages members and API keys, and reads the audit log.",
  },
};
