"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { PlanButton } from "@/components/plans/plan-button";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { FormError } from "@/components/ui/form-error";
import { count, formatNumber } from "@/components/ui/numbers";
import { Skeleton } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { MOST_PLANNED } from "@/lib/plans/limits";
import type { PlanRequest } from "@/lib/plans/schema";
import { type BulkChange, startJob, type Target } from "@/lib/users/job-queries";
import { exactUserCountQuery, type UserFilter } from "@/lib/users/queries";
import { BulkFields, changeOf, NO_CHOICES } from "./bulk-fields";
import { type BulkKind, bulkKinds } from "./bulk-kinds";
import { JobStep } from "./jobs/job-step";
import type { Selection } from "./selection";

interface BulkDialogProps {
  kind: BulkKind;
  selection: Selection;
  filter: UserFilter;
  onClose: () => void;
  /** Everything was done. */
  onDone: () => void;
}

/** Asks before many users are changed, says how many, and shows how far it is; closed, it goes on. */
export function BulkDialog({ kind, selection, filter, onClose, onDone }: BulkDialogProps) {
  const look = bulkKinds[kind];
  const [fields, setFields] = useState(NO_CHOICES);
  const everybody = selection.kind === "all";
  const counted = useQuery({ ...exactUserCountQuery(filter), enabled: everybody });
  const users = everybody ? counted.data?.users : selection.ids.size;
  const who = users === undefined ? "users" : count(users, "user");
  const starting = useMutation(startJob);
  const change: BulkChange | null = look.change ?? changeOf(fields);
  const started = starting.data?.id;

  function start() {
    if (users === undefined || !change) return;
    const target: Target = everybody ? { filter, expect: users } : { ids: [...selection.ids] };
    starting.mutate({ target, change });
  }

  return (
    <Dialog
      open
      onOpenChange={() => (started ? onDone() : onClose())}
      title={users === undefined ? <Skeleton className="h-5 w-48" /> : look.title(who)}
      description={look.meaning}
    >
      {started ? (
        <JobStep id={started} onClose={onDone} />
      ) : (
        <>
          <DialogBody>
            {kind === "fields" && <BulkFields value={fields} onChange={setFields} />}
            {users !== undefined && users > MOST_PLANNED && (
              <p className="text-faint">At most {formatNumber(MOST_PLANNED)} users can be planned at once.</p>
            )}
            <FormError error={counted.error ?? starting.error} />
          </DialogBody>
          <DialogFooter>
            <Button onClick={onClose}>Cancel</Button>
            <PlanButton
              title={look.title(who)}
              input={() => planOf(selection, filter, change ?? {})}
              disabled={!users || !change || users > MOST_PLANNED}
              onApplied={() => {
                toast.success("Applied. The sites are being brought in line.");
                onDone();
              }}
            />
            <Button
              variant={look.danger ? "danger" : "primary"}
              disabled={!users || !change}
              loading={starting.isPending}
              onClick={start}
            >
              {`${look.action} ${who}`}
            </Button>
          </DialogFooter>
        </>
      )}
    </Dialog>
  );
}

function planOf(selection: Selection, filter: UserFilter, change: BulkChange): PlanRequest {
  if (selection.kind !== "all") return { action: "bulk", ids: [...selection.ids], change };
  const given = Object.entries(filter).filter(([, value]) => value !== null && value !== "");
  return { action: "bulk", query: Object.fromEntries(given), change };
}
