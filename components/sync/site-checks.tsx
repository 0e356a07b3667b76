"use client";

import { useState } from "react";
import { SearchInput } from "@/components/ui/search-input";
import type { Site } from "@/lib/sites/schema";

/** From so many sites on, they are searched for instead of looked for. */
const MANY = 10;

interface SiteChecksProps {
  label: string;
  sites: Site[];
  chosen: ReadonlySet<string>;
  onChange: (chosen: Set<string>) => void;
  /** Why a site cannot be chosen; null when it can. */
  objection?: (site: Site) => string | null;
}

/** Some of the sites, each with a checkbox. */
export function SiteChecks({ label, sites, chosen, onChange, objection }: SiteChecksProps) {
  const [search, setSearch] = useState("");
  const found = sites.filter(({ name }) => name.toLowerCase().includes(search.trim().toLowerCase()));

  function toggle(id: string, checked: boolean) {
    const next = new Set(chosen);
    if (checked) next.add(id);
    else next.delete(id);
    onChange(next);
  }

  return (
    <fieldset className="min-w-0 space-y-2">
      <legend className="sr-only">{label}</legend>
      {sites.length >= MANY && (
        <SearchInput label="Search sites" placeholder="Search sites" value={search} onSearch={setSearch} />
      )}
      <div className="max-h-64 overflow-y-auto">
        {found.length === 0 && <p className="px-2 py-3 text-soft">No site matches.</p>}
        {found.map((site) => {
          const why = objection?.(site) ?? null;
          return (
            <label
              key={site.id}
              className="flex cursor-pointer items-center gap-2.5 rounded-md px-2 py-1.5 hover:bg-hover pointer-coarse:py-2.5 has-disabled:cursor-default has-disabled:text-faint"
            >
              <input
                type="checkbox"
                checked={chosen.has(site.id)}
                disabled={why !== null}
                onChange={(event) => toggle(site.id, event.target.checked)}
                className="size-4 shrink-0 accent-accent"
              />
              <span className="min-w-0 flex-1 truncate">{site.name}</span>
              {why && <span className="shrink-0 text-xs">{why}</span>}
            </label>
          );
        })}
      </div>
    </fieldset>
  );
}
