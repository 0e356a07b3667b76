import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseEnv } from "@/lib/env";

const key = "A".repeat(43);
const complete = {
  SUPABASE_URL: "https://abcd.supabase.co/",
  SUPABASE_SECRET_KEY: "sb_secret_x",
  ROSTER_SECRET_KEYS: `new:${key},old:${key}`,
};

test("settings are read, with defaults for what is left out or empty", () => {
  expect(parseEnv({ ...complete, ROSTER_WORKER: "" })).toEqual({
    supabaseUrl: "https://abcd.supabase.co",
    supabaseSecretKey: "sb_secret_x",
    sealingKeys: [
      { kid: "new", key: new Uint8Array(32) },
      { kid: "old", key: new Uint8Array(32) },
    ],
    worker: true,
    allowPrivateSites: [],
    logLevel: "info",
    trustedProxies: 0,
  });
});

test("switches and addresses are read", () => {
  const env = parseEnv({
    ...complete,
    ROSTER_WORKER: "off",
    ROSTER_URL: "https://Roster.example.com/",
    ROSTER_TRUSTED_PROXIES: "2",
    SMTP_URL: "smtp://mail.example.com:587",
    SMTP_FROM: "Roster <roster@example.com>",
  });
  expect(env).toMatchObject({
    worker: false,
    publicUrl: "https://roster.example.com",
    trustedProxies: 2,
    smtp: { url: "smtp://mail.example.com:587", from: "Roster <roster@example.com>" },
  });
});

test.each([
  ["ROSTER_URL", "roster.example.com"],
  ["ROSTER_URL", "ftp://roster.example.com"],
  ["ROSTER_URL", "https://roster.example.com/app"],
  ["ROSTER_URL", "https://user:password@roster.example.com"],
  ["ROSTER_TRUSTED_PROXIES", "-1"],
  ["ROSTER_TRUSTED_PROXIES", "all"],
  ["SMTP_URL", "smtp://mail.example.com"], // without SMTP_FROM
])("%s may not be %s", (name, value) => {
  expect(() => parseEnv({ ...complete, [name]: value })).toThrow(name);
});

test("everything that is missing or wrong is said at once, in words and without the values", () => {
  const read = () =>
    parseEnv({ SUPABASE_URL: "abcd", ROSTER_SECRET_KEYS: "secretsecret", ROSTER_WORKER: "yes" });
  expect(read).toThrowErrorMatchingInlineSnapshot(`
    [EnvError: Roster cannot start. .env.example explains these variables:
      SUPABASE_URL is not usable: give the URL of the central Supabase project
      SUPABASE_SECRET_KEY is missing: give the secret key of the central Supabase project
      ROSTER_SECRET_KEYS is not usable: give one or more <name>:<key>, where the key is 32 random bytes in base64url, separated by commas, each with its own name
      ROSTER_WORKER must be on or off]
  `);
});

test.each([["k1:short"], [key], [`k1:${key},k1:${key}`], [`k1:${key},`]])(
  "the keys %s are refused",
  (keys) => {
    expect(() => parseEnv({ ...complete, ROSTER_SECRET_KEYS: keys })).toThrow(
      "ROSTER_SECRET_KEYS is not usable",
    );
  },
);

test("sites in the operator's own network are allowed by range, address or name", () => {
  const allow = (text: string) => parseEnv({ ...complete, ROSTER_ALLOW_PRIVATE_SITES: text });
  const entries = ["10.1.0.0/16", "::1", "hrms.internal"];
  expect(allow(" 10.1.0.0/16, ::1,,hrms.internal ").allowPrivateSites).toEqual(entries);
  for (const wrong of ["0.0.0.0/0", "10.1.0.0/40", "https://hrms.internal", "10.1/16"]) {
    expect(() => allow(`127.0.0.1,${wrong}`)).toThrow(
      "ROSTER_ALLOW_PRIVATE_SITES is not usable: give ranges",
    );
  }
});

test(".env.example names every variable that is read, and no other", () => {
  const source = readFileSync("lib/env.ts", "utf8");
  const read = new Set(source.match(/^ {2}[A-Z_]+(?=:)/gm)?.map((name) => name.trim()));
  const named = readFileSync(".env.example", "utf8").match(/^(# )?[A-Z_]+(?==)/gm);
  expect(new Set(named?.map((name) => name.replace("# ", "")))).toEqual(read);
});
