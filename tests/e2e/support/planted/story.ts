import { expect } from "@playwright/test";
import { SAYING_NAMES } from "@/tests/e2e/support/planted/echo-sites";
import type { Installation } from "@/tests/e2e/support/planted/installation";

/** Sites per way of failing, of each kind. */
const PER_SAYING = { supabase: 2, webhook: 2 } as const;

interface Connected {
  id: string;
  name: string;
}

async function connect(
  { call }: Installation,
  name: string,
  kind: "supabase" | "webhook",
): Promise<Connected> {
  const { id } = await call<Connected>("POST", "/api/sites", {
    body: { name, kind, url: `https://a.example` },
  });
  return { id, name };
}

async function save({ call }: Installation, { id, name }: Connected, credentials: object): Promise<void> {
  const answer = await call<object>("PUT", `/api/sites/${id}/credentials`, { body: credentials });
  expect(answer, `saving the credentials of ${name}`).toMatchObject({ hasCredentials: true });
}

/** Sites that give away, in every way there is, what they were sent. */
export async function connectEchoSites(installation: Installation): Promise<void> {
  const { plants, echo, call } = installation;
  for (const saying of SAYING_NAMES) {
    for (let n = 0; n < PER_SAYING.supabase; n++) {
      const name = `Supabase ${n} ${saying}`;
      const site = await connect(installation, name, "supabase");
      const key = n === 0 ? plants.secretKey(name) : plants.legacyKey(name);
      await save(installation, site, { supabaseUrl: echo.url(saying, key), supabaseKey: key });
      const typed = plants.secretKey(`${name}, typed for a test`);
      const credentials = { supabaseUrl: echo.url(saying, typed), supabaseKey: typed };
      await call("POST", `/api/sites/${site.id}/test`, { body: credentials });
      await call("POST", `/api/sites/${site.id}/test`, { body: {} });
      await call("PATCH", `/api/sites/${site.id}`, { body: { removalPolicy: "deactivate" } });
    }
    for (let n = 0; n < PER_SAYING.webhook; n++) {
      const name = `webhook ${n} ${saying}`;
      const site = await connect(installation, name, "webhook");
      const [old, secret] = [plants.signingSecret(`${name}, replaced`), plants.signingSecret(name)];
      // The site still has the secret that was replaced.
      const webhookUrl = echo.url(saying, n === 0 ? secret : old);
      for (const signingSecret of [old, secret])
        await save(installation, site, { webhookUrl, signingSecret });
      await call("POST", `/api/sites/${site.id}/test`, { body: {} });
    }
  }
}

/** Sites on real databases, and some that cannot be reached. */
export async function connectOtherSites(installation: Installation): Promise<void> {
  const { plants, projects, deadUrl } = installation;
  for (const project of Object.values(projects)) {
    const site = await connect(installation, project.name, "supabase");
    await save(installation, site, { supabaseUrl: project.url, supabaseKey: project.secretKey });
  }
  const wrong = await connect(installation, "with a wrong key", "supabase");
  await save(installation, wrong, {
    supabaseUrl: projects.healthy.url,
    supabaseKey: plants.secretKey("a key that the project refuses"),
  });
  const dead = await connect(installation, "that is away", "supabase");
  await save(installation, dead, {
    supabaseUrl: deadUrl,
    supabaseKey: plants.secretKey("a site that is away"),
  });
  const deadHook = await connect(installation, "endpoint that is away", "webhook");
  const signingSecret = plants.signingSecret("an endpoint that is away");
  await save(installation, deadHook, { webhookUrl: deadUrl, signingSecret });
}

/** Users come, change and leave, until every site has been tried with everybody. */
export async function syncUsers(installation: Installation): Promise<void> {
  const { call, centre } = installation;
  const users: { id: string }[] = [];
  for (const team of ["Sun", "Moon", "Stars"]) {
    const body = { email: `${team}@example.com`, full_name: team, team };
    users.push(await call("POST", "/api/users", { body }));
  }
  const [sun, , stars] = users;
  // A site that answers with rows before anything was written there waits for its take-over.
  const waiting = async () =>
    (
      await centre.sql`
        select from user_sync_status p join connected_sites s on s.id = p.site_id and s.take_over is distinct from 'waiting'
        where p.status = 'pending'`
    ).length;
  await expect.poll(waiting, { timeout: 120_000, intervals: [500] }).toBe(0);
  await call("PATCH", `/api/users/${sun?.id}`, { body: { role: "editor" } });
  await call("DELETE", `/api/users/${stars?.id}`);
  await call("POST", "/api/sync/retry", { body: {} });
  await call("POST", "/api/sync/user", { body: { userId: sun?.id, wait: 5 } });
  await call("POST", "/api/sync/all-users", { body: {} });
  await expect.poll(waiting, { timeout: 120_000, intervals: [500] }).toBe(0);
  const authorization = `Bearer ${installation.drainSecret}`;
  await call("POST", "/api/sync/drain", { body: { seconds: 2 }, headers: { authorization } });
  const known = await centre.sql`select distinct error_code from user_sync_log where error_code is not null`;
  expect(known.length, "kinds of failures in the log").toBeGreaterThan(8);
}

/** Reads whatever the API has to say. */
export async function readEverything({ call, centre }: Installation): Promise<void> {
  const ids = async (table: string) =>
    (await centre.sql.unsafe(`select id from ${table}`)).map(({ id }) => id);
  const lists = [
    "sites",
    "keys",
    "members",
    "users",
    "overview",
    "secrets",
    "health",
    "sync/status",
    "sync/log",
  ];
  for (const list of lists) await call("GET", `/api/${list}`);
  for (const status of ["failed", "retrying"])
    await call("GET", `/api/sync/status?status=${status}&limit=500`);
  await call("GET", "/api/sync/log?status=failed&limit=500");
  for (const id of await ids("connected_sites")) {
    await call("GET", `/api/sites/${id}`);
    for (const group of ["only_there", "conflicting"])
      await call("GET", `/api/sites/${id}/take-over?group=${group}`);
  }
  for (const id of await ids("user_profiles")) {
    await call("GET", `/api/users/${id}`);
    await call("GET", `/api/sync/user?userId=${id}`);
  }
  for (const id of await ids("sync_runs")) await call("GET", `/api/sync/runs/${id}`);
}
