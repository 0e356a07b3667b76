// Known by its code and not by its class, of which a bundle of Next's may hold a copy of its own.
const CODE = "ADDRESS_REFUSED";

/**
 * Roster's own decision not to open a connection; nobody was reached. Its message is for people and names the host
 * of the URL, never the addresses behind it.
 */
export class AddressRefused extends Error {
  override name = "AddressRefused";
  readonly code = CODE;
}

/** The message of a refusal that a request failed with, wherever fetch put it; undefined for other failures. */
export function refusalIn(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && error.code === CODE) return error.message;
  return refusalIn(error.cause);
}
