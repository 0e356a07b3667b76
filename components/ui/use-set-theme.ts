"use client";

import { useTheme } from "next-themes";
import { flushSync } from "react-dom";

/**
 * Changes the theme all at once: colours that fade would come after those that do not. `disableTransitionOnChange` does the
 * same, but also whenever a page is loaded, where it has every style computed four times more.
 */
export function useSetTheme(): (theme: string) => void {
  const { setTheme } = useTheme();
  return (theme) => {
    const { classList } = document.documentElement;
    classList.add("at-once");
    // The page has the theme when this returns, and its styles after the first frame.
    flushSync(() => setTheme(theme));
    requestAnimationFrame(() => requestAnimationFrame(() => classList.remove("at-once")));
  };
}
