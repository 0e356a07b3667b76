import { CircleCheck, CircleX, type LucideIcon, Pencil, Plus, RefreshCw, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { actionText } from "@/components/audit/actions";
import { toneText } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { RelativeTime } from "@/components/ui/relative-time";
import type { LogEntry } from "@/lib/runs/log-schema";
import { fieldName } from "@/lib/users/field-names";
import type { UserChange } from "@/lib/users/history-schema";
import type { HistoryEntry } from "./merge-history";

/** A line of a user's history. */
export function HistoryItem({ entry }: { entry: HistoryEntry }) {
  return entry.kind === "change" ? <Change change={entry.change} /> : <Attempt attempt={entry.attempt} />;
}

const CHANGES: Record<string, { icon: LucideIcon; text: string }> = {
  "user.created": { icon: Plus, text: "Added" },
  "user.updated": { icon: Pencil, text: "Changed" },
  "user.deleted": { icon: Trash2, text: "Deleted" },
  "sync.user_started": { icon: RefreshCw, text: "Sync started" },
};

function Change({ change: { action, actor, at, before, after } }: { change: UserChange }) {
  const look = CHANGES[action] ?? { icon: RefreshCw, text: actionText(action) };
  const changed = before && after ? [...new Set([...Object.keys(before), ...Object.keys(after)])] : [];
  return (
    <Line icon={look.icon} at={at}>
      <p>
        <span className="font-medium">{look.text}</span>{" "}
        <span className="text-soft">by {actor.kind === "database" ? "SQL" : (actor.name ?? "somebody")}</span>
      </p>
      {changed.length > 0 && (
        <ul className="mt-0.5 text-soft">
          {changed.map((field) => (
            <li key={field} className="break-words">
              {fieldName(field)}: <Value value={before?.[field]} /> <span aria-hidden>→</span>
              <span className="sr-only">became</span> <Value value={after?.[field]} />
            </li>
          ))}
        </ul>
      )}
    </Line>
  );
}

function Value({ value }: { value: unknown }) {
  if (value === null || value === undefined) return <span className="text-faint italic">empty</span>;
  return <span className="text-ink">{typeof value === "string" ? value : JSON.stringify(value)}</span>;
}

const OPERATIONS: Record<LogEntry["operation"], { success: string; failed: string }> = {
  upsert: { success: "Synced to", failed: "Not synced to" },
  remove: { success: "Removed from", failed: "Not removed from" },
};

function Attempt({ attempt }: { attempt: LogEntry }) {
  const works = attempt.status === "success";
  return (
    <Line
      icon={works ? CircleCheck : CircleX}
      className={toneText[works ? "ok" : "bad"]}
      at={attempt.created_at}
    >
      <p>
        {OPERATIONS[attempt.operation][attempt.status]} <span className="font-medium">{attempt.site}</span>
        {attempt.attempt > 1 && <span className="text-faint"> · attempt {attempt.attempt}</span>}
      </p>
      {attempt.error && <p className="mt-0.5 break-words text-soft">{attempt.error}</p>}
      {attempt.advice && <p className="break-words text-faint">{attempt.advice}</p>}
    </Line>
  );
}

interface LineProps {
  icon: LucideIcon;
  at: string;
  className?: string;
  children: ReactNode;
}

function Line({ icon: Icon, at, className, children }: LineProps) {
  return (
    <li className="flex gap-3 px-4 py-2.5">
      <Icon aria-hidden className={cn("mt-0.5 size-4 shrink-0 text-faint", className)} />
      <div className="min-w-0 flex-1">{children}</div>
      <span className="shrink-0 text-faint text-xs leading-5">
        <RelativeTime value={at} />
      </span>
    </li>
  );
}
