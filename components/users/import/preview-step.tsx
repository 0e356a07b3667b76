"use client";

import { useState } from "react";
import { PlanButton } from "@/components/plans/plan-button";
import { Button } from "@/components/ui/button";
import { DialogFooter } from "@/components/ui/dialog";
import { count } from "@/components/ui/numbers";
import { MOST_PLANNED } from "@/lib/plans/limits";
import { LineTable } from "./line-table";
import { OutcomeCounts } from "./outcome-counts";
import { RefusedButton } from "./refused-button";
import { csvOf, type Outcome } from "./send";
import type { Importing, ImportStep } from "./use-import";

interface PreviewStepProps {
  step: Extract<ImportStep, { kind: "preview" }>;
  importing: Importing;
}

/** What the import will do, line by line. */
export function PreviewStep({ step, importing }: PreviewStepProps) {
  const { table, mapping, prepared, report } = step;
  const [chosen, setChosen] = useState<Outcome | null>(report.counts.rejected > 0 ? "rejected" : null);
  const changes = report.counts.created + report.counts.updated;
  return (
    <>
      <div className="flex min-h-0 flex-1 flex-col gap-4 px-5 py-4">
        <OutcomeCounts counts={report.counts} tense="before" chosen={chosen} onChoose={setChosen} />
        <LineTable table={table} mapping={mapping} report={report} chosen={chosen} />
      </div>
      <DialogFooter>
        <RefusedButton table={table} refused={report.refused} className="mr-auto" />
        <Button onClick={() => importing.setStep({ kind: "columns", table, mapping, error: null })}>
          Back
        </Button>
        <PlanButton
          title="Import users"
          input={() => ({ action: "import", csv: csvOf(prepared.fields, prepared.rows) })}
          disabled={changes === 0 || prepared.rows.length > MOST_PLANNED}
          onApplied={() => importing.setStep({ kind: "done", table, prepared, report })}
        />
        <Button
          variant="primary"
          disabled={changes === 0}
          onClick={() => importing.send(table, prepared, null)}
        >
          {changes === 0 ? "Nothing to import" : `Import ${count(changes, "user")}`}
        </Button>
      </DialogFooter>
    </>
  );
}
