import { createOutgoing } from "@/lib/outgoing";

/** Where the tests' sites are. */
export const LOOPBACK = ["127.0.0.0/8", "::1/128"];

/** The way to sites of a server that may reach this machine, as in the demo. */
export const outgoing = createOutgoing(LOOPBACK);
