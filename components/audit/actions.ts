import { AUDIT_ACTIONS, type AuditAction } from "@/lib/audit/actions";
import type { AuditEntry } from "@/lib/audit/schema";
import type { Plan } from "@/lib/plans/schema";

const WORDS: Record<AuditAction, string> = {
  "user.created": "User added",
  "user.updated": "User changed",
  "user.deleted": "User deleted",
  "users.import_started": "Import started",
  "site.created": "Site added",
  "site.updated": "Site changed",
  "site.credentials_changed": "Credentials changed",
  "site.credentials_resealed": "Credentials sealed again",
  "site.disconnected": "Site disconnected",
  "site.verify_started": "Verification started",
  "site.verify_changed": "Verification settings changed",
  "site.repair_started": "Repair started",
  "site.take_over_scanned": "Site's own users looked at",
  "site.take_over_decided": "Take-over decided",
  "sync.started": "Sync of all users started",
  "sync.user_started": "Sync of a user started",
  "sync.users_started": "Sync of several users started",
  "sync.cancelled": "Sync of all users cancelled",
  "sync.retried": "Failures retried",
  "sync.asserted": "List made to win",
  "sync.unknown_removed": "Unknown users removed",
  "plan.made": "Plan made",
  "plan.applied": "Plan applied",
  "plan.refused": "Plan refused",
  "removals.approved": "Removals approved",
  "removals.rejected": "Removals rejected",
  "alerts.channel_added": "Alert channel added",
  "alerts.channel_removed": "Alert channel removed",
  "member.added": "Member added",
  "member.role_changed": "Role changed",
  "member.removed": "Member removed",
  "invitation.created": "Member invited",
  "invitation.accepted": "Invitation accepted",
  "invitation.withdrawn": "Invitation withdrawn",
  "key.created": "API key created",
  "key.revoked": "API key revoked",
  "settings.changed": "Settings changed",
};

const words: Record<string, string> = WORDS;

/** An action in words; one that a newer server knows as the log has it. */
export function actionText(action: string): string {
  return words[action] ?? action;
}

const PLANNED: Record<Plan["action"], string> = {
  sync_all: "Sync All Users",
  scope: "Scope of a site",
  mapping: "Mapping of a site",
  removal: "When a user leaves a site",
  bulk: "Change of several users",
  import: "Import",
};

const planned: Record<string, string> = PLANNED;

/** What was changed, by name; of a plan, what was planned. */
export function targetName({ action, target }: Pick<AuditEntry, "action" | "target">): string | null {
  if (target.name === null || !action.startsWith("plan.")) return target.name;
  return planned[target.name] ?? target.name;
}

/** Every action there is, for a select. */
export const actionOptions = AUDIT_ACTIONS.map((value) => ({ value, text: WORDS[value] }));
