"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import type { Site } from "@/lib/sites/schema";
import { decideTakeOver } from "@/lib/take-over/queries";
import type { TakeOver } from "@/lib/take-over/schema";
import { consequences, type Decisions, LEAVE_ALL, SUGGESTED, toInput } from "./decisions";

interface ConfirmProps {
  site: Site;
  take: TakeOver;
  decisions: Decisions;
}

/** What will happen, and going on: by what was decided, or leaving all of it alone. */
export function Confirm({ site, take, decisions }: ConfirmProps) {
  const [asking, setAsking] = useState<"decided" | "skip" | null>(null);
  const decide = useMutation(decideTakeOver);
  const skipping = asking === "skip";
  const sentences = consequences(skipping ? LEFT : decisions, take, site);
  return (
    <footer className="flex flex-wrap items-center justify-end gap-2 border-t bg-sunken px-4 py-3">
      <p className="mr-auto min-w-0 flex-[1_1_16rem] text-soft">
        You see exactly what will happen before anything does.
      </p>
      {take.holds && <Button onClick={() => setAsking("skip")}>Leave all alone</Button>}
      <Button variant="primary" onClick={() => setAsking("decided")}>
        Take over
      </Button>
      <ConfirmDialog
        open={asking !== null}
        onOpenChange={(open) => !open && setAsking(null)}
        title={skipping ? `Leave the users of ${site.name} alone?` : `Take over ${site.name}?`}
        action={skipping ? "Leave all alone" : "Take over"}
        variant="primary"
        pending={decide.isPending}
        error={decide.error}
        onConfirm={() =>
          decide.mutate(
            { siteId: site.id, ...(skipping ? LEAVE_ALL : toInput(decisions)) },
            { onSuccess: () => setAsking(null) },
          )
        }
      >
        <ul className="list-disc space-y-1.5 pl-4">
          {sentences.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
        <p>The rows are read once more first; what is there then counts. Then the site's sync begins.</p>
      </ConfirmDialog>
    </footer>
  );
}

const LEFT: Decisions = {
  groups: { ...SUGGESTED.groups, same_id: "leave", same_email: "leave", same_clerk_id: "leave" },
  rows: {},
};
