import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Logo } from "@/components/shell/logo";
import { ThemeMenu } from "@/components/shell/menus";

// The addresses of these pages hold one-time tokens, which must not travel on as a referrer.
export const metadata: Metadata = { referrer: "no-referrer", robots: { index: false } };

/** What somebody sees who is not signed in: one card in the middle. */
export default function AccessLayout({ children }: { children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col bg-sunken">
      <header className="flex justify-end p-3">
        <ThemeMenu />
      </header>
      <main className="flex flex-1 flex-col items-center px-4 pt-[6dvh] pb-16 sm:pt-[10dvh]">
        <div className="mb-6">
          <Logo />
        </div>
        {children}
      </main>
    </div>
  );
}
