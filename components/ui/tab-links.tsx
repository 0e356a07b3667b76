"use client";

import type { Route } from "next";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { cn } from "./cn";

interface TabLinksProps {
  label: string;
  tabs: readonly { href: Route; name: string }[];
}

/** On a narrow window the part that is open may be beyond the edge. */
function intoSight(here: HTMLLIElement | null) {
  here?.scrollIntoView({ block: "nearest", inline: "center" });
}

/** The parts of a page that have addresses of their own. */
export function TabLinks({ label, tabs }: TabLinksProps) {
  const pathname = usePathname();
  return (
    <nav
      aria-label={label}
      className="-mt-1 shrink-0 overflow-x-auto border-b max-sm:-mx-4 max-sm:px-4 max-sm:[mask-image:linear-gradient(to_left,transparent,black_2rem)]"
    >
      <ul className="flex w-max gap-5 max-sm:pr-8">
        {tabs.map(({ href, name }) => {
          const here = href === pathname;
          return (
            <li key={href} ref={here ? intoSight : null}>
              <Link
                href={href}
                aria-current={here ? "page" : undefined}
                className={cn(
                  "-outline-offset-2 flex h-9 items-center whitespace-nowrap border-b-2 px-0.5 font-medium transition-colors pointer-coarse:h-11",
                  here ? "border-accent text-ink" : "border-transparent text-soft hover:text-ink",
                )}
              >
                {name}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
