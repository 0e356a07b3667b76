import { type Env, env } from "@/lib/env";
import { type Redact, redactor } from "@/lib/sync/core/redact";

let scrubber: Redact | undefined;

/**
 * Hides this process's own secrets, and what looks like anybody's, in a text that leaves it: a line of the log or an
 * error. No such text should hold any; this is for the day on which one does.
 */
export const scrub: Redact = (text) => {
  scrubber ??= redactor(ownSecrets());
  return scrubber(text);
};

function ownSecrets(): string[] {
  try {
    return secretsOf(env());
  } catch {
    return []; // What cannot be read was never used. The error itself names variables, not values.
  }
}

function secretsOf({ supabaseSecretKey, drainSecret, smtp, sealingKeys }: Env): string[] {
  const keys = sealingKeys.map(({ key }) => Buffer.from(key));
  const spelled = keys.flatMap((key) => [
    key.toString("base64url"),
    key.toString("base64"),
    key.toString("hex"),
  ]);
  return [
    supabaseSecretKey,
    ...(drainSecret ? [drainSecret] : []),
    ...(smtp ? passwordsIn(smtp.url) : []),
    ...spelled,
  ];
}

/** A URL spells its password with escapes; what is sent and repeated has none. */
function passwordsIn(url: string): string[] {
  const password = URL.parse(url)?.password ?? "";
  const plain = password.replace(/%[0-9a-f]{2}/gi, (code) =>
    String.fromCharCode(Number.parseInt(code.slice(1), 16)),
  );
  return [password, plain];
}
