import { ArrowRight } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";
import type { Group } from "@/lib/take-over/groups";
import type { Here, TakeOverItem } from "@/lib/take-over/schema";
import type { Decisions } from "./decisions";
import { MATCHES, REASONS } from "./group-texts";
import { RowDecision } from "./row-decision";

interface RowItemProps {
  group: Group;
  item: TakeOverItem;
  decisions: Decisions;
  onDecide: ((decisions: Decisions) => void) | null;
}

/** A row of the site beside whose it may be. */
export function RowItem({ group, item, decisions, onDecide }: RowItemProps) {
  const { there, users, reason, problem } = item;
  return (
    <li className="relative flex flex-wrap items-start gap-x-4 gap-y-2 px-4 py-3">
      <div className="grid min-w-0 flex-[1_1_24rem] items-start gap-x-3 gap-y-2 sm:grid-cols-[minmax(0,1fr)_auto_minmax(0,1fr)]">
        {there ? (
          <Side label="At the site">
            <Person {...there} id={item.rowId} compared={users.length === 1 ? users[0] : undefined} />
          </Side>
        ) : (
          <p className="text-faint">Nobody there</p>
        )}
        <ArrowRight aria-hidden className="mt-1 hidden size-4 text-faint sm:block" />
        <div className="min-w-0 space-y-2">
          {users.map((user) => (
            <Side key={user.id} label="In the list">
              <Person {...user} inactive={user.status === "inactive"} note={matched(user)} />
            </Side>
          ))}
          {users.length === 0 && <p className="text-faint">Nobody here</p>}
        </div>
        {(reason ?? problem) && (
          <p className="text-warn text-xs sm:col-span-3">
            {reason ? REASONS[reason] : `Cannot be imported. ${problem}`}
          </p>
        )}
      </div>
      {onDecide && group !== "only_here" && (
        <RowDecision group={group} item={item} decisions={decisions} onDecide={onDecide} />
      )}
    </li>
  );
}

/** What says the most of whose a row is comes first. */
const ROW_MATCHES = ["id", "email", "clerk_user_id"] as const;

function matched({ matchedBy }: Here): string {
  const same = ROW_MATCHES.filter((by) => matchedBy.includes(by)).map((by) => MATCHES[by]);
  return same.length === 0 ? "" : `Same ${same.join(", ")}`;
}

/** On a narrow screen the sides stand below each other, and say which is which. */
function Side({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <span className="block text-faint text-xs sm:sr-only">{label}</span>
      {children}
    </div>
  );
}

interface PersonProps {
  id: string | null;
  email?: string | undefined;
  full_name?: string | null | undefined;
  role?: string | undefined;
  team?: string | null | undefined;
  department?: string | null | undefined;
  active?: boolean | undefined;
  inactive?: boolean;
  note?: string;
  /** Whose row it may be: what differs is marked. */
  compared?: Here | undefined;
}

function Person({
  id,
  email,
  full_name,
  role,
  team,
  department,
  active,
  inactive,
  note,
  compared,
}: PersonProps) {
  const more = [role, team, department].filter(Boolean).join(" · ");
  const differs = (there: string | null | undefined, here: string | null | undefined) =>
    compared !== undefined && (there ?? "") !== (here ?? "");
  return (
    <>
      <p className="truncate font-medium" title={email}>
        <Part marked={differs(email, compared?.email)}>{email ?? "No e-mail address"}</Part>
      </p>
      <p className="truncate text-soft">
        <Part marked={differs(full_name, compared?.full_name)}>{full_name ?? "No name"}</Part>
        {more && <span className="text-faint"> · {more}</span>}
      </p>
      <p className="truncate text-faint text-xs" title={id ?? undefined}>
        <span className="font-mono">{id}</span>
      </p>
      {note && <p className="text-faint text-xs">{note}</p>}
      {(inactive || active === false) && <p className="text-warn text-xs">Inactive</p>}
    </>
  );
}

/** A value that differs from the list's has another ground. */
function Part({ marked, children }: { marked: boolean; children: ReactNode }) {
  return (
    <span className={cn("whitespace-pre", marked && "rounded bg-warn-soft px-1 text-warn")}>{children}</span>
  );
}
