import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { testWebhook } from "@/lib/sites/test-webhook";
import { startWorker, type Worker } from "@/lib/sync";
import type { SiteRow } from "@/lib/sync/core/plan";
import { pingBody, readSecret, signedRequest, userBody } from "@/lib/sync/core/webhook-message";
import { type ReceiverInDocs, readReceiver } from "@/tests/docs/receiver-in-docs";
import { target } from "@/tests/lib/sync/adapters/targets";
import { outgoing } from "@/tests/support/outgoing";
import { SECRET } from "@/tests/support/receiver";
import { createCentre, createSite, type TestProject } from "@/tests/support/stack";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

let docs: ReceiverInDocs;
let site: TestProject;
let receive: (request: Request) => Promise<Response>;

beforeAll(async () => {
  docs = await readReceiver();
  site = await createSite({ table: "none" });
  await site.sql.unsafe(docs.sql);
  vi.stubEnv("DATABASE_URL", site.databaseUrl);
  vi.stubEnv("ROSTER_SIGNING_SECRET", SECRET);
  receive = await docs.load();
});
afterAll(async () => {
  await Promise.all([site.close(), docs.clean()]);
});

beforeEach(async () => {
  await site.sql`truncate app_users, roster_messages`;
});

const rows = async () => [
  ...(await site.sql`select id, email, full_name, active from app_users order by id`),
];

/** Delivers a user by hand; answers the status. */
async function deliver(webhookId: string, row: Partial<SiteRow> = {}) {
  const body = userBody("user.upserted", { ...target("u1").row, ...row });
  const request = signedRequest(webhookId, new Date(), body, [readSecret(SECRET)]);
  return (await receive(new Request("http://site.example/api/users/sync", request))).status;
}

test("the receiver has no type errors", async () => {
  await expect(docs.checkTypes()).resolves.toBeUndefined();
});

test("the receiver refuses what is not signed, old or changed on the way", async () => {
  const sent = (sentAt: Date) => signedRequest("msg_1", sentAt, pingBody(sentAt), [readSecret(SECRET)]);
  const status = async (init: RequestInit) =>
    (await receive(new Request("http://site.example", init))).status;
  expect(await status(sent(new Date()))).toBe(200);
  expect(await status(sent(new Date(Date.now() - 600_000)))).toBe(401);
  expect(await status({ ...sent(new Date()), body: "{}" })).toBe(401);
  expect(await status({ method: "POST", body: "{}" })).toBe(401);
});

test("the receiver stores a message once, however often it comes", async () => {
  expect(await deliver("msg_1")).toBe(200);
  await site.sql`update app_users set full_name = 'changed at the site'`;
  expect(await deliver("msg_1")).toBe(200);
  expect(await rows()).toMatchObject([{ full_name: "changed at the site" }]);
  expect(await deliver("msg_2")).toBe(200);
  expect(await rows()).toMatchObject([{ full_name: "Ada" }]);
});

test("the receiver never puts an older version over a newer one, and says so each time", async () => {
  const older = { full_name: "Older", updated_at: "2026-01-01T00:00:00.123455+00:00" };
  expect(await deliver("msg_2")).toBe(200);
  expect(await deliver("msg_1", older)).toBe(409);
  expect(await deliver("msg_1", older)).toBe(409);
  expect(await rows()).toMatchObject([{ full_name: "Ada" }]);
});

test("the receiver says that an e-mail address is taken, also again, and takes it when it is free", async () => {
  await deliver("msg_1");
  const bob = { id: "u2", clerk_user_id: "u2" };
  expect(await deliver("msg_2", bob)).toBe(409);
  expect(await deliver("msg_2", bob)).toBe(409);
  await site.sql`update app_users set active = false`;
  expect(await deliver("msg_2", bob)).toBe(200);
});

test("two users who swap their e-mail addresses both get them, whoever comes first", async () => {
  const [ada, bob] = ["ada@example.com", "bob@example.com"];
  const second = { id: "u2", clerk_user_id: "u2" };
  await deliver("msg_1", { email: ada });
  await deliver("msg_2", { ...second, email: bob });
  expect(await deliver("msg_3", { email: bob, updated_at: "2026-02-01T00:00:00+00:00" })).toBe(200);
  expect(await deliver("msg_4", { ...second, email: ada, updated_at: "2026-02-01T00:00:01+00:00" })).toBe(
    200,
  );
  expect(await rows()).toMatchObject([{ email: bob }, { email: ada }]);
});

let server: Server;
let centre: TestProject;
let worker: Worker | undefined;
/** Answers still to be lost after what came was stored. */
let losing = 0;

async function serve(request: IncomingMessage, response: ServerResponse) {
  const { method = "POST" } = request;
  const headers = new Headers(request.headers as Record<string, string>);
  const body = (await request.toArray()).join("");
  const answer = await receive(new Request("http://site.example", { method, headers, body }));
  if (losing-- > 0) return void response.destroy();
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
}

async function start(): Promise<string> {
  centre = await createCentre();
  server = createServer((request, response) => void serve(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/users/sync`;
}

afterEach(async () => {
  await worker?.stop();
  worker = undefined;
  server?.close().closeAllConnections();
  await centre?.close();
});

test("the engine and the receiver agree about every user, also when answers are lost", async () => {
  const url = await start();
  const test = await testWebhook(
    { url, present: SECRET, previous: [] },
    { outgoing, signal: new AbortController().signal },
  );
  expect(test.checks.map(({ ok }) => ok)).toEqual([true, true, true, true]);
  await centre.sql`insert into connected_sites (name, url, kind, removal_guard)
    values ('app', ${url}, 'webhook', false)`;
  await centre.sql`select site_set_credentials(id, ${url}, ${SECRET}, 'last') from connected_sites`;
  const { url: supabaseUrl, secretKey } = centre;
  worker = startWorker({
    supabaseUrl,
    secretKey,
    openCredentials: async (_, sealed) => sealed,
    outgoing,
    log: silent,
  });
  losing = 3;
  await centre.sql`
    insert into user_profiles (id, email, full_name)
    select 'u' || n, 'u' || n || '@example.com', 'User ' || n from generate_series(1, 50) n`;
  await agreed();
  await centre.sql`update user_profiles set full_name = 'Renamed' where id like 'u1%'`;
  await centre.sql`update user_profiles set status = 'inactive' where id like 'u2%'`;
  await centre.sql`delete from user_profiles where id like 'u3%'`;
  await agreed();
  const [stored] = await site.sql`select count(*)::int as messages from roster_messages`;
  const [logged] = await centre.sql`select count(*)::int as n from user_sync_log where status = 'success'`;
  expect(stored?.messages).toBe(logged?.n);
});

async function agreed() {
  const users = (sql: TestProject["sql"], from: string) =>
    sql.unsafe(`select id, clerk_user_id, email, full_name, role, team, department from ${from} order by id`);
  await expect
    .poll(
      async () => {
        worker?.wake();
        return [...(await users(site.sql, "app_users where active"))];
      },
      { timeout: 10_000 },
    )
    .toEqual([...(await users(centre.sql, "user_profiles where status = 'active'"))]);
  const waiting = async () =>
    await centre.sql`select user_id, error from user_sync_status where status not in ('synced', 'removed')`;
  await expect.poll(waiting, { timeout: 10_000 }).toEqual([]);
}
