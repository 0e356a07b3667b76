"use client";

import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useSyncExternalStore } from "react";
import { HEALTHS } from "./site-health";

const LOOKS = ["cards", "list"] as const;
export type SitesLook = (typeof LOOKS)[number];

const ADDRESS = {
  q: parseAsString.withDefault(""),
  health: parseAsStringLiteral(HEALTHS),
  look: parseAsStringLiteral(LOOKS),
};

const STORED = "roster.sites.look";
/** More cards than these cannot be seen at a glance. */
const MANY = 12;

/** What is looked for among the sites, in the address, and how they are shown, which is remembered too. */
export function useSitesLook(sites: number) {
  const [{ q, health, look }, setAddress] = useQueryStates(ADDRESS);
  const stored = useSyncExternalStore(
    () => () => undefined,
    () => LOOKS.find((one) => one === localStorage.getItem(STORED)) ?? null,
    () => null,
  );
  return {
    search: q,
    health,
    look: look ?? stored ?? (sites > MANY ? "list" : "cards"),
    setSearch: (text: string) => setAddress({ q: text || null }),
    setHealth: (next: typeof health) => setAddress({ health: next }),
    setLook: (next: SitesLook) => {
      localStorage.setItem(STORED, next);
      return setAddress({ look: next });
    },
    clear: () => setAddress({ q: null, health: null }),
  };
}
