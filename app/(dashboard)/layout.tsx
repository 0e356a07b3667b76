import Link from "next/link";
import type { ReactNode } from "react";
import { currentMember } from "@/app/require-member";
import { SignedIn } from "@/components/access/signed-in";
import { PlanLink } from "@/components/plans/plan-link";
import { HeldBanner } from "@/components/removals/held-banner";
import { Breadcrumbs } from "@/components/shell/breadcrumbs";
import { Live } from "@/components/shell/live";
import { Logo } from "@/components/shell/logo";
import { MenuSheet } from "@/components/shell/menu-sheet";
import { ThemeMenu, UserMenu } from "@/components/shell/menus";
import { Nav } from "@/components/shell/nav";
import { PaletteButton } from "@/components/shell/palette-button";
import { ReadOnly } from "@/components/shell/read-only";
import { SyncLine } from "@/components/shell/sync-line";
import { JobsBanner } from "@/components/users/jobs/jobs-banner";

export default async function DashboardLayout({ children }: { children: ReactNode }) {
  // The page itself sends whoever it is to sign in: it knows its address.
  const member = await currentMember();
  if (member === null) return children;
  const { id, name: email, role } = member;
  return (
    <SignedIn session={{ id, email, role }}>
      <div className="flex h-dvh">
        <Live />
        <PlanLink />
        <a
          href="#main"
          className="-top-20 fixed left-2 z-50 rounded-md bg-ink px-3 py-2 text-canvas focus:top-2"
        >
          Skip to the content
        </a>
        <aside className="hidden w-56 shrink-0 flex-col gap-4 border-r bg-sunken px-3 py-3 lg:flex">
          <Link href="/" aria-label="Roster, to the overview" className="rounded-md px-2 py-1">
            <Logo />
          </Link>
          <Nav />
        </aside>
        <div className="flex min-w-0 flex-1 flex-col">
          <header className="flex h-12 shrink-0 items-center gap-2 border-b bg-surface px-3 sm:px-4">
            <MenuSheet />
            <div className="hidden min-w-48 flex-1 sm:block">
              <Breadcrumbs />
            </div>
            <div className="min-w-0 max-sm:flex-1">
              <SyncLine />
            </div>
            <ReadOnly />
            <PaletteButton />
            <ThemeMenu />
            <UserMenu />
          </header>
          <Breadcrumbs deepOnly className="border-b bg-surface px-3 py-2 sm:hidden" />
          <HeldBanner />
          <JobsBanner />
          <main id="main" className="min-h-0 flex-1 overflow-y-auto">
            <div className="mx-auto flex min-h-full max-w-[88rem] has-data-wide:max-w-none flex-col gap-5 px-4 py-5 has-data-fill:h-full has-data-fill:min-h-[34rem] sm:px-6 sm:py-6">
              {children}
            </div>
          </main>
        </div>
      </div>
    </SignedIn>
  );
}
