"use client";

import { useQueryClient } from "@tanstack/react-query";
import type { Route } from "next";
import Link from "next/link";
import { useMemo } from "react";
import { healthOf } from "@/components/sites/site-health";
import { toneText } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { LoadMore } from "@/components/ui/table";
import type { CellProps } from "@/components/ui/use-grid-focus";
import type { usePages } from "@/components/ui/use-pages";
import { useSteady } from "@/components/ui/use-steady";
import { VirtualGrid } from "@/components/ui/virtual-grid";
import type { Person } from "@/lib/runs/insight-schema";
import type { Site } from "@/lib/sites/schema";
import { MatrixRow } from "./matrix-row";
import { askAhead, blocksOf, FIXED_COLUMNS, type MatrixPerson } from "./matrix-window";

const ROW_HEIGHT = 48;
const COLUMN_WIDTH = 160;

interface MatrixProps {
  people: ReturnType<typeof usePages<Person, MatrixPerson>>;
  sites: Site[];
  /** The sites that are shown; none stands for all. */
  siteIds: readonly string[];
  onOpen: (userId: string, siteId: string) => void;
}

/** Users against sites. */
export function Matrix({ people, sites: allSites, siteIds, onOpen }: MatrixProps) {
  const { rows, more } = people;
  const client = useQueryClient();
  const open = useSteady(onOpen);
  const sites = useMemo(() => {
    const chosen = allSites.filter(({ id }) => siteIds.includes(id));
    return chosen.length > 0 ? chosen : allSites;
  }, [allSites, siteIds]);
  const siteBlocks = useMemo(() => blocksOf(sites.map((site) => site.id)), [sites]);
  return (
    <VirtualGrid
      label="Users and sites"
      rows={rows.length}
      more={more.hasNextPage}
      columns={sites.length}
      fixedColumns={FIXED_COLUMNS}
      rowHeight={ROW_HEIGHT}
      columnWidth={COLUMN_WIDTH}
      rowKey={(row) => rows.at(row)?.person.user_id}
      corner={
        <>
          <div role="columnheader" aria-colindex={1} className={headText}>
            User
          </div>
          <div role="columnheader" aria-colindex={2} className="ml-auto">
            <span className="sr-only">Sync</span>
          </div>
        </>
      }
      head={(column, control) => <SiteHead site={sites[column]} control={control} />}
      onWindow={(window) => {
        people.onSight(...window.rows, window.focused);
        askAhead(client, rows, siteBlocks, window);
      }}
      footer={<LoadMore query={more} />}
    >
      {(row, window, focused) => (
        <MatrixRow
          index={row}
          person={rows.at(row)?.person}
          users={rows.at(row)?.users}
          siteBlocks={siteBlocks}
          sites={sites}
          first={window.columns[0] ?? 0}
          last={window.columns.at(-1) ?? -1}
          columnWidth={window.columnWidth}
          fixedWidth={window.fixedWidth}
          focused={focused}
          onOpen={open}
        />
      )}
    </VirtualGrid>
  );
}

const headText = "flex items-center px-3 font-medium text-faint text-xs";

function SiteHead({ site, control }: { site: Site | undefined; control: CellProps }) {
  if (!site) return null;
  const { word, tone, icon: Icon } = healthOf(site);
  const isWell = tone === "ok";
  return (
    <Link
      {...control}
      href={`/sites/${site.id}` as Route}
      prefetch={false}
      title={isWell ? site.name : `${site.name}: ${word}`}
      className={cn(headText, "h-full w-full min-w-0 gap-1.5 hover:underline")}
    >
      <span className="truncate text-ink">{site.name}</span>
      {!isWell && (
        <>
          <Icon aria-hidden className={cn("size-3.5 shrink-0", toneText[tone])} />
          <span className="sr-only">{word}</span>
        </>
      )}
    </Link>
  );
}
