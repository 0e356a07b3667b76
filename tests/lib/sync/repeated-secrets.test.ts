import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createSealer } from "@/lib/secrets/sealer";
import type { Worker } from "@/lib/sync";
import { SiteProxy } from "@/tests/support/faults/site-proxy";
import { type Receiver, SECRET, startReceiver } from "@/tests/support/receiver";
import { addSealedSite, startSealedWorker } from "@/tests/support/sealed-sites";
import { createCentre, type TestProject } from "@/tests/support/stack";

const KEY = `sb_publishable_${randomBytes(24).toString("base64url")}`;

let centre: TestProject;
let receiver: Receiver;
let proxy: SiteProxy;
let worker: Worker;
const logged: string[] = [];

beforeEach(async () => {
  [centre, receiver, proxy] = await Promise.all([
    createCentre(),
    startReceiver(),
    SiteProxy.start("http://127.0.0.1:1"),
  ]);
  const log = (fields: object, message: string) => void logged.push(JSON.stringify({ ...fields, message }));
  worker = startSealedWorker(centre, createSealer([{ kid: "k1", key: new Uint8Array(32) }]), {
    info: log,
    warn: log,
    error: log,
  });
});
afterEach(async () => {
  await worker.stop();
  await Promise.all([centre.close(), receiver.close(), proxy.close()]);
});

test("a site that repeats its key or signing secret in an error does not get it stored or logged", async () => {
  const sealer = createSealer([{ kid: "k1", key: new Uint8Array(32) }]);
  const body = JSON.stringify({ code: "22000", message: `no rows for apikey=${KEY}, sorry` });
  await proxy.set({ kind: "answer", status: 400, headers: { "content-type": "application/json" }, body });
  receiver.respond((_delivery, response) => {
    response
      .writeHead(422)
      .end(JSON.stringify({ message: `expected a signature by ${SECRET.slice(0, 30)}…` }));
  });
  await addSealedSite(centre, sealer, { name: "hrms", url: proxy.url, secret: KEY });
  await addSealedSite(centre, sealer, { name: "garage", kind: "webhook", url: receiver.url, secret: SECRET });
  await centre.sql`insert into user_profiles (id, email) values ('u1', 'u1@example.com')`;
  worker.wake();
  await expect
    .poll(async () => [...(await centre.sql`select site, error from user_sync_status order by site`)], {
      timeout: 10_000,
    })
    .toEqual([
      { site: "garage", error: "expected a signature by [redacted]…" },
      { site: "hrms", error: "no rows for apikey=[redacted], sorry" },
    ]);
  const log = await centre.sql`select error from user_sync_log`;
  expect(log.map(({ error }) => error).join()).not.toContain(KEY.slice(16));
  expect(logged.join()).not.toContain(KEY.slice(16));
});
