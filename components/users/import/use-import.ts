"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { Mapping } from "@/lib/users/import-columns";
import { uploadImport } from "@/lib/users/import-upload";
import { showJob } from "@/lib/users/job-queries";
import { guessMapping } from "./columns";
import { type Prepared, prepareRows } from "./prepare";
import { type Preview, previewRows } from "./preview";
import { type FileTable, readTable } from "./read-file";

/** What a file has turned out to be. */
export interface Looked {
  table: FileTable;
  mapping: Mapping;
  prepared: Prepared;
  preview: Preview;
}

/** Where an import is; each step has what the one before has found. */
export type ImportStep =
  | { kind: "file"; error: string | null }
  | { kind: "reading"; share: number }
  | { kind: "columns"; table: FileTable; mapping: Mapping; error: string | null }
  | { kind: "checking"; table: FileTable; looked: number; total: number }
  | ({ kind: "preview"; error: string | null } & Looked)
  | { kind: "sending"; table: FileTable; sent: number }
  | { kind: "started"; jobId: string }
  | { kind: "planned"; table: FileTable; preview: Preview };

/** An import from the choice of a file until the workers have it. */
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
    const signal = begin();
    setStep({ kind: "checking", table, looked: 0, total: table.rows.length });
    try {
      const prepared = await prepareRows(table, mapping);
      let preview: Preview | null = null;
      for await (preview of previewRows(prepared, signal)) {
        setStep({ kind: "checking", table, looked: preview.looked, total: prepared.rows.length });
      }
      if (preview && !signal.aborted) {
        setStep({ kind: "preview", table, mapping, prepared, preview, error: null });
      } else setStep({ kind: "columns", table, mapping, error: null });
    } catch (error) {
      setStep({ kind: "columns", table, mapping, error: messageOf(error) });
    }
  }

  async function send(looked: Looked) {
    const { table, mapping } = looked;
    const signal = begin();
    setStep({ kind: "sending", table, sent: 0 });
    try {
      const job = await uploadImport({ ...table, mapping }, signal, (sent) =>
        setStep({ kind: "sending", table, sent }),
      );
      if (!job) return setStep({ kind: "preview", ...looked, error: null });
      showJob(client, job);
      setStep({ kind: "started", jobId: job.id });
    } catch (error) {
      setStep({ kind: "preview", ...looked, error: messageOf(error) });
    }
  }

  function begin(): AbortSignal {
    stopping.current = new AbortController();
    return stopping.current.signal;
  }

  return { step, setStep, choose, check, send, stop: () => stopping.current?.abort() };
}

export type Importing = ReturnType<typeof useImport>;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
