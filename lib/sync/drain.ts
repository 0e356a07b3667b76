import {
  type BatchSize,
  FIRST_BATCH,
  nextBatchSize,
  sizeAfterFailure,
  usersThatFit,
} from "./core/batch-size";
import type { Failure } from "./core/failure";
import { type Delivery, deliverBatch } from "./deliver";
import type {
  Batch,
  Centre,
  Claim,
  Clock,
  LeasedSite,
  Log,
  OpenSite,
  SiteWriter,
  WriteResult,
} from "./ports";

export interface DrainOptions {
  centre: Centre;
  openSite: OpenSite;
  clock: Clock;
  log: Log;
  /** Fires when this worker should stop: the batch on its way is finished, no further one begun. */
  stopping: AbortSignal;
  /** Fires a moment later: what is still on its way then is given up, and in doubt. */
  aborting: AbortSignal;
  leaseSeconds: number;
  /** Batch sizes by site id, kept between drains. */
  batchSizes: Map<string, BatchSize>;
}

/**
 * Sends a leased site everything it needs, then gives the lease back. While one batch is on its way the next is
 * claimed and the last one settled. Ends early when the site fails, the lease is lost or the worker stops. The lease is
 * counted from `askedAt`, before it was asked for: this process may have been frozen until its answer was read.
 */
export async function drainSite(site: LeasedSite, askedAt: number, options: DrainOptions): Promise<void> {
  const keeper = keepLease(site, askedAt, options);
  let released = false;
  try {
    const opened = await options.openSite(site, options.aborting);
    const held = "code" in opened ? failingWriter(opened) : whileHeld(opened, keeper.isHeld);
    const writer = site.look && !("code" in opened) ? await lookFirst(site, held, options) : held;
    if (!writer) return;
    if (site.inspect) await inspect(site, writer, options);
    released = await drainBatches(site, writer, options, keeper);
  } finally {
    keeper.stop();
    if (!released) await options.centre.releaseSite(site);
  }
}

/**
 * Looks whether a site that is new has rows already, and answers what to write to it with: null when it has, since nothing
 * is written then before somebody has decided about them.
 */
async function lookFirst(
  site: LeasedSite,
  writer: SiteWriter,
  { centre }: DrainOptions,
): Promise<SiteWriter | null> {
  const found = (await writer.hasRows?.()) ?? false;
  if (typeof found === "object") return failingWriter(found);
  return (await centre.recordLook(site, found)) ? writer : null;
}

/** More would show more of the same: what matters is whether there are any. */
const INSPECTED_ROWS = 500;

/** Looks whether the site has newer rows than the list, which happens when the centre was restored from a backup. */
async function inspect(site: LeasedSite, writer: SiteWriter, { centre, log }: DrainOptions): Promise<void> {
  const rows = (await writer.newest?.(INSPECTED_ROWS)) ?? null;
  if (!rows) log.info({ site: site.name }, "the site's newest rows could not be read");
  await centre.recordNewest(site, rows);
}

/** Returns whether the lease was given back with the last settle. */
async function drainBatches(
  site: LeasedSite,
  writer: SiteWriter,
  options: DrainOptions,
  { lost, whileReleasing }: ReturnType<typeof keepLease>,
): Promise<boolean> {
  const { centre, batchSizes, stopping } = options;
  const largest = writer.largestBatch ?? Number.POSITIVE_INFINITY;
  // A site in trouble is probed with one user; what it says of that one holds for all.
  let size = site.failures > 0 ? 1 : Math.min(known(site, batchSizes).users, largest);
  let failures = site.failures;
  const world = { clock: options.clock, displace: (ids: readonly string[]) => centre.displace(site, ids) };
  let settling: Promise<unknown> = Promise.resolve();
  let asked = size; // for the batch in hand; the next one is claimed before it is known how that went
  let claim: Claim = site.claim ?? (await centre.claim(site, size));
  while (true) {
    if (claim.kind !== "batch") {
      await settling;
      // Asked again once everything has settled: users who changed on the way were held back until then.
      if (claim.kind === "lost" || lost.aborted || stopping.aborted) return false;
      asked = size;
      claim = await centre.claim(site, size);
      if (claim.kind !== "batch") return false;
    }
    const batch: Batch = claim;
    // A full batch is likely followed by another; a part of one is likely the last.
    const full = batch.users >= asked && asked > 1 && !stopping.aborted;
    const askedNext = size;
    const next = full ? centre.claim(site, askedNext) : undefined;
    next?.catch(() => undefined); // awaited below, when the batch has been delivered
    const began = options.clock.now();
    const delivery = await deliverBatch(writer, batch, { removal: site.removal, failures }, world);
    const tookMs = options.clock.now() - began;
    await settling;
    if (!next && !delivery.siteFailure) {
      const last = whileReleasing(() => settle(site, batch, delivery, options, true));
      if ((await last) === "released") return true;
    } else {
      settling = settle(site, batch, delivery, options);
      settling.catch(() => undefined);
    }
    if (delivery.siteFailure || lost.aborted || stopping.aborted) {
      if (delivery.siteFailure)
        batchSizes.set(site.id, sizeAfterFailure(known(site, batchSizes), batch.users, tookMs));
      await settling;
      await giveBack(site, await next, options);
      return false;
    }
    failures = 0;
    size = Math.min(adapt(site, asked, { batch, delivery, tookMs }, batchSizes), largest);
    asked = askedNext;
    claim = next ? await next : { kind: "empty" };
  }
}

