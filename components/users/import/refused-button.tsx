"use client";

import { Download } from "lucide-react";
import { Button } from "@/components/ui/button";
import { spreadsheetLine } from "./csv";
import type { Refusal } from "./prepare";
import type { FileTable } from "./read-file";

interface RefusedButtonProps {
  table: FileTable;
  refused: readonly Refusal[];
  className?: string;
}

/** Saves the refused lines as a file, each with its reason, to be put right and imported again. */
export function RefusedButton({ table, refused, className }: RefusedButtonProps) {
  if (refused.length === 0) return null;
  return (
    <Button className={className} onClick={() => save(refusedFile(table, refused), `refused-${table.name}`)}>
      <Download aria-hidden />
      Refused lines
    </Button>
  );
}

/** The file's own columns, and two more; an import leaves those out. */
export function refusedFile({ headers, rows }: FileTable, refused: readonly Refusal[]): string {
  const reasons = new Map(refused.map(({ line, message }) => [line, message]));
  const lines = rows.flatMap(({ line, cells }) => {
    const reason = reasons.get(line);
    if (reason === undefined) return [];
    const own = headers.map((_, column) => cells[column] ?? "");
    return [spreadsheetLine([...own, String(line), reason])];
  });
  return [spreadsheetLine([...headers, "Line", "Reason"]), ...lines, ""].join("\r\n");
}

function save(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
