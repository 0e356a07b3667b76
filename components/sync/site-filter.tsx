"use client";

import { ChevronDown } from "lucide-react";
import { Popover } from "radix-ui";
import { Button } from "@/components/ui/button";
import { count } from "@/components/ui/numbers";
import type { Site } from "@/lib/sites/schema";
import { SiteChecks } from "./site-checks";

interface SiteFilterProps {
  sites: Site[];
  /** Ids of the sites that are shown; none stands for all. */
  value: readonly string[];
  onChange: (siteIds: string[] | null) => void;
}

/** Chooses the sites that are shown. */
export function SiteFilter({ sites, value, onChange }: SiteFilterProps) {
  const chosen = sites.filter(({ id }) => value.includes(id));
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <Button
          className="max-w-52 px-2.5 font-normal pointer-coarse:text-lg"
          aria-label={`Sites: ${said(chosen)}`}
        >
          <span className={chosen.length === 0 ? "truncate text-soft" : "truncate"}>{said(chosen)}</span>
          <ChevronDown aria-hidden className="size-3.5 text-faint" />
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label="Choose sites"
          className="z-50 w-72 max-w-[calc(100vw-1rem)] animate-rise rounded-lg border border-line-strong bg-surface p-2 shadow-float"
        >
          <SiteChecks
            label="Sites that are shown"
            sites={sites}
            chosen={new Set(value)}
            onChange={(next) => onChange(next.size > 0 ? [...next] : null)}
          />
          {chosen.length > 0 && (
            <div className="mt-2 border-t pt-2">
              <Button variant="ghost" className="w-full" onClick={() => onChange(null)}>
                Show every site
              </Button>
            </div>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function said(chosen: Site[]): string {
  if (chosen.length === 0) return "Any site";
  return chosen.length === 1 ? (chosen[0]?.name ?? "") : count(chosen.length, "site");
}
