import { siteDelaySeconds, userDelaySeconds } from "./core/backoff";
import { chunkBySize } from "./core/batch-size";
import { type Failure, policyOf } from "./core/failure";
import { type ClaimItem, planBatch } from "./core/plan";
import type { Clock, Outcome, SiteFailure, SiteWriter, WriteResult } from "./ports";

/** What became of a claim at its site. */
export interface Delivery {
  outcomes: Outcome[];
  /** Set when the site as a whole failed; what was not tried by then is returned. */
  siteFailure: SiteFailure | null;
  /** The site could not take a batch of this size. */
  tooLarge: boolean;
}

interface Target {
  userId: string;
  attempt: number;
}

/** Writes one claim to its site and says what became of each user. `failures`: the site's, in a row, so far. */
export async function deliver(
  writer: SiteWriter,
  items: readonly ClaimItem[],
  failures: number,
  clock: Clock,
): Promise<Delivery> {
  const plan = planBatch(items);
  const delivery: Delivery = {
    outcomes: plan.skips.map((userId) => ({ userId, kind: "skipped", durationMs: 0 })),
    siteFailure: null,
    tooLarge: false,
  };
  const send = <T extends Target>(
    targets: readonly T[],
    kind: "upserted" | "removed",
    write: (part: readonly T[]) => Promise<WriteResult>,
  ) => sendPart({ delivery, failures, clock, kind, write }, targets);

  // Removals first: an e-mail address that one user gives up may be another one's new one.
  await send(plan.removals, "removed", (part) => writer.remove(part.map(({ userId }) => userId)));
  const upserts = plan.upserts.map(({ row, attempt }) => ({ userId: row.id, row, attempt }));
  for (const chunk of chunkBySize(upserts)) {
    await send(chunk, "upserted", (part) => writer.upsert(part.map(({ row }) => row)));
  }
  return delivery;
}

interface Sending<T extends Target> {
  delivery: Delivery;
  failures: number;
  clock: Clock;
  kind: "upserted" | "removed";
  write: (part: readonly T[]) => Promise<WriteResult>;
}

/** Sends targets in one request; halves them while a single row could be what the site refuses. */
async function sendPart<T extends Target>(sending: Sending<T>, targets: readonly T[]): Promise<void> {
  const { delivery, kind, clock } = sending;
  if (targets.length === 0) return;
  if (delivery.siteFailure) {
    delivery.outcomes.push(
      ...targets.map(({ userId }) => ({ userId, kind: "returned" as const, durationMs: 0 })),
    );
    return;
  }
  const start = clock.now();
  const result = await sending.write(targets);
  const durationMs = Math.round(clock.now() - start);
  if (result.kind === "failed") {
    await handleFailure(sending, targets, result.failure, durationMs);
    return;
  }
  for (const target of targets) {
    const refusal =
      result.refused.get(target.userId) ?? (result.landed.has(target.userId) ? undefined : UNNAMED);
    delivery.outcomes.push(
      refusal ? failedUser(target, refusal, durationMs) : { userId: target.userId, kind, durationMs },
    );
  }
}

const UNNAMED: Failure = { code: "not_landed", message: "The site's answer did not name this user's row." };

async function handleFailure<T extends Target>(
  sending: Sending<T>,
  targets: readonly T[],
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
export function siteFailure(failure: Failure, failures: number, random: number): SiteFailure {
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
