import { siteDelaySeconds, userDelaySeconds } from "./core/backoff";
import { chunkBySize, fitsRequest } from "./core/batch-size";
import { type Failure, policyOf } from "./core/failure";
import { type ClaimItem, planBatch, planRows, type Target } from "./core/plan";
import { rowJson } from "./core/row-json";
import { type Displace, upsertMakingRoom } from "./make-room";
import type {
  Batch,
  Clock,
  LeasedSite,
  Outcome,
  Replies,
  SiteFailure,
  SiteWriter,
  WriteResult,
} from "./ports";

/** What became of a claim at its site. */
export interface Delivery {
  outcomes: Outcome[];
  /** Set when the site as a whole failed; what was not tried by then is returned. */
  siteFailure: SiteFailure | null;
  /** The site could not take a batch of this size. */
  tooLarge: boolean;
}

/** Writes one claim to its site and says what became of each user. `failures`: the site's, in a row, so far. */
export async function deliver(
  writer: SiteWriter,
  items: readonly ClaimItem[],
  { removal, failures, body }: Pick<LeasedSite, "removal" | "failures"> & Pick<Batch, "body">,
  { clock, displace }: { clock: Clock; displace: Displace },
): Promise<Delivery> {
  const plan = body === undefined ? planBatch(items, removal) : planRows(items);
  const delivery: Delivery = {
    outcomes: [...plan.skips.map(unsent("skipped")), ...plan.kept.map(unsent("kept"))],
    siteFailure: null,
    tooLarge: false,
  };
  const send = (targets: readonly Target[], kind: SentKind, write: Sending["write"]) =>
    sendPart({ delivery, failures, clock, kind, write }, targets);

  // Removals first: an e-mail address that one user gives up may be another one's new one.
  const left = removal.kind === "deactivate" ? "deactivated" : "removed";
  await send(plan.removals, left, (part) => writer.remove(part));
  const whole = body !== undefined && fitsRequest(body);
  for (const chunk of whole ? [plan.upserts] : chunkBySize(plan.upserts, ({ row }) => rowJson(row))) {
    await send(chunk, "upserted", (part) =>
      upsertMakingRoom(writer, part, displace, part === plan.upserts ? body : undefined),
    );
  }
  return delivery;
}

function unsent(kind: "skipped" | "kept" | "returned") {
  return (userId: string): Outcome => ({ userId, kind, durationMs: 0 });
}

type SentKind = "upserted" | "removed" | "deactivated";

interface Sending {
  delivery: Delivery;
  failures: number;
  clock: Clock;
  kind: SentKind;
  write: (part: readonly Target[]) => Promise<WriteResult>;
}

/** Sends targets in one request; halves them while a single row could be what the site refuses. */
async function sendPart(sending: Sending, targets: readonly Target[]): Promise<void> {
  const { delivery, clock } = sending;
  if (targets.length === 0) return;
  if (delivery.siteFailure) {
    delivery.outcomes.push(...targets.map(({ userId }) => userId).map(unsent("returned")));
    return;
  }
  const start = clock.now();
  const result = await sending.write(targets);
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
