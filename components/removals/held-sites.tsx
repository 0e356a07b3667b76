import { cn } from "@/components/ui/cn";
import { formatNumber } from "@/components/ui/numbers";
import { type HeldAt, totalHeld } from "./held";

interface HeldSitesProps {
  sites: HeldAt[];
  value: string | null;
  onChange: (siteId: string | null) => void;
}

/** The sites with how many of their users are meant; one of them, or all. */
export function HeldSites({ sites, value, onChange }: HeldSitesProps) {
  const all = { siteId: null, site: "All sites", held: totalHeld(sites), of: null };
  const choices = [
    ...(sites.length > 1 ? [all] : []),
    ...sites.map(({ siteId, site, held, users }) => ({ siteId, site, held, of: users })),
  ];
  return (
    <fieldset className="flex min-w-0 flex-wrap gap-1.5">
      <legend className="sr-only">Site</legend>
      {choices.map(({ siteId, site, held, of }) => {
        const chosen = siteId === value || (value === null && sites.length === 1);
        return (
          <button
            key={siteId ?? "all"}
            type="button"
            aria-pressed={chosen}
            onClick={() => onChange(siteId)}
            className={cn(
              "flex h-8 max-w-full items-center gap-2 rounded-md border px-2.5 transition-colors pointer-coarse:h-10",
              chosen ? "border-line-strong bg-hover font-medium text-ink" : "text-soft hover:bg-hover",
            )}
          >
            <span className="truncate">{site}</span>
            <span className="text-faint text-xs tabular-nums">
              {formatNumber(held)}
              {of !== null && ` of ${formatNumber(of)}`}
            </span>
          </button>
        );
      })}
    </fieldset>
  );
}