const known = ({ id }: LeasedSite, batchSizes: DrainOptions["batchSizes"]) =>
  batchSizes.get(id) ?? FIRST_BATCH;

function adapt(
  site: LeasedSite,
  asked: number,
  { batch, delivery, tookMs }: { batch: Batch; delivery: Delivery; tookMs: number },
  batchSizes: Map<string, BatchSize>,
): number {
  const before = known(site, batchSizes);
  if (asked === 1 && site.failures > 0) return before.users; // the probe went through
  const taken = delivery.tooLarge ? "too_large" : batch.users >= asked ? "all" : "part";
  const { rows, users } = batch;
  const room = rows ? usersThatFit({ bytes: rows.body.byteLength, users }) : Number.POSITIVE_INFINITY;
  const next = nextBatchSize({ ...before, users: asked }, taken, tookMs);
  const adapted = { ...next, users: Math.min(next.users, room) };
  batchSizes.set(site.id, adapted);
  return adapted.users;
}

/** Settles a claim that was made ahead and will not be sent. */
async function giveBack(site: LeasedSite, claim: Claim | undefined, { centre }: DrainOptions): Promise<void> {
  if (claim?.kind !== "batch") return;
  const outcomes = claim.items.map(({ userId }) => ({ userId, kind: "returned" as const, durationMs: 0 }));
  await centre.settle(site, claim.claimId, outcomes, null);
}

const SETTLE_ATTEMPTS = 5;

/**
 * Settles, again when the centre does not answer: a settle is recorded once, however often it arrives. The last one gives
 * the lease back, unless there is more.
 */
async function settle(
  site: LeasedSite,
  batch: Batch,
  { outcomes, siteFailure }: Delivery,
  { centre, clock, log, stopping }: DrainOptions,
  isLast = false,
): Promise<"released" | "more" | "lost"> {
  for (let attempt = 1; ; attempt++) {
    try {
      const came = isLast
        ? await centre.settleLast(site, batch.claimId, outcomes)
        : (await centre.settle(site, batch.claimId, outcomes, siteFailure))
          ? "more"
          : "lost";
      if (came === "lost")
        log.warn({ site: site.name }, "lease lost before settling; these users are sent again");
      return came;
    } catch (error) {
      if (attempt === SETTLE_ATTEMPTS) throw error;
      await clock.sleep(100 * 2 ** attempt, stopping);
    }
  }
}

/** Prolongs the lease three times in its length for as long as the drain goes on. */
function keepLease(site: LeasedSite, askedAt: number, { centre, clock, leaseSeconds, log }: DrainOptions) {
  const done = new AbortController();
  const lost = new AbortController();
  let heldUntil = askedAt + leaseSeconds * 1000;
  let isReleasing = false;
  const loop = async () => {
    while (!done.signal.aborted) {
      await clock.sleep((leaseSeconds * 1000) / 3, done.signal);
      if (done.signal.aborted) return;
      const asked = clock.now();
      const answer = await centre.renewLease(site, leaseSeconds).catch(() => null);
      if (done.signal.aborted) return; // given back meanwhile
      if (answer) heldUntil = asked + leaseSeconds * 1000;
      if (answer === false && isReleasing) continue; // the settle that gives it back says what became of it
      if (answer === false) {
        log.warn({ site: site.name }, "lease lost");
        lost.abort();
        return;
      }
    }
  };
  void loop();
  const whileReleasing = async (release: () => ReturnType<typeof settle>) => {
    isReleasing = true;
    const came = await release();
    isReleasing = came === "released"; // a renewal may still be on its way
    return came;
  };
  return {
    lost: lost.signal,
    isHeld: () => clock.now() < heldUntil,
    whileReleasing,
    stop: () => done.abort(),
  };
}

/**
 * Writes only while the lease is known to be held: a process that was frozen, or that has not reached the centre for
 * the length of a lease, would put old rows over another worker's newer ones. What it claimed is in doubt then.
 */
function whileHeld(writer: SiteWriter, isHeld: () => boolean): SiteWriter {
  const held = <A extends unknown[], T>(write: (...args: A) => Promise<T>) => {
    return async (...args: A) => {
      if (!isHeld()) throw new Error("The lease may be over");
      return await write(...args);
    };
  };
  const { upsert, putRows, remove, vacate } = writer;
  return {
    ...writer,
    upsert: held(upsert),
    remove: held(remove),
    ...(putRows && { putRows: held(putRows) }),
    ...(vacate && { vacate: held(vacate) }),
  };
}

/** Stands in for a site that cannot even be opened, so that its failure is recorded like any other. */
function failingWriter(failure: Failure): SiteWriter {
  const fail = () => Promise.resolve<WriteResult>({ kind: "failed", failure });
  return { upsert: fail, remove: fail };
}
