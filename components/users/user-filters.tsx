"use client";

import { useQuery } from "@tanstack/react-query";
import { ListFilter, X } from "lucide-react";
import { useState } from "react";
import { pairLooks, pairStates } from "@/components/sync/pair-status";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { SearchInput } from "@/components/ui/search-input";
import { Select } from "@/components/ui/select";
import { sitesQuery } from "@/lib/sites/queries";
import { userFacetsQuery } from "@/lib/users/queries";
import type { UserFilterState } from "./use-user-filter";

const STATUSES = [
  { value: "active", text: "Active" },
  { value: "inactive", text: "Inactive" },
] as const;

const SYNC_STATES = pairStates.map((value) => ({ value, text: pairLooks[value].word }));
const WIDTH = "w-full sm:w-36";

/** Search and filters. On a small screen the filters fold away behind one button. */
export function UserFilters({ state }: { state: UserFilterState }) {
  const [open, setOpen] = useState(false);
  const { fields, narrowed, set } = state;
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-2">
      <SearchInput
        label="Search users"
        placeholder="Search name, e-mail or id"
        value={fields.q}
        onSearch={(text) => set({ q: text || null })}
        className="min-w-0 flex-1 sm:w-72 sm:flex-none"
      />
      <Button className="sm:hidden" aria-expanded={open} onClick={() => setOpen(!open)}>
        <ListFilter aria-hidden />
        {narrowed > 0 ? `Filters · ${narrowed}` : "Filters"}
      </Button>
      <div className={cn("w-full grid-cols-2 gap-2 sm:contents", open ? "grid" : "hidden")}>
        <Select
          label="Status"
          none="Any status"
          value={fields.status}
          options={STATUSES}
          onChange={(status) => set({ status })}
          className={WIDTH}
        />
        <SyncFilter state={state} />
        <FacetFilters state={state} />
        {narrowed > 0 && (
          <Button variant="ghost" onClick={state.clear}>
            <X aria-hidden />
            Clear
          </Button>
        )}
      </div>
    </div>
  );
}

function SyncFilter({ state: { fields, set } }: { state: UserFilterState }) {
  const { data: sites } = useQuery(sitesQuery);
  const siteOptions = sites?.map(({ id, name }) => ({ value: id, text: `at ${name}` })) ?? [];
  return (
    <>
      <Select
        label="State of sync"
        none="Any state of sync"
        value={fields.sync}
        options={SYNC_STATES}
        onChange={(sync) => set({ sync, site: sync && fields.site })}
        className="w-full sm:w-40"
      />
      {fields.sync && (
        <Select
          label="Site"
          none="at any site"
          value={fields.site}
          options={siteOptions}
          onChange={(site) => set({ site })}
          className={WIDTH}
        />
      )}
    </>
  );
}

/** Roles, teams and departments as they are in the list; one that is gone stays chosen until it is changed. */
function FacetFilters({ state: { fields, set } }: { state: UserFilterState }) {
  const { data: facets } = useQuery(userFacetsQuery);
  const options = (known: string[] | undefined, chosen: string | null) => {
    const all = chosen !== null && !known?.includes(chosen) ? [chosen, ...(known ?? [])] : (known ?? []);
    return all.map((value) => ({ value, text: value }));
  };
  return (
    <>
      <Select
        label="Role"
        none="Any role"
        value={fields.role}
        options={options(facets?.roles, fields.role)}
        onChange={(role) => set({ role })}
        className={WIDTH}
      />
      <Select
        label="Team"
        none="Any team"
        value={fields.team}
        options={options(facets?.teams, fields.team)}
        onChange={(team) => set({ team })}
        className={WIDTH}
      />
      <Select
        label="Department"
        none="Any department"
        value={fields.department}
        options={options(facets?.departments, fields.department)}
        onChange={(department) => set({ department })}
        className="w-full sm:w-40"
      />
    </>
  );
}
