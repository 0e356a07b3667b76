"use client";

import { useMutation } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { PlanButton } from "@/components/plans/plan-button";
import { healthOf } from "@/components/sites/site-health";
import { Button } from "@/components/ui/button";
import { CheckField } from "@/components/ui/check-field";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { FormError } from "@/components/ui/form-error";
import { count } from "@/components/ui/numbers";
import { syncAllUsers } from "@/lib/runs/request-queries";
import type { Site } from "@/lib/sites/schema";
import { SiteChecks } from "./site-checks";

interface StartDialogProps {
  sites: Site[];
  /** How many active users there are; undefined while that is not known. */
  users: number | undefined;
  onStarted: (runId: string) => void;
  onClose: () => void;
}

/** Asks where everybody is to be sent, and says what will happen. */
export function StartDialog({ sites, users, onStarted, onClose }: StartDialogProps) {
  const ready = sites.filter((site) => objection(site) === null);
  // What is left out, so that a site that gets its credentials meanwhile is among the chosen.
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [force, setForce] = useState(false);
  const start = useMutation(syncAllUsers);
  const chosen = ready.filter(({ id }) => !left.has(id));

  function send() {
    const siteIds = chosen.length === ready.length ? null : chosen.map(({ id }) => id);
    start.mutate({ siteIds, force }, { onSuccess: ({ runId }) => onStarted(runId) });
  }

  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Sync All Users"
      description="Sends every active user whom a site does not have as they are here."
    >
      <DialogBody>
        {sites.length === 0 ? (
          <p>
            No site is connected yet. <SitesLink>Add a site first</SitesLink>.
          </p>
        ) : (
          <>
            <div className="-mx-2 flex items-center justify-between gap-3 pl-2">
              <h3 className="font-semibold">Sites</h3>
              <Button
                variant="ghost"
                className="px-2"
                onClick={() => setLeft(chosen.length > 0 ? new Set(ready.map(({ id }) => id)) : new Set())}
              >
                {chosen.length > 0 ? "Choose none" : "Choose all"}
              </Button>
            </div>
            <div className="-mx-2 -mt-2">
              <SiteChecks
                label="Sites to sync to"
                sites={sites}
                chosen={new Set(chosen.map(({ id }) => id))}
                onChange={(next) => setLeft(new Set(ready.flatMap(({ id }) => (next.has(id) ? [] : [id]))))}
                objection={objection}
              />
            </div>
            <p aria-live="polite" className="rounded-lg bg-sunken px-3 py-2.5 text-soft">
              <WhatHappens users={users} chosen={chosen} force={force} />
            </p>
            <CheckField
              label="Write everybody again"
              hint="Also who is synced already: it puts right what somebody changed at a site."
              checked={force}
              onChange={setForce}
            />
          </>
        )}
        <FormError error={start.error} />
      </DialogBody>
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <PlanButton
          title="Sync All Users"
          input={() => ({ action: "sync_all", force, siteIds: chosen.map(({ id }) => id) })}
          disabled={chosen.length === 0}
          onApplied={onStarted}
        />
        <Button variant="primary" loading={start.isPending} disabled={chosen.length === 0} onClick={send}>
          {!start.isPending && <RefreshCw aria-hidden />}
          Start sync
        </Button>
      </DialogFooter>
    </Dialog>
  );
}

interface WhatHappensProps {
  users: number | undefined;
  chosen: Site[];
  force: boolean;
}

function WhatHappens({ users, chosen, force }: WhatHappensProps) {
  if (chosen.length === 0) return "Choose at least one site.";
  const where = chosen.length === 1 ? chosen[0]?.name : count(chosen.length, "site");
  if (users === undefined) return `Every active user is sent to ${where}.`;
  return (
    <>
      <strong className="font-medium text-ink">
        {count(users, "user")} to {where}: {count(users * chosen.length, "row")}.
      </strong>{" "}
      {force
        ? "All of them are written, over what somebody changed at a site."
        : "Who is synced already is not written again."}{" "}
      {chosen.length === 1 ? "The site is" : "Each site is"} tried at once. You can cancel while it runs.
    </>
  );
}

function SitesLink({ children }: { children: string }) {
  return (
    <Link href="/sites" className="text-accent-text hover:underline">
      {children}
    </Link>
  );
}

function objection(site: Site): string | null {
  if (site.status === "paused" || !site.hasCredentials) return healthOf(site).word;
  return null;
}
