"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { May } from "@/components/access/may";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { count } from "@/components/ui/numbers";
import { toast } from "@/components/ui/toast";
import type { Site } from "@/lib/sites/schema";
import type { FindingKind } from "@/lib/verify/finding-kinds";
import { repairFindings } from "@/lib/verify/queries";
import type { Finding, RepairInput, Verification } from "@/lib/verify/schema";
import { KIND_TEXTS } from "./kind-texts";

interface OneProps {
  site: Site;
  verification: Verification;
  finding: Finding;
}

/** Puts one row right. */
export function RepairOne({ site, verification, finding: { userId, kind, email } }: OneProps) {
  const { start, ask, dialog } = useRepair(site, verification, { kind, userIds: [userId] }, email ?? userId);
  return (
    <May scope="sync:run">
      <Button
        loading={start.isPending}
        onClick={ask}
        aria-label={`${KIND_TEXTS[kind].action} ${email ?? userId}`}
      >
        {KIND_TEXTS[kind].action}
      </Button>
      {dialog}
    </May>
  );
}

interface AllProps {
  site: Site;
  verification: Verification;
  kind: FindingKind;
}

/** Puts all rows of a kind right. */
export function RepairAll({ site, verification, kind }: AllProps) {
  const rows = count(verification[kind], "row");
  const { start, ask, dialog } = useRepair(site, verification, { kind }, rows);
  if (!verification.listed) return null;
  return (
    <May scope="sync:run">
      <Button variant={kind === "extra" ? "secondary" : "primary"} loading={start.isPending} onClick={ask}>
        {KIND_TEXTS[kind].action} all
      </Button>
      {dialog}
    </May>
  );
}

/** Repairs at once; asks first before rows are removed. */
function useRepair(site: Site, verification: Verification, input: RepairInput, what: string) {
  const [asking, setAsking] = useState(false);
  const start = useMutation(repairFindings);
  const removes = input.kind === "extra";

  function repair() {
    start.mutate(
      { siteId: site.id, id: verification.id, ...input },
      {
        onSuccess: ({ pairs }) => {
          setAsking(false);
          toast.success(
            `${count(pairs, "row")} ${removes ? "being removed" : "being written again"} at ${site.name}.`,
          );
        },
        onError: (error) => {
          if (!removes) toast.error(error.message);
        },
      },
    );
  }

  const dialog = removes && (
    <ConfirmDialog
      open={asking}
      onOpenChange={setAsking}
      title={`Remove ${what} at ${site.name}?`}
      action="Remove"
      pending={start.isPending}
      error={start.error}
      onConfirm={repair}
    >
      <p>{REMOVALS[site.removalPolicy]}</p>
      <p>
        Roster did not put these rows there for anybody who is in the list now. The site's own app may need
        them.
      </p>
    </ConfirmDialog>
  );
  return { start, ask: removes ? () => setAsking(true) : repair, dialog };
}

const REMOVALS: Record<Site["removalPolicy"], string> = {
  delete: "They are deleted from the site's user_profiles.",
  deactivate: "They are marked as inactive there, as users who leave are.",
  keep: "This site keeps the rows of users who leave, so nothing is removed until you change that.",
};
