// What the API reference shows; a test holds them against the schemas.

const USER_ID = "0b7ad5a4-6c1f-4a2e-9d5b-0f4e2f3d9c11";
const SITE_ID = "7f3c2a9e-8d41-4b6a-9c05-2e1f4a6b8c90";

export const RUN = {
  id: "c2b6f0d4-5a3e-4f71-8b9d-6e0a1c2d3f48",
  kind: "all",
  requestedBy: "admin@example.com",
  total: 1200,
  succeeded: 800,
  failed: 1,
  pending: 399,
  startedAt: "2026-11-20T09:00:00+00:00",
  sites: [{ siteId: SITE_ID, site: "HRMS", total: 1200, succeeded: 800, failed: 1 }],
} as const;

export const PAIR_STATE = {
  user_id: USER_ID,
  email: "ada@example.com",
  full_name: "Ada Lovelace",
  site_id: SITE_ID,
  site: "HRMS",
  status: "synced",
  synced_at: "2026-11-20T09:00:01+00:00",
  attempted_at: "2026-11-20T09:00:01+00:00",
  attempts: 0,
  retry_at: null,
  verified_at: "2026-11-20T10:00:00+00:00",
  drifted_at: null,
  waiting_since: null,
  error_code: null,
  error: null,
  advice: null,
} as const;

export const LOG_ENTRY = {
  id: 4711,
  created_at: "2026-11-20T09:00:01+00:00",
  run_id: null,
  site_id: SITE_ID,
  site: "HRMS",
  user_id: USER_ID,
  email: "ada@example.com",
  operation: "upsert",
  trigger: "change",
  status: "success",
  error_code: null,
  error: null,
  advice: null,
  attempt: 1,
  duration_ms: 38,
} as const;
