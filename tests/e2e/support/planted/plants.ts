import { randomBytes } from "node:crypto";

/** A secret that was put somewhere, to be looked for everywhere else. */
export interface Plant {
  /** Where it was put. */
  where: string;
  text: string;
  /** The part that no other text has: a secret without what all of its kind begin with. */
  needle: string;
}

/** All secrets of a run. Every one is made for one place. */
export class Plants {
  readonly all: Plant[] = [];

  /** Adds a secret that somebody else made. */
  add(where: string, text: string, needle = text): string {
    this.all.push({ where, text, needle });
    return text;
  }

  secretKey(where: string): string {
    const own = random(24);
    return this.add(where, `sb_secret_${own}`, own);
  }

  /** A legacy service_role key, of which the signature is the secret. */
  legacyKey(where: string): string {
    const [header, payload] = [
      { alg: "HS256", typ: "JWT" },
      { iss: "supabase", role: "service_role" },
    ];
    const signature = random(32);
    return this.add(where, [encode(header), encode(payload), signature].join("."), signature);
  }

  signingSecret(where: string): string {
    const own = randomBytes(32).toString("base64");
    return this.add(where, `whsec_${own}`, own);
  }

  /** Of a database, or any other that looks like nothing. */
  password(where: string): string {
    return this.add(where, random(21));
  }

  /** A key as ROSTER_SECRET_KEYS holds it, without its name. */
  sealingKey(where: string): string {
    return this.add(where, random(32));
  }
}

function random(bytes: number): string {
  return randomBytes(bytes).toString("base64url");
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
