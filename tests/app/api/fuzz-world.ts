import { beforeAll, vi } from "vitest";
import { POST as invite } from "@/app/api/invitations/route";
import { POST as createKey } from "@/app/api/keys/route";
import { GET as getSession } from "@/app/api/session/route";
import { POST as verifySite } from "@/app/api/sites/[id]/verify/route";
import { POST as syncAll } from "@/app/api/sync/all-users/route";
import { POST as addLines } from "@/app/api/users/imports/[id]/lines/route";
import { POST as startImport } from "@/app/api/users/imports/[id]/start/route";
import { POST as createImport } from "@/app/api/users/imports/route";
import { createApiKey } from "@/lib/access/api-key";
import type { Operation } from "@/lib/http/operation";
import { KEY_SCOPES } from "@/lib/keys/schema";
import type { Invited } from "@/lib/members/schema";
import type { SyncAllStarted } from "@/lib/runs/request-schema";
import type { ImportCreated } from "@/lib/users/import-job-schema";
import type { VerifyStarted } from "@/lib/verify/schema";
import { addKey, type Caller, call, callJson } from "@/tests/app/api/call";
import { withIdleCentre } from "@/tests/app/api/idle-centre";
import { createAccount, type Person, signIn } from "@/tests/app/api/people";
import type { Known } from "@/tests/support/fuzz/fitting";

const DRAIN_SECRET = "a-scheduler-secret-of-enough-characters";
/** Enough that none meets its limit: what is refused for being too many is not looked at. */
const KEYS = 8;

/** A centre with something of everything in it, so that requests made at random meet what is there. */
export function withFuzzWorld() {
  const { centre, empty, addUsers, addSite } = withIdleCentre();
  const keys = Array.from({ length: KEYS }, createApiKey);
  let [boss, other]: Person[] = [];
  let owner: Caller = {};
  let known: Known = {};

  beforeAll(async () => {
    vi.stubEnv("ROSTER_DRAIN_SECRET", DRAIN_SECRET);
    vi.stubEnv("ROSTER_TRUSTED_PROXIES", "1");
    for (const key of keys) await addKey(centre(), key, KEY_SCOPES);
    boss = await createAccount(centre());
    other = await createAccount(centre());
  });

  /** Puts there what the calls at `path` are about. Accounts and sessions are kept: passwords take long to hash. */
  async function prepare(path: string): Promise<void> {
    if (!boss || !other) throw new Error("The accounts are there from beforeAll on");
    await empty();
    await centre().sql`truncate members, invitations cascade`;
    await centre().sql`insert into members (id, email, role)
      values (${boss.id}, ${boss.email}, 'owner'), (${other.id}, ${other.email}, 'viewer')`;
    // Calls before this one may have used up the attempts of an address.
    await centre().sql`delete from rate_limits`;
    if ((await call(getSession, { as: owner })).status !== 200) owner = await signIn(boss);
    if (/^\/api\/users\/(imports|jobs)/.test(path)) known = await addImports();
    else if (/^\/api\/(users|sites|sync)/.test(path)) known = await addWork();
    else known = await addAccess(owner, [boss, other]);
  }

  async function addWork(): Promise<Known> {
    await addUsers(5);
    const users = ["u1", "u2", "u3", "u4", "u5"];
    const sites = [await addSite("hrms"), await addSite("bare", false)];
    const { runId } = await callJson<SyncAllStarted>(syncAll, { method: "POST" });
    const verify = { method: "POST", params: { id: sites[0] ?? "" }, body: {} };
    const { verificationId } = await callJson<VerifyStarted>(verifySite, verify);
    const verifications = { verificationId: [verificationId] };
    return {
      users,
      userId: users,
      sites,
      siteId: sites,
      siteIds: sites,
      runs: [runId],
      runId: [runId],
      ...verifications,
    };
  }

  /** The headers by which a call is let in. `turn` chooses among callers that are as good as one another. */
  function caller({ access }: Operation, turn: number): Record<string, string> {
    const from = { "x-forwarded-for": `10.${(turn >> 8) & 255}.${turn & 255}.1` };
    if (access === "drain") return { ...from, authorization: `Bearer ${DRAIN_SECRET}` };
    if (access === "caller" || KEY_SCOPES.some((scope) => scope === access)) {
      return { ...from, authorization: `Bearer ${keys[turn % KEYS]}` };
    }
    return { ...from, ...owner, origin: "http://127.0.0.1:3000", "sec-fetch-site": "same-origin" };
  }

  /** Values that exist, for the fields of a call; `id` is of what its address is about. */
  function knownAt(path: string): Known {
    const [, kind = ""] = /(\w+)\/\{id\}/.exec(path) ?? [];
    return { ...known, id: known[kind] ?? [] };
  }

  return { centre, prepare, caller, knownAt };
}

async function addImports(): Promise<Known> {
  const [imported, coming] = [await addImport(), await addImport()];
  await call(startImport, { method: "POST", params: { id: imported } });
  return { imports: [coming], jobs: [imported] };
}

/** An import of one line, which has arrived. */
async function addImport(): Promise<string> {
  const columns = [{ name: "Mail", field: "email" }];
  const body = { file: "people.csv", columns, lines: 1 };
  const { id } = await callJson<ImportCreated>(createImport, { method: "POST", body });
  const lines = [{ line: 2, cells: ["new@example.com"] }];
  await call(addLines, { method: "POST", params: { id }, body: { behind: 0, lines } });
  return id;
}

async function addAccess(as: Caller, people: Person[]): Promise<Known> {
  const body = { email: "guest@example.com", role: "viewer" };
  const { invitation, link } = await callJson<Invited>(invite, { method: "POST", as, body });
  const key = { name: "fuzzed", scopes: ["users:read"] };
  const { id } = await callJson<{ id: string }>(createKey, { method: "POST", as, body: key });
  return {
    // The second is no owner; the first loses what it may do when it is hit.
    members: people.flatMap((person, index) => Array.from({ length: 1 + 4 * index }, () => person.id)),
    invitations: [invitation.id],
    keys: [id],
    token: [new URL(link).searchParams.get("token") ?? ""],
    email: ["u1@example.com", ...people.map(({ email }) => email)],
    password: people.map(({ password }) => password),
  };
}
