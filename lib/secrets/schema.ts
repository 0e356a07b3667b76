import { z } from "zod";
import { moment } from "@/lib/http/time";

/** A key of ROSTER_SECRET_KEYS by its name, with what it has sealed. Never the key itself. */
const sealingKeyUse = z.object({
  /** Null for sealed texts whose header cannot be read. */
  kid: z.string().nullable(),
  /** Whether it is the first one, which seals. */
  current: z.boolean(),
  /** Whether it is in ROSTER_SECRET_KEYS; what a missing one has sealed cannot be opened. */
  configured: z.boolean(),
  /** How many secrets it has sealed that are still there. */
  sealed: z.int(),
  /** When it first sealed something, as far as is known; null for a key that has sealed nothing that is there. */
  since: moment.nullable(),
});
export type SealingKeyUse = z.infer<typeof sealingKeyUse>;

/** Answer of `GET /api/secrets`: the configured keys in their order, then others that are in use. */
export const sealingKeys = z.object({ keys: z.array(sealingKeyUse) });
export type SealingKeys = z.infer<typeof sealingKeys>;

/** Answer of `secrets_by_key`. */
export type SealedCount = Pick<SealingKeyUse, "kid" | "sealed" | "since">;
