import { z } from "zod";

/** Everything that the header of a sealed text says, and nothing else may: no `zip`, no `crit`, no key of its own. */
const header = z.strictObject({
  alg: z.literal("dir"),
  enc: z.literal("A256GCM"),
  kid: z.string(),
  siteId: z.string(),
  field: z.string(),
  origin: z.string().optional(),
});
export type SealedHeader = z.infer<typeof header>;

/**
 * The header of a sealed text, which proves nothing before the text is opened; null for what `seal` never writes.
 * Each part must be spelled as base64url spells it: the last character has bits that decoders skip.
 */
export function readSealed(sealed: string): SealedHeader | null {
  const parts = sealed.split(".");
  const [encodedHeader = "", encryptedKey] = parts;
  if (parts.length !== 5 || encryptedKey !== "" || !parts.every(isCanonical)) return null;
  try {
    return header.parse(JSON.parse(Buffer.from(encodedHeader, "base64url").toString()));
  } catch {
    return null;
  }
}

function isCanonical(part: string): boolean {
  return Buffer.from(part, "base64url").toString("base64url") === part;
}
