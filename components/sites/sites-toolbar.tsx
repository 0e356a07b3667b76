"use client";

import { LayoutGrid, Rows3 } from "lucide-react";
import { count } from "@/components/ui/numbers";
import { SearchInput } from "@/components/ui/search-input";
import { Segmented } from "@/components/ui/segmented";
import { Select } from "@/components/ui/select";
import { HEALTHS, healthLooks } from "./site-health";
import type { SiteEntry } from "./site-list";
import type { useSitesLook } from "./use-sites-look";

const LOOKS = [
  { value: "cards", text: "Cards", icon: LayoutGrid },
  { value: "list", text: "List", icon: Rows3 },
] as const;

interface SitesToolbarProps {
  entries: SiteEntry[];
  /** How many of them are shown. */
  shown: number;
  look: ReturnType<typeof useSitesLook>;
}

/** Finds sites and chooses how they are shown. */
export function SitesToolbar({ entries, shown, look }: SitesToolbarProps) {
  const healths = HEALTHS.flatMap((value) => {
    const sites = entries.filter(({ health }) => health === value).length;
    return sites > 0 || value === look.health
      ? [{ value, text: `${healthLooks[value].word} (${sites})` }]
      : [];
  });
  return (
    <div className="flex flex-wrap items-center gap-2">
      <SearchInput
        label="Search sites"
        placeholder="Search name or URL"
        value={look.search}
        onSearch={look.setSearch}
        className="w-full sm:w-64"
      />
      <Select
        label="Health"
        none="Any health"
        value={look.health}
        options={healths}
        onChange={look.setHealth}
        className="w-44 max-sm:w-0 max-sm:flex-1"
      />
      <p className="ml-auto hidden text-faint tabular-nums sm:block">
        {shown === entries.length ? count(shown, "site") : `${shown} of ${count(entries.length, "site")}`}
      </p>
      <div className="max-sm:ml-auto">
        <Segmented label="Show as" value={look.look} options={LOOKS} onChange={look.setLook} />
      </div>
    </div>
  );
}
