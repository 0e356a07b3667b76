"use client";

import { X } from "lucide-react";
import { type KeyboardEvent, useId, useState } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { Select } from "@/components/ui/select";
import { inputClasses } from "@/components/ui/text-field";
import type { ScopeField } from "@/lib/sync/core/scope";
import type { UserFacets } from "@/lib/users/list-schema";
import { FIELDS, type Shown } from "./rules";

type Test = Extract<Shown, { kind: "test" }>;

interface TestEditorProps {
  place: string;
  shown: Test;
  facets: UserFacets | undefined;
  onChange: (shown: Test) => void;
  onRemove?: () => void;
}

/** One test: a field, and the values that it has or has not. */
export function TestEditor({ place, shown, facets, onChange, onRemove }: TestEditorProps) {
  const { test, negated } = shown;
  return (
    <div className="flex flex-wrap items-start gap-2">
      <Select
        label={`Field of rule ${place}`}
        className="w-36"
        value={test.field}
        options={FIELDS}
        onChange={(field) => field && onChange({ ...shown, test: { field, is: [] } })}
      />
      <Select
        label={`Comparison of rule ${place}`}
        className="w-24"
        value={negated ? "not" : "is"}
        options={[
          { value: "is", text: "is" },
          { value: "not", text: "is not" },
        ]}
        onChange={(chosen) => onChange({ ...shown, negated: chosen === "not" })}
      />
      <Values
        place={place}
        field={test.field}
        values={test.is}
        offered={offeredFor(test.field, facets)}
        onChange={(is) => onChange({ ...shown, test: { ...test, is } })}
      />
      {onRemove && (
        <Button variant="ghost" size="icon" aria-label={`Remove rule ${place}`} onClick={onRemove}>
          <X aria-hidden />
        </Button>
      )}
    </div>
  );
}

function offeredFor(field: ScopeField, facets: UserFacets | undefined): readonly string[] {
  switch (field) {
    case "role":
      return facets?.roles ?? [];
    case "team":
      return facets?.teams ?? [];
    case "department":
      return facets?.departments ?? [];
    case "status":
      return ["active", "inactive"];
    case "emailDomain":
      return [];
  }
}

interface ValuesProps {
  place: string;
  field: ScopeField;
  values: readonly (string | null)[];
  offered: readonly string[];
  onChange: (values: (string | null)[]) => void;
}

/** Several values, chosen from those that there are or typed. */
function Values({ place, field, values, offered, onChange }: ValuesProps) {
  const id = useId();
  const [typed, setTyped] = useState("");
  const mayBeEmpty = field === "team" || field === "department";

  function add(value: string | null) {
    setTyped("");
    if (value !== "" && !values.includes(value)) onChange([...values, value]);
  }

  function type(text: string) {
    // Chosen from the list: the browser fills in the whole of it.
    if (offered.includes(text)) add(text);
    else setTyped(text);
  }

  function press(event: KeyboardEvent) {
    if (event.key === "Enter" || (event.key === "," && typed.trim() !== "")) {
      event.preventDefault();
      add(typed.trim());
    }
  }

  return (
    <div className="flex min-w-48 flex-1 flex-wrap items-center gap-1.5">
      {values.map((value) => (
        <span
          key={String(value)}
          className="inline-flex h-8 items-center gap-1 rounded-md bg-accent-soft pl-2.5 text-accent-text"
        >
          <span className={cn("max-w-48 truncate", value === null && "italic")}>{value ?? "nothing"}</span>
          <button
            type="button"
            aria-label={`Remove ${value ?? "nothing"} from rule ${place}`}
            className="grid size-7 place-items-center rounded hover:bg-hover"
            onClick={() => onChange(values.filter((one) => one !== value))}
          >
            <X aria-hidden className="size-3.5" />
          </button>
        </span>
      ))}
      <input
        aria-label={`Values of rule ${place}`}
        className={cn(inputClasses, "w-auto min-w-32 flex-1")}
        list={`${id}-offered`}
        placeholder={values.length === 0 ? PLACEHOLDERS[field] : "or…"}
        value={typed}
        onChange={(event) => type(event.target.value)}
        onKeyDown={press}
        onBlur={() => add(typed.trim())}
      />
      <datalist id={`${id}-offered`}>
        {offered
          .filter((value) => !values.includes(value))
          .map((value) => (
            <option key={value} value={value} />
          ))}
      </datalist>
      {mayBeEmpty && !values.includes(null) && (
        <Button variant="ghost" onClick={() => add(null)}>
          or nothing
        </Button>
      )}
    </div>
  );
}

const PLACEHOLDERS: Record<ScopeField, string> = {
  role: "Choose a role",
  team: "Choose a team",
  department: "Choose a department",
  status: "active",
  emailDomain: "example.com",
};
