import { type Failure, policyOf } from "./failure";
import type { Target } from "./plan";
import { classifyWebhook, type WebhookAnswer } from "./webhook-answer";

/** What became of users who were sent one by one; nothing is known of those who are in none of the three. */
export interface Sent {
  landed: ReadonlySet<string>;
  refused: ReadonlyMap<string, Failure>;
  untried: ReadonlySet<string>;
  /** Set when the site as a whole failed. */
  failure?: Failure;
}

interface OneByOneOptions {
  /** The site has failed when it broke down at so many users in a row. */
  mostSuspects: number;
  /** The site was seen alive just before, and is sent a single user. */
  wasUp: boolean;
}

/**
 * Hands out the users of a batch and judges the answers. A receiver that breaks down (5xx) at one user may be broken
 * itself or only stumble over this user: others who land afterwards decide it.
 */
export class OneByOne {
  readonly #queue: Target[];
  readonly #options: OneByOneOptions;
  readonly #landed = new Set<string>();
  readonly #refused = new Map<string, Failure>();
  /** Users at whom the receiver broke down since the last one who landed. */
  readonly #suspects = new Map<string, Failure>();
  #failure: Failure | undefined;

  constructor(targets: readonly Target[], options: OneByOneOptions) {
    this.#queue = [...targets];
    this.#options = options;
  }

  /** The next user to send; undefined when all were or the site has failed. */
  next(): Target | undefined {
    return this.#failure ? undefined : this.#queue.shift();
  }

  record({ userId, attempt }: Target, answer: WebhookAnswer): void {
    const failure = classifyWebhook(answer);
    if (!failure) this.#land(userId);
    else if (policyOf(failure).kind === "fail_user") this.#refused.set(userId, failure);
    else if (failure.code === "unreachable" && (answer.status >= 500 || this.#options.wasUp)) {
      this.#suspect(userId, attempt, failure);
    } else this.#failure ??= failure;
  }

  #land(userId: string): void {
    this.#landed.add(userId);
    this.#chargeSuspects();
  }

  #chargeSuspects(): void {
    for (const [userId, failure] of this.#suspects) this.#refused.set(userId, atThisUser(failure));
    this.#suspects.clear();
  }

  #suspect(userId: string, attempt: number, failure: Failure): void {
    // Who has failed alone before needs no further evidence, or the site would wait at each of their attempts.
    if (attempt > 1) return void this.#refused.set(userId, atThisUser(failure));
    this.#suspects.set(userId, failure);
    if (this.#suspects.size >= this.#options.mostSuspects) this.#failure ??= failure;
  }

  /**
   * The verdict, when all answers are in. A site that was up and failed at its only user stays in trouble, but that
   * user is charged an attempt, so that another one goes first next time.
   */
  close(): Sent {
    const [first] = this.#suspects.values();
    this.#failure ??= this.#landed.size === 0 ? first : undefined;
    if (!this.#failure || this.#options.wasUp) this.#chargeSuspects();
    const failure = this.#failure;
    const untried = new Set(this.#queue.map(({ userId }) => userId));
    return { landed: this.#landed, refused: this.#refused, untried, ...(failure && { failure }) };
  }
}

function atThisUser(failure: Failure): Failure {
  return { ...failure, code: "endpoint_failed" };
}
