"use client";

import { ChevronRight } from "lucide-react";
import { cn } from "@/components/ui/cn";
import { count, formatNumber } from "@/components/ui/numbers";
import { Select } from "@/components/ui/select";
import type { Group, RowGroup } from "@/lib/take-over/groups";
import type { TakeOver } from "@/lib/take-over/schema";
import { type Decisions, decideGroup, type RowChoice } from "./decisions";
import { canDo, GROUP_TEXTS } from "./group-texts";

interface GroupsProps {
  take: TakeOver;
  /** The groups that have somebody. */
  present: readonly Group[];
  decisions: Decisions;
  /** The group whose rows are looked at below. */
  shown: Group | undefined;
  onShow: (group: Group) => void;
  onDecide: (decisions: Decisions) => void;
  disabled: boolean;
}

/** The groups with how many are in each, and what becomes of all of it. */
export function Groups({ take, present, decisions, shown, onShow, onDecide, disabled }: GroupsProps) {
  if (present.length === 0)
    return <p className="px-4 py-6 text-center text-soft">The site has no rows of its own.</p>;
  return (
    <ul className="divide-y">
      {present.map((group) => {
        const { icon: Icon, title, meaning } = GROUP_TEXTS[group];
        const here = group === shown;
        return (
          <li
            key={group}
            className={cn(
              "relative flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 transition-colors",
              here ? "bg-accent-soft/50" : "hover:bg-hover",
            )}
          >
            <button
              type="button"
              aria-pressed={here}
              onClick={() => onShow(group)}
              className="flex min-w-0 flex-[1_1_18rem] items-center gap-3 rounded text-left after:absolute after:inset-0"
            >
              <Icon
                aria-hidden
                className={cn("size-4.5 shrink-0", here ? "text-accent-text" : "text-faint")}
              />
              <span className="w-12 shrink-0 text-right font-semibold text-base tabular-nums">
                {formatNumber(take.groups[group])}
              </span>
              <span className="min-w-0">
                <span className="block font-medium">{title}</span>
                <span className="block text-soft">{meaning}</span>
              </span>
            </button>
            <div className="relative z-10 ml-auto w-full sm:w-56">
              {group === "only_here" ? (
                <p className="px-3 text-soft sm:text-right">Added to the site</p>
              ) : (
                <GroupChoice group={group} decisions={decisions} onDecide={onDecide} disabled={disabled} />
              )}
            </div>
            <ChevronRight
              aria-hidden
              className={cn("hidden size-4 shrink-0 sm:block", here ? "text-accent-text" : "text-faint")}
            />
          </li>
        );
      })}
    </ul>
  );
}

interface GroupChoiceProps {
  group: RowGroup;
  decisions: Decisions;
  onDecide: (decisions: Decisions) => void;
  disabled: boolean;
}

function GroupChoice({ group, decisions, onDecide, disabled }: GroupChoiceProps) {
  const apart = Object.values(decisions.rows).filter((row) => row.group === group).length;
  const does = canDo(group);
  if (does === "choose") {
    return (
      <p className="px-3 text-soft sm:text-right">
        {apart > 0 ? `${count(apart, "row")} linked, the others left` : "Left alone, unless chosen below"}
      </p>
    );
  }
  const options: { value: RowChoice["does"]; text: string }[] = [
    { value: does, text: does === "link" ? "Link all" : "Import all" },
    { value: "leave", text: "Leave all alone" },
  ];
  return (
    <div>
      <Select
        label={`What becomes of: ${GROUP_TEXTS[group].title}`}
        value={decisions.groups[group]}
        options={options}
        disabled={disabled}
        onChange={(value) => value && onDecide(decideGroup(decisions, group, value))}
      />
      {apart > 0 && <p className="mt-1 px-1 text-faint text-xs">{count(apart, "row")} decided apart</p>}
    </div>
  );
}
