import type { CredentialsInput } from "@/lib/sites/credentials-schema";
import { testConnection } from "@/lib/sites/test-connection";
import { outgoing } from "@/tests/support/outgoing";

const signal = new AbortController().signal;

/** Tests a connection; the checks by their names, and all that was said as one text. */
export async function look(credentials: CredentialsInput) {
  const test = await testConnection({ ...credentials, outgoing }, { signal });
  const named = Object.fromEntries(test.checks.map(({ name, ...check }) => [name, check]));
  return { ok: test.ok, text: JSON.stringify(test), ...named } as Record<string, unknown> & { text: string };
}
