"use client";

import { useMutation } from "@tanstack/react-query";
import { ScanSearch } from "lucide-react";
import dynamic from "next/dynamic";
import { useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { makePlan } from "@/lib/plans/queries";
import type { PlanRequest } from "@/lib/plans/schema";
import { usePlanAddress } from "./use-plan-address";

// It comes when somebody plans.
const PlanDialog = dynamic(() => import("./plan-dialog").then((file) => file.PlanDialog), { ssr: false });

interface PlanButtonProps {
  /** What would be done, asked when somebody plans. */
  input: () => PlanRequest;
  /** What it is about, such as "Scope of HRMS". */
  title: string;
  disabled?: boolean;
  onApplied: (runId: string) => void;
}

/** Shows what an action would do at each site before it is done, and does exactly that. */
export function PlanButton({ input, title, disabled, onApplied }: PlanButtonProps) {
  const [dialog, setDialog] = useState<"open" | "away" | null>(null);
  const made = useMutation(makePlan);
  const [, setNamed] = usePlanAddress();
  const isWanted = useRef(false);

  function plan() {
    isWanted.current = true;
    // Not the address of a plan that was closed before it was there.
    made.mutate(input(), { onSuccess: ({ id }) => isWanted.current && void setNamed(id) });
    setDialog("open");
  }

  function close(next: typeof dialog) {
    isWanted.current = false;
    setDialog(next);
    void setNamed(null);
  }

  return (
    <>
      {dialog === "away" ? (
        <Button onClick={() => setDialog("open")}>
          <ScanSearch aria-hidden />
          Show plan
        </Button>
      ) : (
        <Button onClick={plan} disabled={disabled}>
          <ScanSearch aria-hidden />
          Plan first
        </Button>
      )}
      {dialog && (
        <PlanDialog
          open={dialog === "open"}
          title={title}
          made={made}
          onAgain={plan}
          onApplied={(runId) => {
            close(null);
            onApplied(runId);
          }}
          onClose={(applying) => close(applying ? "away" : null)}
        />
      )}
    </>
  );
}
