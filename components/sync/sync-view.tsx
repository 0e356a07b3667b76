"use client";

import { useQuery } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useState } from "react";
import { May } from "@/components/access/may";
import { Button } from "@/components/ui/button";
import { FormError } from "@/components/ui/form-error";
import { PageHeader } from "@/components/ui/page-header";
import { SearchInput } from "@/components/ui/search-input";
import { Select } from "@/components/ui/select";
import { Loaded } from "@/components/ui/states";
import { sitesQuery } from "@/lib/sites/queries";
import type { Site } from "@/lib/sites/schema";
import { Matrix } from "./matrix";
import { NewerRows } from "./newer-rows";
import { NoRows, NoSites } from "./nothing-to-show";
import { PairPanel } from "./pair-panel";
import { pairLooks, pairStates } from "./pair-status";
import { RetryAllButton } from "./retry-all-button";
import { RunPanel } from "./run-panel";
import { type MatrixRow, useMatrixRows } from "./use-matrix-rows";
import { useRun } from "./use-run";

const STATES = pairStates.map((value) => ({ value, text: pairLooks[value].word }));

export function SyncView() {
  const [{ q, status }, setFilter] = useQueryStates({
    q: parseAsString.withDefault(""),
    status: parseAsStringLiteral(pairStates),
  });
  const run = useRun();
  const sites = useQuery(sitesQuery);
  return (
    <>
      <PageHeader
        title="User Data Sync"
        description="Who is synced to which site, and why not where it fails."
        actions={
          <May scope="sync:run">
            <RetryAllButton />
            <Button variant="primary" loading={run.starting} onClick={run.start}>
              {!run.starting && <RefreshCw aria-hidden />}
              Sync All Users
            </Button>
          </May>
        }
      />
      <NewerRows />
      <FormError error={run.startError ?? run.error} />
      {run.run && <RunPanel run={run.run} sites={sites.data ?? []} onDismiss={run.dismiss} />}
      <div className="flex flex-wrap items-center gap-2">
        <SearchInput
          label="Search users"
          placeholder="Search name, e-mail or id"
          value={q}
          onSearch={(text) => setFilter({ q: text || null })}
          className="w-full sm:w-72"
        />
        <Select
          label="State"
          none="Any state"
          value={status}
          options={STATES}
          onChange={(value) => setFilter({ status: value })}
          className="w-36"
        />
      </div>
      <SyncTable filter={{ search: q, status }} onClear={() => setFilter({ q: null, status: null })} />
    </>
  );
}

interface SyncTableProps {
  filter: Parameters<typeof useMatrixRows>[0];
  onClear: () => void;
}

function SyncTable({ filter, onClear }: SyncTableProps) {
  const [pair, setPair] = useState<{ row: MatrixRow; site: Site } | null>(null);
  const sites = useQuery(sitesQuery);
  const { rows, query } = useMatrixRows(filter);
  return (
    <>
      <Loaded query={sites}>
        {(allSites) => (
          <Loaded query={{ data: rows, error: query.error, refetch: query.refetch }}>
            {(found) => {
              if (allSites.length === 0) return <NoSites />;
              if (found.length === 0) return <NoRows filter={filter} onClear={onClear} />;
              return (
                <Matrix
                  rows={found}
                  sites={allSites}
                  more={query}
                  onOpen={(row, site) => setPair({ row, site })}
                />
              );
            }}
          </Loaded>
        )}
      </Loaded>
      {pair && <PairPanel row={pair.row} site={pair.site} onClose={() => setPair(null)} />}
    </>
  );
}
