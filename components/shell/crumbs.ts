import type { Route } from "next";
import { settingsParts } from "@/components/settings/parts";
import { places } from "./places";

/** One step of the way to a page. A user's and a site's name is not in the address. */
export type Crumb =
  | { kind: "named"; href: Route; name: string }
  | { kind: "user" | "site"; href: Route; id: string };

/** The way to a page, from the place in the sidebar on. */
export function crumbsOf(pathname: string): Crumb[] {
  if (pathname.startsWith("/docs/api")) return [{ kind: "named", href: "/docs/api", name: "API reference" }];
  if (pathname.startsWith("/docs/receiving-users")) {
    return [{ kind: "named", href: "/docs/receiving-users", name: "Receiving users" }];
  }
  if (pathname === "/removals") return [{ kind: "named", href: "/removals", name: "Held removals" }];
  const [first = "", second] = pathname.split("/").slice(1);
  const place = places.find(({ href }) => href === `/${first}`);
  if (!place) return [];
  const top: Crumb = { kind: "named", href: place.href, name: place.name };
  if (second === undefined || second === "") return [top];
  const below = crumbBelow(place.href, decodeURIComponent(second), pathname);
  return below ? [top, below] : [top];
}

function crumbBelow(place: string, id: string, pathname: string): Crumb | null {
  const href = pathname as Route;
  if (place === "/users") return { kind: "user", href, id };
  if (place === "/sites") return { kind: "site", href, id };
  const part = settingsParts.find((one) => one.href === pathname);
  return part ? { kind: "named", href: part.href, name: part.name } : null;
}
