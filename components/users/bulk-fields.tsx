"use client";

import { useQuery } from "@tanstack/react-query";
import { CheckField } from "@/components/ui/check-field";
import { TextField } from "@/components/ui/text-field";
import type { BulkChange } from "@/lib/users/job-queries";
import { userFacetsQuery } from "@/lib/users/queries";
import { Suggestions } from "./suggestions";

/** What is typed for each field that is to change; null for one that stays. */
export type FieldChoices = Record<"team" | "department" | "role", string | null>;

export const NO_CHOICES: FieldChoices = { team: null, department: null, role: null };

/** The change that was chosen, null while there is none or a role is missing. */
export function changeOf({ team, department, role }: FieldChoices): BulkChange | null {
  if (role?.trim() === "") return null;
  const change: BulkChange = {};
  if (team !== null) change.team = team.trim() || null;
  if (department !== null) change.department = department.trim() || null;
  if (role !== null) change.role = role.trim();
  return Object.keys(change).length > 0 ? change : null;
}

const FIELDS = [
  { name: "team", label: "Team", facet: "teams", hint: "Leave it empty to take the team away." },
  {
    name: "department",
    label: "Department",
    facet: "departments",
    hint: "Leave it empty to take the department away.",
  },
  { name: "role", label: "Role", facet: "roles", hint: undefined },
] as const;

interface BulkFieldsProps {
  value: FieldChoices;
  onChange: (value: FieldChoices) => void;
}

/** Which fields several users get, and what is in them. */
export function BulkFields({ value, onChange }: BulkFieldsProps) {
  const { data: facets } = useQuery(userFacetsQuery);
  return FIELDS.map(({ name, label, facet, hint }) => {
    const text = value[name];
    return (
      <div key={name} className="space-y-2">
        <CheckField
          label={`Change the ${label.toLowerCase()}`}
          checked={text !== null}
          onChange={(on) => onChange({ ...value, [name]: on ? "" : null })}
        />
        {text !== null && (
          <div className="pl-6.5">
            <TextField
              label={label}
              hint={hint}
              autoFocus
              autoComplete="off"
              maxLength={100}
              list={`many-${name}`}
              value={text}
              onChange={(event) => onChange({ ...value, [name]: event.target.value })}
            />
            <Suggestions id={`many-${name}`} values={facets?.[facet]} />
          </div>
        )}
      </div>
    );
  });
}
