import { createApiKey, hashSecret, hintOf } from "@/lib/access/api-key";
import { createAccount, createMember } from "@/tests/app/api/people";
import { sendRaw } from "@/tests/server/support/raw-request";
import type { Rule } from "@/tests/server/support/rules";
import { DRAIN_SECRET } from "@/tests/server/support/server";
import type { TestProject } from "@/tests/support/stack";

/** Somebody who makes requests. */
export interface Caller {
  name: string;
  headers: Record<string, string>;
  /** What becomes of a request, by the rule of the call and whether it changes something. */
  fate(rule: Rule, writes: boolean): Fate;
}

/** Let in, or refused with this status. */
export type Fate = "in" | 401 | 403;

const KEY_SCOPES = [
  "users:read",
  "users:write",
  "sites:read",
  "sites:write",
  "sync:read",
  "sync:run",
  "metrics:read",
] as const;

// As the issue says it, and on purpose not read from the code that is tested.
const ROLES = {
  viewer: ["users:read", "sites:read", "sync:read", "metrics:read"],
  admin: KEY_SCOPES,
  owner: [...KEY_SCOPES, "access:manage", "audit:read"],
} as const satisfies Record<string, readonly Rule[]>;
type Role = keyof typeof ROLES;

const isPublic = (rule: Rule) => rule.startsWith("public");

/** Whoever shows nothing that counts. */
function unknown(rule: Rule): Fate {
  return isPublic(rule) ? "in" : 401;
}

function keyWith(...scopes: Rule[]) {
  return (rule: Rule): Fate => {
    if (isPublic(rule) || rule === "caller" || scopes.includes(rule)) return "in";
    return rule === "drain" ? 401 : 403;
  };
}

function memberAs(role: Role) {
  const may: readonly Rule[] = [...ROLES[role], "member", "caller"];
  return (rule: Rule): Fate => {
    if (isPublic(rule) || may.includes(rule)) return "in";
    return rule === "drain" ? 401 : 403;
  };
}

/** A browser on another page, which sends the cookies along: it may change nothing, whatever the call. */
function onAnotherPage(fate: Caller["fate"]) {
  return (rule: Rule, writes: boolean): Fate => (writes ? 403 : fate(rule, writes));
}

/** Makes people and keys of every kind in the central project, who call the server at `port`. */
export async function createCallers(centre: TestProject, port: number): Promise<Caller[]> {
  const own = { origin: `http://127.0.0.1:${port}`, "sec-fetch-site": "same-origin" };
  const cookies = Object.fromEntries(
    await Promise.all(
      [...(["viewer", "admin", "owner"] as const), null].map(async (role) => [
        role ?? "stranger",
        await createSession(centre, port, role),
      ]),
    ),
  ) as Record<Role | "stranger", string>;
  const owner = memberAs("owner");
  const page = (name: string, headers: Record<string, string>): Caller => {
    return { name, headers: { cookie: cookies.owner, ...headers }, fate: onAnotherPage(owner) };
  };
  const roles = (["viewer", "admin", "owner"] as const).map((role): Caller => {
    return { name: role, headers: { cookie: cookies[role], ...own }, fate: memberAs(role) };
  });
  const stranger: Caller = {
    name: "an account that is no member",
    headers: { cookie: cookies.stranger, ...own },
    fate: (rule) => (isPublic(rule) ? "in" : rule === "drain" ? 401 : 403),
  };
  const weak = await addKey(centre, ["users:read"]);
  return [
    { name: "nobody", headers: {}, fate: unknown },
    {
      name: "nobody on another page",
      headers: { origin: "https://evil.example" },
      fate: onAnotherPage(unknown),
    },
    ...(await keyCallers(centre)),
    ...roles,
    stranger,
    page("owner's browser on another site", {
      origin: "https://evil.example",
      "sec-fetch-site": "cross-site",
    }),
    page("owner's browser on another port", {
      origin: `http://127.0.0.1:${port + 1}`,
      "sec-fetch-site": "same-site",
    }),
    page("owner's browser on an https page", { origin: `https://127.0.0.1:${port}` }),
    page("owner's browser with Origin: null", { origin: "null" }),
    page("owner's browser without Origin", {}),
    page("owner's browser, own Origin, other site", { origin: own.origin, "sec-fetch-site": "cross-site" }),
    {
      name: "owner's browser with a key that may little",
      headers: { cookie: cookies.owner, ...own, authorization: `Bearer ${weak}` },
      fate: keyWith("users:read"),
    },
    {
      name: "owner under another host name",
      headers: { cookie: cookies.owner, ...own, host: "evil.example" },
      fate: (rule, writes) => (rule === "public, also under other host names" && !writes ? "in" : 403),
    },
  ];
}

async function keyCallers(centre: TestProject): Promise<Caller[]> {
  const bearer = (name: string, secret: string, fate: Caller["fate"]): Caller => {
    return { name, headers: { authorization: `Bearer ${secret}` }, fate };
  };
  const each = KEY_SCOPES.map(async (scope) =>
    bearer(`key with ${scope}`, await addKey(centre, [scope]), keyWith(scope)),
  );
  return [
    bearer("wrong key", createApiKey(), unknown),
    bearer("key with a wrong checksum", `${createApiKey().slice(0, -1)}-`, unknown),
    bearer("revoked key", await addKey(centre, KEY_SCOPES, { revoked: true }), unknown),
    bearer("expired key", await addKey(centre, KEY_SCOPES, { expired: true }), unknown),
    ...(await Promise.all(each)),
    bearer("scheduler", DRAIN_SECRET, (rule) => (rule === "drain" ? "in" : unknown(rule))),
    { name: "basic authorization", headers: { authorization: "Basic b3duZXI6eA==" }, fate: unknown },
  ];
}

async function addKey(
  { sql }: TestProject,
  scopes: readonly string[],
  { revoked = false, expired = false } = {},
): Promise<string> {
  const key = createApiKey();
  await sql`
    insert into api_keys (name, key_hash, hint, scopes, created_by, created_at, expires_at, revoked_at)
    values ('test', ${hashSecret(key)}, ${hintOf(key)}, ${[...scopes]}, 'test', now() - interval '2 days',
      ${expired ? sql`now() - interval '1 day'` : null}, ${revoked ? sql`now()` : null})`;
  return key;
}

/** Makes an account, a member unless `role` is null; answers the cookies of its session. */
async function createSession(centre: TestProject, port: number, role: Role | null): Promise<string> {
  const { email, password } = role ? await createMember(centre, role) : await createAccount(centre);
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ email, password });
  const answer = await sendRaw(port, { method: "POST", path: "/api/session", headers, body });
  const cookies = [answer.headers["set-cookie"] ?? []].flat();
  if (cookies.length === 0) throw new Error(`Signing in answered ${answer.status}: ${answer.text}`);
  return cookies.map((cookie) => cookie.split(";")[0]).join("; ");
}
