/** Who may make a call, written down a second time: whoever opens a route to others changes this too. */
export type Rule =
  | "public"
  | "public, also under other host names"
  | "member"
  | "caller"
  | "drain"
  | "users:read"
  | "users:write"
  | "sites:read"
  | "sites:write"
  | "sync:read"
  | "sync:run"
  | "metrics:read"
  | "access:manage"
  | "audit:read";

/** Every call there is. */
export const RULES: Record<string, Rule> = {
  "GET /api/users": "users:read",
  "POST /api/users": "users:write",
  "GET /api/users/count": "users:read",
  "GET /api/users/facets": "users:read",
  "GET /api/users/export": "users:read",
  "POST /api/users/import": "users:write",
  "POST /api/users/bulk": "users:write",
  "GET /api/users/{id}": "users:read",
  "PATCH /api/users/{id}": "users:write",
  "DELETE /api/users/{id}": "users:write",
  "POST /api/users/{id}/reactivate": "users:write",
  "GET /api/users/{id}/history": "users:read",
  "GET /api/sites": "sites:read",
  "POST /api/sites": "sites:write",
  "GET /api/sites/{id}": "sites:read",
  "PATCH /api/sites/{id}": "sites:write",
  "DELETE /api/sites/{id}": "sites:write",
  "PUT /api/sites/{id}/credentials": "sites:write",
  "POST /api/sites/{id}/test": "sites:write",
  "GET /api/sites/{id}/users/{userId}": "users:read",
  "GET /api/sync/user": "sync:read",
  "POST /api/sync/user": "sync:run",
  "POST /api/sync/all-users": "sync:run",
  "GET /api/sync/runs": "sync:read",
  "GET /api/sync/runs/{id}": "sync:read",
  "POST /api/sync/runs/{id}/cancel": "sync:run",
  "GET /api/sync/runs/{id}/events": "sync:read",
  "POST /api/sync/retry": "sync:run",
  "POST /api/sync/assert": "sync:run",
  "GET /api/sync/status": "sync:read",
  "GET /api/sync/people": "sync:read",
  "POST /api/sync/matrix": "sync:read",
  "POST /api/sync/summary": "sync:read",
  "GET /api/sync/causes": "sync:read",
  "GET /api/sync/history": "sync:read",
  "GET /api/sync/log": "sync:read",
  "GET /api/sync/log/export": "sync:read",
  "POST /api/sync/drain": "drain",
  "GET /api/removals": "sync:read",
  "POST /api/removals/approve": "users:write",
  "POST /api/removals/reject": "users:write",
  "GET /api/members": "access:manage",
  "PATCH /api/members/{id}": "access:manage",
  "DELETE /api/members/{id}": "access:manage",
  "GET /api/invitations": "access:manage",
  "POST /api/invitations": "access:manage",
  "DELETE /api/invitations/{id}": "access:manage",
  "GET /api/invitations/preview": "public",
  "POST /api/invitations/accept": "public",
  "GET /api/keys": "access:manage",
  "POST /api/keys": "access:manage",
  "DELETE /api/keys/{id}": "access:manage",
  "GET /api/audit": "audit:read",
  "GET /api/session": "member",
  "POST /api/session": "public",
  "DELETE /api/session": "public",
  "GET /api/sign-in-options": "public",
  "POST /api/setup": "public",
  "GET /auth/sign-in/{provider}": "public",
  "GET /auth/callback": "public",
  "GET /auth/renew": "public",
  "GET /api/overview": "sync:read",
  "GET /api/events": "sync:read",
  "GET /api/settings": "sync:read",
  "PATCH /api/settings": "access:manage",
  "GET /api/alerts": "sync:read",
  "GET /api/alerts/channels": "sites:write",
  "POST /api/alerts/channels": "sites:write",
  "DELETE /api/alerts/channels/{id}": "sites:write",
  "POST /api/alerts/channels/{id}/test": "sites:write",
  "GET /api/metrics": "metrics:read",
  "GET /api/secrets": "sites:read",
  "GET /api/health": "public, also under other host names",
  "GET /api/openapi.json": "caller",
};

/** Every page there is, by whom it is for. */
export const PAGES: Record<string, "public" | "member"> = {
  "/": "member",
  "/users": "member",
  "/users/[id]": "member",
  "/sites": "member",
  "/sites/[id]": "member",
  "/sites/[id]/settings": "member",
  "/sync": "member",
  "/log": "member",
  "/removals": "member",
  "/settings": "member",
  "/settings/alerts": "member",
  "/settings/members": "member",
  "/settings/keys": "member",
  "/settings/secrets": "member",
  "/settings/audit": "member",
  "/docs/api": "member",
  "/docs/receiving-users": "member",
  "/sign-in": "public",
  "/setup": "public",
  "/invite": "public",
};
