import type { Site } from "@/lib/sites/schema";

/** The way of a new site. `prepare` is the table of a Supabase project, or giving an endpoint its secret. */
export type GuideStep = "site" | "connect" | "prepare" | "sync";

export const STEPS: readonly GuideStep[] = ["site", "connect", "prepare", "sync"];

/** Where somebody who comes back goes on. */
export function nextStep(site: Site | null): GuideStep {
  if (site === null) return "site";
  return site.hasCredentials ? "sync" : "connect";
}

/** What the steps are called on the way of a kind of site. */
export const STEP_NAMES: Record<Site["kind"], Record<GuideStep, string>> = {
  supabase: { site: "Site", connect: "Credentials", prepare: "Table", sync: "First sync" },
  webhook: { site: "Site", connect: "Endpoint", prepare: "Secret", sync: "First sync" },
};

/** What the panel says of a step. */
export function headOf(step: GuideStep, site: Site | null): { title: string; description: string } {
  if (step === "site" || site === null) {
    return { title: "Add Site", description: "Its name and address. How Roster reaches it comes next." };
  }
  const webhook = site.kind === "webhook";
  switch (step) {
    case "connect":
      return webhook
        ? {
            title: `Webhook settings of ${site.name}`,
            description: "Roster calls this URL with a signed message for every user.",
          }
        : {
            title: `Supabase credentials of ${site.name}`,
            description: "From the site's Supabase project: Settings, API Keys.",
          };
    case "prepare":
      return webhook
        ? {
            title: `Signing secret of ${site.name}`,
            description: "It is shown this once. Roster keeps it sealed and never shows it again.",
          }
        : {
            title: `The table of ${site.name}`,
            description: "Roster writes into user_profiles, which this SQL makes.",
          };
    case "sync":
      if (site.waitsForTakeOver) {
        return {
          title: `${site.name} has users already`,
          description: "Nothing is written there until you have decided what becomes of them.",
        };
      }
      return { title: `First sync of ${site.name}`, description: "Every active user is sent there." };
  }
}
