"use client";

import { parseAsString, useQueryStates } from "nuqs";

/** The pair whose panel is open, in the address, so that it can be sent to somebody and survives a reload. */
export function usePair() {
  const [{ user, site }, setPair] = useQueryStates({ user: parseAsString, site: parseAsString });
  return {
    pair: user !== null && site !== null ? { userId: user, siteId: site } : null,
    open: (userId: string, siteId: string) => void setPair({ user: userId, site: siteId }),
    close: () => void setPair(null),
  };
}
