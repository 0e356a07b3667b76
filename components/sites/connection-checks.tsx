import { CircleCheck, CircleDashed, CircleMinus, CircleX, TriangleAlert } from "lucide-react";
import { cn } from "@/components/ui/cn";
import type { ConnectionCheck, ConnectionTest } from "@/lib/sites/credentials-schema";
import type { Site } from "@/lib/sites/schema";

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

/** What is looked at, in this order. */
const LOOKED_AT: Record<Site["kind"], readonly ConnectionCheck["name"][]> = {
  supabase: ["url", "key", "table", "write", "privacy"],
  webhook: ["url", "signature", "answer", "forgery"],
};

/** How long after the one before a check is shown, in milliseconds: slower keeps people waiting for what is known. */
const STEP_MS = 140;

interface ConnectionReportProps {
  test: { data: ConnectionTest | undefined; isPending: boolean };
  kind: Site["kind"];
}

/** A connection test: what is being looked at, and then what was found, one after the other. */
export function ConnectionReport({ test, kind }: ConnectionReportProps) {
  if (test.isPending) return <Looking kind={kind} />;
  return test.data ? <ConnectionChecks test={test.data} /> : null;
}

function Looking({ kind }: { kind: Site["kind"] }) {
  return (
    <section aria-label="Testing the connection" className="overflow-hidden rounded-lg border">
      <p role="status" className="bg-sunken px-3 py-2 font-medium text-soft">
        Looking at the site…
      </p>
      <ul className="divide-y">
        {LOOKED_AT[kind].map((name) => (
          <li key={name} className="flex items-center gap-2.5 px-3 py-2.5 text-faint">
            <CircleDashed aria-hidden className="size-4 shrink-0 animate-spin" />
            {NAMES[name]}
          </li>
        ))}
      </ul>
    </section>
  );
}

function ConnectionChecks({ test }: { test: ConnectionTest }) {
  return (
    <section aria-label="Connection test" className="overflow-hidden rounded-lg border">
      <p
        role="status"
        className={cn("px-3 py-2 font-medium", test.ok ? "bg-ok-soft text-ok" : "bg-bad-soft text-bad")}
      >
        {test.ok ? "The connection works." : "The connection does not work yet."}
      </p>
      <ul className="divide-y">
        {test.checks.map((check, index) => (
          <Check key={check.name} check={check} fatal={!test.ok} position={index} />
        ))}
      </ul>
    </section>
  );
}

/** What was looked at, what was found, and what to do about it. */
function Check({ check, fatal, position }: { check: ConnectionCheck; fatal: boolean; position: number }) {
  const { icon: Icon, word, tone } = lookOf(check.ok, fatal);
  return (
    <li
      className="flex animate-rise gap-2.5 px-3 py-2.5"
      style={{ animationDelay: `${position * STEP_MS}ms`, animationFillMode: "backwards" }}
    >
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
