import { count } from "@/components/ui/numbers";
import type { Site } from "@/lib/sites/schema";
import { LINKED_GROUPS, ROW_GROUPS, type RowGroup } from "@/lib/take-over/groups";
import type { DecideInput, TakeOver, TakeOverItem } from "@/lib/take-over/schema";

/** What somebody wants done with a row; `link` with a user where several may be meant. */
export type RowChoice = { does: "link"; userId?: string } | { does: "import" } | { does: "leave" };

/** What somebody has decided so far: about groups, and about single rows apart from their group. */
export interface Decisions {
  groups: Record<RowGroup, RowChoice["does"]>;
  rows: Readonly<Record<string, { group: RowGroup; choice: RowChoice }>>;
}

/** Whoever is known is linked, and everything else is left alone. */
export const SUGGESTED: Decisions = {
  groups: {
    same_id: "link",
    same_email: "link",
    same_clerk_id: "link",
    conflicting: "leave",
    only_there: "leave",
  },
  rows: {},
};

/** Nothing at the site is touched. */
export const LEAVE_ALL: DecideInput = { leave: { all: true } };

/** Decides about a whole group; what was said of single rows of it counts no longer. */
export function decideGroup(decisions: Decisions, group: RowGroup, does: RowChoice["does"]): Decisions {
  const rows = Object.entries(decisions.rows).filter(([, row]) => row.group !== group);
  return { groups: { ...decisions.groups, [group]: does }, rows: Object.fromEntries(rows) };
}

/** Decides about one row. */
export function decideRow(
  decisions: Decisions,
  { group, rowId, choice }: { group: RowGroup; rowId: string; choice: RowChoice },
): Decisions {
  const { [rowId]: _, ...others } = decisions.rows;
  const asGroup = choice.does === decisions.groups[group] && !("userId" in choice);
  return { ...decisions, rows: asGroup ? others : { ...others, [rowId]: { group, choice } } };
}

/** What is done with a row, by itself or as its group. */
export function choiceOf({ groups, rows }: Decisions, group: RowGroup, item: TakeOverItem): RowChoice {
  return rows[item.rowId ?? ""]?.choice ?? { does: groups[group] };
}

/** The decisions as the API takes them. */
export function toInput({ groups, rows }: Decisions): DecideInput {
  const single = Object.entries(rows).map(([rowId, { choice }]) => ({ rowId, choice }));
  const idsOf = (does: RowChoice["does"]) =>
    single.filter(({ choice }) => choice.does === does && !("userId" in choice)).map(({ rowId }) => rowId);
  const users = single.flatMap(({ rowId, choice }) =>
    choice.does === "link" && choice.userId !== undefined ? [{ rowId, userId: choice.userId }] : [],
  );
  return {
    link: {
      groups: LINKED_GROUPS.filter((group) => groups[group] === "link"),
      rowIds: idsOf("link"),
      users,
    },
    import: { groups: groups.only_there === "import" ? ["only_there"] : [], rowIds: idsOf("import") },
    leave: { groups: ROW_GROUPS.filter((group) => groups[group] === "leave"), rowIds: idsOf("leave") },
  };
}

type Counted = Pick<TakeOver, "groups" | "unlisted" | "unimportable">;

/** How many rows are linked, imported and left by what was decided. */
function totalsOf({ groups, rows }: Decisions, take: Counted) {
  const totals = { link: 0, import: 0, leave: 0 };
  for (const group of ROW_GROUPS) totals[groups[group]] += take.groups[group];
  // What is only counted is left alone, and so is what cannot become a user.
  totals[groups.only_there] -= take.unlisted;
  totals.leave += take.unlisted;
  if (groups.only_there === "import") {
    totals.import -= take.unimportable;
    totals.leave += take.unimportable;
  }
  for (const { group, choice } of Object.values(rows)) {
    totals[groups[group]] -= 1;
    totals[choice.does] += 1;
  }
  return totals;
}

const LEAVING: Record<Site["removalPolicy"], string> = {
  delete: "are removed when their users leave",
  deactivate: "are deactivated when their users leave",
  keep: "stay when their users leave",
};

/** What will happen, in a sentence each. */
export function consequences(
  decisions: Decisions,
  take: Counted,
  { removalPolicy }: Pick<Site, "removalPolicy">,
): string[] {
  const totals = totalsOf(decisions, take);
  const { only_here: added } = take.groups;
  return [
    totals.link > 0 &&
      `${count(totals.link, "row")} ${totals.link === 1 ? "becomes" : "become"} Roster's: they get the list's values under their own ids, and ${LEAVING[removalPolicy]}.`,
    totals.import > 0 &&
      `${count(totals.import, "row")} ${totals.import === 1 ? "becomes a user" : "become users"} of the list, and so of every site.`,
    totals.leave > 0 &&
      `${count(totals.leave, "row")} ${totals.leave === 1 ? "is" : "are"} left alone and never touched. Users they may belong to are not sent there.`,
    added > 0 && `${count(added, "user")} without a row there ${added === 1 ? "is" : "are"} added.`,
  ].filter((sentence) => sentence !== false);
}
