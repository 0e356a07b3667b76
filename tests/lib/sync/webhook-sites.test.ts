import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startWorker, type Worker } from "@/lib/sync";
import { outgoing } from "@/tests/support/outgoing";
import { always, type Receiver, SECRET, startReceiver } from "@/tests/support/receiver";
import { createCentre, type TestProject } from "@/tests/support/stack";

const NEW_SECRET = `whsec_${Buffer.alloc(32, 8).toString("base64")}`;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

let centre: TestProject;
let receiver: Receiver;
let worker: Worker;
let siteId: string;

beforeEach(async () => {
  [centre, receiver] = await Promise.all([createCentre(), startReceiver()]);
  worker = startWorker({
    supabaseUrl: centre.url,
    secretKey: centre.secretKey,
    openCredentials: async (_site, sealed) => sealed,
    outgoing,
    log: silent,
  });
  const [site] = await centre.sql`
    insert into connected_sites (name, url, kind) values ('garage', ${receiver.url}, 'webhook') returning id`;
  siteId = String(site?.id);
  await save(SECRET);
});

afterEach(async () => {
  await worker.stop();
  await Promise.all([centre.close(), receiver.close()]);
});

/** In these tests the engine gets secrets as they are, not sealed. */
async function save(secret: string, keepPrevious = false, url = receiver.url) {
  await centre.sql`select site_set_credentials(${siteId}, ${url}, ${secret}, 'last', ${keepPrevious})`;
  worker.wake();
}

async function pairs() {
  return await centre.sql`select user_id, status, error_code, error from user_sync_status order by user_id`;
}

/** Waits until the pairs are so, waking the worker meanwhile as the server does after a write. */
async function expectPairs(expected: object[]) {
  await expect
    .poll(
      () => {
        worker.wake();
        return pairs();
      },
      { timeout: 10_000, interval: 20 },
    )
    .toMatchObject(expected);
}

/** Waits until every run has ended and the site is nobody's turn. */
async function quiet() {
  await expect
    .poll(async () => [
      ...(await centre.sql`select lease_id from connected_sites`),
      ...(await centre.sql`select id from sync_runs where finished_at is null`),
    ])
    .toEqual([{ lease_id: null }]);
}

const synced = (...users: string[]) => users.map((user_id) => ({ user_id, status: "synced" }));

async function addUsers(...names: string[]) {
  for (const id of names) {
    await centre.sql`insert into user_profiles (id, email) values (${id}, ${`${id}@example.com`})`;
  }
}

const events = (id: string) =>
  receiver.deliveries.filter(({ body }) => body.id === id).map(({ body }) => body.event);

