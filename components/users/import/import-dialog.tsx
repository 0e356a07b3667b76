"use client";

import { Dialog } from "@/components/ui/dialog";
import { useUnloadWarning } from "@/components/ui/use-unload-warning";
import { ColumnsStep } from "./columns-step";
import { FileStep } from "./file-step";
import { PlannedStep } from "./planned-step";
import { PreviewStep } from "./preview-step";
import { StartedStep } from "./started-step";
import { type Importing, useImport } from "./use-import";
import { WaitStep } from "./wait-step";

/** Imports users from a CSV file: choose it, say what its columns are, see what would happen, let it happen. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const importing = useImport();
  const { kind } = importing.step;
  // What needs this page is stopped by its own button: a stray Esc would give up the file without a word.
  const needed = kind === "sending" || kind === "checking";
  // What is checked can be checked again; what has been uploaded would have to be once more.
  useUnloadWarning(kind === "sending");
  return (
    <Dialog
      open
      onOpenChange={() => !needed && onClose()}
      side="wide"
      title="Import users"
      description="From a CSV file. Who is there already is found by id, Clerk id or e-mail, and changed."
    >
      <Step importing={importing} onClose={onClose} />
    </Dialog>
  );
}

function Step({ importing, onClose }: { importing: Importing; onClose: () => void }) {
  const { step } = importing;
  switch (step.kind) {
    case "file":
      return <FileStep error={step.error} onChoose={importing.choose} onClose={onClose} />;
    case "reading":
      return <WaitStep text="Reading the file" done={step.share * 100} total={100} />;
    case "columns":
      return <ColumnsStep step={step} importing={importing} />;
    case "checking":
      return (
        <WaitStep
          text="Checking the lines. Nothing is changed yet"
          done={step.looked}
          total={step.total}
          unit="line"
          onStop={importing.stop}
        />
      );
    case "preview":
      return <PreviewStep step={step} importing={importing} />;
    case "sending":
      return (
        <WaitStep
          text="Uploading the file. Keep this page open"
          done={step.sent}
          total={step.table.rows.length}
          unit="line"
          onStop={importing.stop}
        />
      );
    case "started":
      return <StartedStep id={step.jobId} onClose={onClose} />;
    case "planned":
      return <PlannedStep step={step} onClose={onClose} />;
  }
}
