// Known by its code and not by its class, of which a bundle of Next's may hold a copy of its own.
const REFUSED = "ADDRESS_REFUSED";

/**
 * Roster's own decision not to open a connection; nobody was reached. Its message is for people and names the host
 * of the URL, never the addresses behind it.
 */
export class AddressRefused extends Error {
  override name = "AddressRefused";
  readonly code = REFUSED;
}

/** Why a request got no answer. */
export interface Unanswered {
  /** The code of the operating system, OpenSSL, undici or Roster; the name of the error when there is none. */
  code?: string;
  /** The words of a refusal to connect. */
  refusal?: string;
}

/** Reads what `fetch` failed with, which says more in its cause. */
export function whyUnanswered(error: unknown): Unanswered {
  if (!(error instanceof Error)) return {};
  const reason = error.cause instanceof Error ? error.cause : error;
  const code = codeOf(reason) ?? reason.name;
  return { code, ...(code === REFUSED && { refusal: reason.message }) };
}

// Of its own, a DOMException has the number of its name as code.
function codeOf(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}
