"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { OneTimeText } from "@/components/ui/one-time-text";
import type { CreatedKey } from "@/lib/keys/schema";
import { KeyForm } from "./key-form";

/** Makes an API key, which is shown this once. */
export function KeyDialog({ onClose }: { onClose: () => void }) {
  const [created, setCreated] = useState<CreatedKey | null>(null);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={created ? created.name : "Create API key"}
      description={
        created
          ? "Copy the key now: you will not see it again. Roster keeps only a hash of it."
          : "A key belongs to one script. Give it no more than that script needs."
      }
    >
      {created ? (
        <NewKey created={created} onClose={onClose} />
      ) : (
        <KeyForm onCreated={setCreated} onCancel={onClose} />
      )}
    </Dialog>
  );
}

function NewKey({ created, onClose }: { created: CreatedKey; onClose: () => void }) {
  return (
    <>
      <DialogBody>
        <OneTimeText label="API key" text={created.key} copy="Copy key" />
        <p className="text-soft">Scripts send it with every request:</p>
        <CodeBlock label="Header" code="Authorization: Bearer $ROSTER_API_KEY" copy="Copy" />
      </DialogBody>
      <DialogFooter>
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      </DialogFooter>
    </>
  );
}
