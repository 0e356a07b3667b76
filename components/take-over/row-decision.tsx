"use client";

import { Select } from "@/components/ui/select";
import type { RowGroup } from "@/lib/take-over/groups";
import type { TakeOverItem } from "@/lib/take-over/schema";
import { choiceOf, type Decisions, decideRow, type RowChoice } from "./decisions";
import { canDo } from "./group-texts";

interface RowDecisionProps {
  group: RowGroup;
  item: TakeOverItem;
  decisions: Decisions;
  onDecide: (decisions: Decisions) => void;
}

/** What becomes of one row, where that is not what becomes of its group. */
export function RowDecision({ group, item, decisions, onDecide }: RowDecisionProps) {
  const { rowId, there } = item;
  if (rowId === null) return null;
  const choice = choiceOf(decisions, group, item);
  const options = optionsOf(group, item);
  const value = options.find(({ choice: one }) => same(one, choice))?.value ?? "leave";
  return (
    <Select
      label={`What becomes of ${there?.email ?? rowId}`}
      value={value}
      options={options}
      className="w-full shrink-0 sm:w-56"
      onChange={(chosen) => {
        const option = options.find((one) => one.value === chosen);
        if (option) onDecide(decideRow(decisions, { group, rowId, choice: option.choice }));
      }}
    />
  );
}

interface Option {
  value: string;
  text: string;
  choice: RowChoice;
}

function optionsOf(group: RowGroup, { users, problem }: TakeOverItem): Option[] {
  const leave: Option = { value: "leave", text: "Leave alone", choice: { does: "leave" } };
  switch (canDo(group)) {
    case "link":
      return [{ value: "link", text: "Link", choice: { does: "link" } }, leave];
    case "import":
      // One that cannot be imported is left whatever is said of its group.
      return problem ? [leave] : [{ value: "import", text: "Import", choice: { does: "import" } }, leave];
    case "choose":
      return [
        leave,
        ...users
          .filter(({ status }) => status === "active")
          .map(({ id, email }) => ({
            value: `link ${id}`,
            text: `Link to ${email}`,
            choice: { does: "link" as const, userId: id },
          })),
      ];
  }
}

function same(one: RowChoice, other: RowChoice): boolean {
  const user = (choice: RowChoice) => ("userId" in choice ? choice.userId : undefined);
  return one.does === other.does && user(one) === user(other);
}
