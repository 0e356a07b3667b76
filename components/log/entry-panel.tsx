"use client";

import { CircleCheck, CircleX } from "lucide-react";
import type { Route } from "next";
import Link from "next/link";
import type { ReactNode } from "react";
import { reasonText } from "@/components/sync/reason-words";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { formatNumber } from "@/components/ui/numbers";
import { ExactTime, RelativeTime } from "@/components/ui/relative-time";
import type { LogEntry } from "@/lib/runs/log-schema";
import { operationWords, triggerWords } from "./entry-words";

interface EntryPanelProps {
  entry: LogEntry;
  onClose: () => void;
}

/** Everything that is written down of one attempt. */
export function EntryPanel({ entry, onClose }: EntryPanelProps) {
  const pair = new URLSearchParams({ user: entry.user_id, site: entry.site_id });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      side="right"
      title={`${entry.email ?? entry.user_id} at ${entry.site}`}
      description={`${operationWords[entry.operation]}, attempt ${formatNumber(entry.attempt)}`}
    >
      <DialogBody>
        <Outcome entry={entry} />
        <dl className="divide-y border-y">
          <Fact name="When">
            <ExactTime value={entry.created_at} /> (<RelativeTime value={entry.created_at} />)
          </Fact>
          <Fact name="User">
            <EntryLink href={`/users/${encodeURIComponent(entry.user_id)}`}>
              {entry.email ?? entry.user_id}
            </EntryLink>
          </Fact>
          <Fact name="User id">
            <Code>{entry.user_id}</Code>
          </Fact>
          <Fact name="Site">
            <EntryLink href={`/sites/${entry.site_id}`}>{entry.site}</EntryLink>
          </Fact>
          <Fact name="What">{operationWords[entry.operation]}</Fact>
          <Fact name="Why">{triggerWords[entry.trigger]}</Fact>
          {entry.run_id && (
            <Fact name="Sync">
              <EntryLink href={`/sync?run=${entry.run_id}`}>Show this sync</EntryLink>
            </Fact>
          )}
          <Fact name="Attempt">{formatNumber(entry.attempt)}</Fact>
          <Fact name="Took">{formatNumber(entry.duration_ms)} ms</Fact>
          {entry.error_code && (
            <Fact name="Code">
              <Code>{entry.error_code}</Code>
            </Fact>
          )}
          <Fact name="Entry">
            <Code>{entry.id}</Code>
          </Fact>
        </dl>
      </DialogBody>
      <DialogFooter>
        <CopyButton text={JSON.stringify(entry, null, 2)}>Copy as JSON</CopyButton>
        <Button asChild>
          <Link href={`/sync?${pair}` as Route}>Show this user at this site</Link>
        </Button>
      </DialogFooter>
    </Dialog>
  );
}

function Outcome({ entry }: { entry: LogEntry }) {
  if (entry.status === "success") {
    return (
      <Badge tone="ok" icon={CircleCheck}>
        Success
      </Badge>
    );
  }
  return (
    <div className="space-y-2">
      <Badge tone="bad" icon={CircleX}>
        {entry.error_code ? `Failed: ${reasonText(entry.error_code)}` : "Failed"}
      </Badge>
      {entry.error && (
        <div className="space-y-2 break-words rounded-lg bg-bad-soft px-3 py-2.5">
          <div>
            <h3 className="font-medium text-bad">Why it failed</h3>
            <p>{entry.error}</p>
          </div>
          {entry.advice && (
            <div>
              <h3 className="font-medium text-bad">What to do</h3>
              <p>{entry.advice}</p>
            </div>
          )}
        </div>
      )}
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex justify-between gap-4 py-2">
      <dt className="shrink-0 text-soft">{name}</dt>
      <dd className="min-w-0 break-words text-right tabular-nums">{children}</dd>
    </div>
  );
}

function EntryLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link href={href as Route} prefetch={false} className="text-accent-text hover:underline">
      {children}
    </Link>
  );
}

function Code({ children }: { children: ReactNode }) {
  return <code className="break-all font-mono text-xs">{children}</code>;
}
