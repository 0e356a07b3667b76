"use client";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { ThemeProvider, useTheme } from "next-themes";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import { type ReactNode, useState } from "react";
import { Toaster } from "sonner";
import { TooltipProvider } from "@/components/ui/tooltip";
import { ApiError } from "@/lib/api-client";

const RETRIES = 2;

function makeClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 1_000,
        // Roster's server is often on this very machine: it answers without any network.
        networkMode: "always",
        retry: (failures, error) =>
          failures < RETRIES && !(error instanceof ApiError && isOurMistake(error.status)),
      },
      mutations: { networkMode: "always" },
    },
  });
}

function isOurMistake(status: number): boolean {
  return status >= 400 && status < 500;
}

export function Providers({ children }: { children: ReactNode }) {
  const [client] = useState(makeClient);
  return (
    <ThemeProvider attribute="class" defaultTheme="system" disableTransitionOnChange>
      <QueryClientProvider client={client}>
        <NuqsAdapter>
          <TooltipProvider delayDuration={400}>{children}</TooltipProvider>
        </NuqsAdapter>
      </QueryClientProvider>
      <Toasts />
    </ThemeProvider>
  );
}

function Toasts() {
  const { resolvedTheme } = useTheme();
  return (
    <Toaster
      position="bottom-right"
      theme={resolvedTheme === "dark" ? "dark" : "light"}
      style={{ fontFamily: "inherit" }}
    />
  );
}
