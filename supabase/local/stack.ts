import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { type Api, startApi } from "@/supabase/local/api";
import { connect, prepareDatabase } from "@/supabase/local/database";
import { readJson, writeJson } from "@/supabase/local/files";
import { createKeys, projectKeys, randomText } from "@/supabase/local/keys";
import { lockDirectory } from "@/supabase/local/lock";
import { migrate } from "@/supabase/local/migrate";
import { type Cluster, startCluster } from "@/supabase/local/postgres";

/** One Supabase project of the embedded stack: an API on loopback and the database behind it. */
export interface Project {
  name: string;
  url: string;
  secretKey: string;
  publishableKey: string;
  databaseUrl: string;
}

export interface Stack {
  central: Project;
  sites: Project[];
  stop(): Promise<void>;
}

// What must be the same at the next start: keys and URLs are registered with Roster and its sites.
const kept = z.object({
  password: z.string(),
  port: z.int().optional(),
  projects: z.record(z.string(), projectKeys.extend({ port: z.int().optional() })),
});
type Kept = z.infer<typeof kept>;

/**
 * Starts PostgreSQL and a Supabase API for the centre (with all migrations applied) and for each site
 * (with an empty database). Keys and ports are kept in `dataDir`; a port that somebody else has taken in
 * the meantime is replaced by a free one, so a project's `url` may then change.
 */
export async function startStack(options: { dataDir: string; sites: string[] }): Promise<Stack> {
  const dataDir = resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true });
  const undo: (() => Promise<void>)[] = [await lockDirectory(dataDir)];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const path = join(dataDir, "stack.json");
    const state: Kept = (await readJson(path, kept)) ?? { password: randomText(24), projects: {} };
    const names = ["central", ...options.sites];
    for (const name of names) state.projects[name] ??= createKeys();
    await writeJson(path, state); // before PostgreSQL is made with that password

    const cluster = await startCluster({ dataDir: join(dataDir, "postgres"), durable: true, ...state });
    undo.push(() => cluster.stop());
    await prepareDatabases(cluster, names);
    const [central, ...sites] = await Promise.all(
      names.map((name) => startProject(name, cluster, state, undo)),
    );
    if (!central) throw new Error("The centre is always started");
    state.port = cluster.port;
    await writeJson(path, state);
    return { central, sites, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function prepareDatabases(cluster: Cluster, names: string[]): Promise<void> {
  const admin = connect(cluster.url("postgres"));
  try {
    for (const name of names) await prepareDatabase(admin, name, cluster.url(name));
  } finally {
    await admin.end({ timeout: 1 });
  }
  await migrate(cluster.url("central"));
}

async function startProject(name: string, cluster: Cluster, state: Kept, undo: (() => Promise<void>)[]) {
  const keys = state.projects[name];
  if (!keys) throw new Error(`There are no keys for ${name}`);
  const databaseUrl = cluster.url(name);
  const api: Api = await startApi({ databaseUrl, keys, port: keys.port });
  undo.push(() => api.close());
  keys.port = api.port;
  return projectOf({ name, url: api.url, databaseUrl, ...keys });
}

function projectOf({ name, url, secretKey, publishableKey, databaseUrl }: Project): Project {
  return { name, url, secretKey, publishableKey, databaseUrl };
}
