"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { History, SearchX } from "lucide-react";
import { useState } from "react";
import { SectionHeader } from "@/components/settings/section-header";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState, Loaded, TableSkeleton } from "@/components/ui/states";
import { auditQuery } from "@/lib/audit/queries";
import type { AuditEntry } from "@/lib/audit/schema";
import { AuditFilters } from "./audit-filters";
import { AuditPanel } from "./audit-panel";
import { AuditTable } from "./audit-table";
import { useAuditFilter } from "./use-audit-filter";

export function AuditView() {
  const { chosen, filter, setChosen } = useAuditFilter();
  const [open, setOpen] = useState<AuditEntry | null>(null);
  const log = useInfiniteQuery(auditQuery(filter));
  const filtered = Object.values(chosen).some((value) => value !== null);
  return (
    <>
      <SectionHeader
        title="Audit log"
        description="Every change of users, sites, credentials, members, keys and syncs. Nobody can edit or delete it here."
      />
      <AuditFilters chosen={chosen} onChange={setChosen} />
      <Loaded query={log} loading={<TableSkeleton />}>
        {({ pages }) => {
          const entries = pages.flatMap((page) => page.items);
          if (entries.length > 0) return <AuditTable entries={entries} more={log} onOpen={setOpen} />;
          return filtered ? <NothingFound onClear={() => setChosen(null)} /> : <NothingYet />;
        }}
      </Loaded>
      {open && (
        <AuditPanel
          entry={open}
          onFilter={(change) => {
            setChosen(change);
            setOpen(null);
          }}
          onClose={() => setOpen(null)}
        />
      )}
    </>
  );
}

function NothingYet() {
  return (
    <Card>
      <EmptyState icon={History} title="Nothing was changed yet">
        Add a site or a user. Each change is then written down here, with who made it.
      </EmptyState>
    </Card>
  );
}

function NothingFound({ onClear }: { onClear: () => void }) {
  return (
    <Card>
      <EmptyState
        icon={SearchX}
        title="No change matches"
        action={<Button onClick={onClear}>Clear the filters</Button>}
      >
        Choose another person, action or time.
      </EmptyState>
    </Card>
  );
}
