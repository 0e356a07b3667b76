"use client";

import type { UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Choices } from "@/components/ui/choices";
import { Select } from "@/components/ui/select";
import { TextField } from "@/components/ui/text-field";
import type { MappingInput, SiteColumns } from "@/lib/mapping/schema";

interface TableChoiceProps {
  draft: MappingInput;
  columns: UseQueryResult<SiteColumns>;
  onChange: (draft: MappingInput) => void;
  onTable: (schema: string, table: string) => void;
}

const OPTIONS = [
  {
    value: "documented",
    title: "The documented table",
    aside: "Default",
    hint: "user_profiles with its nine columns, as Roster's SQL for sites makes it. Nothing to set.",
  },
  {
    value: "own",
    title: "A table of its own",
    hint: "Another table, with other columns. You say what goes into each of them.",
  },
] as const;

/** Which table users are written to. */
export function TableChoice({ draft, columns, onChange, onTable }: TableChoiceProps) {
  const { mapping } = draft;
  function choose(value: (typeof OPTIONS)[number]["value"]) {
    if (value === "own") onTable("public", "");
    else
      onChange({
        mapping: null,
        removalPolicy: draft.removalPolicy === "keep" ? "keep" : "delete",
        removalColumn: null,
      });
  }
  return (
    <Card title="Table">
      <div className="space-y-4 p-4">
        <Choices label="Table" value={mapping ? "own" : "documented"} options={OPTIONS} onChange={choose} />
        {mapping && <Place key={mapping.schema} mapping={mapping} columns={columns} onTable={onTable} />}
      </div>
    </Card>
  );
}

interface PlaceProps {
  mapping: NonNullable<MappingInput["mapping"]>;
  columns: UseQueryResult<SiteColumns>;
  onTable: (schema: string, table: string) => void;
}

function Place({ mapping, columns, onTable }: PlaceProps) {
  const [schema, setSchema] = useState(mapping.schema);
  const [typed, setTyped] = useState(mapping.table);
  const tables = columns.data?.source === "description" ? columns.data.tables : [];
  const listed = mapping.table === "" || tables.includes(mapping.table) ? tables : [...tables, mapping.table];
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        label="Schema"
        value={schema}
        hint="Most projects have their tables in public."
        onChange={(event) => setSchema(event.target.value)}
        onBlur={() => schema.trim() !== "" && schema !== mapping.schema && onTable(schema.trim(), "")}
      />
      {tables.length > 0 || columns.isPending ? (
        <div className="space-y-1.5">
          <span className="block font-medium" aria-hidden>
            Table at the site
          </span>
          <Select
            label="Table at the site"
            value={mapping.table === "" ? null : mapping.table}
            none={columns.isPending ? "Reading the site's tables…" : "Choose a table"}
            disabled={columns.isPending}
            options={listed.map((table) => ({ value: table, text: table }))}
            onChange={(table) => onTable(mapping.schema, table ?? "")}
          />
          <p className="text-faint text-xs">Tables that the site's API shows to Roster.</p>
        </div>
      ) : (
        <div className="flex items-start gap-2">
          <TextField
            className="flex-1"
            label="Table at the site"
            value={typed}
            hint={
              columns.isFetching
                ? "Reading the site's tables…"
                : "This site does not tell its tables: type the name."
            }
            error={columns.error?.message}
            onChange={(event) => setTyped(event.target.value)}
          />
          <Button className="mt-6.5" onClick={() => onTable(mapping.schema, typed.trim())}>
            Read
          </Button>
        </div>
      )}
    </div>
  );
}
