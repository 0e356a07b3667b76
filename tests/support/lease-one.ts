import type { Centre, LeasedSite } from "@/lib/sync/ports";

/** Leases one ready site; null when there is none. */
export async function leaseOne(centre: Centre, seconds: number): Promise<LeasedSite | null> {
  const [site] = await centre.leaseSites(seconds, 1);
  return site ?? null;
}
