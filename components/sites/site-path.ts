import type { Route } from "next";

/** A site's page. */
export function sitePath(siteId: string): Route {
  return `/sites/${siteId}` as Route;
}
