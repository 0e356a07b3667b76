import { siteDelaySeconds, userDelaySeconds } from "./core/backoff";
import { chunkBySize, fitsRequest } from "./core/batch-size";
import { type Failure, policyOf } from "./core/failure";
import { type ClaimItem, planBatch, type Target } from "./core/plan";
import { rowJson } from "./core/row-json";
import { type Displace, upsertMakingRoom } from "./make-room";
import type {
  Batch,
  BatchRows,
  Clock,
  LeasedSite,
  Outcome,
  Outcomes,
  Replies,
  SiteFailure,
  SiteWriter,
  WriteResult,
} from "./ports";

/** What became of a claim at its site. */
export interface Delivery {
  outcomes: Outcomes;
  /** Set when the site as a whole failed; what was not tried by then is returned. */
  siteFailure: SiteFailure | null;
  /** The site could not take a batch of this size. */
  tooLarge: boolean;
}

type Trouble = Pick<LeasedSite, "removal" | "failures">;
type World = { clock: Clock; displace: Displace };

/** Writes one claim to its site and says what became of it. `failures`: the site's, in a row, so far. */
export async function deliverBatch(
  writer: SiteWriter,
  batch: Batch,
  { removal, failures }: Trouble,
  world: World,
): Promise<Delivery> {
  const { rows, users } = batch;
  if (!rows || !writer.putRows) return await deliver(writer, batch.items, { removal, failures }, world);
  if (!fitsRequest(rows.body)) {
    const parts = await deliver(writer, batch.items, { removal, failures }, world);
    return { ...parts, tooLarge: true };
  }
  const startedAt = world.clock.now();
  const put = await writer.putRows(rows);
  if (put === "all") return landed(rows, users, Math.round(world.clock.now() - startedAt));
  const tried = put === "some" ? undefined : { failure: put, startedAt };
  return await deliver(writer, batch.items, { removal, failures, tried }, world);
}

function landed(rows: BatchRows, users: number, durationMs: number): Delivery {
  const each = () => rows.ids().map((userId) => ({ userId, kind: "upserted" as const, durationMs }));
  return { outcomes: { users, durationMs, each }, siteFailure: null, tooLarge: false };
}

/** How everybody at once failed just now. */
interface Tried {
  failure: Failure;
  startedAt: number;
}

/** Writes users to a site and says what became of each. */
export async function deliver(
  writer: SiteWriter,
  items: readonly ClaimItem[],
  { removal, failures, tried }: Trouble & { tried?: Tried | undefined },
  { clock, displace }: World,
): Promise<Delivery & { outcomes: Outcome[] }> {
  const plan = planBatch(items, removal);
  const delivery: Sending["delivery"] = {
    outcomes: [...plan.skips.map(unsent("skipped")), ...plan.kept.map(unsent("kept"))],
    siteFailure: null,
    tooLarge: false,
  };
  const send = (targets: readonly Target[], kind: SentKind, write: Sending["write"], failed?: Tried) =>
    sendPart({ delivery, failures, clock, kind, write }, targets, failed);

  // Removals first: an e-mail address that one user gives up may be another one's new one.
  const left = removal.kind === "deactivate" ? "deactivated" : "removed";
  await send(plan.removals, left, (part) => writer.remove(part));
  const put = (part: readonly Target[]) => upsertMakingRoom(writer, part, displace);
  // One alone is tried again: room may be made for it.
  const known = plan.upserts.length > 1 ? tried : undefined;
  if (known) await send(plan.upserts, "upserted", put, known);
  else {
    for (const chunk of chunkBySize(plan.upserts, ({ row }) => rowJson(row)))
      await send(chunk, "upserted", put);
  }
  return delivery;
}

function unsent(kind: "skipped" | "kept" | "returned") {
  return (userId: string): Outcome => ({ userId, kind, durationMs: 0 });
}

type SentKind = "upserted" | "removed" | "deactivated";

interface Sending {
  delivery: Delivery & { outcomes: Outcome[] };
  failures: number;
  clock: Clock;
  kind: SentKind;
  write: (part: readonly Target[]) => Promise<WriteResult>;
}

