import { join } from "node:path";
import { createClient } from "@supabase/supabase-js";
import { z } from "zod";
import { readJson, writeJson } from "@/supabase/local/files";
import { randomText } from "@/supabase/local/keys";
import type { Project } from "@/supabase/local/stack";

const schema = z.object({
  /** `ROSTER_SECRET_KEYS`, which seals the sites' credentials. */
  sealingKeys: z.string(),
  admin: z.object({ email: z.string(), password: z.string() }),
  apiKey: z.string(),
  /** Whether the sites and sample users of the first start have been made. */
  sampled: z.boolean(),
  /** Each site's URL at the last start. */
  siteUrls: z.record(z.string(), z.string()),
});

/** What the demo made up at its first start and needs at every later one. */
export type Kept = z.infer<typeof schema>;

export interface Secrets {
  kept: Kept;
  save(): Promise<void>;
}

/** Reads what an earlier start has kept in the data directory, or makes it. */
export async function openSecrets(dataDir: string): Promise<Secrets> {
  const path = join(dataDir, "secrets.json");
  const kept = (await readJson(path, schema)) ?? {
    sealingKeys: `k1:${randomText(32)}`,
    admin: { email: "admin@example.com", password: randomText(12) },
    apiKey: `roster_${randomText(24)}`,
    sampled: false,
    siteUrls: {},
  };
  const save = () => writeJson(path, kept);
  await save();
  return { kept, save };
}

/** Makes the admin's account in the central project, unless it is there. */
export async function createAdmin(central: Project, admin: Kept["admin"]): Promise<void> {
  const options = { auth: { persistSession: false, autoRefreshToken: false } };
  const { error } = await createClient(central.url, central.publishableKey, options).auth.signUp(admin);
  if (error && error.code !== "user_already_exists") throw error;
}
