import { inject } from "vitest";
import { cloneProject, type TestProject } from "@/tests/support/project";
import { centreTemplate, emptyTemplate, siteTemplate } from "@/tests/support/templates";

export type { TestProject } from "@/tests/support/project";

/** A new central project with all migrations applied and no rows. */
export async function createCentre(): Promise<TestProject> {
  return await cloneProject(inject("adminUrl"), "central", centreTemplate);
}

/** A new site's project: with Roster's table (`roster`, the default), or without any table (`none`). */
export async function createSite(
  options: { name?: string; table?: "roster" | "none" } = {},
): Promise<TestProject> {
  const template = options.table === "none" ? emptyTemplate : siteTemplate;
  return await cloneProject(inject("adminUrl"), options.name ?? "site", template);
}
