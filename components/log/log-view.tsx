"use client";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ScrollText, SearchX, X } from "lucide-react";
import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { PageHeader } from "@/components/ui/page-header";
import { Select } from "@/components/ui/select";
import { EmptyState, Loaded } from "@/components/ui/states";
import { logQuery } from "@/lib/runs/queries";
import { sitesQuery } from "@/lib/sites/queries";
import { LogTable } from "./log-table";
import { UserFilter } from "./user-filter";

const RESULTS = [
  { value: "success", text: "Success" },
  { value: "failed", text: "Failed" },
] as const;

const FILTER = {
  user: parseAsString,
  site: parseAsString,
  status: parseAsStringLiteral(["success", "failed"]),
  run: parseAsString,
};

export function LogView() {
  const [{ user, site, status, run }, setFilter] = useQueryStates(FILTER);
  const log = useInfiniteQuery(logQuery({ userId: user, siteId: site, status, runId: run }));
  const sites = useQuery(sitesQuery);
  const siteOptions = sites.data?.map(({ id, name }) => ({ value: id, text: name })) ?? [];
  const filtered = [user, site, status, run].some((value) => value !== null);
  return (
    <>
      <PageHeader title="Log" description="Every attempt for every user at every site, newest first." />
      <div className="flex flex-wrap items-center gap-2">
        <UserFilter value={user} onChange={(id) => setFilter({ user: id })} />
        <Select
          label="Site"
          none="Any site"
          value={site}
          options={siteOptions}
          onChange={(value) => setFilter({ site: value })}
          className="w-36"
        />
        <Select
          label="Result"
          none="Any result"
          value={status}
          options={RESULTS}
          onChange={(value) => setFilter({ status: value })}
          className="w-36"
        />
        {run && (
          <Button onClick={() => setFilter({ run: null })} aria-label="Show every sync, not only this one">
            One sync only
            <X aria-hidden className="text-faint" />
          </Button>
        )}
      </div>
      <Loaded query={log}>
        {({ pages }) => {
          const entries = pages.flatMap((page) => page.items);
          if (entries.length > 0) {
            return <LogTable entries={entries} more={log} onRun={(id) => setFilter({ run: id })} />;
          }
          return filtered ? <NothingFound onClear={() => setFilter(null)} /> : <NothingYet />;
        }}
      </Loaded>
    </>
  );
}

function NothingYet() {
  return (
    <Card>
      <EmptyState icon={ScrollText} title="Nothing has been synced yet">
        Add a site and a user. Each attempt is then written down here, and stays when the user or the site
        goes.
      </EmptyState>
    </Card>
  );
}

function NothingFound({ onClear }: { onClear: () => void }) {
  return (
    <Card>
      <EmptyState
        icon={SearchX}
        title="No attempt matches"
        action={<Button onClick={onClear}>Clear the filters</Button>}
      >
        Choose another user, site or result.
      </EmptyState>
    </Card>
  );
}
