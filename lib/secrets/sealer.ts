import { CompactEncrypt, type CompactJWEHeaderParameters, compactDecrypt } from "jose";

/** A 256-bit key and the name under which sealed texts refer to it. */
export interface SealingKey {
  kid: string;
  key: Uint8Array;
}

/** What a sealed text belongs to. It opens only for the same place, so it cannot be moved to another row. */
interface SealedPlace {
  siteId: string;
  field: string;
}

/** The field under which a site's Supabase key is sealed. */
export const SUPABASE_KEY_FIELD = "supabase_key";
/** The field under which a webhook site's signing secret is sealed. */
export const SIGNING_SECRET_FIELD = "signing_secret";

export interface Sealer {
  /** Encrypts `text` with the first key. */
  seal(text: string, place: SealedPlace): Promise<string>;
  /** Decrypts what `seal` made, with whichever configured key sealed it. Throws `UnsealError`. */
  open(sealed: string, place: SealedPlace): Promise<string>;
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
    seal: (text, place) =>
      new CompactEncrypt(new TextEncoder().encode(text))
        .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: first.kid, ...place })
        .encrypt(first.key),
    open: (sealed, place) => open(sealed, place, keys),
  };
}

async function open(sealed: string, place: SealedPlace, keys: readonly SealingKey[]): Promise<string> {
  const findKey = ({ kid }: CompactJWEHeaderParameters) => {
    const found = keys.find((key) => key.kid === kid);
    if (!found) throw new UnsealError(`It was sealed with the key "${kid}", which is not configured.`);
    return found.key;
  };
  const { plaintext, protectedHeader } = await compactDecrypt(sealed, findKey, {
    keyManagementAlgorithms: ["dir"],
    contentEncryptionAlgorithms: ["A256GCM"],
  }).catch((error: unknown) => {
    if (error instanceof UnsealError) throw error;
    throw new UnsealError("It was changed, or sealed with another key of the same name.", { cause: error });
  });
  if (protectedHeader.siteId !== place.siteId || protectedHeader.field !== place.field) {
    throw new UnsealError("It was sealed for another site or field.");
  }
  return new TextDecoder().decode(plaintext);
}
