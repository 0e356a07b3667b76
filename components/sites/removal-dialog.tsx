"use client";

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { PlanButton } from "@/components/plans/plan-button";
import { Button } from "@/components/ui/button";
import { Choices } from "@/components/ui/choices";
import { CopyButton } from "@/components/ui/copy-button";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { toast } from "@/components/ui/toast";
import { ACTIVE_COLUMNS, ADD_ACTIVE_COLUMN } from "@/lib/sites/active-column";
import { updateSite } from "@/lib/sites/queries";
import type { RemovalPolicy, Site } from "@/lib/sites/schema";

/** What happens at a site to the row of a user who leaves. */
export function RemovalDialog({ site, onClose }: { site: Site; onClose: () => void }) {
  const [policy, setPolicy] = useState(site.removalPolicy);
  const update = useMutation(updateSite);

  function choose(next: RemovalPolicy) {
    setPolicy(next);
    update.reset();
  }

  function save(event: FormEvent) {
    event.preventDefault();
    if (policy === site.removalPolicy) return onClose();
    update.mutate({ id: site.id, removalPolicy: policy }, { onSuccess: finish });
  }

  function finish(saved: Site) {
    toast.success(savedText(saved));
    onClose();
  }

  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="When a user leaves"
      description={`What happens at ${site.name} to users who are deactivated or deleted in Roster.`}
    >
      <form noValidate onSubmit={save} className="flex min-h-0 flex-col">
        <DialogBody>
          <Choices
            label="When a user leaves"
            value={policy}
            options={optionsFor(site)}
            onChange={choose}
            error={update.error?.message.replace(/^removalPolicy: /, "")}
          />
          {policy === "deactivate" && site.removalColumn === null && (
            <div className="flex flex-wrap items-center justify-between gap-2 rounded-lg bg-sunken px-3 py-2">
              <p className="text-soft">No such column yet? Add it in the site's SQL Editor.</p>
              <CopyButton text={ADD_ACTIVE_COLUMN}>Copy SQL</CopyButton>
            </div>
          )}
          <div>
            <h3 className="font-medium">Users who left before</h3>
            <p className="text-soft">{LEFT_BEFORE[policy]}</p>
          </div>
        </DialogBody>
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <PlanButton
            title={`When a user leaves ${site.name}`}
            input={() => ({ action: "removal", siteId: site.id, removalPolicy: policy })}
            disabled={policy === site.removalPolicy}
            onApplied={() => {
              toast.success(`Applied at ${site.name}.`);
              onClose();
            }}
          />
          <Button type="submit" variant="primary" loading={update.isPending}>
            Save
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  );
}

function optionsFor({ removalColumn }: Site) {
  const columns = `${ACTIVE_COLUMNS.slice(0, -1).join(", ")} or ${ACTIVE_COLUMNS.at(-1)}`;
  return [
    {
      value: "delete",
      title: "Delete their row",
      aside: "Default",
      hint: "They are gone from the site's user_profiles. Should they come back, the row is written again.",
    },
    {
      value: "deactivate",
      title: "Deactivate their row",
      hint: removalColumn
        ? `The row stays, with ${removalColumn} set to false until they come back.`
        : `The row stays and is marked by a boolean column named ${columns}.`,
    },
    {
      value: "keep",
      title: "Keep their row",
      hint: "The row stays as it is, and the site goes on treating them as a user.",
    },
  ] as const;
}

const LEFT_BEFORE: Record<RemovalPolicy, string> = {
  delete: "The same holds for them: rows that are still at the site are deleted at once.",
  deactivate:
    "The same holds for them: rows that are still at the site are deactivated at once. Deleted rows do not come back.",
  keep: "They stay as they are: deleted rows do not come back, and deactivated rows stay deactivated.",
};

function savedText({ name, removalPolicy, removalColumn }: Site): string {
  switch (removalPolicy) {
    case "delete":
      return `From now on, users who leave are deleted at ${name}.`;
    case "deactivate":
      return `From now on, users who leave are deactivated at ${name}, by ${removalColumn}.`;
    case "keep":
      return `From now on, users who leave are kept at ${name}.`;
  }
}
