"use client";

import { Download, ScrollText, SearchX } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { count } from "@/components/ui/numbers";
import { PageHeader } from "@/components/ui/page-header";
import { EmptyState, Loaded, TableSkeleton } from "@/components/ui/states";
import { logExportPath } from "@/lib/runs/log-queries";
import type { LogEntry } from "@/lib/runs/log-schema";
import { EntryPanel } from "./entry-panel";
import { LiveSwitch } from "./live-switch";
import { LogFilters } from "./log-filters";
import { LogTable } from "./log-table";
import { useLog } from "./use-log";
import { useLogFilter } from "./use-log-filter";

export function LogView() {
  const { filter, isFiltered, change, clear, live, setLive } = useLogFilter();
  const { list, shown, held, hasMore, onAway } = useLog(filter, live);
  const [opened, setOpened] = useState<LogEntry | null>(null);
  const news = held > 0 ? `${hasMore ? `${held}+` : held} new` : null;
  return (
    <>
      <PageHeader
        title="Log"
        description="Every attempt for every user at every site, newest first."
        actions={
          <>
            <LiveSwitch live={live} onChange={setLive} />
            <Button onClick={() => location.assign(logExportPath(filter))}>
              <Download aria-hidden />
              Export CSV
            </Button>
          </>
        }
      />
      <div className="grid grid-cols-2 gap-2 sm:flex sm:flex-wrap sm:items-center">
        <LogFilters filter={filter} onChange={change} />
      </div>
      <Loaded query={list} loading={<TableSkeleton />}>
        {() => {
          if (shown.length > 0) {
            return (
              <LogTable
                entries={shown}
                more={list}
                pill={news}
                onAway={onAway}
                onOpen={setOpened}
                onRun={(runId) => change({ runId })}
              />
            );
          }
          return isFiltered ? <NothingFound onClear={clear} /> : <NothingYet />;
        }}
      </Loaded>
      <p role="status" className="sr-only">
        {held > 0 ? `${count(held, "new attempt")} above` : ""}
      </p>
      {opened && <EntryPanel entry={opened} onClose={() => setOpened(null)} />}
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
        Choose another user, site, result, cause or time. How long attempts are kept is under Settings.
      </EmptyState>
    </Card>
  );
}
