import { randomBytes } from "node:crypto";
import type { ConnectionCheck, ConnectionTest } from "@/lib/sites/credentials-schema";
import { type DescribedKey, describeKey } from "@/lib/sites/key-kind";
import { type Asked, ask, type ProbedSite, type ProbeRow } from "@/lib/sites/probe";
import { redactedTest } from "@/lib/sites/redacted-test";
import { COLUMNS, checkTable } from "@/lib/sites/table-check";
import { checkWrite } from "@/lib/sites/write-check";
import { adviceFor, type FailureCode } from "@/lib/sync/core/failure";
import { PROBE_PREFIX } from "@/lib/sync/core/probe";

// An admin waits for this. A healthy project answers the five or six calls in a second.
const TIMEOUT_MS = 10_000;

/** What can be said about the URL before the key and the table matter. */
const URL_FAILURES: readonly FailureCode[] = [
  "unreachable",
  "address_refused",
  "not_supabase",
  "throttled",
  "busy",
  "project_paused",
  "project_restricted",
];

const TLS = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO$)/;

// Sent in place of a key that is certainly of another project, to see whether there is a project at the URL.
const NO_KEY = "sb_publishable_roster_connection_test";

type Name = ConnectionCheck["name"];

/**
 * Looks at everything a site needs for receiving users: URL, key, table, writing, and whether the public is kept
 * out. It writes one row with an unmistakable id and removes it again. The key is in no message.
 */
export async function testConnection(
  site: ProbedSite,
  options: { signal: AbortSignal },
): Promise<ConnectionTest> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const key = describeKey(site.supabaseKey, site.supabaseUrl, new Date());
  const sent = key.refusal === null ? site : { ...site, supabaseKey: NO_KEY };
  const first = await ask(sent, signal, (table) => table.select(COLUMNS.join(",")).limit(1));
  const checks = [checkUrl(first)];
  const go = () => checks.every((check) => check.ok === true);
  checks.push(go() ? checkKey(first, key) : skipped("key"));
  checks.push(go() ? await checkTable(first, site, signal) : skipped("table"));
  const write = go() ? await checkWrite(site, signal, probeRow(new Date())) : null;
  checks.push(write?.check ?? skipped("write"));
  const ok = go();
  checks.push(checkPrivacy(key, first, write?.readBack ?? false));
  return redactedTest({ ok, checks }, [site.supabaseKey]);
}

function checkUrl(first: Asked): ConnectionCheck {
  if (first.kind === "rows" || !URL_FAILURES.includes(first.failure.code)) {
    return { name: "url", ok: true, message: "A Supabase API answers at this URL." };
  }
  if (TLS.test(first.detail)) {
    return {
      name: "url",
      ok: false,
      message: `No secure connection to the Supabase URL could be made (${first.detail}).`,
      fix: "Check that the URL is spelled as in the Supabase dashboard, and that its certificate is valid.",
    };
  }
  const { code, message } = first.failure;
  return { name: "url", ok: false, message, ...fixOf(code) };
}

function checkKey(first: Asked, key: DescribedKey): ConnectionCheck {
  if (key.refusal !== null) {
    return { name: "key", ok: false, message: key.refusal, ...fixOf("credentials_rejected") };
  }
  if (first.kind === "failure" && first.failure.code === "credentials_rejected") {
    const message = `The project does not accept this ${key.name}.`;
    return { name: "key", ok: false, message, ...fixOf("credentials_rejected") };
  }
  const message = `The project accepts this ${key.name}.`;
  if (!key.warning) return { name: "key", ok: true, message };
  return { name: "key", ok: true, message: `${message} ${key.warning.message}`, fix: key.warning.fix };
}

function checkPrivacy(key: DescribedKey, first: Asked, readBack: boolean): ConnectionCheck {
  const name: Name = "privacy";
  if (readBack || (first.kind === "rows" && first.rows.length > 0)) {
    if (!key.isPublic)
      return { name, ok: null, message: `With a ${key.name} Roster cannot see what the public can read.` };
    return {
      name,
      ok: false,
      message: "Everybody who has this public key, such as every visitor of the site, can read its users.",
      fix: "Turn on row level security for user_profiles, remove the policies for everybody, and use the secret key.",
    };
  }
  if (key.isPublic && first.kind === "failure" && first.failure.code === "not_permitted") {
    return { name, ok: true, message: "The public key cannot read the users." };
  }
  return skipped(name);
}

function skipped(name: Name): ConnectionCheck {
  return { name, ok: null, message: "Not looked at, because something before it is not right yet." };
}

function fixOf(code: FailureCode): { fix?: string } {
  const fix = adviceFor(code);
  return fix === null ? {} : { fix };
}

function probeRow(now: Date): ProbeRow {
  const id = `${PROBE_PREFIX}${randomBytes(8).toString("hex")}`;
  return {
    id,
    clerk_user_id: id,
    email: `${id}@example.invalid`,
    full_name: "Roster connection test",
    role: "user",
    team: null,
    department: null,
    created_at: now.toISOString(),
    updated_at: now.toISOString(),
  };
}
