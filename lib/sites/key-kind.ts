import { decodeJwt } from "jose";

/** What kind of key somebody entered, as far as its form tells; `other` for one that looks like none we know. */
type KeyKind = "secret" | "publishable" | "service_role" | "anon" | "other";

interface KeyWarning {
  message: string;
  fix: string;
}

export interface DescribedKey {
  kind: KeyKind;
  /** How to call it in a sentence. */
  name: string;
  /** Whether it is made to be seen by everybody. */
  isPublic: boolean;
  /** Set when it is public: what that means, and what to do instead. */
  warning: KeyWarning | null;
  /** Why it cannot be the key of the project at the URL, where that can be told without asking; it is not sent then. */
  refusal: string | null;
}

const PUBLIC: KeyWarning = {
  message: "It is public: it works only where everybody may change the users.",
  fix: "Use the project's secret key instead (sb_secret_…), which is the safer way.",
};

/** What people paste that begins like this and is no key of a project. */
const MISTAKEN: readonly [RegExp, refusal: string][] = [
  [/^sbp_/, "This is the access token of a Supabase account, not a key of the project."],
  [/^whsec_/, "This is the signing secret of a webhook, not a key of the project."],
  [/^roster_/, "This is an API key of Roster, not a key of the project."],
  [/^postgres(ql)?:/, "This is the address of a database with its password, not a key of the project."],
];

const NAMES: Record<KeyKind, string> = {
  secret: "secret key",
  publishable: "publishable key",
  service_role: "legacy service_role key",
  anon: "legacy anon key",
  other: "key",
};

/**
 * Describes a key by its form: https://supabase.com/docs/guides/api/api-keys. Legacy keys are JWTs whose payload
 * names the role, the project (`ref`) and the expiry; only hosted projects have a `ref`.
 */
export function describeKey(key: string, supabaseUrl: string, now: Date): DescribedKey {
  if (key.startsWith("sb_secret_")) return described("secret");
  if (key.startsWith("sb_publishable_")) return described("publishable");
  const mistaken = MISTAKEN.find(([form]) => form.test(key));
  if (mistaken) return described("other", mistaken[1]);
  const payload = payloadOf(key);
  if (!payload) return described("other");
  const { role, ref, exp } = payload;
  const kind = role === "service_role" || role === "anon" ? role : "other";
  const urlRef = /^([a-z0-9]+)\.supabase\.(co|in)$/.exec(URL.parse(supabaseUrl)?.hostname ?? "")?.[1];
  if (typeof ref === "string" && urlRef !== undefined && ref !== urlRef) {
    return described(kind, `This key belongs to the project "${ref}", but the URL is that of "${urlRef}".`);
  }
  if (role === "authenticated") {
    return described(kind, "This is the session of a signed-in user, not a key of the project.");
  }
  if (exp !== undefined && exp * 1000 <= now.getTime()) {
    return described(kind, `This key expired on ${new Date(exp * 1000).toISOString().slice(0, 10)}.`);
  }
  return described(kind);
}

function described(kind: KeyKind, refusal: string | null = null): DescribedKey {
  const isPublic = kind === "publishable" || kind === "anon";
  return { kind, name: NAMES[kind], isPublic, warning: isPublic ? PUBLIC : null, refusal };
}

function payloadOf(key: string) {
  try {
    return decodeJwt(key);
  } catch {
    return null;
  }
}
