import { createHash } from "node:crypto";
import type { Arena } from "@/tests/support/faults/arena";
import type { Effect } from "@/tests/support/received-users";

/** Whether somebody asked for this effect: its user's change itself, or a sync by hand. */
export type IsAskedFor = (effect: Effect) => boolean;

/**
 * What is wrong with the effects of one site's receiver, which dedupes by `webhook-id`.
 *
 * "No duplicate effect" means: the id stands for a site, a user, an event, a version (`updated_at`) and what asked for the
 * message, which is the change itself or one manual sync. However often, in whatever order and by however many workers a
 * message was sent, a receiver stores each id once; every stored id stands for something that was asked for, so the
 * change and each manual sync took effect once; and all effects of one version say exactly the same of the user, so
 * those of manual syncs change nothing.
 */
export function wrongEffects(effects: readonly Effect[], isAskedFor: IsAskedFor): string[] {
  const wrong: string[] = [];
  const ids = new Set<string>();
  const texts = new Map<string, string>();
  for (const effect of effects) {
    const { webhookId, userId, updatedAt, text } = effect;
    if (ids.has(webhookId)) wrong.push(`${userId}: ${webhookId} took effect twice`);
    if (!isAskedFor(effect)) wrong.push(`${userId}: nothing asked for ${webhookId}, ${text}`);
    const version = JSON.stringify([userId, updatedAt]);
    const before = texts.get(version) ?? text;
    if (before !== text) wrong.push(`${userId}: one version says ${before} and ${text}`);
    ids.add(webhookId);
    texts.set(version, text);
  }
  return wrong;
}

/** Wrong effects at an arena's endpoints since this was last asked. */
export async function wrongEffectsSince(arena: Arena): Promise<string[]> {
  const runs = await arena.withCentre(
    (sql) => sql<{ id: string; site: string; user: string | null }[]>`
      select r.id, t.site_id as site, r.user_id as user
      from sync_runs r join sync_run_sites t on t.run_id = r.id order by r.started_at desc`,
  );
  return arena.endpoints.flatMap(({ id, name, receiver }) => {
    receiver.deliveries.length = 0; // an hour of them would fill the memory
    const isAskedFor: IsAskedFor = (effect) => {
      const asking = runs.filter(
        ({ site, user }) => site === id && (user ?? effect.userId) === effect.userId,
      );
      return [null, ...asking].some((run) => webhookId(id, effect, run?.id ?? null) === effect.webhookId);
    };
    return wrongEffects(receiver.store.takeEffects(), isAskedFor).map((problem) => `${name}, ${problem}`);
  });
}

/** The id of a message, made as lib/sync/README.md says. */
function webhookId(siteId: string, { userId, event, updatedAt }: Effect, runId: string | null): string {
  const thing = JSON.stringify([siteId, userId, event, updatedAt, runId]);
  return `msg_${createHash("sha256").update(thing).digest("base64url").slice(0, 32)}`;
}
