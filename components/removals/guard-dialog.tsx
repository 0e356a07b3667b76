"use client";

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { CheckField } from "@/components/ui/check-field";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { FormError } from "@/components/ui/form-error";
import { TextField } from "@/components/ui/text-field";
import { toast } from "@/components/ui/toast";
import { updateSite } from "@/lib/sites/queries";
import type { Site } from "@/lib/sites/schema";

/** How many users a site may lose in an hour before somebody is asked. */
export function GuardDialog({ site, onClose }: { site: Site; onClose: () => void }) {
  const [enabled, setEnabled] = useState(site.removalGuard.enabled);
  const [percent, setPercent] = useState(String(site.removalGuard.percent));
  const [atLeast, setAtLeast] = useState(String(site.removalGuard.atLeast));
  const update = useMutation(updateSite);
  const wrong = { percent: notWhole(percent, 100), atLeast: notWhole(atLeast, 1_000_000) };

  function save(event: FormEvent) {
    event.preventDefault();
    if (wrong.percent || wrong.atLeast) return;
    const removalGuard = { enabled, percent: Number(percent), atLeast: Number(atLeast) };
    update.mutate(
      { id: site.id, removalGuard },
      {
        onSuccess: () => {
          toast.success(
            enabled ? `The removal guard of ${site.name} is set.` : `${site.name} has no removal guard now.`,
          );
          onClose();
        },
      },
    );
  }

  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Removal guard"
      description={`Holds removals at ${site.name} when more users than usual would go at once.`}
    >
      <form noValidate onSubmit={save} className="flex min-h-0 flex-col">
        <DialogBody>
          <CheckField
            label="Hold removals until somebody approves them"
            hint={
              enabled
                ? "Only when more than both numbers below would be gone within an hour. Everything else goes on."
                : "Every removal goes through at once, and so do those that are held now."
            }
            checked={enabled}
            onChange={setEnabled}
          />
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField
              label="More than so many users"
              inputMode="numeric"
              value={atLeast}
              disabled={!enabled}
              error={wrong.atLeast}
              onChange={(event) => setAtLeast(event.target.value)}
            />
            <TextField
              label="And more than so many percent"
              hint="Of the users the site has."
              inputMode="numeric"
              value={percent}
              disabled={!enabled}
              error={wrong.percent}
              onChange={(event) => setPercent(event.target.value)}
            />
          </div>
          <FormError error={update.error} />
        </DialogBody>
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" loading={update.isPending}>
            Save
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  );
}

function notWhole(text: string, most: number): string | undefined {
  const fits = /^\d+$/.test(text.trim()) && Number(text) <= most;
  return fits ? undefined : `Enter a whole number from 0 to ${most.toLocaleString("en")}.`;
}
