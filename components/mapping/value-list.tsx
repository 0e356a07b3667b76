"use client";

import { ArrowRight, Plus, X } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { Select } from "@/components/ui/select";
import { inputClasses } from "@/components/ui/text-field";
import { MAPPED_FIELDS } from "@/lib/sync/core/mapped-fields";
import type { MappedSource } from "@/lib/sync/core/mapping";
import { fieldName } from "@/lib/users/field-names";

type Values = Extract<MappedSource, { kind: "values" }>;

interface ValueListProps {
  name: string;
  source: Values;
  onChange: (source: Values) => void;
}

/** Pairs of a value here and what it is at the site. */
export function ValueList({ name, source, onChange }: ValueListProps) {
  // Kept as they are typed: two rows may have the same value for a moment.
  const [pairs, setPairs] = useState(() => {
    const given = Object.entries(source.values).map(([here, there]) => ({
      here,
      there: String(there ?? ""),
    }));
    return given.length > 0 ? given : [{ here: "", there: "" }];
  });
  const { otherwise } = source;

  function change(next: typeof pairs) {
    setPairs(next);
    const filled = next.filter(({ here, there }) => here !== "" || there !== "");
    onChange({ ...source, values: Object.fromEntries(filled.map(({ here, there }) => [here, there])) });
  }

  return (
    <div className="max-w-lg space-y-2 rounded-lg bg-sunken p-3">
      <Select
        label={`Field that is translated into ${name}`}
        className="max-w-56"
        value={source.field}
        options={MAPPED_FIELDS.map((field) => ({ value: field, text: fieldName(field) }))}
        onChange={(field) => field && onChange({ ...source, field })}
      />
      <ul className="space-y-2">
        {pairs.map((pair, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a pair has no other name while it is typed
          <li key={index} className="flex items-center gap-2">
            <input
              aria-label={`Value ${index + 1} here`}
              placeholder="admin"
              className={inputClasses}
              value={pair.here}
              onChange={(event) => change(pairs.with(index, { ...pair, here: event.target.value }))}
            />
            <ArrowRight aria-hidden className="size-4 shrink-0 text-faint" />
            <input
              aria-label={`Value ${index + 1} at the site`}
              placeholder="hr_admin"
              className={inputClasses}
              value={pair.there}
              onChange={(event) => change(pairs.with(index, { ...pair, there: event.target.value }))}
            />
            <Button
              variant="ghost"
              size="icon"
              aria-label={`Remove value ${index + 1}`}
              onClick={() => change(pairs.toSpliced(index, 1))}
            >
              <X aria-hidden />
            </Button>
          </li>
        ))}
      </ul>
      <Button onClick={() => change([...pairs, { here: "", there: "" }])}>
        <Plus aria-hidden />
        Add a value
      </Button>
      <div className="flex flex-wrap items-center gap-2">
        <Select
          label={`Other values of ${name}`}
          className="w-56"
          value={otherwise.kind}
          options={[
            { value: "same", text: "Other values as they are" },
            { value: "value", text: "Other values become…" },
          ]}
          onChange={(kind) =>
            onChange({ ...source, otherwise: kind === "value" ? { kind, value: "" } : { kind: "same" } })
          }
        />
        {otherwise.kind === "value" && (
          <input
            aria-label={`What other values of ${name} become`}
            placeholder="employee"
            className={cn(inputClasses, "max-w-48 flex-1")}
            value={String(otherwise.value ?? "")}
            onChange={(event) =>
              onChange({ ...source, otherwise: { kind: "value", value: event.target.value } })
            }
          />
        )}
      </div>
    </div>
  );
}
