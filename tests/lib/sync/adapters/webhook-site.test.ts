import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createWebhookSite } from "@/lib/sync/adapters/webhook-site";
import type { SiteWriter } from "@/lib/sync/ports";
import { deadUrl } from "@/tests/app/api/call";
import { target, targets } from "@/tests/lib/sync/adapters/targets";
import { outgoing } from "@/tests/support/outgoing";
import { always, type Receiver, SECRET, startReceiver } from "@/tests/support/receiver";

const OTHER_SECRET = `whsec_${Buffer.alloc(24, 9).toString("base64")}`;
const never = new AbortController().signal;

let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
});

interface Settings {
  id?: string;
  url?: string;
  failures?: number;
  secrets?: string[];
  aborting?: AbortSignal;
  timeoutMs?: number;
}

function writer(settings: Settings = {}): SiteWriter {
  const { id = "site", url = receiver.url, failures = 0, secrets = [SECRET], ...more } = settings;
  return createWebhookSite({ site: { id, url, failures }, secrets, outgoing, aborting: never, ...more });
}

const ids = (event?: string) =>
  receiver.deliveries.filter(({ body }) => !event || body.event === event).map(({ id }) => id);

function always200AndWaits(_delivery: unknown, response: ServerResponse) {
  response.writeHead(200).write("{");
}

/** Breaks down at some users. */
function stumbleOver(...poison: string[]) {
  receiver.respond(({ body }, response) =>
    response.writeHead(poison.includes(String(body.id)) ? 500 : 200).end(),
  );
}

describe("a message", () => {
  test("is signed, and holds the documented fields and no others", async () => {
    const result = await writer().upsert([target("u1")]);
    expect(result).toEqual({ kind: "answered", landed: new Set(["u1"]), refused: new Map() });
    const [delivery] = receiver.deliveries;
    expect(delivery?.headers["content-type"]).toBe("application/json");
    expect(delivery?.body).toEqual({
      event: "user.upserted",
      id: "u1",
      clerk_user_id: "u1",
      email: "u1@example.com",
      full_name: "Ada",
      role: "user",
      team: null,
      department: null,
      updated_at: "2026-01-01T00:00:00.123456+00:00",
    });
  });

  test("of a removal names who left", async () => {
    await writer().remove([target("u1")]);
    expect(receiver.deliveries[0]?.body).toMatchObject({ event: "user.removed", id: "u1", full_name: "Ada" });
  });

  test("has the same id whenever the same thing is sent again", async () => {
    await writer().upsert([target("u1")]);
    await writer().upsert([target("u1", { attempt: 2 })]);
    const [first, second] = ids();
    expect(first).toMatch(/^msg_[\w-]{32}$/);
    expect(second).toBe(first);
  });

  test("has another id for another site, user, event, version or sync by hand", async () => {
    const newer = target("u1");
    newer.row.updated_at = "2026-01-01T00:00:00.123457+00:00";
    await writer().upsert([target("u1"), target("u2"), newer, target("u1", { runId: "run" })]);
    await writer().remove([target("u1")]);
    await writer({ id: "other" }).upsert([target("u1")]);
    expect(new Set(ids()).size).toBe(6);
  });

  test("is accepted by whoever knows the new or the old secret while both are valid", async () => {
    const late = await startReceiver(OTHER_SECRET);
    const secrets = [SECRET, OTHER_SECRET];
    await writer({ secrets }).upsert([target("u1")]);
    await writer({ secrets, url: late.url }).upsert([target("u1")]);
    expect([receiver.users(), late.users()]).toEqual([["u1"], ["u1"]]);
    expect(receiver.deliveries[0]?.headers["webhook-signature"]).toMatch(/^v1,[^ ]+ v1,[^ ]+$/);
    await late.close();
  });
});

