import { z } from "zod";
import { isAllowable } from "@/lib/outgoing/addresses";
import type { SealingKey } from "@/lib/secrets/sealer";

const KEY_BYTES = 32; // A256GCM takes a key of exactly 256 bits (RFC 7518, section 5.3).

const HOW_TO_MAKE_A_KEY = "give one or more <name>:<key>, where the key is 32 random bytes in base64url";

const sealingKeys = z.string({ error: `is missing: ${HOW_TO_MAKE_A_KEY}` }).transform((text, check) => {
  const keys = text.split(",").map((entry) => parseKey(entry.trim()));
  const parsed = keys.filter((key) => key !== null);
  const names = new Set(parsed.map((key) => key.kid));
  if (parsed.length < keys.length || names.size < keys.length) {
    check.addIssue(`is not usable: ${HOW_TO_MAKE_A_KEY}, separated by commas, each with its own name`);
    return z.NEVER;
  }
  return parsed;
});

function parseKey(entry: string): SealingKey | null {
  const match = /^([A-Za-z0-9._-]{1,64}):([A-Za-z0-9_-]+)=?$/.exec(entry);
  const [, kid, encoded] = match ?? [];
  if (!kid || !encoded) return null;
  const key = new Uint8Array(Buffer.from(encoded, "base64url"));
  return key.length === KEY_BYTES ? { kid, key } : null;
}

const variables = z.object({
  SUPABASE_URL: z
    .url({ protocol: /^https?$/, error: wanted("the URL of the central Supabase project") })
    .transform((url) => url.replace(/\/+$/, "")),
  // As a header takes it: what refuses another character may quote the key.
  SUPABASE_SECRET_KEY: z
    .string({ error: wanted("the secret key of the central Supabase project") })
    .regex(/^[\x21-\x7e]+$/, "has spaces or special characters; copy it again"),
  ROSTER_SECRET_KEYS: sealingKeys,
  ROSTER_WORKER: z.enum(["on", "off"], { error: "must be on or off" }).default("on"),
  ROSTER_LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error", "silent"], {
      error: "must be trace, debug, info, warn, error or silent",
    })
    .default("info"),
  ROSTER_ALLOW_PRIVATE_SITES: z
    .string()
    .default("")
    .transform((text) => text.split(",").map((entry) => entry.trim()))
    .transform((entries) => entries.filter((entry) => entry !== ""))
    .refine((entries) => entries.every(isAllowable), {
      error: "is not usable: give ranges up to a /7, addresses or host names, separated by commas",
    }),
  ROSTER_DRAIN_SECRET: z.string().min(32, "is too short: give at least 32 random characters").optional(),
  ROSTER_URL: z
    .url({ protocol: /^https?$/, error: "is not usable: give an address such as https://roster.example.com" })
    .refine((url) => /^https?:\/\/[^/@?#]+\/?$/.test(url), "is not usable: give the address without a path")
    .transform((url) => new URL(url).origin)
    .optional(),
  ROSTER_TRUSTED_PROXIES: z.coerce
    .number("must be a number")
    .int("must be a whole number")
    .min(0, "must not be negative")
    .max(10, "is more than any chain of proxies has")
    .default(0),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: "is not usable: give smtp://user:password@host:587 or smtps://…" })
    .optional(),
  SMTP_FROM: z.string().max(320).optional(),
});

const schema = variables.refine((values) => !values.SMTP_URL === !values.SMTP_FROM, {
  path: ["SMTP_URL and SMTP_FROM"],
  error: "belong together: give both or none",
});

function wanted(what: string) {
  return (issue: { input?: unknown }) =>
    issue.input === undefined ? `is missing: give ${what}` : `is not usable: give ${what}`;
}

export interface Env {
  supabaseUrl: string;
  supabaseSecretKey: string;
  /** The first one seals, all of them open. */
  sealingKeys: SealingKey[];
  worker: boolean;
  logLevel: "trace" | "debug" | "info" | "warn" | "error" | "silent";
  /** Addresses, ranges and host names of sites beyond the public internet. */
  allowPrivateSites: string[];
  /** What schedulers show for `POST /api/sync/drain`; without it that call is off. */
  drainSecret: string | undefined;
  /** Origin under which browsers and scripts reach this server, besides loopback. */
  publicUrl: string | undefined;
  /** How many reverse proxies of ours stand in front of this server. */
  trustedProxies: number;
  /** How mail is sent; without it none is. */
  smtp: { url: string; from: string } | undefined;
}

/** The environment lacks something; the message lists every variable that is missing or unusable. */
export class EnvError extends Error {
  override name = "EnvError";
}

/** Reads the settings from environment variables. An empty variable counts as unset. Throws `EnvError`. */
export function parseEnv(source: Record<string, string | undefined>): Env {
  const given = Object.fromEntries(
    Object.entries(source).flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()]] : [])),
  );
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join(".")} ${issue.message}`);
    throw new EnvError(`Roster cannot start. .env.example explains these variables:\n${lines.join("\n")}`);
  }
  const { SMTP_URL, SMTP_FROM, ...values } = parsed.data;
  return {
    supabaseUrl: values.SUPABASE_URL,
    supabaseSecretKey: values.SUPABASE_SECRET_KEY,
    sealingKeys: values.ROSTER_SECRET_KEYS,
    worker: values.ROSTER_WORKER === "on",
    logLevel: values.ROSTER_LOG_LEVEL,
    allowPrivateSites: values.ROSTER_ALLOW_PRIVATE_SITES,
    drainSecret: values.ROSTER_DRAIN_SECRET,
    publicUrl: values.ROSTER_URL,
    trustedProxies: values.ROSTER_TRUSTED_PROXIES,
    smtp: SMTP_URL && SMTP_FROM ? { url: SMTP_URL, from: SMTP_FROM } : undefined,
  };
}

let parsedOnce: Env | undefined;

/** The settings of this process, read on first use so that a build needs none of them. Throws `EnvError`. */
export function env(): Env {
  parsedOnce ??= parseEnv(process.env);
  return parsedOnce;
}
