"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { toneText } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { formatNumber } from "@/components/ui/numbers";
import { RelativeTime } from "@/components/ui/relative-time";
import { Td, Th } from "@/components/ui/table";
import { type RowProps, VirtualTable } from "@/components/ui/virtual-table";
import type { Site } from "@/lib/sites/schema";
import { SiteActions } from "./site-actions";
import { healthLooks } from "./site-health";
import { failingAt, laggingSince, type SiteEntry } from "./site-list";
import { sitePath } from "./site-path";

const ROW_HEIGHT = 49;

interface SitesTableProps {
  entries: SiteEntry[];
  onEnter: (site: Site) => void;
}

/** Many sites, a line each; only those in sight are in the document. */
export function SitesTable({ entries, onEnter }: SitesTableProps) {
  const header = (
    <>
      <Th>Site</Th>
      <Th className="hidden sm:table-cell">Health</Th>
      <Th className="hidden text-right sm:table-cell">Synced</Th>
      <Th className="hidden text-right md:table-cell">Waiting</Th>
      <Th className="hidden text-right sm:table-cell">Failing</Th>
      <Th className="hidden lg:table-cell">Oldest change</Th>
      <Th className="hidden lg:table-cell">Last success</Th>
      <Th>
        <span className="sr-only">Actions</span>
      </Th>
    </>
  );
  return (
    <VirtualTable
      label="Sites"
      rows={entries}
      rowKey={keyOf}
      header={header}
      columns={8}
      rowHeight={ROW_HEIGHT}
    >
      {(entry, props) => <SiteRow key={entry.site.id} entry={entry} props={props} onEnter={onEnter} />}
    </VirtualTable>
  );
}

const keyOf = ({ site }: SiteEntry) => site.id;

interface SiteRowProps {
  entry: SiteEntry;
  props: RowProps;
  onEnter: (site: Site) => void;
}

function SiteRow({ entry: { site, counts, health }, props, onEnter }: SiteRowProps) {
  const failing = failingAt(counts);
  const since = laggingSince(counts);
  return (
    <tr {...props} className="hover:bg-sunken">
      <Td className="w-full max-w-0 py-1.5 sm:w-1/2">
        <Link
          href={sitePath(site.id)}
          title={site.name}
          className="block truncate rounded font-medium hover:underline"
        >
          {site.name}
        </Link>
        <p className="truncate text-faint text-xs max-sm:hidden">{site.url.replace(/^https?:\/\//, "")}</p>
        <div className="text-xs sm:hidden">
          <Health health={health} />
        </div>
      </Td>
      <Td className="hidden w-px sm:table-cell">
        <span title={site.error ?? undefined}>
          <Health health={health} />
        </span>
      </Td>
      <Num className="hidden sm:table-cell">{counts?.synced ?? 0}</Num>
      <Num className="hidden md:table-cell">{counts?.pending ?? 0}</Num>
      <Num className={cn("hidden sm:table-cell", failing > 0 && "font-medium text-bad")}>{failing}</Num>
      <Td className="hidden w-px whitespace-nowrap tabular-nums lg:table-cell">
        {since ? <RelativeTime value={since} /> : <Nothing>None waits</Nothing>}
      </Td>
      <Td className="hidden w-px whitespace-nowrap tabular-nums lg:table-cell">
        {site.lastSyncedAt ? <RelativeTime value={site.lastSyncedAt} /> : <Nothing>Never</Nothing>}
      </Td>
      <Td className="w-px py-0">
        <div className="flex justify-end">
          <SiteActions site={site} counts={counts} onEnter={onEnter} />
        </div>
      </Td>
    </tr>
  );
}

function Health({ health }: Pick<SiteEntry, "health">) {
  const { word, tone, icon: Icon } = healthLooks[health];
  return (
    <span className={cn("flex items-center gap-1.5 whitespace-nowrap", toneText[tone])}>
      <Icon aria-hidden className="size-4 shrink-0 max-sm:size-3.5" />
      {word}
    </span>
  );
}

function Num({ className, children }: { className: string; children: number }) {
  return <Td className={cn("w-px text-right tabular-nums", className)}>{formatNumber(children)}</Td>;
}

function Nothing({ children }: { children: ReactNode }) {
  return <span className="text-faint">{children}</span>;
}
