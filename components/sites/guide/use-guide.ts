"use client";

import { parseAsBoolean, parseAsString, useQueryStates } from "nuqs";

const ADDRESS = { add: parseAsBoolean, setup: parseAsString };

/** The guide to a new site, in the address: `add=true` for one to be added, `setup=<id>` for one to go on with. */
export function useGuide() {
  const [{ add, setup }, setAddress] = useQueryStates(ADDRESS);
  return {
    adding: add === true,
    siteId: setup,
    add: () => setAddress({ add: true, setup: null }),
    setUp: (siteId: string) => setAddress({ add: null, setup: siteId }),
    close: () => setAddress({ add: null, setup: null }),
  };
}
