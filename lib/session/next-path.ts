/** Stands for this site while an address is read; no real one ends in .invalid (RFC 2606). */
const HERE = "http://here.invalid";

/**
 * Where to go after signing in: `next` when it is a path of this site, otherwise the overview. It is read as a
 * browser reads it, which drops tabs, takes `\` for `/` and resolves dots, and then must still be a path.
 */
export function nextPath(next: string | null | undefined): string {
  if (!next?.startsWith("/")) return "/";
  const url = URL.parse(next, HERE);
  if (url?.origin !== HERE || url.pathname.startsWith("//")) return "/";
  return url.pathname + url.search + url.hash;
}

/** The address of the sign-in page that leads back to `path`. */
export function signInPath(path: string): string {
  return path === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(path)}`;
}