describe("a batch", () => {
  test("is sent ten users at a time, each once", async () => {
    const waiting: (() => void)[] = [];
    receiver.respond((_delivery, response) => {
      waiting.push(() => response.end());
      // Ten came, or all that were left: let them go together.
      if (waiting.length === Math.min(10, 95 - (receiver.deliveries.length - waiting.length))) {
        for (const end of waiting.splice(0)) end();
      }
    });
    const result = await writer().upsert(targets(95));
    expect(result).toMatchObject({ kind: "answered", landed: { size: 95 } });
    expect(receiver.mostAtOnce()).toBe(10);
    expect(new Set(ids()).size).toBe(95);
  });

  test("that fails midway tells who landed, who was refused and who was not tried", async () => {
    receiver.respond(({ body }, response) => {
      if (body.id === "u3") response.writeHead(422).end('{"message":"No such team"}');
      else if (body.id === "u12") response.writeHead(410).end();
      else response.end();
    });
    const result = await writer().upsert(targets(60));
    if (result.kind !== "failed") throw new Error("The site did not fail");
    expect(result.failure.code).toBe("endpoint_gone");
    expect(result.before?.landed).toEqual(new Set(receiver.users()));
    expect(result.before?.refused).toEqual(
      new Map([["u3", { code: "user_refused", message: "No such team" }]]),
    );
    expect(result.untried?.has("u59")).toBe(true);
    const tried = (result.before?.landed.size ?? 0) + (result.before?.refused.size ?? 0) + 1;
    expect(tried + (result.untried?.size ?? 0)).toBe(60);
  });

  test("is given up when the worker stops, and its call throws", async () => {
    const stop = new AbortController();
    receiver.respond(() => stop.abort());
    await expect(writer({ aborting: stop.signal }).upsert(targets(3))).rejects.toThrow("given up");
  });
});

describe("an answer", () => {
  test.each([
    ["that never comes", () => undefined],
    ["that begins with 200 and never ends", always200AndWaits],
  ])("%s is none, and the users are sent again", async (_name, respond) => {
    receiver.respond(respond);
    expect(await writer({ timeoutMs: 100 }).upsert(targets(2))).toMatchObject({
      kind: "failed",
      failure: { code: "unreachable", message: "The site's endpoint does not answer in time." },
      before: { landed: new Set() },
      untried: new Set(),
    });
  });

  test("that breaks off is none either", async () => {
    receiver.respond((_delivery, response) => {
      response.writeHead(200, { "content-length": "100" }).write("{", () => response.destroy());
    });
    expect(await writer().upsert(targets(1))).toMatchObject({
      kind: "failed",
      failure: { code: "unreachable" },
    });
  });
});

describe("a receiver that breaks down at a user", () => {
  test("costs that user an attempt when it takes others", async () => {
    stumbleOver("u1");
    const result = await writer().upsert(targets(3));
    expect(result).toMatchObject({ kind: "answered", landed: new Set(["u0", "u2"]) });
    if (result.kind === "answered") expect(result.refused.get("u1")?.code).toBe("endpoint_failed");
  });

  test("is a broken receiver when it takes nobody, and is left alone after ten", async () => {
    receiver.respond(always(500, {}, '{"error":"no database"}'));
    const result = await writer().upsert(targets(50));
    expect(result).toMatchObject({
      kind: "failed",
      failure: {
        code: "unreachable",
        message: "The site's endpoint answers with an error (HTTP 500): no database",
      },
      before: { landed: new Set(), refused: new Map() },
    });
    expect(receiver.deliveries.length).toBeLessThan(20);
  });

  test("does not make the site wait for a user who has failed alone before", async () => {
    stumbleOver("u1");
    const result = await writer().upsert([target("u1", { attempt: 2 })]);
    expect(result).toMatchObject({ kind: "answered", landed: new Set() });
  });
});

describe("a site in trouble", () => {
  test("is asked by a ping first, and no user is sent where nobody answers", async () => {
    const result = await writer({ url: await deadUrl(), failures: 1 }).upsert([target("u1")]);
    expect(result).toMatchObject({
      kind: "failed",
      failure: { message: "The site's endpoint does not answer: the connection was refused." },
      untried: new Set(["u1"]),
    });
    expect(await writer({ failures: 1 }).upsert([target("u1")])).toMatchObject({ kind: "answered" });
    const [ping, user] = receiver.deliveries;
    expect([ping?.body.event, user?.body.event]).toEqual(["ping", "user.upserted"]);
    expect(ping?.body).toMatchObject({ id: null, email: null });
  });

  test("that answers but breaks down at its only user charges that user, so that another one is next", async () => {
    stumbleOver("u1");
    const result = await writer({ failures: 2 }).upsert([target("u1")]);
    expect(result).toMatchObject({ kind: "failed", failure: { code: "unreachable" } });
    if (result.kind === "failed") expect(result.before?.refused.get("u1")?.code).toBe("endpoint_failed");
  });

  test("that breaks down at the ping too charges nobody", async () => {
    receiver.respond(always(500));
    const result = await writer({ failures: 2 }).upsert([target("u1")]);
    expect(result).toMatchObject({ kind: "failed", before: { refused: new Map() } });
  });
});
