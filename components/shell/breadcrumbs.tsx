"use client";

import { useQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { cn } from "@/components/ui/cn";
import { Skeleton } from "@/components/ui/states";
import { sitesQuery } from "@/lib/sites/queries";
import { userQuery } from "@/lib/users/queries";
import { type Crumb, crumbsOf } from "./crumbs";

/** Where one is, from the place in the sidebar down. `deepOnly` leaves out the places themselves, whose title says it. */
export function Breadcrumbs({ deepOnly, className }: { deepOnly?: boolean; className?: string }) {
  const crumbs = crumbsOf(usePathname());
  if (crumbs.length === 0 || (deepOnly && crumbs.length < 2)) return null;
  return (
    <nav aria-label="Breadcrumbs" className={className}>
      <ol className="flex min-w-0 items-center gap-1">
        {crumbs.map((crumb, index) => {
          const last = index === crumbs.length - 1;
          return (
            <li key={crumb.href} className={cn("flex items-center gap-1", last ? "min-w-0" : "shrink-0")}>
              {index > 0 && <ChevronRight aria-hidden className="size-3.5 shrink-0 text-faint" />}
              <Link
                href={crumb.href}
                aria-current={last ? "page" : undefined}
                className={cn(
                  "truncate rounded px-1 py-0.5 pointer-coarse:-my-2 pointer-coarse:py-2.5 transition-colors hover:text-ink",
                  last ? "font-medium text-ink" : "text-soft",
                )}
              >
                <CrumbName crumb={crumb} />
              </Link>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}

function CrumbName({ crumb }: { crumb: Crumb }) {
  switch (crumb.kind) {
    case "named":
      return crumb.name;
    case "user":
      return <UserName id={crumb.id} />;
    case "site":
      return <SiteName id={crumb.id} />;
  }
}

function UserName({ id }: { id: string }) {
  const { data: user, error } = useQuery(userQuery(id));
  if (user) return user.full_name || user.email;
  return error ? "Unknown user" : <Skeleton className="h-3 w-24" />;
}

function SiteName({ id }: { id: string }) {
  const { data: sites, error } = useQuery(sitesQuery);
  if (!sites && !error) return <Skeleton className="h-3 w-24" />;
  return sites?.find((site) => site.id === id)?.name ?? "Unknown site";
}
