"use client";

import { Button } from "@/components/ui/button";
import { DialogBody, DialogFooter } from "@/components/ui/dialog";
import { FormError } from "@/components/ui/form-error";
import { count } from "@/components/ui/numbers";
import { Select } from "@/components/ui/select";
import { IMPORT_TARGETS, type Mapping, mappingProblem } from "@/lib/users/import-columns";
import { mapColumn, targetName } from "./columns";
import type { FileTable } from "./read-file";
import type { Importing, ImportStep } from "./use-import";

const OPTIONS = IMPORT_TARGETS.map((value) => ({ value, text: targetName(value) }));

interface ColumnsStepProps {
  step: Extract<ImportStep, { kind: "columns" }>;
  importing: Importing;
}

/** What each column of the file is: guessed, and to be put right. */
export function ColumnsStep({ step, importing }: ColumnsStepProps) {
  const { table, mapping, error } = step;
  const problem = error ?? mappingProblem(mapping);
  return (
    <>
      <DialogBody>
        <p className="text-soft">
          <span className="font-medium text-ink">{table.name}</span> has {count(table.rows.length, "line")}.
          What are its columns?
        </p>
        <ColumnList
          table={table}
          mapping={mapping}
          onChange={(next) => importing.setStep({ ...step, mapping: next, error: null })}
        />
        <FormError error={problem === null ? null : { message: problem }} />
      </DialogBody>
      <DialogFooter>
        <Button onClick={() => importing.setStep({ kind: "file", error: null })}>Another file</Button>
        <Button
          variant="primary"
          disabled={mappingProblem(mapping) !== null}
          onClick={() => importing.check(table, mapping)}
        >
          Preview
        </Button>
      </DialogFooter>
    </>
  );
}

interface ColumnListProps {
  table: FileTable;
  mapping: Mapping;
  onChange: (mapping: Mapping) => void;
}

function ColumnList({ table, mapping, onChange }: ColumnListProps) {
  return (
    <ul className="divide-y rounded-lg border">
      {table.headers.map((header, column) => (
        <li
          // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place; two may have the same name
          key={column}
          className="grid grid-cols-2 items-center gap-3 px-3 py-2 sm:grid-cols-[1fr_1fr_12rem]"
        >
          <span className="truncate font-medium" title={header}>
            {header || `Column ${column + 1}`}
          </span>
          <span className="order-last col-span-2 truncate text-faint sm:order-none sm:col-span-1">
            {exampleOf(table, column) || "empty"}
          </span>
          <Select
            label={`What ${header || `column ${column + 1}`} is`}
            none="Not imported"
            value={mapping[column] ?? null}
            options={OPTIONS}
            onChange={(target) => onChange(mapColumn(mapping, column, target))}
          />
        </li>
      ))}
    </ul>
  );
}

/** The first lines' cells, so that one recognises the column. */
function exampleOf({ rows }: FileTable, column: number): string {
  const cells = rows.slice(0, 20).flatMap(({ cells }) => cells[column] || []);
  return [...new Set(cells)].slice(0, 3).join(", ");
}
