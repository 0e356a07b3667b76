import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DELETE as removeChannel } from "@/app/api/alerts/channels/[id]/route";
import { POST as testChannel } from "@/app/api/alerts/channels/[id]/test/route";
import { POST as addChannel, GET as channels } from "@/app/api/alerts/channels/route";
import { GET as alerts } from "@/app/api/alerts/route";
import type { Alert, ChannelCreated, ChannelList, ChannelTest } from "@/lib/alerts/schema";
import { type Watched, watchOnce } from "@/lib/alerts/watch";
import { connectCentre } from "@/lib/centre";
import { env } from "@/lib/env";
import type { Page } from "@/lib/http/page";
import { processLog } from "@/lib/log";
import { sharedOutgoing } from "@/lib/outgoing";
import { createSealer } from "@/lib/secrets/sealer";
import { call, callJson, withCentre } from "@/tests/app/api/call";
import { memberSession } from "@/tests/app/api/people";
import { startInbox } from "@/tests/support/alerts/inbox";
import { GuardedCentre } from "@/tests/support/removals/guarded-centre";

const centre = withCentre();
let world: GuardedCentre;
let inbox: Awaited<ReturnType<typeof startInbox>>;
let hrms: string;

beforeEach(async () => {
  const { sql } = centre();
  await sql`truncate connected_sites, user_sync_state, sync_tallies, site_removals, alerts, alert_channels, workers cascade`;
  await sql`delete from user_profiles`;
  await sql`truncate pgmq.q_user_changes, user_departures, deleted_users`;
  world = new GuardedCentre(centre());
  hrms = await world.connectSite("hrms");
  inbox = await startInbox();
});
afterEach(() => inbox.close());

const alive: Watched = { name: "test", lastTickAt: () => Date.now(), aliveSeconds: 30 };

/** What a server does every ten seconds. */
async function look(worker: Watched | undefined = alive): Promise<void> {
  const settings = env();
  const options = {
    centre: connectCentre(settings),
    sealer: createSealer(settings.sealingKeys),
    outgoing: sharedOutgoing(settings.allowPrivateSites),
    log: processLog(),
    origin: "https://roster.example.com",
    worker,
  };
  await watchOnce(options, { calmSeconds: 0 });
}

const addWebhook = () =>
  callJson<ChannelCreated>(addChannel, { method: "POST", body: { kind: "webhook", url: inbox.url } });
const open = async () =>
  (await callJson<Page<Alert>>(alerts, { path: "/api/alerts?state=open" })).items.map(({ kind }) => kind);
const texts = () => inbox.received.map(({ body }) => `${body.type}: ${body.text.split("\n")[0]}`);

/** Something starts and ends. */
const troubles: [
  kind: string,
  start: () => Promise<unknown>,
  end: () => Promise<unknown>,
  words: string[],
][] = [
  [
    "site_blocked",
    () =>
      world.sql`update connected_sites set health = 'blocked', error_code = 'table_missing', error = 'No table.'`,
    () => world.sql`select site_unblock(${hrms})`,
    ["hrms cannot sync", "hrms can sync again"],
  ],
  [
    "failures_standing",
    async () => {
      await world.addUsers(1, 2);
      await world.work();
      await world.sql`update user_sync_state set status = 'failed', due_at = 'infinity',
        desired_version = synced_version + 1, wanted_at = now() - interval '16 minutes'`;
    },
    () => world.sql`update user_sync_state set status = 'synced', desired_version = synced_version`,
    ["2 users failing at hrms", "Nobody has been failing at hrms for long any more"],
  ],
  [
    "removals_held",
    async () => {
      await world.addUsers(1, 20);
      await world.work();
      await world.deactivate(1, 10);
      await world.work();
    },
    async () => {
      await world.sql`select removals_approve(null, null, 1000)`;
      await world.work();
    },
    ["10 removals held at hrms", "No removal is held at hrms any more"],
  ],
  [
    "changes_waiting",
    async () => {
      await world.addUsers(1, 2);
      await world.work();
      await world.sql`update user_sync_state set status = 'pending', desired_version = synced_version + 1,
        wanted_at = now() - interval '11 minutes'`;
    },
    () => world.sql`update user_sync_state set status = 'synced', desired_version = synced_version`,
    ["Changes wait for hrms for more than 10 minutes", "Changes do not wait for hrms for long any more"],
  ],
];

