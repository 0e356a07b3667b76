import { z } from "zod";
import { type RosterApi, RosterApiError } from "@/supabase/local/demo/roster-api";
import { sampleUsers } from "@/supabase/local/demo/sample-users";
import type { Kept } from "@/supabase/local/demo/secrets";
import type { Project } from "@/supabase/local/stack";

const site = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  supabaseUrl: z.string().nullish(),
});
const siteList = z.object({ items: z.array(site) });
type Site = z.infer<typeof site>;

const listSites = async (api: RosterApi) => (await api.call("GET", "/api/sites?limit=500", siteList)).items;

/** Connects the sites and creates the sample users, through the API; what is there already stays as it is. */
export async function createSamples(api: RosterApi, projects: Project[]): Promise<void> {
  const registered = await listSites(api);
  for (const project of projects) {
    const found = registered.find(({ name }) => name === project.name);
    const { id } =
      found ?? (await api.call("POST", "/api/sites", site, { name: project.name, url: project.url }));
    await saveCredentials(api, id, project);
  }
  for (const user of sampleUsers) await createUser(api, user);
}

/**
 * Tells Roster about sites whose port had to change since the last start, because somebody else has taken
 * it. `urls` holds each site's URL of then, and afterwards of now.
 */
export async function followMovedSites(
  api: RosterApi,
  projects: Project[],
  urls: Kept["siteUrls"],
): Promise<void> {
  const moved = projects.filter(({ name, url }) => urls[name] !== undefined && urls[name] !== url);
  const registered = moved.length > 0 ? await listSites(api) : [];
  for (const project of moved) {
    const before = urls[project.name];
    for (const entry of registered.filter(
      ({ url, supabaseUrl }) => url === before || supabaseUrl === before,
    )) {
      await move(api, entry, project, before);
    }
  }
  for (const { name, url } of projects) urls[name] = url;
}

async function move(api: RosterApi, entry: Site, project: Project, before?: string): Promise<void> {
  if (entry.url === before) await api.call("PATCH", `/api/sites/${entry.id}`, site, { url: project.url });
  if (entry.supabaseUrl === before) await saveCredentials(api, entry.id, project);
}

async function saveCredentials(api: RosterApi, id: string, project: Project): Promise<void> {
  const credentials = { supabaseUrl: project.url, supabaseKey: project.secretKey };
  await api.call("PUT", `/api/sites/${id}/credentials`, site, credentials);
}

async function createUser(api: RosterApi, user: object): Promise<void> {
  try {
    await api.call("POST", "/api/users", z.unknown(), user);
  } catch (error) {
    // The user is left from a first start that was cut short.
    if (!(error instanceof RosterApiError && error.status === 409)) throw error;
  }
}
