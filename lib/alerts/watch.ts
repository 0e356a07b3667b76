import type { Logger } from "pino";
import { alertMessage, type Told } from "@/lib/alerts/message";
import { type Destination, type SendOptions, sendTo } from "@/lib/alerts/send";
import { type Centre, dataOf } from "@/lib/centre";

/** A message that is to be sent, as `alert_notices_take` has it. */
export interface Notice {
  id: string;
  phase: "start" | "end";
  attempt: number;
  alert: Told & { id: string; siteId: string | null; startedAt: string; endedAt: string | null };
  channel: Destination;
}

/** The worker of this process, if there is one. */
export interface Watched {
  name: string;
  /** When it last reached the centre, in milliseconds since 1970; 0 for never. */
  lastTickAt(): number;
  /** How long it counts as alive after it was seen to work. */
  aliveSeconds: number;
}

export interface WatchOptions extends SendOptions {
  centre: Centre;
  log: Logger;
  /** Where this Roster is, for links in messages. */
  origin: string | undefined;
  worker: Watched | undefined;
  now?: () => number;
}

/** More often, and the centre is asked in vain; less often, and alerts come late. */
const INTERVAL_MS = 10_000;
const TIDY_MS = 3_600_000;
/** A worker that has not reached the centre for longer than this is not called alive. */
const STALE_MS = 20_000;
const AT_ONCE = 20;
/** What was once the matter is looked up for as long as the log is kept. */
const REMEMBERED_DAYS = 90;

/**
 * Looks every ten seconds what is the matter and sends what is to be sent, beside the sync and never in its way. Every
 * server and every worker does: a dead worker cannot tell that it is dead.
 */
export function startWatch(options: WatchOptions): { stop(): void } {
  let troubled = false;
  let busy = false;
  let tidiedAt = 0;
  const turn = async () => {
    if (busy) return;
    busy = true;
    try {
      const tidy = Date.now() - tidiedAt > TIDY_MS;
      if (tidy) tidiedAt = Date.now();
      await watchOnce(options, { tidy });
      troubled = false;
    } catch (err) {
      if (!troubled) options.log.warn({ err }, "alerts could not be looked after; trying again");
      troubled = true;
    } finally {
      busy = false;
    }
  };
  void turn();
  const timer = setInterval(turn, INTERVAL_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

/** One look: says that the worker is alive, opens and ends alerts, and sends every message that is due. */
export async function watchOnce(
  options: WatchOptions,
  { tidy = false, calmSeconds = 30 } = {},
): Promise<void> {
  const { centre, worker, now = Date.now } = options;
  if (worker && now() - worker.lastTickAt() < STALE_MS) {
    dataOf(await centre.rpc("worker_beat", { worker: worker.name, seconds: worker.aliveSeconds }));
  }
  dataOf(await centre.rpc("alerts_evaluate", { calm_seconds: calmSeconds }));
  for (;;) {
    const notices = dataOf(await centre.rpc("alert_notices_take", { most: AT_ONCE }));
    await Promise.all(notices.map((notice) => deliver(notice, options)));
    if (notices.length < AT_ONCE) break;
  }
  if (!tidy) return;
  dataOf(await centre.rpc("alerts_forget", { days: REMEMBERED_DAYS }));
  dataOf(await centre.rpc("removals_forget", {}));
}

async function deliver({ id, phase, alert, channel }: Notice, options: WatchOptions): Promise<void> {
  const { kind, siteId, site, detail, startedAt, endedAt } = alert;
  const body = {
    type: phase === "start" ? "alert.started" : "alert.ended",
    alert: { id: alert.id, kind, siteId, site, detail, startedAt, endedAt: phase === "end" ? endedAt : null },
  };
  const message = { id: `alert_${id}`, body, ...alertMessage(alert, phase, options.origin) };
  const error = await sendTo(channel, message, options);
  if (error) options.log.warn({ channel: channel.id, error }, "an alert could not be sent");
  dataOf(await options.centre.rpc("alert_notice_settle", { notice: id, error }));
}
