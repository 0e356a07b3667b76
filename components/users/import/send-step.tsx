"use client";

import { CircleCheck } from "lucide-react";
import { Button } from "@/components/ui/button";
import { DialogBody, DialogFooter } from "@/components/ui/dialog";
import { FormError } from "@/components/ui/form-error";
import { count, formatNumber } from "@/components/ui/numbers";
import { RefusedButton } from "./refused-button";
import type { SendReport } from "./send";
import type { Importing, ImportStep } from "./use-import";

interface SendStepProps {
  step: Extract<ImportStep, { kind: "stopped" | "done" }>;
  importing: Importing;
  onClose: () => void;
}

/** What came of the import, or how far it came. */
export function SendStep({ step, importing, onClose }: SendStepProps) {
  const { table, prepared, report } = step;
  const stopped = step.kind === "stopped";
  return (
    <>
      <DialogBody>
        {stopped ? (
          <p role="status">
            Stopped after {formatNumber(report?.sent ?? 0)} of {count(prepared.rows.length, "line")}. What was
            imported stays. You can go on, or close this and import the file again later: lines that are in
            already change nothing.
          </p>
        ) : (
          <p role="status" className="flex items-center gap-2 font-medium">
            <CircleCheck aria-hidden className="size-4 text-ok" />
            The file is imported.
          </p>
        )}
        {report && <p className="text-soft tabular-nums">{summaryOf(report)}</p>}
        {stopped && <FormError error={step.error === null ? null : { message: step.error }} />}
      </DialogBody>
      <DialogFooter>
        {report && <RefusedButton table={table} refused={report.refused} className="mr-auto" />}
        {stopped && <Button onClick={() => importing.send(table, prepared, report)}>Go on</Button>}
        <Button variant="primary" onClick={onClose}>
          Close
        </Button>
      </DialogFooter>
    </>
  );
}

function summaryOf({ counts }: SendReport): string {
  const said = [
    `${count(counts.created, "user")} added`,
    `${formatNumber(counts.updated)} changed`,
    `${formatNumber(counts.unchanged)} unchanged`,
    `${count(counts.rejected, "line")} refused`,
  ];
  return `${said.join(" · ")}.`;
}
