import { relative } from "node:path";
import type { Kept } from "@/supabase/local/demo/secrets";
import type { Stack } from "@/supabase/local/stack";

interface Facts {
  dashboardUrl: string;
  dataDir: string;
  admin: Kept["admin"];
  stack: Stack;
  empty: boolean;
}

/** What the demo prints when everything is up. */
export function welcome({ dashboardUrl, dataDir, admin, stack, empty }: Facts): string {
  const directory = relative(process.cwd(), dataDir) || ".";
  const shown = directory.startsWith("..") ? dataDir : directory;
  const sites = stack.sites.map(({ name, url }) => `    ${name.padEnd(8)} ${url}`);
  const emptyHint = [
    "",
    "  No site is connected and there are no users: add a site with one of the addresses above,",
    `  whose keys are in ${shown}/demo.json.`,
  ];
  return [
    "",
    "  Roster is running.",
    "",
    `  Dashboard    ${dashboardUrl}`,
    `  Sign in as   ${admin.email}, password ${admin.password}`,
    "",
    `  Central      ${stack.central.url}`,
    "  Sites",
    ...sites,
    ...(empty ? emptyHint : []),
    "",
    `  Keys and database URLs are in ${shown}/demo.json, the dashboard's log is ${shown}/dashboard.log.`,
    "  Ctrl-C stops everything; the next start finds the same data.",
    "",
  ].join("\n");
}
