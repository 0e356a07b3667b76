import type postgres from "postgres";
import { openReader } from "@/lib/sync/adapters/open-reader";
import { systemClock } from "@/lib/sync/adapters/system-clock";
import { createVerifyCentre } from "@/lib/sync/adapters/verify-centre";
import type { SideLoop } from "@/lib/sync/side-loop";
import type { SiteReader } from "@/lib/sync/verify/ports";
import { startVerifier } from "@/lib/sync/verify/verifier";
import type { Arena } from "@/tests/support/faults/arena";
import { until } from "@/tests/support/faults/truth";
import { outgoing } from "@/tests/support/outgoing";

/** What a comparison found, as the API has it. */
export interface Found {
  id: string;
  equal: number;
  different: number;
  missing: number;
  extra: number;
  skipped: number;
  repaired: number;
  errorCode: string | null;
  finishedAt?: string;
  items: {
    userId: string;
    kind: string;
    email: string | null;
    fields: { name: string; here: string | null; there: string | null }[];
  }[];
}

/** A comparison that ends early keeps its lease until it has run out, as a dead worker's does; here that takes no time. */
function expiring(sql: postgres.Sql) {
  const expire = async () => void (await sql`update site_verifications set lease_until = now()`);
  return { info: () => undefined, warn: () => void expire().catch(() => undefined), error: () => undefined };
}

/** A worker's comparing half, on the arena's centre; `wrap` may change how it reads. */
export function startTestVerifier({ centre }: Arena, wrap = (reader: SiteReader) => reader): SideLoop {
  return startVerifier({
    centre: createVerifyCentre(centre.url, centre.secretKey, "verifier"),
    openReader: async (site, owners, aborting) => {
      const reader = openReader(site, site.credentials, owners, { outgoing, aborting });
      return "code" in reader ? reader : wrap(reader);
    },
    clock: systemClock,
    log: expiring(centre.sql),
    pollMs: 50,
    maxSites: 2,
  });
}

/** The database of the arena's first site. */
export function siteSql({ sites }: Arena): postgres.Sql {
  const [site] = sites;
  if (!site) throw new Error("The arena has a site");
  return site.project.sql;
}

/** Asks for a comparison of the arena's first site. */
export async function requestVerify({ centre, sites }: Arena, repair = false): Promise<string> {
  const [row] = await centre.sql`select request_verify(${sites[0]?.id ?? ""}, ${repair}) as answer`;
  return String(row?.answer.verificationId);
}

/** What a comparison has found so far. */
export async function readVerification({ centre, sites }: Arena, id: string, most = 5_000): Promise<Found> {
  const [row] = await centre.sql`
    select verification_read(${sites[0]?.id ?? ""}, ${id}, null, null, null, ${most}) as found`;
  return row?.found;
}

/** Waits for the end of a comparison, and answers what it found. */
export async function verified(arena: Arena, id: string, milliseconds = 30_000): Promise<Found> {
  await until("the site is compared", milliseconds, async () => {
    return (await readVerification(arena, id, 0)).finishedAt !== undefined;
  });
  return await readVerification(arena, id);
}

/** Waits until so many of a comparison's rows are put right. */
export async function repaired(arena: Arena, id: string, rows: number, milliseconds = 30_000): Promise<void> {
  await until("the rows are put right", milliseconds, async () => {
    return (await readVerification(arena, id, 0)).repaired === rows;
  });
}
