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
