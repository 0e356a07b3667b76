"use client";

import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { DayInput } from "@/components/ui/day-input";
import { Select } from "@/components/ui/select";
import type { AuditFilter } from "@/lib/audit/queries";
import { keysQuery } from "@/lib/keys/queries";
import { membersQuery } from "@/lib/members/queries";
import { actionOptions } from "./actions";

interface AuditFiltersProps {
  chosen: AuditFilter;
  onChange: (change: Partial<AuditFilter>) => void;
}

export function AuditFilters({ chosen, onChange }: AuditFiltersProps) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <ActorFilter value={chosen.actor} onChange={(actor) => onChange({ actor })} />
      <Select
        label="Action"
        none="Any action"
        value={chosen.action}
        options={actionOptions}
        onChange={(action) => onChange({ action })}
        className="w-[calc(50%-0.25rem)] sm:w-52"
      />
      <DayInput label="From" value={chosen.from} onChange={(from) => onChange({ from })} />
      <DayInput label="To" value={chosen.to} onChange={(to) => onChange({ to })} />
      {chosen.target && (
        <Button
          onClick={() => onChange({ target: null })}
          aria-label={`Show everything, not only ${chosen.target}`}
          className="max-w-60"
        >
          <span className="truncate">Only {chosen.target}</span>
          <X aria-hidden className="text-faint" />
        </Button>
      )}
    </div>
  );
}

interface ActorFilterProps {
  value: string | null;
  onChange: (actor: string | null) => void;
}

/** Members and keys that are there now; one that is gone stays chosen when it was chosen from an entry. */
function ActorFilter({ value, onChange }: ActorFilterProps) {
  const members = useQuery(membersQuery);
  const keys = useQuery(keysQuery);
  const known = [
    ...(members.data ?? []).map(({ id, email }) => ({ value: id, text: email })),
    ...(keys.data ?? []).map(({ id, name }) => ({ value: id, text: `Key: ${name}` })),
  ];
  const gone = value !== null && !known.some((option) => option.value === value);
  return (
    <Select
      label="Who"
      none="Anybody"
      value={value}
      options={gone ? [...known, { value, text: value }] : known}
      onChange={onChange}
      className="w-[calc(50%-0.25rem)] sm:w-56"
    />
  );
}
