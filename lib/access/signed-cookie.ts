import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import type { SealingKey } from "@/lib/secrets/sealer";

/** Marks cookies as written by a server of this installation. */
export interface CookieSigner {
  sign(name: string, value: string): string;
  /** The value of a cookie that `sign` wrote under this name, null for any other. */
  verify(name: string, signed: string): string | null;
}

/**
 * Signs with the first of ROSTER_SECRET_KEYS and accepts any of them. Supabase Auth keeps refresh tokens as they are, so
 * that a dump of the central database holds what a session is made of; without our signature it is no cookie.
 */
export function cookieSigner(keys: readonly SealingKey[]): CookieSigner {
  // Keys of their own, as one key is for one purpose (NIST SP 800-57 part 1, 5.2).
  const derived = keys.map(({ key }) => Buffer.from(hkdfSync("sha256", key, "", "roster cookies", 32)));
  // Compared as text: base64 has several spellings of the same bytes.
  const mark = (key: Buffer, text: string) =>
    Buffer.from(createHmac("sha256", key).update(text).digest("base64url"));
  return {
    sign: (name, value) => {
      const [first] = derived;
      if (!first) throw new Error("A signer needs at least one key.");
      return `${value}.${mark(first, `${name}=${value}`)}`;
    },
    verify: (name, signed) => {
      const end = signed.lastIndexOf(".");
      const value = signed.slice(0, Math.max(end, 0));
      const shown = Buffer.from(signed.slice(end + 1));
      const known = derived.map((key) => mark(key, `${name}=${value}`));
      return known.some((one) => one.length === shown.length && timingSafeEqual(one, shown)) ? value : null;
    },
  };
}
