import { createHash } from "node:crypto";
import { siteDelaySeconds } from "../core/backoff";
import type { FoundRow } from "../core/compare";
import { type Failure, policyOf } from "../core/failure";
import { UNIQUE_FIELDS } from "../core/mapped-fields";
import { type Mapping, mappedValue } from "../core/mapping";
import { normalKey } from "../core/normal-key";
import { type Planned, type PlannedSite, type PlannedUser, planUser } from "../core/planned";
import { readMapping } from "../core/saved-mapping";
import type { Clock } from "../ports";
import type { PageSeen, PlanCentre, PlanSample, PlanTurn, RowReader } from "./ports";

export interface PlanOptions {
  centre: PlanCentre;
  clock: Clock;
  /** Fires when this worker should stop: the page on its way is finished, no further one begun. */
  stopping: AbortSignal;
}

/** Samples of a kind and site; the centre keeps the first of all pages. */
const MOST_SAMPLES = 20;

/**
 * Goes on with comparing a plan's site until its end, the site fails, the lease is lost or the worker stops. One page of
 * users is in memory. `reader` is null for a site that cannot be read.
 */
export async function planSite(
  turn: PlanTurn,
  reader: RowReader | null,
  options: PlanOptions,
): Promise<void> {
  const { centre, stopping } = options;
  const mapping = readMapping(turn.site.mapping);
  if ("code" in mapping) return await failTurn(turn, mapping, options);
  const site: PlannedSite = { mapping, removal: turn.site.removal, passesConfirmed: turn.passesConfirmed };
  try {
    for (;;) {
      if (stopping.aborted) return await centre.giveBack(turn);
      const page = await centre.page(turn);
      if (page.kind === "lost") return;
      if (page.upto === null) {
        const rows = reader && turn.countsStrangers ? readable(await reader.count()) : null;
        return await centre.end(turn, rows);
      }
      const judged = await judge(turn, page.users, { reader, site, centre });
      if (!(await centre.record(turn, page.upto, summary(judged)))) return;
    }
  } catch (error) {
    if (error instanceof Unreadable) return await failTurn(turn, error.failure, options);
    // Somebody may wait for it: any worker may go on at once.
    await centre.giveBack(turn).catch(() => undefined);
    throw error;
  }
}

/** Records that the site could not be read: worth another attempt, unless somebody has to change something first. */
export async function failTurn(
  turn: PlanTurn,
  failure: Failure,
  { centre, clock }: Pick<PlanOptions, "centre" | "clock">,
): Promise<void> {
  if (policyOf(failure).kind !== "retry_site") return await centre.fail(turn, failure);
  const wait = siteDelaySeconds(turn.failures + 1, clock.random(), failure.retryAfterSeconds);
  await centre.fail(turn, failure, wait);
}

/** A user with what is done about them, and the row that this rests on. */
interface Judged {
  user: PlannedUser["user"];
  planned: Planned;
  found: FoundRow | undefined;
}

interface Judging {
  reader: RowReader | null;
  site: PlannedSite;
  centre: PlanCentre;
}

async function judge(turn: PlanTurn, users: readonly PlannedUser[], judging: Judging): Promise<Judged[]> {
  const { reader, site } = judging;
  if (!reader) {
    return users.map((one) => ({ user: one.user, planned: planUser(one, null, site), found: undefined }));
  }
  const rows = readable(await reader.rows(users.map(({ key }) => key)));
  const judged = users.map((one): Judged => {
    const found = rows.get(normalKey(one.key));
    return { user: one.user, planned: planUser(one, found, site), found };
  });
  const blocked = await blockedBy(turn, judged, { ...judging, reader });
  return judged.map((one) =>
    blocked.has(one.user.id) ? { ...one, planned: { kind: "skip", reason: "blocked", fields: [] } } : one,
  );
}

/** Who cannot be created, because a row of the site's own has what only one row may have. */
async function blockedBy(
  turn: PlanTurn,
  judged: readonly Judged[],
  { reader, site, centre }: Judging & { reader: RowReader },
): Promise<ReadonlySet<string>> {
  const created = judged.filter(({ planned }) => planned.kind === "create");
  const blocked = new Set<string>();
  if (created.length === 0) return blocked;
  for (const column of otherUniqueColumns(site.mapping)) {
    const wanted = ({ user }: Judged) => String(mappedValue(column.from, user) ?? "");
    const holders = readable(await reader.holders(column.column, created.map(wanted)));
    if (holders.size === 0) continue;
    // Rows that Roster wrote give way.
    const ours = await centre.ours(turn, [...holders.values()]);
    for (const one of created) {
      const holder = holders.get(wanted(one));
      if (holder !== undefined && !ours.has(holder)) blocked.add(one.user.id);
    }
  }
  return blocked;
}

function otherUniqueColumns({ columns, match }: Mapping) {
  return columns.filter(
    ({ column, from }) =>
      column !== match && from.kind === "field" && UNIQUE_FIELDS.some((one) => one === from.field),
  );
}

function summary(judged: readonly Judged[]): PageSeen {
  const marks = judged.map(markOf);
  const of = (kind: Planned["kind"]) => judged.filter(({ planned }) => planned.kind === kind);
  const departed = ({ planned }: Judged) => planned.kind === "remove" && planned.reason === "departed";
  return {
    users: judged.length,
    found: judged.filter(({ found }) => found !== undefined).length,
    digest: hash(marks.join("\n")),
    marks,
    emails: judged.map(({ user }) => user.email),
    create: of("create").length,
    update: of("update").length,
    remove: of("remove").length,
    departures: judged.filter(departed).length,
    skip: tally(of("skip").map(({ planned }) => reasonOf(planned) ?? "")),
    fields: tally(of("update").flatMap(({ planned }) => planned.fields.map(({ name }) => name))),
    samples: samplesOf(judged),
  };
}

/** What a decision rests on and what it is: when both are the same, nothing that matters has moved. */
function markOf({ user, planned, found }: Judged): string {
  return hash(
    JSON.stringify([user.id, planned.kind, reasonOf(planned), planned.fields, found ?? null]),
  ).slice(0, 16);
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

function reasonOf(planned: Planned): string | null {
  return "reason" in planned ? planned.reason : null;
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Where all is as it should be: that needs no example. */
const UNREMARKABLE = ["equal", "out_of_scope", "inactive"];

function samplesOf(judged: readonly Judged[]): PlanSample[] {
  const taken: Record<string, number> = {};
  return judged.flatMap(({ user, planned }) => {
    if (planned.kind === "skip" && UNREMARKABLE.includes(planned.reason)) return [];
    taken[planned.kind] = (taken[planned.kind] ?? 0) + 1;
    if ((taken[planned.kind] ?? 0) > MOST_SAMPLES) return [];
    const { kind, fields } = planned;
    return [{ kind, userId: user.id, email: user.email, reason: reasonOf(planned), fields }];
  });
}

class Unreadable extends Error {
  override name = "Unreadable";

  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

function readable<T>(answer: T | Failure): T {
  if (typeof answer === "object" && answer !== null && "code" in answer) throw new Unreadable(answer);
  return answer as T;
}
