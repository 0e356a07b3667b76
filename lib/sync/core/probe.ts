/** How the id of a row begins that *Test Connection* puts at a site for a moment. */
export const PROBE_PREFIX = "roster-connection-test-";
