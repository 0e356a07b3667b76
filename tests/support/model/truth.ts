import type { UserProfile } from "@/lib/sync/core/plan";
import { type IsAskedFor, wrongEffects } from "@/tests/support/faults/effects";
import { ModelEndpoint } from "@/tests/support/model/endpoint";
import type { MessageName } from "@/tests/support/model/endpoint-writer";
import type { ModelRun } from "@/tests/support/model/schedule";
import { type CentreState, isActive, type SiteState } from "@/tests/support/model/state";
import { statusOf } from "@/tests/support/model/status";

/** What is not as it should be once all work is done: nothing. */
export function* differences({ centre: { state }, sites }: ModelRun): Generator<string> {
  if (state.queue.length > 0) yield "news is left in the queue";
  for (const site of state.sites) {
    if (site.claims.size > 0) yield `${site.id} has an unsettled claim`;
    if (site.runs.some(({ finished }) => !finished)) yield `${site.id} has a run that never ended`;
    const rows = sites.get(site.id)?.rows ?? new Map<string, object>();
    for (const id of new Set([...state.users.keys(), ...state.deleted.keys(), ...rows.keys()])) {
      yield* differencesOf(state, site, id, rows.get(id));
    }
  }
}

function* differencesOf(state: CentreState, site: SiteState, id: string, there: object | undefined) {
  const status = statusOf(state, site, id) ?? "no status";
  if (isActive(state, id)) {
    if (text(there) !== text(siteRow(site, state.users.get(id))))
      yield `${site.id} has ${text(there)} of ${id}`;
    if (status !== "synced") yield `${site.id} says ${status} of ${id}, who is active`;
    return;
  }
  if (there && site.removal.kind !== "keep") yield `${site.id} still has ${id}`;
  if (there && status === "removed") yield `${site.id} says removed of ${id} and has the row`;
  if (!["removed", "kept", "no status"].includes(status))
    yield `${site.id} says ${status} of ${id}, who left`;
}

/** The columns that a site gets. */
function siteRow({ kind }: SiteState, user: UserProfile | undefined): object | undefined {
  if (!user) return undefined;
  const { status: _, created_at, ...row } = user;
  return kind === "webhook" ? row : { ...row, created_at };
}

/** What took effect at webhook sites and should not have, since this was last asked. */
export function wrongEffectsIn({ centre: { state }, sites }: ModelRun): string[] {
  return state.sites.flatMap((site) => {
    const endpoint = sites.get(site.id);
    if (!(endpoint instanceof ModelEndpoint)) return [];
    return wrongEffects(endpoint.store.takeEffects(), isAskedForAt(site));
  });
}

function isAskedForAt(site: SiteState): IsAskedFor {
  return ({ webhookId, userId, event, updatedAt }) => {
    const name: MessageName = JSON.parse(webhookId);
    const { runId } = name;
    const run = site.runs.find((one) => one.runId === runId);
    const asked = runId === null || (run !== undefined && (run.userId ?? userId) === userId);
    const expected: MessageName = { siteId: site.id, userId, event, updatedAt, runId };
    return asked && webhookId === JSON.stringify(expected);
  };
}

function text(row: object | undefined): string {
  return row ? JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))) : "nothing";
}
