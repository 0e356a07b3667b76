import { randomBytes } from "node:crypto";
import { z } from "zod";

/** The secrets of one project. */
export const projectKeys = z.object({
  secretKey: z.string(),
  publishableKey: z.string(),
  /** Signs the sessions of the project's own users. */
  jwtSecret: z.string(),
});
export type ProjectKeys = z.infer<typeof projectKeys>;

/** New random keys in the form that hosted projects have. */
export function createKeys(): ProjectKeys {
  return {
    secretKey: `sb_secret_${randomText(24)}`,
    publishableKey: `sb_publishable_${randomText(24)}`,
    jwtSecret: randomText(32),
  };
}

/** That many random bytes as text that is safe in a URL. */
export function randomText(bytes: number): string {
  return randomBytes(bytes).toString("base64url");
}
