import { join } from "node:path";
import { z } from "zod";
import { createApiKey } from "@/lib/access/api-key";
import { readJson, writeJson } from "@/supabase/local/files";
import { randomText } from "@/supabase/local/keys";

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
    apiKey: createApiKey(),
    sampled: false,
    siteUrls: {},
  };
  const save = () => writeJson(path, kept);
  await save();
  return { kept, save };
}
