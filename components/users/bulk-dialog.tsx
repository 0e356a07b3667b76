"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { PlanButton } from "@/components/plans/plan-button";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { FormError } from "@/components/ui/form-error";
import { count, formatNumber } from "@/components/ui/numbers";
import { Progress } from "@/components/ui/progress";
import { Skeleton } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { MOST_PLANNED } from "@/lib/plans/limits";
import type { PlanRequest } from "@/lib/plans/schema";
import type { BulkChange, Target } from "@/lib/users/bulk";
import { exactUserCountQuery, type UserFilter } from "@/lib/users/queries";
import { BulkFields, changeOf, NO_CHOICES } from "./bulk-fields";
import { type BulkKind, bulkKinds } from "./bulk-kinds";
import type { Selection } from "./selection";
import { type BulkState, useBulk } from "./use-bulk";

interface BulkDialogProps {
  kind: BulkKind;
  selection: Selection;
  filter: UserFilter;
  onClose: () => void;
  /** Everything was done. */
  onDone: () => void;
}

/** Asks before many users are changed, says how many, and shows how far it is. */
export function BulkDialog({ kind, selection, filter, onClose, onDone }: BulkDialogProps) {
  const look = bulkKinds[kind];
  const [fields, setFields] = useState(NO_CHOICES);
  const everybody = selection.kind === "all";
  const counted = useQuery({ ...exactUserCountQuery(filter), enabled: everybody });
  const users = everybody ? counted.data?.users : selection.ids.size;
  const who = users === undefined ? "users" : count(users, "user");
  const bulk = useBulk((progress) => {
    toast.success(look.done(progress));
    onDone();
  });
  const change: BulkChange | null = look.change ?? changeOf(fields);
  const running = bulk.state.kind === "running";

  function start() {
    if (users === undefined || !change) return;
    const target: Target = everybody ? { filter, expect: users } : { ids: [...selection.ids] };
    void bulk.run(target, change);
  }

  return (
    <Dialog
      open
      onOpenChange={() => !running && onClose()}
      title={users === undefined ? <Skeleton className="h-5 w-48" /> : look.title(who)}
      description={look.meaning}
    >
      <DialogBody>
        {kind === "fields" && bulk.state.kind === "asking" && (
          <BulkFields value={fields} onChange={setFields} />
        )}
        <BulkReport state={bulk.state} users={users ?? 0} doing={look.doing} />
        <FormError error={counted.error ?? (bulk.state.kind === "stopped" ? bulk.state.error : null)} />
      </DialogBody>
      <DialogFooter>
        {running ? (
          <Button onClick={bulk.stop}>Stop</Button>
        ) : (
          <>
            <Button onClick={onClose}>{bulk.state.kind === "stopped" ? "Close" : "Cancel"}</Button>
            {bulk.state.kind === "asking" && (
              <PlanButton
                title={look.title(who)}
                input={() => planOf(selection, filter, change ?? {})}
                disabled={!users || !change || users > MOST_PLANNED}
                onApplied={() => {
                  toast.success("Applied. The sites are being brought in line.");
                  onDone();
                }}
              />
            )}
            <Button variant={look.danger ? "danger" : "primary"} disabled={!users || !change} onClick={start}>
              {bulk.state.kind === "stopped" ? "Go on" : `${look.action} ${who}`}
            </Button>
          </>
        )}
      </DialogFooter>
    </Dialog>
  );
}

function planOf(selection: Selection, filter: UserFilter, change: BulkChange): PlanRequest {
  if (selection.kind !== "all") return { action: "bulk", ids: [...selection.ids], change };
  const given = Object.entries(filter).filter(([, value]) => value !== null && value !== "");
  return { action: "bulk", query: Object.fromEntries(given), change };
}

interface BulkReportProps {
  state: BulkState;
  users: number;
  doing: string;
}

function BulkReport({ state, users, doing }: BulkReportProps) {
  if (state.kind === "asking") return null;
  const { matched } = state.progress;
  const far = `${formatNumber(matched)} of ${count(users, "user")}`;
  return (
    <div className="space-y-2">
      <p role="status" className="tabular-nums">
        {state.kind === "running"
          ? `${doing} ${far}. Keep this page open.`
          : `Stopped after ${far}. What was done stays done.`}
      </p>
      <Progress label={doing} done={matched} total={users} className="h-2" />
    </div>
  );
}
