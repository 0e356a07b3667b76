/**
 * What every answer says to browsers, whatever it is. A policy for content comes on top: `pagePolicy` or `DATA_POLICY`.
 * https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html
 */
export const SECURITY_HEADERS = {
  "x-content-type-options": "nosniff",
  // Addresses here can hold ids, and those of invitations a token: no other site sees where its visitors come from.
  "referrer-policy": "same-origin",
  "permissions-policy":
    "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), serial=(), usb=()",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  // For browsers that do not know frame-ancestors.
  "x-frame-options": "DENY",
} as const;

/** Content policy of answers that are no pages: nothing in them is to be run, shown in a frame, or loaded from. */
export const DATA_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Two years, as https://hstspreload.org asks. Only this host: its neighbours are not Roster's to decide about. */
const HSTS = "max-age=63072000";

/** The Strict-Transport-Security header of a server whose public address is `url`; undefined where it is not https. */
export function transportSecurity(url: string | undefined): string | undefined {
  return url !== undefined && URL.parse(url)?.protocol === "https:" ? HSTS : undefined;
}

/**
 * Content policy of a page: scripts run when they carry the nonce or were loaded by one that does. `nonce` must be
 * unguessable and new for every answer. In development React and hot reload need `eval`. Trusted types are not asked
 * for: Next's loader names its files as plain text, and React writes HTML where it recovers from a failed hydration.
 */
export function pagePolicy(nonce: string, development: boolean): string {
  const directives = {
    "default-src": "'none'",
    "script-src": `'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ""}`,
    // The lists, menus and toasts set positions and rules of their own as they go, in style attributes and elements
    // that no nonce can be given to. What styles could load to tell others is bounded by the directives below.
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
  };
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join("; ");
}
