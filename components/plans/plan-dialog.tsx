"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { Check, RotateCw, TriangleAlert } from "lucide-react";
import Link from "next/link";
import { useRef } from "react";
import { May } from "@/components/access/may";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { FormError } from "@/components/ui/form-error";
import { toast } from "@/components/ui/toast";
import { ApiError } from "@/lib/api-client";
import { applyPlan, planQuery } from "@/lib/plans/queries";
import type { Plan, PlanMade } from "@/lib/plans/schema";
import { PlanProgress } from "./plan-progress";
import { PlanSites } from "./plan-sites";
import { changesOf, summaryOf } from "./plan-words";

interface PlanDialogProps {
  /** Out of sight it still sees its plan through. */
  open: boolean;
  title: string;
  made: { data: PlanMade | undefined; error: Error | null; isPending: boolean };
  /** Absent: what was asked for is not known here any more. */
  onAgain?: () => void;
  onApplied: (runId: string) => void;
  /** Hears whether the plan is being applied, which goes on without the dialog. */
  onClose: (applying: boolean) => void;
}

/** A plan while it is made, what it says, and what became of it when the data moved. */
export function PlanDialog({ open, title, made, onAgain, onApplied, onClose }: PlanDialogProps) {
  const query = useQuery(planQuery(made.isPending ? undefined : made.data?.id));
  const inSight = useRef(true);
  const apply = useMutation({
    ...applyPlan,
    onError: (error) => !inSight.current && toast.error(`${title}: ${error.message}`),
  });
  const plan = made.isPending ? undefined : query.data;
  const moved = movedIn(plan, apply.error);
  const error = made.error ?? query.error ?? (moved ? null : apply.error);
  const stale = moved !== null || error !== null || plan?.state === "failed";

  const isOver = plan?.state === "applied" || (stale && !onAgain);

  function again() {
    apply.reset();
    onAgain?.();
  }

  function close() {
    inSight.current = false;
    onClose(apply.isPending);
  }

  function confirm() {
    inSight.current = true;
    if (plan) apply.mutate(plan.id, { onSuccess: ({ runId }) => onApplied(runId) });
  }

  return (
    <Dialog
      open={open}
      onOpenChange={close}
      side="wide"
      title={title}
      description={
        plan?.state === "applied"
          ? "What this did, as it was found by comparing with the sites."
          : "What this would do, found by comparing with the sites. Nothing is changed yet."
      }
    >
      <DialogBody>
        <FormError error={error} />
        {moved && <Moved reasons={moved} canGoOn={onAgain !== undefined} />}
        {!moved && !error && (plan === undefined || plan.state === "planning") && (
          <PlanProgress plan={plan} />
        )}
        {!moved && plan && plan.state !== "planning" && <PlanSites plan={plan} />}
      </DialogBody>
      <DialogFooter>
        {plan && ["ready", "checking"].includes(plan.state) && !stale && (
          <p role="status" className="mr-auto min-w-0 text-soft max-sm:w-full">
            {apply.isPending
              ? "Reading the sites once more, then it is done. You can close this meanwhile."
              : summaryOf(plan)}
          </p>
        )}
        {plan?.state === "applied" && (
          <p role="status" className="mr-auto min-w-0 text-soft max-sm:w-full">
            This was applied. <RunLink runId={plan.runId} />
          </p>
        )}
        <Button onClick={close}>{apply.isPending || isOver ? "Close" : "Cancel"}</Button>
        {isOver ? null : stale ? (
          <Button variant="primary" loading={made.isPending} onClick={again}>
            <RotateCw aria-hidden />
            Plan again
          </Button>
        ) : (
          <May scope="sync:run">
            <Button
              variant="primary"
              loading={apply.isPending}
              disabled={plan?.state !== "ready"}
              onClick={confirm}
            >
              {!apply.isPending && <Check aria-hidden />}
              {plan?.state === "ready" && changesOf(plan) === 0 ? "Apply anyway" : "Apply"}
            </Button>
          </May>
        )}
      </DialogFooter>
    </Dialog>
  );
}

function RunLink({ runId }: { runId: string | null }) {
  if (runId === null) return null;
  return (
    <Link href={`/sync?run=${runId}`} className="text-accent-text hover:underline">
      Show the sync
    </Link>
  );
}

function movedIn(plan: Plan | undefined, error: Error | null): readonly string[] | null {
  if (plan?.state === "refused") return plan.moved;
  if (error instanceof ApiError && error.status === 409 && error.errors.length > 0) {
    return error.errors.map(({ message }) => message);
  }
  return null;
}

function Moved({ reasons, canGoOn }: { reasons: readonly string[]; canGoOn: boolean }) {
  return (
    <div role="alert" className="flex gap-3 rounded-lg bg-warn-soft px-4 py-3 text-warn">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 space-y-1.5">
        <p className="font-semibold">The data moved since this was planned, so nothing was done.</p>
        <ul className="list-disc space-y-0.5 break-words pl-4">
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
        <p>
          {canGoOn
            ? "Plan again to see what would happen now."
            : "To see what would happen now, plan it anew where this one was made."}
        </p>
      </div>
    </div>
  );
}
