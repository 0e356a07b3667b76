import { type Centre, dataOf } from "@/lib/centre";
import type { SealingKeys, SealingKeyUse } from "@/lib/secrets/schema";
import type { Sealer } from "@/lib/secrets/sealer";

/** Which keys seal the sites' credentials, and how many each. Holds no secret. */
export async function listSealingKeys({
  centre,
  sealer,
}: {
  centre: Centre;
  sealer: Sealer;
}): Promise<SealingKeys> {
  const counted = dataOf(await centre.rpc("secrets_by_key", {}));
  const configured = sealer.kids.map((kid, position): SealingKeyUse => {
    const { sealed = 0, since = null } = counted.find((count) => count.kid === kid) ?? {};
    return { kid, current: position === 0, configured: true, sealed, since };
  });
  const missing = counted.filter(({ kid }) => kid === null || !sealer.kids.includes(kid));
  const others = missing.map((count) => ({ ...count, current: false, configured: false }));
  return { keys: [...configured, ...others] };
}
