"use client";

import { useTheme } from "next-themes";
import { Toaster } from "sonner";

/** Where notices appear. */
export function Toasts() {
  const { resolvedTheme } = useTheme();
  return (
    <Toaster
      position="bottom-right"
      theme={resolvedTheme === "dark" ? "dark" : "light"}
      style={{ fontFamily: "inherit" }}
    />
  );
}
