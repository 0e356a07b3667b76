"use client";

import type { UseQueryResult } from "@tanstack/react-query";
import { Columns3, Sparkles } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState, Loaded } from "@/components/ui/states";
import { TextField } from "@/components/ui/text-field";
import type { MappingProblem, SiteColumns, TableColumn } from "@/lib/mapping/schema";
import type { MappedColumn, Mapping } from "@/lib/sync/core/mapping";
import { ColumnRow } from "./column-row";

interface ColumnsEditorProps {
  mapping: Mapping;
  removalColumn: string | null;
  columns: UseQueryResult<SiteColumns>;
  problems: readonly MappingProblem[];
  onChange: (mapping: Mapping) => void;
  onSuggest: (columns: readonly TableColumn[]) => void;
}

/** What goes into each column of the site's table. */
export function ColumnsEditor({ mapping, columns, ...more }: ColumnsEditorProps) {
  return (
    <Card title="Columns" aside={`${mapping.columns.length} written`}>
      <Loaded query={columns}>
        {(found) =>
          found.columns === null ? (
            <EmptyState icon={Columns3} title={`No table ${mapping.table} here`}>
              The site's API shows no table of this name in the schema {mapping.schema}. Check the spelling;
              and a schema other than public has to be exposed in the project's API settings.
            </EmptyState>
          ) : (
            <ColumnList mapping={mapping} found={found.columns} source={found.source} {...more} />
          )
        }
      </Loaded>
    </Card>
  );
}

interface ColumnListProps extends Omit<ColumnsEditorProps, "columns"> {
  found: readonly TableColumn[];
  source: SiteColumns["source"];
}

function ColumnList({
  mapping,
  found,
  source,
  removalColumn,
  problems,
  onChange,
  onSuggest,
}: ColumnListProps) {
  const known = new Map(found.map((column) => [column.name, column]));
  const unknown = mapping.columns.filter(({ column }) => !known.has(column)).map(({ column }) => column);
  const names = [...found.map(({ name }) => name), ...unknown];

  function set(name: string, next: MappedColumn | null) {
    const others = mapping.columns.filter(({ column }) => column !== name);
    const columns = next
      ? names.flatMap((one) => (one === name ? [next] : others.filter(({ column }) => column === one)))
      : others;
    const match = next === null && mapping.match === name ? "" : mapping.match;
    onChange({ ...mapping, columns, match });
  }

  return (
    <div>
      {mapping.columns.length === 0 && found.length > 0 && (
        <div className="flex flex-wrap items-center justify-between gap-3 border-b bg-accent-soft px-4 py-3">
          <p>Start with what the names of the columns suggest, then put it right.</p>
          <Button variant="primary" onClick={() => onSuggest(found)}>
            <Sparkles aria-hidden />
            Suggest a mapping
          </Button>
        </div>
      )}
      <ul className="divide-y">
        {names.map((name) => (
          <ColumnRow
            key={name}
            name={name}
            known={known.get(name)}
            described={source === "description"}
            mapped={mapping.columns.find(({ column }) => column === name)}
            isMatch={mapping.match === name}
            isRemoval={removalColumn === name}
            problem={problemOf(name, mapping, problems)}
            onChange={(next) => set(name, next)}
            onMatch={() => onChange({ ...mapping, match: name })}
          />
        ))}
      </ul>
      {source !== "description" && (
        <AddColumn
          onAdd={(name) => {
            const column = { column: name, from: { kind: "field", field: "email" } as const };
            onChange({
              ...mapping,
              columns: [...mapping.columns, { ...column, onlyOnCreate: false, clearWhenEmpty: true }],
            });
          }}
        />
      )}
    </div>
  );
}

function problemOf(name: string, { columns, match }: Mapping, problems: readonly MappingProblem[]) {
  const index = columns.findIndex(({ column }) => column === name);
  const own = problems.find(({ path }) => index >= 0 && `${path}.`.startsWith(`mapping.columns.${index}.`));
  const key = match === name ? problems.find(({ path }) => path === "mapping.match") : undefined;
  return (own ?? key)?.message;
}

function AddColumn({ onAdd }: { onAdd: (name: string) => void }) {
  const [name, setName] = useState("");
  return (
    <div className="flex items-start gap-2 border-t p-4">
      <TextField
        className="max-w-72 flex-1"
        label="Another column"
        value={name}
        hint="This site does not tell its columns: type the name."
        onChange={(event) => setName(event.target.value)}
      />
      <Button
        className="mt-6.5"
        onClick={() => {
          if (name.trim() !== "") onAdd(name.trim());
          setName("");
        }}
      >
        Add
      </Button>
    </div>
  );
}
