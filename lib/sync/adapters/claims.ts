import { z } from "zod";
import type { ClaimItem, UserProfile } from "../core/plan";
import type { Batch, BatchRows, Claim } from "../ports";

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
    if (answer.kind === "batch") return { ...answer, users: answer.items.length };
    if (answer.kind !== "users") return answer;
    const items = answer.userIds.map((_, n) => itemAt(answer, n));
    return { kind: "batch", claimId: answer.claimId, users: items.length, items };
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

/** A page of a full sync whose users the site does not have: who they are is in its rows, which others may have, too. */
const pageHead = z.object({
  kind: z.literal("page"),
  claimId: z.string(),
  digest: z.string(),
  users: z.number(),
  runId: z.string(),
  userIds: texts.nullable(),
});
export type PageHead = z.infer<typeof pageHead>;

const profiles = z.array(profile.omit({ status: true }));
type Row = Omit<UserProfile, "status">;

/** Rows as they came, which are looked at when somebody asks for them: that is when something went wrong. */
export class Rows implements BatchRows {
  readonly body: Buffer<ArrayBuffer>;
  readonly areNew: boolean;
  namedBy?: Uint8Array | undefined;
  readonly #ids: readonly string[] | undefined;
  #read: WeakRef<readonly Row[]> | undefined;

  constructor(
    body: Buffer<ArrayBuffer>,
    { areNew, ids }: { areNew: boolean; ids?: readonly string[] | null },
  ) {
    this.body = body;
    this.areNew = areNew;
    this.#ids = ids ?? undefined;
  }

  all(): readonly Row[] {
    const known = this.#read?.deref();
    if (known) return known;
    const read = profiles.parse(JSON.parse(this.body.toString()));
    this.#read = new WeakRef(read);
    return read;
  }

  ids(): readonly string[] {
    return this.#ids ?? this.all().map(({ id }) => id);
  }
}

/** An answer of `sync_claim`, whose rows are left as they came. `page`: its rows, where they came with it. */
export type ClaimAnswer = { claim: Claim } | { page: PageHead; rows: Rows | undefined };

/** Reads an answer of `sync_claim`. */
export function readClaim(answer: Buffer<ArrayBuffer>): ClaimAnswer {
  const [, kind] = /^\s*\{\s*"kind"\s*:\s*"(rows|page)"/.exec(answer.toString("latin1", 0, 64)) ?? [];
  if (!kind) return { claim: claim.parse(JSON.parse(answer.toString())) };
  const { head, body } = cutRows(answer);
  if (kind === "page") {
    const page = pageHead.parse(head);
    return { page, rows: body && new Rows(body, { areNew: true, ids: page.userIds }) };
  }
  if (!body) throw new Error("A claim of rows has none");
  const batch = rowsHead.parse(head);
  return { claim: rowsBatch(batch, new Rows(body, { areNew: false, ids: batch.userIds })) };
}

/** Cuts off the last field, the rows, of an object. */
function cutRows(answer: Buffer<ArrayBuffer>): { head: unknown; body: Buffer<ArrayBuffer> | undefined } {
  // Within a text a quotation mark has a backslash before it, so what is followed by this can only be the field.
  const name = '"rows"';
  for (let at = answer.indexOf(name); at >= 0; at = answer.indexOf(name, at + 1)) {
    const after = at + name.length;
    const [colon] = /^\s*:\s*(?=\[)/.exec(answer.toString("latin1", after, after + 16)) ?? [];
    if (!colon) continue;
    const head = answer.toString("utf8", 0, answer.lastIndexOf(",", at));
    const body = answer.subarray(after + colon.length, answer.lastIndexOf("}"));
    return { head: JSON.parse(`${head}}`), body };
  }
  return { head: JSON.parse(answer.toString()), body: undefined };
}

function rowsBatch(head: z.infer<typeof rowsHead>, rows: Rows): Batch {
  const { claimId, userIds, triggers, attempts, runIds, written } = head;
  const itemAt = (user: Row, n: number): ClaimItem => ({
    userId: user.id,
    trigger: typeof triggers === "string" ? triggers : at(triggers, n),
    attempt: at(attempts, n),
    runId: typeof runIds === "string" ? runIds : at(runIds, n),
    written: at(written, n),
    user: { ...user, status: "active" },
  });
  return {
    kind: "batch",
    claimId,
    users: userIds.length,
    get items() {
      return rows.all().map(itemAt);
    },
    rows,
  };
}

/** A page as a batch. */
export function pageBatch({ claimId, users, runId }: PageHead, rows: Rows): Batch {
  const itemOf = (user: Row): ClaimItem => ({
    userId: user.id,
    trigger: "full",
    attempt: 1,
    runId,
    written: false,
    user: { ...user, status: "active" },
  });
  return {
    kind: "batch",
    claimId,
    users,
    get items() {
      return rows.all().map(itemOf);
    },
    rows,
  };
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
