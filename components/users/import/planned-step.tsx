"use client";

import { CircleCheck } from "lucide-react";
import { Button } from "@/components/ui/button";
import { DialogBody, DialogFooter } from "@/components/ui/dialog";
import { importCounts } from "../jobs/job-words";
import { RefusedButton } from "./refused-button";
import type { ImportStep } from "./use-import";

interface PlannedStepProps {
  step: Extract<ImportStep, { kind: "planned" }>;
  onClose: () => void;
}

/** What came of an import that was planned, which is what was shown. */
export function PlannedStep({ step: { table, preview }, onClose }: PlannedStepProps) {
  const { created, updated, unchanged, rejected } = preview.counts;
  return (
    <>
      <DialogBody>
        <p role="status" className="flex items-center gap-2 font-medium">
          <CircleCheck aria-hidden className="size-4 text-ok" />
          The file is imported.
        </p>
        <p className="text-soft tabular-nums">
          {importCounts({ created, changed: updated, unchanged, refused: rejected })}
        </p>
      </DialogBody>
      <DialogFooter>
        <RefusedButton table={table} refused={preview.refused} className="mr-auto" />
        <Button variant="primary" onClick={onClose}>
          Close
        </Button>
      </DialogFooter>
    </>
  );
}
