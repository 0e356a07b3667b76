/** Who is selected: some by id, or everybody who matches the filter, also those who are not loaded. */
export type Selection = { kind: "some"; ids: ReadonlySet<string>; last: Place | null } | { kind: "all" };

/** A user, and at which row they were. */
export interface Place {
  id: string;
  row: number;
}

export const NOBODY: Selection = { kind: "some", ids: new Set(), last: null };

export function isSelected(selection: Selection, id: string): boolean {
  return selection.kind === "all" || selection.ids.has(id);
}

/** Whether all, some or none of so many rows are selected; `near` are the users of those that are at hand. */
export function selectedOf(
  selection: Selection,
  near: readonly string[],
  rows = near.length,
): "all" | "some" | "none" {
  if (selection.kind === "all") return "all";
  if (selection.ids.size === 0) return "none";
  return selection.ids.size >= rows && near.every((id) => selection.ids.has(id)) ? "all" : "some";
}

/** From which row to which one has to know the users, for `toggle` to do its work. */
export function spanOf(selection: Selection, row: number, range: boolean, rows: number): [number, number] {
  if (selection.kind === "all") return [0, rows - 1];
  const from = range && selection.last ? selection.last.row : row;
  return [Math.min(from, row), Math.max(from, row)];
}

/**
 * Turns one user on or off; with `range` everybody between them and the one before becomes as they become. `shown` are
 * the users in their order, of `spanOf` at least. Where everybody who matches was selected, those who are shown stay, less
 * this one.
 */
export function toggle(
  selection: Selection,
  place: Place,
  shown: readonly string[],
  range: boolean,
): Selection {
  const on = !isSelected(selection, place.id);
  const ids = new Set(selection.kind === "all" ? shown : selection.ids);
  const last = selection.kind === "some" ? selection.last : null;
  for (const each of range ? between(shown, last?.id, place.id) : [place.id]) {
    if (on) ids.add(each);
    else ids.delete(each);
  }
  return { kind: "some", ids, last: place };
}

function between(shown: readonly string[], from: string | undefined, to: string): readonly string[] {
  const start = from === undefined ? -1 : shown.indexOf(from);
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
