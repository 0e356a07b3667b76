import { CircleCheck, Clock, type LucideIcon, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";
import { count } from "@/components/ui/numbers";
import { RelativeTime } from "@/components/ui/relative-time";
import type { SealingKeyUse } from "@/lib/secrets/schema";
import type { RotationState } from "./rotation-state";

/** What is to be done about the keys, in a sentence or two. */
export function RotationNotice({ state }: { state: RotationState }) {
  switch (state.kind) {
    case "missing":
      return (
        <Notice tone="bad" icon={TriangleAlert} title="Some secrets cannot be opened">
          They were sealed with {names(state.keys)}, which this server does not have. Put it back into
          ROSTER_SECRET_KEYS and restart, or enter the credentials of the blocked sites again.
        </Notice>
      );
    case "unfinished":
      return (
        <Notice tone="warn" icon={Clock} title="A rotation is not finished">
          {count(state.sealed, "secret is", "secrets are")} still sealed with an older key. Run{" "}
          <Code>npm run secrets:rotate</Code> on the server.
        </Notice>
      );
    case "removable":
      return (
        <Notice tone="warn" icon={Clock} title="An old key can go">
          Nothing needs {names(state.keys)} any more. Take it out of ROSTER_SECRET_KEYS on every server and
          worker and restart them. Keep it with the backups of its time.
        </Notice>
      );
    case "due":
      return (
        <Notice tone="warn" icon={Clock} title="It is time for a new key">
          The present one has been sealing since <RelativeTime value={state.since} />. The steps are below.
        </Notice>
      );
    case "fine":
      return (
        <Notice tone="ok" icon={CircleCheck} title="Nothing to do">
          Every secret is sealed with the present key.
        </Notice>
      );
  }
}

const TONES = { ok: "bg-ok-soft text-ok", warn: "bg-warn-soft text-warn", bad: "bg-bad-soft text-bad" };

interface NoticeProps {
  tone: keyof typeof TONES;
  icon: LucideIcon;
  title: string;
  children: ReactNode;
}

function Notice({ tone, icon: Icon, title, children }: NoticeProps) {
  return (
    <div className={cn("flex gap-3 rounded-lg px-4 py-3", TONES[tone])}>
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0">
        <p className="font-semibold">{title}</p>
        <p className="text-pretty break-words text-ink">{children}</p>
      </div>
    </div>
  );
}

function names(keys: readonly SealingKeyUse[]): string {
  return keys.map(({ kid }) => (kid === null ? "a key that cannot be read" : `“${kid}”`)).join(", ");
}

function Code({ children }: { children: string }) {
  return <code className="font-mono text-xs">{children}</code>;
}
