"use client";

import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { ExactTime, RelativeTime } from "@/components/ui/relative-time";
import type { AuditFilter } from "@/lib/audit/queries";
import type { AuditEntry } from "@/lib/audit/schema";
import { actionText, targetName } from "./actions";
import { Actor, actorKind } from "./actor";
import { Changes } from "./changes";

interface AuditPanelProps {
  entry: AuditEntry;
  onFilter: (change: Partial<AuditFilter>) => void;
  onClose: () => void;
}

/** All that was written down about one change. */
export function AuditPanel({ entry, onFilter, onClose }: AuditPanelProps) {
  const { actor, target } = entry;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      side="right"
      title={actionText(entry.action)}
      description={targetName(entry) ?? undefined}
    >
      <DialogBody>
        <dl className="divide-y border-y">
          <Fact name="When">
            <ExactTime value={entry.at} />
            <div className="text-faint text-xs">
              <RelativeTime value={entry.at} />
            </div>
          </Fact>
          <Fact name="Who">
            <div className="flex justify-end">
              <Actor actor={actor} />
            </div>
            <div className="text-faint text-xs">{actorKind(actor)}</div>
          </Fact>
          <Fact name="Address">{entry.address ?? "–"}</Fact>
          <Fact name="Action">
            <Code>{entry.action}</Code>
          </Fact>
          {target.id && (
            <Fact name="Id">
              <Code>{target.id}</Code>
            </Fact>
          )}
          {entry.requestId && (
            <Fact name="Request">
              <Code>{entry.requestId}</Code>
            </Fact>
          )}
        </dl>
        <Changes before={entry.before} after={entry.after} />
      </DialogBody>
      <DialogFooter>
        {actor.id && <Button onClick={() => onFilter({ actor: actor.id })}>Only this actor</Button>}
        {target.id && <Button onClick={() => onFilter({ target: target.id })}>Only this target</Button>}
      </DialogFooter>
    </Dialog>
  );
}

function Code({ children }: { children: string }) {
  return <code className="font-mono text-xs">{children}</code>;
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex justify-between gap-4 py-2">
      <dt className="text-soft">{name}</dt>
      <dd className="min-w-0 break-all text-right tabular-nums">{children}</dd>
    </div>
  );
}
