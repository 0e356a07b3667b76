import type { Sealer } from "@/lib/secrets/sealer";
import { credentialsPlace } from "@/lib/secrets/sealer";
import { startWorker, type Worker } from "@/lib/sync";
import type { Log } from "@/lib/sync/ports";
import { outgoing } from "@/tests/support/outgoing";
import type { TestProject } from "@/tests/support/project";

const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface SiteToSeal {
  name: string;
  kind?: "supabase" | "webhook";
  url: string;
  secret: string;
}

/** Connects a site with sealed credentials, as the API would. */
export async function addSealedSite(centre: TestProject, sealer: Sealer, site: SiteToSeal): Promise<string> {
  const { name, kind = "supabase", url, secret } = site;
  const [row] = await centre.sql`
    insert into connected_sites (name, url, kind) values (${name}, ${url}, ${kind}) returning id`;
  const id = String(row?.id);
  const sealed = await sealer.seal(secret, credentialsPlace({ id, kind, url }));
  await centre.sql`select site_set_credentials(${id}, ${url}, ${sealed}, ${secret.slice(-4)})`;
  return id;
}

/** The engine as the product starts it, on sealed credentials. */
export function startSealedWorker(centre: TestProject, sealer: Sealer, log = silent): Worker {
  return startWorker({
    supabaseUrl: centre.url,
    secretKey: centre.secretKey,
    openCredentials: (site, sealed) => sealer.open(sealed, credentialsPlace(site)),
    outgoing,
    log,
  });
}
