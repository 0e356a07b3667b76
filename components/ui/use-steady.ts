"use client";

import { useCallback, useLayoutEffect, useRef } from "react";

/**
 * A handler that stays the same while what it does changes, so that rows that take it are not drawn anew for it. Not to be
 * called while rendering: it then does what the last render said.
 */
export function useSteady<Args extends unknown[]>(run: (...args: Args) => void): (...args: Args) => void {
  const latest = useRef(run);
  useLayoutEffect(() => {
    latest.current = run;
  });
  return useCallback((...args: Args) => latest.current(...args), []);
}
