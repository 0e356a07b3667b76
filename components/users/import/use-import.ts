"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { guessMapping, type Mapping } from "./columns";
import { type Prepared, prepareRows } from "./prepare";
import { type FileTable, readTable } from "./read-file";
import { type SendReport, sendRows } from "./send";

/** Where an import is; each step has what the one before has found. */
export type ImportStep =
  | { kind: "file"; error: string | null }
  | { kind: "reading"; share: number }
  | { kind: "columns"; table: FileTable; mapping: Mapping; error: string | null }
  | {
      kind: "checking";
      table: FileTable;
      mapping: Mapping;
      prepared: Prepared | null;
      report: SendReport | null;
    }
  | { kind: "preview"; table: FileTable; mapping: Mapping; prepared: Prepared; report: SendReport }
  | { kind: "importing"; table: FileTable; prepared: Prepared; report: SendReport | null }
  | { kind: "stopped"; table: FileTable; prepared: Prepared; report: SendReport | null; error: string | null }
  | { kind: "done"; table: FileTable; prepared: Prepared; report: SendReport };

/** An import from the choice of a file to its end. */
export function useImport() {
  const client = useQueryClient();
  const [step, setStep] = useState<ImportStep>({ kind: "file", error: null });
  const stopping = useRef<AbortController>(undefined);

  async function choose(file: File) {
    setStep({ kind: "reading", share: 0 });
    try {
      const table = await readTable(file, (share) => setStep({ kind: "reading", share }));
      setStep({ kind: "columns", table, mapping: guessMapping(table.headers), error: null });
    } catch (error) {
      setStep({ kind: "file", error: messageOf(error) });
    }
  }

  async function check(table: FileTable, mapping: Mapping) {
    const { signal } = begin();
    setStep({ kind: "checking", table, mapping, prepared: null, report: null });
    try {
      const prepared = await prepareRows(table, mapping);
      let report: SendReport | null = null;
      for await (report of sendRows(prepared, true, signal)) {
        setStep({ kind: "checking", table, mapping, prepared, report });
      }
      if (report && !signal.aborted) setStep({ kind: "preview", table, mapping, prepared, report });
      else setStep({ kind: "columns", table, mapping, error: null });
    } catch (error) {
      setStep({ kind: "columns", table, mapping, error: messageOf(error) });
    }
  }

  async function send(table: FileTable, prepared: Prepared, from: SendReport | null) {
    const { signal } = begin();
    let report = from;
    setStep({ kind: "importing", table, prepared, report });
    try {
      for await (report of sendRows(prepared, false, signal, from ?? undefined)) {
        setStep({ kind: "importing", table, prepared, report });
      }
      if (report && !signal.aborted) setStep({ kind: "done", table, prepared, report });
      else setStep({ kind: "stopped", table, prepared, report, error: null });
    } catch (error) {
      setStep({ kind: "stopped", table, prepared, report, error: messageOf(error) });
    }
    await client.invalidateQueries({ queryKey: ["users"] });
  }

  function begin(): AbortController {
    stopping.current = new AbortController();
    return stopping.current;
  }

  return { step, setStep, choose, check, send, stop: () => stopping.current?.abort() };
}

export type Importing = ReturnType<typeof useImport>;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
