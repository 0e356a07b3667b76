import type { ApiOperation } from "@/lib/openapi/types";

/** Who may make a call. */
export type CallAccess =
  | { kind: "public"; text: string }
  | { kind: "member"; text: string }
  /** `variable` holds the secret in the examples for a shell. */
  | { kind: "bearer"; text: string; variable: "ROSTER_API_KEY" | "ROSTER_DRAIN_SECRET" };

/** What the document's security requirements say, for people. */
export function accessOf({ security }: ApiOperation): CallAccess {
  const schemes = Object.fromEntries(security.flatMap((requirement) => Object.entries(requirement)));
  const [scope] = Object.values(schemes).flat();
  if (schemes.apiKey) {
    return { kind: "bearer", text: scope ?? "any key", variable: "ROSTER_API_KEY" };
  }
  if (schemes.drainSecret) {
    return { kind: "bearer", text: "drain secret", variable: "ROSTER_DRAIN_SECRET" };
  }
  if (schemes.session) return { kind: "member", text: scope ?? "signed in" };
  return { kind: "public", text: "no key needed" };
}
