"use client";

import { QueryClientProvider } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { ThemeProvider } from "next-themes";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import { type ReactNode, useState } from "react";
import { makeQueryClient } from "./query-client";

// Empty until something is to be told: a page need not wait for it.
const Toasts = dynamic(() => import("./toasts").then((file) => file.Toasts), { ssr: false });
const Tooltips = dynamic(() => import("@/components/ui/tooltips").then((file) => file.Tooltips), {
  ssr: false,
});

interface ProvidersProps {
  /** Of the page's content policy, for the script that sets the theme before anything is painted. */
  nonce: string | undefined;
  children: ReactNode;
}

export function Providers({ nonce, children }: ProvidersProps) {
  const [client] = useState(makeQueryClient);
  return (
    <ThemeProvider attribute="class" defaultTheme="system" {...(nonce !== undefined && { nonce })}>
      <QueryClientProvider client={client}>
        <NuqsAdapter>{children}</NuqsAdapter>
      </QueryClientProvider>
      <Toasts />
      <Tooltips />
    </ThemeProvider>
  );
}
