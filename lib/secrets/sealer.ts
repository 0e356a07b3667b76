import { CompactEncrypt, compactDecrypt } from "jose";
import { readSealed } from "@/lib/secrets/sealed-text";

/** A 256-bit key and the name under which sealed texts refer to it. */
export interface SealingKey {
  kid: string;
  key: Uint8Array;
}

/** What a sealed text belongs to. It opens only for the same place, so it cannot be moved to another one. */
export interface SealedPlace {
  siteId: string;
  field: string;
  /** The only origin that the text may be sent to; absent for one that is never sent. */
  origin?: string;
}

/**
 * The place of a site's credentials. A Supabase key is sent along with every request, so it is bound to where it may go:
 * whoever can write to the central database cannot have it sent to a server of their own. A signing secret only signs.
 */
export function credentialsPlace(site: {
  id: string;
  kind: "supabase" | "webhook";
  url: string;
}): SealedPlace {
  if (site.kind === "webhook") return { siteId: site.id, field: "signing_secret" };
  return { siteId: site.id, field: "supabase_key", origin: URL.parse(site.url)?.origin ?? site.url };
}

/** The places of what an alert channel keeps sealed. Neither is sent along with anything. */
export function channelPlaces(id: string): { url: SealedPlace; secret: SealedPlace } {
  return { url: { siteId: id, field: "alert_url" }, secret: { siteId: id, field: "alert_signing_secret" } };
}

export interface Sealer {
  /** Names of the keys, the one that seals first. */
  kids: readonly string[];
  /** Encrypts `text` with the first key. */
  seal(text: string, place: SealedPlace): Promise<string>;
  /** Decrypts what `seal` made, with whichever configured key sealed it. Throws nothing but `UnsealError`. */
  open(sealed: string, place: SealedPlace): Promise<string>;
  /** Whether `seal` would seal it in the same way today: with the first key, and for all of the place. */
  isCurrent(sealed: string, place: SealedPlace): boolean;
}

/** A sealed text could not be opened. The message tells which reason it was and holds no secret. */
export class UnsealError extends Error {
  override name = "UnsealError";
}

/**
 * Seals texts as compact JWE (RFC 7516) with direct encryption and A256GCM, whose random 96-bit nonce is safe
 * for some 2^32 texts per key. The place is in the protected header, which the cipher authenticates.
 */
export function createSealer(keys: readonly SealingKey[]): Sealer {
  const [first] = keys;
  if (!first) throw new Error("A sealer needs at least one key.");
  return {
    kids: keys.map(({ kid }) => kid),
    seal: (text, place) =>
      new CompactEncrypt(new TextEncoder().encode(text))
        .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: first.kid, ...place })
        .encrypt(first.key),
    open: (sealed, place) => open(sealed, place, keys),
    isCurrent: (sealed, { origin }) => {
      const header = readSealed(sealed);
      return header?.kid === first.kid && header.origin === origin;
    },
  };
}

const CHANGED = "It was changed, or sealed with another key of the same name.";

async function open(sealed: string, place: SealedPlace, keys: readonly SealingKey[]): Promise<string> {
  const header = readSealed(sealed);
  if (!header) throw new UnsealError(CHANGED);
  const found = keys.find(({ kid }) => kid === header.kid);
  if (!found) throw new UnsealError(`It was sealed with the key "${header.kid}", which is not configured.`);
  const { plaintext } = await compactDecrypt(sealed, found.key, {
    keyManagementAlgorithms: ["dir"],
    contentEncryptionAlgorithms: ["A256GCM"],
  }).catch((cause: unknown) => {
    throw new UnsealError(CHANGED, { cause });
  });
  if (header.siteId !== place.siteId || header.field !== place.field) {
    throw new UnsealError("It was sealed for another site or field.");
  }
  // What was sealed before origins were bound has none; re-sealing gives it one.
  if (header.origin !== undefined && header.origin !== place.origin) {
    throw new UnsealError(`It was sealed for ${header.origin} and is not sent anywhere else.`);
  }
  return new TextDecoder().decode(plaintext);
}
