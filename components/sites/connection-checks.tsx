import { CircleCheck, CircleMinus, CircleX, TriangleAlert } from "lucide-react";
import { cn } from "@/components/ui/cn";
import type { ConnectionCheck, ConnectionTest } from "@/lib/sites/schema";

const NAMES: Record<ConnectionCheck["name"], string> = {
  url: "The URL answers",
  key: "The key is accepted",
  table: "The table is there",
  write: "A user can be written",
  privacy: "The public cannot read it",
  signature: "The signature is accepted",
  answer: "A message is taken",
  forgery: "A wrong signature is refused",
};

/** What was looked at, what was found, and what to do about it. */
export function ConnectionChecks({ test }: { test: ConnectionTest }) {
  return (
    <section aria-label="Connection test" className="overflow-hidden rounded-lg border">
      <p
        role="status"
        className={cn("px-3 py-2 font-medium", test.ok ? "bg-ok-soft text-ok" : "bg-bad-soft text-bad")}
      >
        {test.ok ? "The connection works." : "The connection does not work yet."}
      </p>
      <ul className="divide-y">
        {test.checks.map((check) => (
          <Check key={check.name} check={check} fatal={!test.ok} />
        ))}
      </ul>
    </section>
  );
}

function Check({ check, fatal }: { check: ConnectionCheck; fatal: boolean }) {
  const { icon: Icon, word, tone } = lookOf(check.ok, fatal);
  return (
    <li className="flex gap-2.5 px-3 py-2.5">
      <Icon aria-hidden className={cn("mt-0.5 size-4 shrink-0", tone)} />
      <div className="min-w-0 flex-1 break-words">
        <p className="flex justify-between gap-3">
          <span className="font-medium">{NAMES[check.name]}</span>
          <span className={cn("shrink-0 text-xs leading-5", tone)}>{word}</span>
        </p>
        <p className="text-soft">{check.message}</p>
        {check.fix && (
          <p className="mt-0.5">
            <span className="font-medium">What to do: </span>
            {check.fix}
          </p>
        )}
      </div>
    </li>
  );
}

function lookOf(ok: boolean | null, fatal: boolean) {
  if (ok === null) return { icon: CircleMinus, word: "Not checked", tone: "text-idle" };
  if (ok) return { icon: CircleCheck, word: "Passed", tone: "text-ok" };
  return fatal
    ? { icon: CircleX, word: "Failed", tone: "text-bad" }
    : { icon: TriangleAlert, word: "Warning", tone: "text-warn" };
}
