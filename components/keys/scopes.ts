import type { KeyScope } from "@/lib/keys/schema";

/** What each scope allows, in the order in which they are offered. */
export const scopeChoices: readonly { scope: KeyScope; meaning: string }[] = [
  { scope: "users:read", meaning: "List and look up users." },
  { scope: "users:write", meaning: "Add, change, deactivate and reactivate users." },
  { scope: "sites:read", meaning: "List sites and their health. Never their credentials." },
  { scope: "sites:write", meaning: "Add, change and disconnect sites, and replace their credentials." },
  { scope: "sync:read", meaning: "See where users stand at each site, runs, and the log." },
  { scope: "sync:run", meaning: "Start syncs and retries." },
  { scope: "metrics:read", meaning: "Read the numbers for monitoring at /api/metrics, and nothing else." },
];
