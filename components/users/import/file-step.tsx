"use client";

import { FileUp } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { DialogBody, DialogFooter } from "@/components/ui/dialog";
import { FormError } from "@/components/ui/form-error";
import { LatestImports } from "./latest-imports";

interface FileStepProps {
  error: string | null;
  onChoose: (file: File) => void;
  onClose: () => void;
}

export function FileStep({ error, onChoose, onClose }: FileStepProps) {
  const [over, setOver] = useState(false);
  const take = (files: FileList | null) => {
    const [file] = files ?? [];
    if (file) onChoose(file);
  };
  return (
    <>
      <DialogBody>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is one way; the file input within is the other */}
        <div
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={(event) => {
            event.preventDefault();
            setOver(false);
            take(event.dataTransfer.files);
          }}
        >
          <label
            className={cn(
              "flex cursor-pointer flex-col items-center gap-1 rounded-lg border-2 border-line-strong border-dashed px-6 py-12 text-center transition-colors hover:bg-hover has-focus-visible:outline-2 has-focus-visible:outline-accent has-focus-visible:outline-offset-2",
              over && "border-accent bg-accent-soft",
            )}
          >
            <FileUp aria-hidden className="mb-2 size-6 text-faint" />
            <span className="font-medium">Choose a CSV file</span>
            <span className="text-soft">or drop it here</span>
            <input
              type="file"
              accept=".csv,.tsv,.txt,text/csv"
              className="sr-only"
              onChange={(event) => take(event.target.files)}
            />
          </label>
        </div>
        <FormError error={error === null ? null : { message: error }} />
        <p className="text-soft">
          The first line names the columns. Only the e-mail address is required; an export from here can be
          imported again. You see what will happen before anything is changed.
        </p>
        <LatestImports />
      </DialogBody>
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
      </DialogFooter>
    </>
  );
}
