"use client";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { SearchX, ShieldCheck } from "lucide-react";
import { parseAsString, useQueryStates } from "nuqs";
import { useState } from "react";
import { May } from "@/components/access/may";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { PageHeader } from "@/components/ui/page-header";
import { SearchInput } from "@/components/ui/search-input";
import { EmptyState, Loaded, TableSkeleton } from "@/components/ui/states";
import { removalsQuery } from "@/lib/removals/queries";
import { overviewQuery } from "@/lib/runs/queries";
import { DecideDialog, type Decision } from "./decide-dialog";
import { type HeldAt, heldAt, totalHeld } from "./held";
import { HeldSites } from "./held-sites";
import { HeldTable } from "./held-table";

/** Who would be removed where, and what is to become of it. */
export function RemovalsView() {
  const [{ q, site }, setFilter] = useQueryStates({ q: parseAsString.withDefault(""), site: parseAsString });
  const [decision, setDecision] = useState<Decision | null>(null);
  const overview = useQuery(overviewQuery);
  const held = useInfiniteQuery(removalsQuery({ siteId: site, search: q }));
  const sites = heldAt(overview.data);
  const meant = site === null ? sites : sites.filter(({ siteId }) => siteId === site);
  return (
    <>
      <PageHeader
        title="Held removals"
        description="Removals that wait because more users than usual would be gone from a site within an hour."
        actions={meant.length > 0 && <DecideAll sites={meant} site={site} onDecide={setDecision} />}
      />
      {sites.length > 0 && (
        <div className="flex flex-wrap items-center gap-2">
          <SearchInput
            label="Search held removals"
            placeholder="Search name, e-mail or id"
            value={q}
            onSearch={(text) => setFilter({ q: text || null })}
            className="w-full sm:w-72"
          />
          <HeldSites sites={sites} value={site} onChange={(id) => setFilter({ site: id })} />
        </div>
      )}
      <Loaded query={held} loading={<TableSkeleton />}>
        {({ pages }) => {
          const rows = pages.flatMap((page) => page.items);
          if (rows.length > 0) return <HeldTable rows={rows} more={held} onDecide={setDecision} />;
          return (q || site) && sites.length > 0 ? (
            <NobodyFound onClear={() => setFilter(null)} />
          ) : (
            <NothingHeld />
          );
        }}
      </Loaded>
      {decision && <DecideDialog decision={decision} onClose={() => setDecision(null)} />}
    </>
  );
}

interface DecideAllProps {
  sites: HeldAt[];
  site: string | null;
  onDecide: (decision: Decision) => void;
}

function DecideAll({ sites, site, onDecide }: DecideAllProps) {
  const removals = totalHeld(sites);
  const where = sites.length === 1 ? (sites[0]?.site ?? "") : `${sites.length} sites`;
  const input = { ...(site !== null && { siteId: site }), expect: removals };
  return (
    <May scope="users:write">
      <Button onClick={() => onDecide({ kind: "reject", input, removals, where, who: null })}>
        Reject all…
      </Button>
      <Button onClick={() => onDecide({ kind: "approve", input, removals, where, who: null })}>
        Approve all…
      </Button>
    </May>
  );
}

function NothingHeld() {
  return (
    <Card>
      <EmptyState icon={ShieldCheck} title="Nothing is held">
        When more users leave at once than a site's removal guard allows, their removals wait here. Each
        site's guard is set on the Connected Sites page.
      </EmptyState>
    </Card>
  );
}

function NobodyFound({ onClear }: { onClear: () => void }) {
  return (
    <Card>
      <EmptyState
        icon={SearchX}
        title="No held removal matches"
        action={<Button onClick={onClear}>Clear the filters</Button>}
      >
        Try a part of the name or of the e-mail address, or another site.
      </EmptyState>
    </Card>
  );
}
