import { type LookupAddress, type LookupAllOptions, lookup as systemLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { buildConnector } from "undici";
import type { Destination, Permits } from "./addresses";
import { AddressRefused } from "./unanswered";

/** Looks up all addresses of a name, as `lookup` of node:dns does. */
export type Lookup = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Sites are many and handshakes dear: a session in memory saves a round trip at the next connection. */
const TLS_SESSIONS = 1_000;

/** Long enough for a handshake around the world, and below the time a request may take as a whole. */
const CONNECT_MS = 10_000;

/**
 * Opens connections for undici, to permitted addresses only. A name is looked up once: the socket gets the addresses
 * that were checked, so a second answer of the resolver reaches nobody. Fails with `AddressRefused`.
 */
export function checkedConnector(permits: Permits, lookup: Lookup = systemLookup): buildConnector.connector {
  const openers = Object.fromEntries(
    ["https:", "http:"].map((protocol) => [
      protocol,
      buildConnector({
        allowH2: false,
        maxCachedSessions: TLS_SESSIONS,
        timeout: CONNECT_MS,
        lookup: checkedLookup(protocol, permits, lookup),
      }),
    ]),
  );
  return (options, callback) => {
    const { protocol, hostname } = options;
    const open = openers[protocol];
    // An address in a URL is never looked up.
    if (open && (isIP(hostname) === 0 || permits({ protocol, hostname }, hostname))) open(options, callback);
    else process.nextTick(callback, refusal({ protocol, hostname }, [hostname], permits), null);
  };
}

function checkedLookup(protocol: string, permits: Permits, lookup: Lookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, "", 0);
      const destination = { protocol, hostname };
      const checked = addresses.filter(({ address }) => permits(destination, address));
      const [first] = checked;
      if (!first) {
        const all = addresses.map(({ address }) => address);
        return callback(refusal(destination, all, permits), "", 0);
      }
      if (options.all) callback(null, checked);
      else callback(null, first.address, first.family);
    });
  };
}

/** Says what is wrong with a destination, given its addresses. */
export function refusal(destination: Destination, addresses: string[], permits: Permits): AddressRefused {
  const { protocol, hostname } = destination;
  const secure = { protocol: "https:", hostname };
  const onlyInsecure = protocol !== "https:" && addresses.some((address) => permits(secure, address));
  return new AddressRefused(
    onlyInsecure
      ? `Roster connects to ${hostname} by https only.`
      : `Roster does not connect to ${hostname}: its address is not public.`,
  );
}