describe("a webhook site", () => {
  test("is told of users who come, change, leave and are deleted", async () => {
    await addUsers("u1", "u2");
    await expectPairs(synced("u1", "u2"));
    await centre.sql`update user_profiles set full_name = 'Ada' where id = 'u1'`;
    await expectPairs(synced("u1", "u2"));
    await expect.poll(() => receiver.deliveries.at(-1)?.body.full_name).toBe("Ada");
    await centre.sql`update user_profiles set status = 'inactive' where id = 'u1'`;
    await centre.sql`delete from user_profiles where id = 'u2'`;
    await expectPairs([{ user_id: "u1", status: "removed" }]);
    await expect.poll(() => receiver.users()).toEqual([]);
    expect(events("u2")).toEqual(["user.upserted", "user.removed"]);
    const log =
      await centre.sql`select operation, status from user_sync_log where user_id = 'u2' order by id`;
    expect([...log]).toEqual([
      { operation: "upsert", status: "success" },
      { operation: "remove", status: "success" },
    ]);
  });

  test("whose answer was lost gets the same message again, with the same id", async () => {
    let lost = 0;
    receiver.respond((_delivery, response) => {
      if (++lost === 1) response.destroy();
      else response.end();
    });
    await addUsers("u1");
    await expectPairs(synced("u1"));
    const messages = receiver.deliveries.filter(({ body }) => body.id === "u1");
    expect(messages.length).toBeGreaterThan(1);
    expect(new Set(messages.map(({ id }) => id)).size).toBe(1);
  });

  test("gets a new message when a sync is asked for by hand", async () => {
    await addUsers("u1");
    await expectPairs(synced("u1"));
    await quiet();
    const before = receiver.deliveries.length;
    await centre.sql`select sync_user_start('u1', 'test')`;
    worker.wake();
    await expect.poll(() => receiver.deliveries.length).toBe(before + 1);
    await quiet();
    await centre.sql`select sync_all_start(null, 'test')`;
    worker.wake();
    await expect.poll(() => receiver.deliveries.length).toBe(before + 2);
    const ids = receiver.deliveries.slice(before - 1).map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
  });

  test("that is gone for good is left alone until a person acts", async () => {
    receiver.respond(always(410));
    await addUsers("u1");
    await expectPairs([{ user_id: "u1", status: "failed", error_code: "endpoint_gone" }]);
    const [site] = await centre.sql`select health, retry_at::text from connected_sites`;
    expect(site).toEqual({ health: "blocked", retry_at: "infinity" });
    receiver.respond((_delivery, response) => response.end());
    await save(SECRET);
    await expectPairs(synced("u1"));
  });

  test.each([429, 503])(
    "that answers %i with Retry-After is left alone for exactly so long",
    async (status) => {
      receiver.respond(always(status, { "retry-after": "600" }));
      await addUsers("u1");
      await expectPairs([{ user_id: "u1", status: "retrying", error_code: "throttled" }]);
      const [site] = await centre.sql`
      select health, round(extract(epoch from retry_at - now()) / 10)::int as tens from connected_sites`;
      expect(site).toEqual({ health: "degraded", tens: 60 });
      expect(events("u1")).toHaveLength(1);
    },
  );

  test("that moved is told there of users who left meanwhile", async () => {
    await addUsers("u1", "u2");
    await expectPairs(synced("u1", "u2"));
    receiver.respond(always(410));
    await centre.sql`update user_profiles set status = 'inactive' where id = 'u1'`;
    await expectPairs([{ user_id: "u1", error_code: "endpoint_gone" }, { user_id: "u2" }]);
    receiver.respond((_delivery, response) => response.end());
    await save(SECRET, false, `${receiver.url}?moved`);
    await expectPairs([
      { user_id: "u1", status: "removed" },
      { user_id: "u2", status: "synced" },
    ]);
    expect(receiver.users()).toEqual(["u2"]);
  });

  test("that redirects is not followed", async () => {
    const elsewhere = await startReceiver();
    receiver.respond(always(307, { location: elsewhere.url }));
    await addUsers("u1");
    await expectPairs([{ user_id: "u1", status: "failed", error_code: "endpoint_moved" }]);
    expect(elsewhere.deliveries).toEqual([]);
    await elsewhere.close();
  });

  test("that refuses one user takes the others, and its words are shown", async () => {
    receiver.respond(({ body }, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ success: body.id !== "u2", message: "No team called Moon" }));
    });
    await addUsers("u1", "u2", "u3");
    await expectPairs([
      { user_id: "u1", status: "synced" },
      { user_id: "u2", status: "retrying", error_code: "user_refused", error: "No team called Moon" },
      { user_id: "u3", status: "synced" },
    ]);
    const [site] = await centre.sql`select health from connected_sites`;
    expect(site).toEqual({ health: "ok" });
  });

  test("that breaks down at one user gets all the others", async () => {
    receiver.respond(({ body }, response) => response.writeHead(body.id === "u1" ? 500 : 200).end());
    await addUsers("u1");
    await expectPairs([{ user_id: "u1", status: "retrying", error_code: "unreachable" }]);
    await addUsers("u2");
    await expectPairs([
      { user_id: "u1", status: "retrying", error_code: "endpoint_failed" },
      { user_id: "u2", status: "synced" },
    ]);
  });

  test("that fails midway keeps what landed, and gets the rest when it is well again", async () => {
    await quiet();
    let taken = 0;
    receiver.respond((_delivery, response) => response.writeHead(++taken > 40 ? 503 : 200).end());
    await centre.sql`
      insert into user_profiles (id, email) select 'u' || n, 'u' || n || '@example.com' from generate_series(1, 300) n`;
    worker.wake();
    const count = async (status: string) =>
      (await centre.sql`select count(*)::int as n from user_sync_state where status = ${status}`)[0]?.n;
    await expect.poll(() => count("synced"), { timeout: 10_000 }).toBe(40);
    receiver.respond((_delivery, response) => response.end());
    await expect.poll(() => count("synced"), { timeout: 10_000 }).toBe(300);
    expect(receiver.users()).toHaveLength(300);
    const [log] = await centre.sql`select count(*)::int as n from user_sync_log where status = 'success'`;
    expect(log).toEqual({ n: 300 });
  });

  test("is sent both signatures for 24 hours after its secret was replaced", async () => {
    await save(NEW_SECRET, true);
    await addUsers("u1");
    await expectPairs(synced("u1"));
    await quiet();
    await centre.sql`
      update connected_sites set previous_secrets =
        jsonb_set(previous_secrets, '{0,until}', to_jsonb(now() - interval '1 second'))`;
    await addUsers("u2");
    await expectPairs([{ user_id: "u1" }, { user_id: "u2", error_code: "signature_refused" }]);
  });
});
