import type { LookupAddress } from "node:dns";
import { isIPv6 } from "node:net";
import type { Lookup } from "@/lib/outgoing/connector";

/** A resolver that gives its answers one after the other, the last one for ever. */
export function answering(...answers: string[][]): Lookup & { asked: string[] } {
  const asked: string[] = [];
  const lookup: Lookup = (hostname, _options, callback) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(hostname);
    const addresses: LookupAddress[] = answer.map((address) => ({
      address,
      family: isIPv6(address) ? 6 : 4,
    }));
    process.nextTick(callback, null, addresses);
  };
  return Object.assign(lookup, { asked });
}
