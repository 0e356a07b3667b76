"use client";

import { useState } from "react";
import { PlanButton } from "@/components/plans/plan-button";
import { Button } from "@/components/ui/button";
import { DialogFooter } from "@/components/ui/dialog";
import { FormError } from "@/components/ui/form-error";
import { count } from "@/components/ui/numbers";
import { MOST_PLANNED } from "@/lib/plans/limits";
import { LineTable } from "./line-table";
import { OutcomeCounts } from "./outcome-counts";
import { csvOf, type Outcome } from "./preview";
import { RefusedButton } from "./refused-button";
import type { Importing, ImportStep } from "./use-import";

interface PreviewStepProps {
  step: Extract<ImportStep, { kind: "preview" }>;
  importing: Importing;
}

/** What the import will do, line by line. */
export function PreviewStep({ step, importing }: PreviewStepProps) {
  const { table, mapping, prepared, preview } = step;
  const [chosen, setChosen] = useState<Outcome | null>(preview.counts.rejected > 0 ? "rejected" : null);
  const changes = preview.counts.created + preview.counts.updated;
  return (
    <>
      <div className="flex min-h-0 flex-1 flex-col gap-4 px-5 py-4">
        <OutcomeCounts counts={preview.counts} tense="before" chosen={chosen} onChoose={setChosen} />
        <LineTable table={table} mapping={mapping} preview={preview} chosen={chosen} />
        <FormError error={step.error === null ? null : { message: step.error }} />
      </div>
      <DialogFooter>
        <RefusedButton table={table} refused={preview.refused} className="mr-auto" />
        <Button onClick={() => importing.setStep({ kind: "columns", table, mapping, error: null })}>
          Back
        </Button>
        <PlanButton
          title="Import users"
          input={() => ({ action: "import", csv: csvOf(prepared.fields, prepared.rows) })}
          disabled={changes === 0 || prepared.rows.length > MOST_PLANNED}
          onApplied={() => importing.setStep({ kind: "planned", table, preview })}
        />
        <Button variant="primary" disabled={changes === 0} onClick={() => importing.send(step)}>
          {changes === 0 ? "Nothing to import" : `Import ${count(changes, "user")}`}
        </Button>
      </DialogFooter>
    </>
  );
}
