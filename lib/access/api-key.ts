import { createHash, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

const PREFIX = "roster_";
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** 256 random bits, well over the 128 that OWASP ASVS 5.0 (6.5.3, 11.5.1) asks of what cannot be guessed. */
const RANDOM_BYTES = 32;
const RANDOM_DIGITS = 43; // 62^43 is just above 2^256
const CHECKSUM_DIGITS = 6; // 62^6 is above 2^32

/**
 * A new key: a prefix that people and secret scanners recognise, letters and digits that a double click selects
 * whole, and a checksum, so that a mistyped or made-up key is refused without asking the database. The form is
 * GitHub's: https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
 */
export function createApiKey(): string {
  const random = base62(BigInt(`0x${randomBytes(RANDOM_BYTES).toString("hex")}`), RANDOM_DIGITS);
  return PREFIX + random + checksum(random);
}

/** Whether a text has the form of a key and its checksum is right. */
export function isApiKey(text: string): boolean {
  const [, random, sum] = /^roster_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/.exec(text) ?? [];
  return random !== undefined && checksum(random) === sum;
}

/** What is kept of a key or a one-time token: SHA-256, in hex. Both are random, so nothing slower is needed. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** What may be shown of a key: its prefix and last four characters. */
export function hintOf(key: string): string {
  return `${PREFIX}…${key.slice(-4)}`;
}

/** A token for a one-time link: 256 random bits, in base64url. */
export function createToken(): string {
  return randomBytes(RANDOM_BYTES).toString("base64url");
}

function checksum(text: string): string {
  return base62(BigInt(crc32(text)), CHECKSUM_DIGITS);
}

function base62(value: bigint, digits: number): string {
  let text = "";
  for (let rest = value; text.length < digits; rest /= 62n) text = DIGITS.charAt(Number(rest % 62n)) + text;
  return text;
}
