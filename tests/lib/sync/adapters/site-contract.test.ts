import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createOutgoing, type Outgoing } from "@/lib/outgoing";
import { createSupabaseSite } from "@/lib/sync/adapters/supabase-site";
import { createWebhookSite } from "@/lib/sync/adapters/webhook-site";
import { policyOf } from "@/lib/sync/core/failure";
import type { SiteWriter } from "@/lib/sync/ports";
import { deadUrl } from "@/tests/app/api/call";
import { target, targets } from "@/tests/lib/sync/adapters/targets";
import { outgoing } from "@/tests/support/outgoing";
import { SECRET, startReceiver } from "@/tests/support/receiver";
import { createSite } from "@/tests/support/stack";

const aborting = new AbortController().signal;

/** A site of one kind, as far as the engine's promises about sites go. */
interface TestSite {
  writer(settings?: { url?: string; key?: string; way?: Outgoing }): SiteWriter;
  users(): Promise<string[]>;
  /** From now on refuses users of this name. */
  refuse(name: string): Promise<void>;
  close(): Promise<void>;
}

async function supabaseSite(): Promise<TestSite> {
  const project = await createSite();
  return {
    writer: ({ url = project.url, key = project.secretKey, way = outgoing } = {}) =>
      createSupabaseSite(url, key, { kind: "delete" }, { outgoing: way, aborting }),
    users: async () => (await project.sql`select id from user_profiles order by id`).map(({ id }) => id),
    refuse: async (name) => {
      await project.sql.unsafe(`alter table user_profiles add check (full_name <> '${name}')`);
    },
    close: () => project.close(),
  };
}

async function webhookSite(): Promise<TestSite> {
  const receiver = await startReceiver();
  return {
    writer: ({ url = receiver.url, key = SECRET, way = outgoing } = {}) =>
      createWebhookSite({ site: { id: "site", url, failures: 0 }, secrets: [key], outgoing: way, aborting }),
    users: async () => receiver.users(),
    refuse: async (name) => {
      receiver.respond(({ body }, response) => response.writeHead(body.full_name === name ? 422 : 200).end());
    },
    close: () => receiver.close(),
  };
}

const kinds = [
  {
    kind: "a Supabase project",
    start: supabaseSite,
    wrongKey: "sb_secret_wrong",
    refusal: "credentials_rejected",
  },
  {
    kind: "an HTTP endpoint",
    start: webhookSite,
    wrongKey: `whsec_${"A".repeat(32)}`,
    refusal: "signature_refused",
  },
];

describe.each(kinds)("$kind", ({ start, wrongKey, refusal }) => {
  let site: TestSite;

  beforeEach(async () => {
    site = await start();
  });
  afterEach(async () => {
    await site.close();
  });

  test("gets users, names them all, and takes the same again without harm", async () => {
    const writer = site.writer();
    for (let time = 1; time <= 2; time++) {
      const result = await writer.upsert(targets(30));
      expect(result).toMatchObject({ kind: "answered", landed: { size: 30 }, refused: new Map() });
    }
    expect(await site.users()).toHaveLength(30);
  });

  test("loses users who leave, also those it never had", async () => {
    const writer = site.writer();
    await writer.upsert(targets(3));
    expect(await writer.remove([target("u1"), target("nobody")])).toEqual({
      kind: "answered",
      landed: new Set(["u1", "nobody"]),
      refused: new Map(),
    });
    expect(await site.users()).toEqual(["u0", "u2"]);
  });

  test("that refuses a user fails that user alone", async () => {
    await site.refuse("Robot");
    const result = await site.writer().upsert([target("u1", {}, "Robot")]);
    const policies = result.kind === "answered" ? [...result.refused.keys()] : [result.failure.code];
    expect([["u1"], ["value_refused"]]).toContainEqual(policies);
    expect(await site.users()).toEqual([]);
  });

  test("that does not accept the credentials says so and gets nothing", async () => {
    const result = await site.writer({ key: wrongKey }).upsert(targets(2));
    expect(result).toMatchObject({ kind: "failed", failure: { code: refusal } });
    expect(await site.users()).toEqual([]);
  });

  test("at an address that is not public is blocked, gets nothing and is named", async () => {
    const result = await site.writer({ way: createOutgoing([]) }).upsert(targets(2));
    if (result.kind !== "failed") throw new Error("The site was written to");
    expect(result.failure).toEqual({
      code: "address_refused",
      message: "Roster does not connect to 127.0.0.1: its address is not public.",
    });
    expect(policyOf(result.failure)).toMatchObject({ kind: "block_site" });
    expect(await site.users()).toEqual([]);
  });

  test("that is not there is unreachable, in words", async () => {
    const result = await site.writer({ url: await deadUrl() }).upsert(targets(2));
    expect(result).toMatchObject({
      kind: "failed",
      failure: { code: "unreachable", message: expect.stringContaining("the connection was refused") },
    });
  });
});
