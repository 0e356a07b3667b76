import { Clock, Database, KeyRound, type LucideIcon, UserRound } from "lucide-react";
import type { AuditEntry } from "@/lib/audit/schema";

const KINDS: Record<string, { icon: LucideIcon; word: string }> = {
  member: { icon: UserRound, word: "Member" },
  key: { icon: KeyRound, word: "API key" },
  scheduler: { icon: Clock, word: "Scheduler" },
  database: { icon: Database, word: "SQL" },
  anyone: { icon: UserRound, word: "Not signed in" },
};

/** What kind of actor it was, in a word. */
export function actorKind({ kind }: AuditEntry["actor"]): string {
  return KINDS[kind]?.word ?? kind;
}

/** Who made a change. */
export function Actor({ actor }: { actor: AuditEntry["actor"] }) {
  const Icon = KINDS[actor.kind]?.icon ?? UserRound;
  const name = actor.name ?? actor.id ?? actorKind(actor);
  return (
    <span className="flex min-w-0 items-center gap-2" title={`${actorKind(actor)}: ${name}`}>
      <Icon role="img" aria-label={actorKind(actor)} className="size-3.5 shrink-0 text-faint" />
      <span className="truncate">{name}</span>
    </span>
  );
}
