import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSealer, credentialsPlace, type Sealer } from "@/lib/secrets/sealer";
import { type Receiver, SECRET, startReceiver } from "@/tests/support/receiver";
import { RotateChild } from "@/tests/support/rotate-child";
import { startSealedWorker } from "@/tests/support/sealed-sites";
import { createCentre, createSite, type TestProject } from "@/tests/support/stack";

const SITES = 1_000;
/** Sites that sync; the others are paused. All of them take a minute more, on a machine of their own. */
const SYNCING = process.env.ROSTER_ACCEPTANCE === "full" ? SITES : 150;
const KILLS = 4;
const USERS = 2;

const key = (kid: string) => ({ kid, key: new Uint8Array(randomBytes(32)) });
const [k1, k2] = [key("k1"), key("k2")];
const spelled = [k2, k1].map(({ kid, key }) => `${kid}:${Buffer.from(key).toString("base64url")}`).join(",");

let centre: TestProject;
let projects: TestProject[];
let receiver: Receiver;

beforeAll(async () => {
  [centre, receiver, ...projects] = await Promise.all([
    createCentre(),
    startReceiver(),
    createSite(),
    createSite(),
  ]);
  await centre.sql`insert into user_profiles (id, email)
    select 'u' || n, 'u' || n || '@example.com' from generate_series(1, ${USERS}::int) n`;
  // Many sites share a table and an endpoint here: one site's news is then no reason to refuse another one's.
  for (const { sql } of projects) await sql`drop trigger zz_user_profiles_refuse_older on user_profiles`;
  receiver.respond((_delivery, response) => void response.writeHead(200).end());
  await addSites();
});
afterAll(async () => {
  await Promise.all([centre, receiver, ...projects].map((part) => part.close()));
});

/** A thousand sites in two databases and one endpoint, each with credentials of its own under the first key. */
async function addSites() {
  const sealer = createSealer([k1]);
  const sites = Array.from({ length: SITES }, (_, n) => {
    const id = crypto.randomUUID();
    const project = projects[n % 3];
    if (!project) return { id, kind: "webhook" as const, url: receiver.url, secret: SECRET };
    return { id, kind: "supabase" as const, url: project.url, secret: project.secretKey };
  });
  const rows = await Promise.all(
    sites.map(async ({ secret, ...site }, n) => {
      const sealed = await sealer.seal(secret, credentialsPlace(site));
      return { ...site, name: `site ${n}`, sealed };
    }),
  );
  await centre.sql`
    insert into connected_sites (id, name, kind, url)
    select (r ->> 'id')::uuid, r ->> 'name', r ->> 'kind', r ->> 'url' from jsonb_array_elements(${centre.sql.json(rows)}) r`;
  await centre.sql`
    select site_set_credentials((r ->> 'id')::uuid, r ->> 'url', r ->> 'sealed', 'last')
    from jsonb_array_elements(${centre.sql.json(rows)}) r`;
  // Each sees the others' rows; nobody has to decide about those.
  await centre.sql`update connected_sites set take_over = null`;
  await centre.sql`update connected_sites set status = 'paused' where substr(name, 6)::int >= ${SYNCING}`;
}

async function count(of: string): Promise<number> {
  const [row] = await centre.sql.unsafe(`select count(*)::int as n from ${of}`);
  return row?.n;
}

const sealedWith = (kid: string) => count(`connected_sites where sealed_with(credentials_sealed) = '${kid}'`);

/** Somebody edits users until told to stop; answers how many edits that were. */
function editUsers(): () => Promise<number> {
  let stopped = false;
  const editing = (async () => {
    for (let edits = 0; ; edits++) {
      if (stopped) return edits;
      await centre.sql`update user_profiles set team = ${`T${edits}`} where id = ${`u${1 + (edits % USERS)}`}`;
      await sleep(250);
    }
  })();
  return () => {
    stopped = true;
    return editing;
  };
}

/** Kills rotations when each has sealed a page of sites, and lets the last one finish. */
async function rotateThroughKills() {
  const left: number[] = [];
  for (let kills = 0; kills < KILLS; kills++) {
    const doomed = new RotateChild(centre, spelled);
    await doomed.said(/ [1-9]\d* secrets sealed again/);
    doomed.kill();
    expect(await doomed.ended()).toMatchObject({ code: null });
    left.push(await sealedWith("k1"));
  }
  const { code, output } = await new RotateChild(centre, spelled).ended();
  return { left, code, output };
}

async function expectAllToOpen(sealer: Sealer) {
  const rows =
    await centre.sql`select id, kind, endpoint_url as url, credentials_sealed from connected_sites`;
  const secrets = rows.map(({ id, kind, url, credentials_sealed }) =>
    sealer.open(credentials_sealed, credentialsPlace({ id, kind, url })),
  );
  const known = [SECRET, ...projects.map(({ secretKey }) => secretKey)];
  for (const secret of await Promise.all(secrets)) expect(known).toContain(secret);
}

test("1,000 credentials move to a new key while everything syncs, through kill -9, and no sync fails", {
  timeout: 300_000,
}, async () => {
  const both = [1, 2].map(() => startSealedWorker(centre, createSealer([k2, k1])));
  const stopEditing = editUsers();
  await expect.poll(() => count("user_sync_log"), { timeout: 30_000 }).toBeGreaterThan(50);

  const started = performance.now();
  const { left, code, output } = await rotateThroughKills().finally(stopEditing);
  const took = Math.round(performance.now() - started);
  expect(code, output).toBe(0);
  expect(output).toContain("No longer needed: k1.");
  // Every kill came in the middle.
  for (const [n, some] of left.entries()) expect(some).toBeLessThan(left[n - 1] ?? SITES);
  expect(left.at(-1)).toBeGreaterThan(0);
  expect([await sealedWith("k1"), await sealedWith("k2")]).toEqual([0, SITES]);
  await expectAllToOpen(createSealer([k2]));
  const edits = await stopEditing();
  await Promise.all(both.map((worker) => worker.stop()));
  const synced = await count("user_sync_log");

  // The old key is taken out, and everything syncs again.
  const worker = startSealedWorker(centre, createSealer([k2]));
  await centre.sql`update user_profiles set department = 'After'`;
  const due = () =>
    count(
      "user_sync_state p join connected_sites s on s.id = p.site_id where s.status = 'active' and desired_version > synced_version",
    );
  const queued = () => count("pgmq.q_user_changes");
  const unfinished = () =>
    count(
      "sync_run_sites r join connected_sites s on s.id = r.site_id where s.status = 'active' and r.finished_at is null",
    );
  await expect
    .poll(async () => [await queued(), await due(), await unfinished()], { timeout: 200_000, interval: 500 })
    .toEqual([0, 0, 0]);
  await worker.stop();

  expect([
    ...(await centre.sql`select site, error_code, error from user_sync_log where status <> 'success'`),
  ]).toEqual([]);
  expect(await count("connected_sites where health <> 'ok' or error is not null or generation <> 2")).toBe(0);
  expect(await count("user_sync_status where status = 'synced'")).toBe(SYNCING * USERS);
  process.stdout.write(
    `      rotated in ${took} ms, left after each kill: ${left}; ${edits} edits, ${synced} rows synced meanwhile\n`,
  );
});