describe("an alert", () => {
  test.each(troubles)(
    "for %s is told once when it starts and once when it ends",
    async (kind, start, end, words) => {
      await addWebhook();
      await look();
      expect(inbox.received).toEqual([]);
      await start();
      for (let n = 0; n < 3; n++) await look();
      expect(await open()).toEqual([kind]);
      await end();
      for (let n = 0; n < 3; n++) await look();
      expect(await open()).toEqual([]);
      expect(texts()).toEqual([`alert.started: ${words[0]}.`, `alert.ended: ${words[1]}.`]);
    },
  );

  test("is not opened for what a moment ago began, nor for sites that are paused", async () => {
    await world.addUsers(1, 2);
    await world.work();
    await world.sql`update user_sync_state set status = 'failed', desired_version = synced_version + 1`;
    await look();
    await world.sql`update user_sync_state set wanted_at = now() - interval '1 day'`;
    await world.sql`update connected_sites set status = 'paused', health = 'blocked'`;
    await look();
    expect(await open()).toEqual([]);
  });

  test("says that no worker is alive, as soon as another process looks, and that one is again", async () => {
    await addWebhook();
    await look();
    await world.sql`update workers set alive_until = now() - interval '59 seconds'`;
    await look(undefined);
    expect(await open()).toEqual([]);
    await world.sql`update workers set alive_until = now() - interval '61 seconds'`;
    const stuck = { ...alive, lastTickAt: () => Date.now() - 30_000 };
    await look(stuck);
    expect(await open()).toEqual(["no_worker"]);
    await look();
    await look();
    expect(texts()).toEqual([
      "alert.started: No worker is alive, so nothing syncs.",
      "alert.ended: A worker is alive again.",
    ]);
  });

  test("that comes and goes is one alert", async () => {
    const [blocked, ok] = ["blocked", "ok"].map(
      (health) => () => world.sql`update connected_sites set health = ${health}`,
    );
    await addWebhook();
    await blocked?.();
    await look();
    for (let n = 0; n < 3; n++) {
      await ok?.();
      await world.sql`select alerts_evaluate(30)`;
      await blocked?.();
      await world.sql`select alerts_evaluate(30)`;
    }
    await look();
    expect(texts()).toEqual(["alert.started: hrms cannot sync."]);
  });

  test("is signed, names where to look, and holds what programs need", async () => {
    const { signingSecret = "" } = await addWebhook();
    await world.sql`update connected_sites set health = 'blocked', error_code = 'table_missing', error = 'No table.'`;
    await look();
    const [message] = inbox.received;
    const verified = new Webhook(signingSecret).verify(message?.text ?? "", message?.headers ?? {});
    expect(verified).toMatchObject({
      type: "alert.started",
      alert: {
        kind: "site_blocked",
        siteId: hrms,
        site: "hrms",
        endedAt: null,
        detail: { errorCode: "table_missing" },
      },
    });
    expect(message?.body.text).toContain("No table. Run Roster's SQL for sites");
    expect(message?.body.text).toContain("https://roster.example.com/sites");
  });

  test("reaches a channel that was away later, once, with the same id, and its end comes after", async () => {
    await addWebhook();
    inbox.answer = 503;
    await world.sql`update connected_sites set health = 'blocked'`;
    await look();
    await look();
    expect(inbox.received).toHaveLength(1); // the second look was too early to try again
    const [failing] = (await callJson<ChannelList>(channels)).items;
    expect(failing).toMatchObject({ error: "The endpoint answered 503.", failingSince: expect.any(String) });
    await world.sql`select site_unblock(${hrms})`;
    await look();
    expect(inbox.received).toHaveLength(1); // not the end before the beginning
    inbox.answer = 204;
    await world.sql`update alert_notices set due_at = now()`;
    await look();
    await look();
    expect(texts().slice(1)).toEqual([
      "alert.started: hrms cannot sync.",
      "alert.ended: hrms can sync again.",
    ]);
    const ids = inbox.received.map(({ headers }) => headers["webhook-id"]);
    expect(ids[1]).toBe(ids[0]);
    expect((await callJson<ChannelList>(channels)).items).toMatchObject([
      { error: null, failingSince: null },
    ]);
  });

  test("is sent once when many processes look at the same time", async () => {
    await addWebhook();
    await world.sql`update connected_sites set health = 'blocked'`;
    await Promise.all(Array.from({ length: 8 }, () => look()));
    expect(texts()).toEqual(["alert.started: hrms cannot sync."]);
  });

  test("that began before a channel was there is not told to it, neither is its end", async () => {
    await world.sql`update connected_sites set health = 'blocked'`;
    await look();
    await addWebhook();
    await world.sql`select site_unblock(${hrms})`;
    await look();
    await look();
    expect(inbox.received).toEqual([]);
    const ended = await callJson<Page<Alert>>(alerts, { path: "/api/alerts?state=ended&limit=1" });
    expect(ended.items).toMatchObject([{ kind: "site_blocked", site: "hrms", endedAt: expect.any(String) }]);
  });
});

