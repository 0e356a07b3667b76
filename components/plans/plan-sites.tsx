"use client";

import { ChevronRight, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { cn } from "@/components/ui/cn";
import { formatNumber } from "@/components/ui/numbers";
import { Td, Th } from "@/components/ui/table";
import { PLAN_KINDS, type PlanKind } from "@/lib/plans/kinds";
import type { Plan, PlannedSite } from "@/lib/plans/schema";
import { PlanSamples } from "./plan-samples";
import { KIND_WORDS } from "./plan-words";

/** What a plan does at each site; a site opens to show which rows. */
export function PlanSites({ plan }: { plan: Plan }) {
  // The first site where something happens, so that there is something to see.
  const first = plan.sites.find((site) => site.create + site.update + site.remove > 0) ?? plan.sites[0];
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set(first ? [first.siteId] : []));
  const toggle = (id: string) =>
    setOpen((before) => new Set(before.has(id) ? [...before].filter((one) => one !== id) : [...before, id]));

  if (plan.sites.length === 0) return <p className="text-soft">No site would be touched.</p>;
  return (
    <div className="overflow-hidden rounded-lg border">
      <table className="w-full border-separate border-spacing-0 text-left">
        <caption className="sr-only">Rows by site</caption>
        <thead>
          <tr>
            <Th>Site</Th>
            {PLAN_KINDS.map((kind) => (
              <Th key={kind} className="px-2 text-right sm:px-3">
                {KIND_WORDS[kind].head}
              </Th>
            ))}
          </tr>
        </thead>
        {plan.sites.map((site) => (
          <SiteRows
            key={site.siteId}
            site={site}
            open={open.has(site.siteId)}
            onToggle={() => toggle(site.siteId)}
          />
        ))}
      </table>
    </div>
  );
}

interface SiteRowsProps {
  site: PlannedSite;
  open: boolean;
  onToggle: () => void;
}

function SiteRows({ site, open, onToggle }: SiteRowsProps) {
  return (
    <tbody>
      <tr className="hover:bg-hover">
        <Td className="w-full max-w-0 p-0">
          <button
            type="button"
            aria-expanded={open}
            onClick={onToggle}
            className="-outline-offset-2 flex w-full items-center gap-2 px-3 py-2.5 text-left font-medium"
          >
            <ChevronRight
              aria-hidden
              className={cn("size-4 shrink-0 text-faint transition-transform", open && "rotate-90")}
            />
            <span className="truncate">{site.site}</span>
            {site.problem && (
              <TriangleAlert aria-label="Not compared" className="size-4 shrink-0 text-warn" />
            )}
          </button>
        </Td>
        {PLAN_KINDS.map((kind) => (
          <Td key={kind} className={cn("px-2 text-right tabular-nums sm:px-3", tone(kind, site[kind]))}>
            {site.problem ? "–" : formatNumber(site[kind])}
          </Td>
        ))}
      </tr>
      {open && (
        <tr>
          <Td colSpan={5} className="bg-sunken p-0">
            {site.problem ? (
              <p className="flex gap-2 px-4 py-3 text-warn">
                <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
                <span className="min-w-0 break-words">{site.problem} Nothing is promised here.</span>
              </p>
            ) : (
              <PlanSamples site={site} />
            )}
          </Td>
        </tr>
      )}
    </tbody>
  );
}

const TONES: Record<PlanKind, string> = {
  create: "font-semibold text-ok",
  update: "font-semibold text-warn",
  remove: "font-semibold text-bad",
  skip: "text-soft",
};

function tone(kind: PlanKind, rows: number): string {
  return rows === 0 ? "text-faint" : TONES[kind];
}
