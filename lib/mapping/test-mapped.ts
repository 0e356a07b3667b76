import { problemsOf } from "@/lib/mapping/check";
import type { MappingInput } from "@/lib/mapping/schema";
import { describeTable } from "@/lib/mapping/site-table";
import { tryRow } from "@/lib/mapping/try-row";
import type { ConnectionCheck, ConnectionTest } from "@/lib/sites/credentials-schema";
import { askSite, type ProbedSite } from "@/lib/sites/probe";
import { redactedTest } from "@/lib/sites/redacted-test";
import { adviceFor } from "@/lib/sync/core/failure";
import type { MappedUser, Mapping } from "@/lib/sync/core/mapping";

// An admin waits for this, as for the test of a documented table.
const TIMEOUT_MS = 10_000;

type Given = Pick<MappingInput, "removalColumn"> & { mapping: Mapping };

/** *Test Connection* of a site with a mapping: URL and key, the table that the mapping names, and a test row in it. */
export async function testMapped(
  site: ProbedSite,
  given: Given,
  like: MappedUser | undefined,
  options: { signal: AbortSignal },
): Promise<ConnectionTest> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const { schema, table, match } = given.mapping;
  const asked = await askSite(site, signal, schema, (client) => client.from(table).select(match).limit(1));
  const failure = asked.kind === "failure" ? asked.failure : null;
  const reached = !failure || /_missing$|^not_permitted$|^refused$/.test(failure.code);
  const accepted = reached && failure?.code !== "credentials_rejected";
  const checks: ConnectionCheck[] = [
    reached || failure?.code === "credentials_rejected"
      ? { name: "url", ok: true, message: "A Supabase API answers at this URL." }
      : failed("url", failure?.message ?? "", adviceFor(failure?.code ?? null)),
    accepted
      ? { name: "key", ok: true, message: "The project accepts this key." }
      : failed("key", failure?.message ?? "", adviceFor(failure?.code ?? null)),
  ];
  if (checks.every(({ ok }) => ok)) checks.push(await checkTable(site, given, signal));
  if (checks.every(({ ok }) => ok)) {
    const [objection] = await tryRow(site, given, like, signal);
    checks.push(
      objection
        ? failed("write", objection.message, adviceFor("mapping_broken"))
        : { name: "write", ok: true, message: `A test row was written to ${table}, read back and removed.` },
    );
  }
  return redactedTest({ ok: checks.every(({ ok }) => ok), checks }, [site.supabaseKey]);
}

async function checkTable(site: ProbedSite, given: Given, signal: AbortSignal): Promise<ConnectionCheck> {
  const { schema, table } = given.mapping;
  const described = await describeTable(site, { schema, table }, signal);
  if (described.kind === "failure")
    return failed("table", described.failure.message, adviceFor(described.failure.code));
  const [problem] = problemsOf(given, described.columns);
  return problem
    ? failed("table", problem.message, adviceFor("mapping_broken"))
    : { name: "table", ok: true, message: `The table ${table} has the columns that the mapping names.` };
}

function failed(name: ConnectionCheck["name"], message: string, fix: string | null): ConnectionCheck {
  return { name, ok: false, message, ...(fix !== null && { fix }) };
}
