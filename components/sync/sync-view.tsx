"use client";

import { useQuery } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import dynamic from "next/dynamic";
import {
  parseAsArrayOf,
  parseAsBoolean,
  parseAsString,
  parseAsStringLiteral,
  useQueryState,
  useQueryStates,
} from "nuqs";
import { May } from "@/components/access/may";
import { useLinkedPlan } from "@/components/plans/use-plan-address";
import { Button } from "@/components/ui/button";
import { FormError } from "@/components/ui/form-error";
import { PageHeader } from "@/components/ui/page-header";
import { SearchInput } from "@/components/ui/search-input";
import { Select } from "@/components/ui/select";
import { Loaded, Skeleton, TableSkeleton } from "@/components/ui/states";
import { usePages } from "@/components/ui/use-pages";
import { overviewQuery, PEOPLE_PAGE, type PeopleFilter, peopleQuery } from "@/lib/runs/queries";
import { sitesQuery } from "@/lib/sites/queries";
import { LatestRuns } from "./latest-runs";
import { Matrix } from "./matrix";
import { peopleOf } from "./matrix-window";
import { pairLooks, pairStates } from "./pair-status";
import { RetryAllButton } from "./retry-all-button";
import { usePair } from "./use-pair";
import { useRun } from "./use-run";

// Panels and forms come when they are opened, and what most people never see comes after the rest.
const NewerRows = dynamic(() => import("./newer-rows").then((file) => file.NewerRows), { ssr: false });
const NoRows = dynamic(() => import("./nothing-to-show").then((file) => file.NoRows), { ssr: false });
const NoSites = dynamic(() => import("./nothing-to-show").then((file) => file.NoSites), { ssr: false });
const PairPanel = dynamic(() => import("./pair-panel").then((file) => file.PairPanel), { ssr: false });
const RunPanel = dynamic(() => import("./run-panel").then((file) => file.RunPanel), { ssr: false });
const StartDialog = dynamic(() => import("./start-dialog").then((file) => file.StartDialog), { ssr: false });
// It comes with a library that places it; its room is kept, as that of the menus in the header.
const SiteFilter = dynamic(() => import("./site-filter").then((file) => file.SiteFilter), {
  ssr: false,
  loading: () => <Skeleton className="h-8 w-23 rounded-md pointer-coarse:h-10" />,
});

const STATES = pairStates.map((value) => ({ value, text: pairLooks[value].word }));

export function SyncView() {
  const [{ q, status, sites: siteIds }, setFilter] = useQueryStates({
    q: parseAsString.withDefault(""),
    status: parseAsStringLiteral(pairStates),
    sites: parseAsArrayOf(parseAsString).withDefault([]),
  });
  const run = useRun();
  const sites = useQuery(sitesQuery);
  return (
    <>
      <PageHeader
        title="User Data Sync"
        description="Who is synced to which site, and why not where it fails."
        actions={
          <>
            <LatestRuns onShow={run.show} />
            <May scope="sync:run">
              <RetryAllButton />
              <StartButton onStarted={run.show} />
            </May>
          </>
        }
      />
      <NewerRows />
      <FormError error={run.error} />
      {run.run && <RunPanel run={run.run} rate={run.rate} sites={sites.data ?? []} onDismiss={run.dismiss} />}
      <div className="flex flex-wrap items-center gap-2">
        <SearchInput
          label="Search users"
          placeholder="Search name, e-mail or id"
          value={q}
          onSearch={(text) => setFilter({ q: text || null })}
          className="w-full sm:w-72"
        />
        <SiteFilter sites={sites.data ?? []} value={siteIds} onChange={(ids) => setFilter({ sites: ids })} />
        <Select
          label="State"
          none="Any state"
          value={status}
          options={STATES}
          onChange={(value) => setFilter({ status: value })}
          className="w-36"
        />
      </div>
      <SyncTable filter={{ search: q, status, siteIds }} onClear={() => setFilter(null)} />
    </>
  );
}

/** *Sync All Users*, which `?start=true` opens too. */
function StartButton({ onStarted }: { onStarted: (runId: string) => void }) {
  const [open, setOpen] = useQueryState("start", parseAsBoolean.withDefault(false));
  // Above it the plan would be hidden that it led to.
  const planned = useLinkedPlan() !== null;
  const { data: sites } = useQuery(sitesQuery);
  const { data: overview } = useQuery(overviewQuery);
  return (
    <>
      <Button variant="primary" onClick={() => setOpen(true)}>
        <RefreshCw aria-hidden />
        Sync All Users
      </Button>
      {open && !planned && sites && (
        <StartDialog
          sites={sites}
          users={overview?.users.active}
          onStarted={(runId) => {
            void setOpen(null);
            onStarted(runId);
          }}
          onClose={() => void setOpen(null)}
        />
      )}
    </>
  );
}

interface SyncTableProps {
  filter: PeopleFilter;
  onClear: () => void;
}

function SyncTable({ filter, onClear }: SyncTableProps) {
  const { pair, open, close } = usePair();
  const sites = useQuery(sitesQuery);
  const people = usePages((cursor, limit) => peopleQuery(filter, cursor, limit), PEOPLE_PAGE, peopleOf);
  const site = pair && sites.data?.find(({ id }) => id === pair.siteId);
  return (
    <>
      <Loaded query={sites} loading={<TableSkeleton />}>
        {(allSites) => (
          <Loaded query={people.first} loading={<TableSkeleton />}>
            {({ items }) => {
              if (allSites.length === 0) return <NoSites />;
              if (items.length === 0) return <NoRows filter={filter} onClear={onClear} />;
              return (
                <Matrix
                  // Other users begin at the top.
                  key={JSON.stringify([filter.search, filter.status])}
                  people={people}
                  sites={allSites}
                  siteIds={filter.siteIds}
                  onOpen={open}
                />
              );
            }}
          </Loaded>
        )}
      </Loaded>
      {pair && site && <PairPanel userId={pair.userId} site={site} onClose={close} />}
    </>
  );
}