describe("a channel", () => {
  test("never tells its URL or secret again, not even in the database", async () => {
    const made = await addWebhook();
    const listed = JSON.stringify(await callJson<ChannelList>(channels));
    expect(listed).toContain("127.0.0.1");
    const [row] = await world.sql`select row_to_json(c)::text as text from alert_channels c`;
    const lines = await world.sql`select row_to_json(a)::text as text from audit_log a`;
    for (const text of [listed, String(row?.text), ...lines.map(({ text }) => String(text))]) {
      expect(text).not.toContain("s3cret");
      expect(text).not.toContain(made.signingSecret);
    }
  });

  test("gets a test message, and tells whether it was taken", async () => {
    const { id } = await addWebhook();
    const tryIt = () => callJson<ChannelTest>(testChannel, { method: "POST", params: { id } });
    expect(await tryIt()).toEqual({ ok: true, error: null });
    expect(inbox.received[0]?.body).toMatchObject({
      type: "test",
      text: expect.stringContaining("test message"),
    });
    inbox.answer = 404;
    expect(await tryIt()).toEqual({ ok: false, error: "The endpoint answered 404." });
    await inbox.close();
    expect(await tryIt()).toEqual({ ok: false, error: "The endpoint does not answer (ECONNREFUSED)." });
  });

  test("by e-mail says what is missing where mail is not set up", async () => {
    const body = { kind: "email", email: "ops@example.com" };
    const { id } = await callJson<ChannelCreated>(addChannel, { method: "POST", body });
    const tested = await callJson<ChannelTest>(testChannel, { method: "POST", params: { id } });
    expect(tested.error).toContain("SMTP_URL and SMTP_FROM are missing");
    expect(await callJson<ChannelList>(channels)).toMatchObject({
      mail: false,
      items: [{ label: "ops@example.com" }],
    });
  });

  test("that is removed gets nothing any more", async () => {
    const { id } = await addWebhook();
    await world.sql`update connected_sites set health = 'blocked'`;
    expect((await call(removeChannel, { method: "DELETE", params: { id } })).status).toBe(200);
    await look();
    expect(inbox.received).toEqual([]);
    expect((await call(removeChannel, { method: "DELETE", params: { id } })).status).toBe(404);
  });

  test.each([
    { kind: "email", email: "nobody" },
    { kind: "webhook", url: "ftp://chat.example.com" },
    { kind: "webhook", url: "https://10.0.0.1/hook" },
    { kind: "webhook", email: "ada@example.com" },
  ])("is refused when nothing could be sent there: %o", async (body) => {
    expect((await call(addChannel, { method: "POST", body })).status).toBe(422);
  });

  test("is an admin's to see", async () => {
    const viewer = await memberSession(centre(), "viewer");
    expect((await call(channels, { as: viewer })).status).toBe(403);
    expect((await call(alerts, { as: viewer })).status).toBe(200);
  });
});
