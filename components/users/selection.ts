/** Who is selected: some by id, or everybody who matches the filter, also those who are not loaded. */
export type Selection = { kind: "some"; ids: ReadonlySet<string>; last: string | null } | { kind: "all" };

export const NOBODY: Selection = { kind: "some", ids: new Set(), last: null };

export function isSelected(selection: Selection, id: string): boolean {
  return selection.kind === "all" || selection.ids.has(id);
}

/** Whether all, some or none of these are selected. */
export function selectedOf(selection: Selection, ids: readonly string[]): "all" | "some" | "none" {
  const selected = ids.filter((id) => isSelected(selection, id)).length;
  if (selected === 0) return "none";
  return selected === ids.length ? "all" : "some";
}

/**
 * Turns one user on or off; with `range` everybody between them and the one before becomes as they become. `shown` are
 * the users in their order. Where everybody who matches was selected, those who are shown stay, less this one.
 */
export function toggle(
  selection: Selection,
  id: string,
  shown: readonly string[],
  range: boolean,
): Selection {
  const on = !isSelected(selection, id);
  const ids = new Set(selection.kind === "all" ? shown : selection.ids);
  const last = selection.kind === "some" ? selection.last : null;
  for (const each of range ? between(shown, last, id) : [id]) {
    if (on) ids.add(each);
    else ids.delete(each);
  }
  return { kind: "some", ids, last: id };
}

function between(shown: readonly string[], from: string | null, to: string): readonly string[] {
  const start = from === null ? -1 : shown.indexOf(from);
  const end = shown.indexOf(to);
  if (start < 0 || end < 0) return [to];
  return shown.slice(Math.min(start, end), Math.max(start, end) + 1);
}

/** Selects everybody who is shown, or nobody when they all are already. */
export function toggleShown(selection: Selection, shown: readonly string[]): Selection {
  if (selectedOf(selection, shown) === "all") return NOBODY;
  const ids = new Set(selection.kind === "some" ? selection.ids : []);
  for (const id of shown) ids.add(id);
  return { kind: "some", ids, last: null };
}
