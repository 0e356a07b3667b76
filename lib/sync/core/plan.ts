/** A row of the central `user_profiles`, as a claim carries it. */
export interface UserProfile {
  id: string;
  clerk_user_id: string;
  email: string;
  full_name: string | null;
  role: string;
  team: string | null;
  department: string | null;
  /** `deleted`: the row is gone from the list, this is its last state. `out_of_scope`: active, but not for this site. */
  status: "active" | "inactive" | "deleted" | "out_of_scope";
  created_at: string;
  updated_at: string;
}

/** One user of a claim. `written`: the site may have it from us; `runId`: the manual sync that asked for it. */
export interface ClaimItem {
  userId: string;
  trigger: "change" | "retry" | "manual" | "full";
  attempt: number;
  runId: string | null;
  written: boolean;
  user: UserProfile;
}

/** A row of a site's `user_profiles`. */
export type SiteRow = Omit<UserProfile, "status">;

/** What a removal does to a site's row. `column` is a boolean there that says whether a row is active. */
export type RemovalPolicy = { kind: "delete" } | { kind: "deactivate"; column: string } | { kind: "keep" };

/** One user to be put at a site or taken away from it; `row` is what the list has or last had. */
export interface Target
  extends Pick<ClaimItem, "userId" | "attempt" | "runId">,
    Partial<Pick<ClaimItem, "written" | "trigger">> {
  row: SiteRow;
}

/** What a batch means for its site. */
export interface Plan {
  upserts: Target[];
  removals: Target[];
  /** Users who leave a site that keeps their rows: nothing is sent. */
  kept: string[];
  /** Users the site never had and must not get: nothing is sent. */
  skips: string[];
}

/** Decides for each user of a claim: active, put it there; otherwise take it away if the site ever had it. */
export function planBatch(items: readonly ClaimItem[], removal: RemovalPolicy): Plan {
  const plan: Plan = { upserts: [], removals: [], kept: [], skips: [] };
  for (const { user, ...item } of items) {
    const target = { ...item, row: toSiteRow(user) };
    const { userId, written } = item;
    if (user.status === "active") plan.upserts.push(target);
    else if (!written) plan.skips.push(userId);
    else if (removal.kind === "keep") plan.kept.push(userId);
    else plan.removals.push(target);
  }
  return plan;
}

/** The columns a site receives, always all of them: rows of one upsert must be uniform. */
function toSiteRow(user: UserProfile): SiteRow {
  const { id, clerk_user_id, email, full_name, role, team, department, created_at, updated_at } = user;
  return { id, clerk_user_id, email, full_name, role, team, department, created_at, updated_at };
}
