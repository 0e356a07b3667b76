import { z } from "zod";
import type { ClaimItem, UserProfile } from "../core/plan";
import type { Claim, Outcome } from "../ports";

const trigger = z.enum(["change", "retry", "manual", "full"]);
const status = z.enum(["active", "inactive", "deleted", "out_of_scope"]);

/** A user's row, as any call of the centre answers it. */
export const userRow = z.object({
  id: z.string(),
  clerk_user_id: z.string(),
  email: z.string(),
  full_name: z.string().nullable(),
  role: z.string(),
  team: z.string().nullable(),
  department: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
});
const profile = userRow.extend({ status });

const item = z.object({
  userId: z.string(),
  trigger,
  attempt: z.number(),
  runId: z.string().nullable(),
  written: z.boolean(),
  user: profile,
});

const texts = z.array(z.string());
const textsOrNull = z.array(z.string().nullable());

/** A batch in columns, which PostgreSQL makes in a tenth of the time that objects take it; all of one length. */
const columns = z.object({
  kind: z.literal("users"),
  claimId: z.string(),
  userIds: texts,
  triggers: z.array(trigger),
  attempts: z.array(z.number()),
  runIds: textsOrNull,
  written: z.array(z.boolean()),
  users: z.object({
    clerk_user_id: texts,
    email: texts,
    full_name: textsOrNull,
    role: texts,
    team: textsOrNull,
    department: textsOrNull,
    status: z.array(status),
    created_at: texts,
    updated_at: texts,
  }),
});
type Columns = z.infer<typeof columns>;

/** Answer of `sync_claim`. */
export const claim = z
  .discriminatedUnion("kind", [
    columns,
    z.object({ kind: z.literal("batch"), claimId: z.string(), items: z.array(item) }),
    z.object({ kind: z.literal("empty") }),
    z.object({ kind: z.literal("lost") }),
  ])
  .transform((answer): Claim => {
    if (answer.kind !== "users") return answer;
    return { kind: "batch", claimId: answer.claimId, items: answer.userIds.map((_, n) => itemAt(answer, n)) };
  });

/** A batch of active users before its rows, which are as their site's API takes them. */
const rowsHead = z.object({
  kind: z.literal("rows"),
  claimId: z.string(),
  userIds: texts,
  triggers: z.array(trigger).or(trigger),
  attempts: z.array(z.number()),
  runIds: textsOrNull.or(z.string()),
  written: z.array(z.boolean()),
});
const rows = z.array(profile.omit({ status: true }));

// Within a text a quotation mark has a backslash before it, so this can only be the field.
const ROWS_FIELD = /,\s*"rows"\s*:\s*(?=\[)/;

/** Reads the answer of `sync_claim`. Rows are left as they came: a site gets them as its request's body. */
export function readClaim(text: string): Claim {
  const field = /^\s*\{\s*"kind"\s*:\s*"rows"/.test(text) ? ROWS_FIELD.exec(text) : null;
  if (!field) return claim.parse(JSON.parse(text));
  const head = rowsHead.parse(JSON.parse(`${text.slice(0, field.index)}}`));
  const body = text.slice(field.index + field[0].length, text.lastIndexOf("}"));
  let read: z.infer<typeof rows> | undefined;
  const rowAt = (n: number) => {
    read ??= rows.parse(JSON.parse(body));
    return at(read, n);
  };
  return {
    kind: "batch",
    claimId: head.claimId,
    items: head.userIds.map((_, n) => new RowItem(head, n, rowAt)),
    body,
  };
}

/** A user whose row is looked at when somebody asks for it, which is when something went wrong. */
class RowItem implements ClaimItem {
  readonly userId: string;
  readonly trigger: ClaimItem["trigger"];
  readonly attempt: number;
  readonly runId: string | null;
  readonly written: boolean;
  readonly #n: number;
  readonly #rowAt: (n: number) => Omit<UserProfile, "status">;

  constructor(
    { userIds, triggers, attempts, runIds, written }: z.infer<typeof rowsHead>,
    n: number,
    rowAt: (n: number) => Omit<UserProfile, "status">,
  ) {
    this.userId = at(userIds, n);
    this.trigger = typeof triggers === "string" ? triggers : at(triggers, n);
    this.attempt = at(attempts, n);
    this.runId = typeof runIds === "string" ? runIds : at(runIds, n);
    this.written = at(written, n);
    this.#n = n;
    this.#rowAt = rowAt;
  }

  get user(): UserProfile {
    return { ...this.#rowAt(this.#n), status: "active" };
  }
}

function itemAt({ userIds, triggers, attempts, runIds, written, users }: Columns, n: number): ClaimItem {
  const user: UserProfile = {
    id: at(userIds, n),
    clerk_user_id: at(users.clerk_user_id, n),
    email: at(users.email, n),
    full_name: at(users.full_name, n),
    role: at(users.role, n),
    team: at(users.team, n),
    department: at(users.department, n),
    status: at(users.status, n),
    created_at: at(users.created_at, n),
    updated_at: at(users.updated_at, n),
  };
  return {
    userId: user.id,
    trigger: at(triggers, n),
    attempt: at(attempts, n),
    runId: at(runIds, n),
    written: at(written, n),
    user,
  };
}

function at<T>(values: readonly T[], n: number): T {
  const value = values[n];
  if (value === undefined) throw new Error("The columns of a claim differ in length");
  return value;
}

type Shared = Omit<Outcome, "userId">;

/** Outcomes as `sync_settle` takes them: most users of a batch share everything but their id. */
export function groupOutcomes(outcomes: readonly Outcome[]): (Shared & { userIds: string[] })[] {
  const groups = new Map<string, Shared & { userIds: string[] }>();
  for (const { userId, ...shared } of outcomes) {
    const key = JSON.stringify(shared);
    const group = groups.get(key) ?? { ...shared, userIds: [] };
    group.userIds.push(userId);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The same by their number alone, when one request upserted everybody: the claim knows who that is. */
export function countOutcomes(outcomes: readonly Outcome[]): (Shared & { users: number }) | null {
  const [first] = outcomes;
  if (first?.kind !== "upserted") return null;
  const { kind, durationMs } = first;
  const isAlike = outcomes.every((one) => one.kind === kind && one.durationMs === durationMs);
  return isAlike ? { users: outcomes.length, kind, durationMs } : null;
}
