import { asText, differs, expectedRow, type FoundRow } from "./compare";
import type { MappedUser, Mapping } from "./mapping";
import type { RemovalPolicy } from "./plan";

/** A user as an action would have them, with what the centre knows of them at the site. */
export interface PlannedUser {
  user: MappedUser & { status: "active" | "inactive" };
  /** Active, and the site gets them. */
  inScope: boolean;
  /** Roster wrote the row there. */
  there: boolean;
  /** The site has confirmed the row that the list has. */
  confirmed: boolean;
  /** Of who left the list or the site's scope: whether the removal guard has yet to decide, and what it decided. */
  departure: "open" | "held" | "allowed" | null;
  /** A row that stands under the key is the site's own, which Roster does not write over. */
  foreign: boolean;
  /** Under which key the row stands, or would. */
  key: string;
  /** That row is another user's. */
  taken: boolean;
}

/** What a site's rules are by the plan. */
export interface PlannedSite {
  mapping: Mapping;
  removal: RemovalPolicy;
  /** Rows that the site has confirmed are passed over. */
  passesConfirmed: boolean;
}

/** A column that is written: `here` as it is to be, `there` as it is. */
export interface PlannedField {
  name: string;
  here: string | null;
  there: string | null;
}

/** Why nothing is done about a user at a site. */
type SkipReason = "equal" | "left_alone" | "out_of_scope" | "inactive" | "kept" | "held" | "blocked";

/** What an action does to a user at a site. */
export type Planned = { fields: readonly PlannedField[] } & (
  | { kind: "create" | "update" }
  | { kind: "remove"; reason: "departed" | "out_of_scope" }
  | { kind: "skip"; reason: SkipReason }
);

/**
 * Decides what an action does to a user at a site, as the engine will: an active user in scope is put there, another is
 * taken away if Roster wrote the row. `found` is the site's row; null where the site cannot be read, and what is
 * recorded of it has to do.
 */
export function planUser(
  planned: PlannedUser,
  found: FoundRow | undefined | null,
  site: PlannedSite,
): Planned {
  return planned.inScope ? planRow(planned, found, site) : planRemoval(planned, found, site);
}

function planRow(
  { user, confirmed, taken, foreign, there }: PlannedUser,
  found: FoundRow | undefined | null,
  { mapping, removal, passesConfirmed }: PlannedSite,
): Planned {
  if (taken || (foreign && found)) return skip("blocked");
  if (found === null) return confirmed ? skip("equal") : { kind: there ? "update" : "create", fields: [] };
  const fields = found ? changes(mapping, user, removal, found) : contents(mapping, user);
  if (found && fields.length === 0) return skip("equal");
  if (passesConfirmed && confirmed) return skip("left_alone", fields);
  return { kind: found ? "update" : "create", fields };
}

function planRemoval(
  { user, there, departure }: PlannedUser,
  found: FoundRow | undefined | null,
  { removal }: PlannedSite,
): Planned {
  const outside = user.status === "active" ? "out_of_scope" : "inactive";
  if (found === undefined || (found === null && !there)) return skip(outside);
  if (!there) return skip("left_alone");
  if (removal.kind === "keep") return skip("kept");
  if (removal.kind === "deactivate" && found?.[removal.column] === false) return skip("equal");
  if (departure === "held") return skip("held");
  const fields =
    removal.kind === "deactivate" && found
      ? [{ name: removal.column, here: "false", there: asText(found[removal.column]) }]
      : [];
  return { kind: "remove", reason: departure === "open" ? "departed" : "out_of_scope", fields };
}

function skip(reason: SkipReason, fields: readonly PlannedField[] = []): Planned {
  return { kind: "skip", reason, fields };
}

function changes(
  mapping: Mapping,
  user: MappedUser,
  removal: RemovalPolicy,
  found: FoundRow,
): PlannedField[] {
  const fields = differs(mapping, user, found).map(({ column, here, there }) => ({
    name: column,
    here: asText(here),
    there: asText(there),
  }));
  // Whoever is put there is marked as active, where the site marks who left.
  return removal.kind === "deactivate" && found[removal.column] !== true
    ? [...fields, { name: removal.column, here: "true", there: asText(found[removal.column]) }]
    : fields;
}

function contents(mapping: Mapping, user: MappedUser): PlannedField[] {
  return Object.entries(expectedRow(mapping, user))
    .map(([name, value]) => ({ name, here: asText(value), there: null }))
    .filter(({ here }) => here !== null);
}
