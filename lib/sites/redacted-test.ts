import type { ConnectionTest } from "@/lib/sites/credentials-schema";
import { redactor } from "@/lib/sync/core/redact";

/** A connection test without the secrets that the site was sent, which it may have repeated in its errors. */
export function redactedTest({ ok, checks }: ConnectionTest, secrets: readonly string[]): ConnectionTest {
  const redact = redactor(secrets);
  return {
    ok,
    checks: checks.map(({ message, fix, ...check }) => ({
      ...check,
      message: redact(message),
      ...(fix !== undefined && { fix: redact(fix) }),
    })),
  };
}
