import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import type { ReactNode } from "react";
import { vi } from "vitest";
import type { Overview, PairState, SiteCounts } from "@/lib/runs/schema";
import { sessionQuery } from "@/lib/session/queries";
import type { Session } from "@/lib/session/schema";
import type { Site } from "@/lib/sites/schema";
import type { User } from "@/lib/users/schema";

export const owner: Session = { id: "m1", email: "olive@example.com", role: "owner" };
export const viewer: Session = { id: "m2", email: "vera@example.com", role: "viewer" };

interface AppState {
  /** Who is signed in. */
  session?: Session;
  /** The filters in the address. */
  search?: string;
}

/** Renders what needs the dashboard's providers. */
export function renderInApp(children: ReactNode, { session = owner, search = "" }: AppState = {}) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  client.setQueryDefaults(sessionQuery.queryKey, { staleTime: Number.POSITIVE_INFINITY });
  client.setQueryData(sessionQuery.queryKey, session);
  return render(
    <QueryClientProvider client={client}>
      <NuqsTestingAdapter hasMemory searchParams={search}>
        {children}
      </NuqsTestingAdapter>
    </QueryClientProvider>,
  );
}

interface Call {
  call: string;
  body: unknown;
}

/** Answers the browser's calls, such as `GET /api/sites`, and keeps them. An unexpected call fails the test. */
export function serve(answers: Record<string, () => Response>): Call[] {
  const calls: Call[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const call = `${init.method} ${url}`;
    const answer = answers[call];
    if (!answer) throw new Error(`Unexpected call: ${call}`);
    calls.push({ call, body: init.body ? JSON.parse(String(init.body)) : undefined });
    return answer();
  });
  return calls;
}

export function problem(
  status: number,
  detail: string,
  errors: { path: string; message: string }[] = [],
): Response {
  return Response.json({ status, detail, code: "conflict", errors }, { status });
}

const time = "2026-01-31T09:00:00Z";

export const hrms: Site = {
  id: "7f3b5c52-0000-4000-8000-000000000001",
  name: "hrms",
  url: "https://hrms.example.com",
  kind: "supabase",
  status: "active",
  removalPolicy: "delete",
  removalColumn: null,
  removalGuard: { enabled: true, percent: 5, atLeast: 5 },
  hasCredentials: true,
  supabaseUrl: "https://hrms.supabase.co",
  webhookUrl: null,
  keyLastFour: "abcd",
  health: "ok",
  errorCode: null,
  error: null,
  advice: null,
  retryAt: null,
  lastSyncedAt: time,
  rowsToRemove: null,
  waitsForTakeOver: false,
  created_at: time,
  updated_at: time,
};

export const ada: User = {
  id: "u1",
  clerk_user_id: "u1",
  email: "ada@example.com",
  full_name: "Ada Lovelace",
  role: "user",
  team: "Engines",
  department: null,
  status: "active",
  created_at: time,
  updated_at: time,
  version: 1,
};

export const adaAtHrms: PairState = {
  user_id: ada.id,
  email: ada.email,
  full_name: ada.full_name,
  site_id: hrms.id,
  site: hrms.name,
  status: "synced",
  synced_at: time,
  attempted_at: time,
  attempts: 0,
  retry_at: null,
  verified_at: null,
  drifted_at: null,
  waiting_since: null,
  error_code: null,
  error: null,
  advice: null,
};

export const emptyOverview: Overview = {
  users: { active: 1, inactive: 0 },
  sites: [],
  newerRows: [],
  waitingChanges: 0,
  run: null,
};

export const noCounts: SiteCounts = {
  siteId: hrms.id,
  site: hrms.name,
  pending: 0,
  synced: 0,
  removed: 0,
  retrying: 0,
  failed: 0,
  drifted: 0,
  held: 0,
  oldestPendingAt: null,
};
