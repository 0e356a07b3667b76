import type { LogEntry } from "@/lib/runs/log-schema";
import type { PairState } from "@/lib/runs/schema";
import type { User } from "@/lib/users/schema";
import type { AccessFunctions } from "./access";
import type { AlertFunctions } from "./alerts";
import type { PlanFunctions } from "./plans";
import type { RemovalFunctions } from "./removals";
import type {
  AlertChannelRow,
  AlertRow,
  ApiKeyRow,
  AuditRow,
  InvitationRow,
  MemberRow,
  SiteRow,
} from "./rows";
import type { SiteFunctions } from "./sites";
import type { SyncFunctions } from "./sync";
import type { TakeOverFunctions } from "./take-over";
import type { UserFunctions } from "./users";
import type { VerifyFunctions } from "./verify";

type Columns<T> = { [Name in keyof T]: T[Name] };

type Table<Row, Write> = {
  Row: Columns<Row>;
  Insert: Columns<Write>;
  Update: Columns<Partial<Write>>;
  Relationships: [];
};
type View<Row> = { Row: Columns<Row>; Relationships: [] };

/** The central project as supabase-js sees it, for the services; `supabase/migrations` is what makes it. */
export type Database = {
  public: {
    Tables: {
      user_profiles: Table<User, never>;
      connected_sites: Table<SiteRow, never>;
      audit_log: Table<AuditRow, never>;
      members: Table<MemberRow, never>;
      invitations: Table<InvitationRow, never>;
      api_keys: Table<ApiKeyRow, never>;
      sync_runs: Table<{ id: string; finished_at: string | null }, never>;
      roster_settings: Table<{ only_row: true; log_days: number }, never>;
      alerts: Table<AlertRow, never>;
      alert_channels: Table<AlertChannelRow, never>;
    };
    Views: {
      user_sync_status: View<Omit<PairState, "advice">>;
      user_sync_log: View<Omit<LogEntry, "advice">>;
    };
    Functions: AccessFunctions &
      AlertFunctions &
      PlanFunctions &
      RemovalFunctions &
      SiteFunctions &
      SyncFunctions &
      TakeOverFunctions &
      UserFunctions &
      VerifyFunctions;
  };
};
