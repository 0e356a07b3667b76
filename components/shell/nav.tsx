"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { cn } from "@/components/ui/cn";
import { places } from "./places";

export function Nav({ onNavigate }: { onNavigate?: () => void }) {
  const pathname = usePathname();
  return (
    <nav aria-label="Main">
      <ul className="space-y-0.5">
        {places.map(({ href, name, icon: Icon }) => {
          const here = href === pathname || (href !== "/" && pathname.startsWith(`${href}/`));
          return (
            <li key={href}>
              <Link
                href={href}
                aria-current={here ? "page" : undefined}
                onClick={() => onNavigate?.()}
                className={cn(
                  "flex h-8 items-center gap-2.5 rounded-md px-2 font-medium transition-colors pointer-coarse:h-10",
                  here
                    ? "bg-hover text-ink forced-colors:outline"
                    : "text-soft hover:bg-hover hover:text-ink",
                )}
              >
                <Icon aria-hidden className={cn("size-4", here ? "text-accent-text" : "text-faint")} />
                {name}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
