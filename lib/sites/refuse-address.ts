import type { Context } from "@/lib/context";
import { invalid } from "@/lib/errors";

/**
 * Throws `validation_failed` for a URL with an address in it that Roster does not connect to. What a name leads to is
 * seen at the moment of connecting.
 */
export function refuseAddress({ outgoing }: Context, path: string, url: string | undefined): void {
  const objection = url === undefined ? null : outgoing.objectionTo(url);
  if (objection === null) return;
  const message = `${objection} Give a public one, or have this one named in ROSTER_ALLOW_PRIVATE_SITES.`;
  throw invalid([{ path, message }]);
}