/** Sends targets in one request; halves them while a single row could be what the site refuses. */
async function sendPart(sending: Sending, targets: readonly Target[], tried?: Tried): Promise<void> {
  const { delivery, clock } = sending;
  if (targets.length === 0) return;
  if (delivery.siteFailure) {
    delivery.outcomes.push(...targets.map(({ userId }) => userId).map(unsent("returned")));
    return;
  }
  const start = tried?.startedAt ?? clock.now();
  const result: WriteResult = tried
    ? { kind: "failed", failure: tried.failure }
    : await sending.write(targets);
  const durationMs = Math.round(clock.now() - start);
  if (result.kind === "failed") {
    const { before, untried } = result;
    const answered = targets.filter(
      ({ userId }) => before?.landed.has(userId) || before?.refused.has(userId),
    );
    if (before) recordReplies(sending, answered, before, durationMs);
    delivery.outcomes.push(...[...(untried ?? [])].map(unsent("returned")));
    const open = targets.filter((target) => !answered.includes(target) && !untried?.has(target.userId));
    await handleFailure(sending, open, result.failure, durationMs);
    return;
  }
  if (storesNothing(targets, result)) {
    await handleFailure(sending, targets, STORES_NOTHING, durationMs);
    return;
  }
  recordReplies(sending, targets, result, durationMs);
}

function recordReplies(
  { delivery, kind }: Sending,
  targets: readonly Target[],
  { landed, refused }: Replies,
  durationMs: number,
): void {
  for (const target of targets) {
    const refusal = refused.get(target.userId) ?? (landed.has(target.userId) ? undefined : UNNAMED);
    delivery.outcomes.push(
      refusal ? failedUser(target, refusal, durationMs) : { userId: target.userId, kind, durationMs },
    );
  }
}

/** One row that did not land may be that row's doing; when none of several did, it is the table's. */
function storesNothing(targets: readonly Target[], { landed, refused }: Replies): boolean {
  if (targets.length < 2 || landed.size > 0) return false;
  return targets.every(({ userId }) => (refused.get(userId) ?? UNNAMED).code === "not_landed");
}

const STORES_NOTHING: Failure = {
  code: "not_permitted",
  message: "The site accepts Roster's requests but does not store what they hold.",
};

const UNNAMED: Failure = { code: "not_landed", message: "The site's answer did not name this user's row." };

async function handleFailure(
  sending: Sending,
  targets: readonly Target[],
  failure: Failure,
  durationMs: number,
): Promise<void> {
  const { delivery, failures, clock } = sending;
  const policy = policyOf(failure);
  if (policy.kind === "split_batch") delivery.tooLarge = true;
  if (policy.kind === "split_batch" || policy.kind === "fail_user") {
    const [only] = targets;
    if (only && targets.length === 1) {
      delivery.outcomes.push(failedUser(only, failure, durationMs));
      return;
    }
    const middle = Math.ceil(targets.length / 2);
    await sendPart(sending, targets.slice(0, middle));
    await sendPart(sending, targets.slice(middle));
    return;
  }
  delivery.siteFailure = siteFailure(failure, failures + 1, clock.random());
  const { code, message } = failure;
  delivery.outcomes.push(
    ...targets.map(({ userId }) => ({
      userId,
      kind: "returned" as const,
      durationMs,
      errorCode: code,
      error: message,
    })),
  );
}

function failedUser({ userId, attempt }: Target, { code, message }: Failure, durationMs: number): Outcome {
  const retryIn = userDelaySeconds(attempt);
  return {
    userId,
    kind: "failed",
    durationMs,
    errorCode: code,
    error: message,
    ...(retryIn === undefined ? {} : { retryIn }),
  };
}

/** What a failure means for the whole site after `failures` in a row. Only for policies about sites. */
function siteFailure(failure: Failure, failures: number, random: number): SiteFailure {
  const policy = policyOf(failure);
  const base = { errorCode: failure.code, error: failure.message };
  switch (policy.kind) {
    case "block_site":
      return {
        ...base,
        health: "blocked",
        ...(policy.probeSeconds === undefined ? {} : { retryIn: policy.probeSeconds }),
      };
    case "retry_site":
      return {
        ...base,
        health: "degraded",
        retryIn: siteDelaySeconds(failures, random, failure.retryAfterSeconds),
      };
    case "fail_user":
    case "split_batch":
      throw new Error(`${failure.code} is not about a whole site`);
  }
}
