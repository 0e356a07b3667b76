import { fileURLToPath } from "node:url";
import { expect, test } from "@playwright/test";
import { ensureBuild } from "@/supabase/local/demo/build";
import { everyBuiltFile, everyRow, valuesOf } from "@/tests/e2e/support/planted/everything";
import { type Installation, install } from "@/tests/e2e/support/planted/installation";
import { makeMistakes } from "@/tests/e2e/support/planted/mistakes";
import { runWithWrongSettings, visitPages } from "@/tests/e2e/support/planted/outputs";
import { REFRESH_TOKEN } from "@/tests/e2e/support/planted/people";
import { Search } from "@/tests/e2e/support/planted/search";
import { startServer } from "@/tests/e2e/support/planted/server";
import {
  connectEchoSites,
  connectOtherSites,
  readEverything,
  syncUsers,
} from "@/tests/e2e/support/planted/story";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

// One run with secrets everywhere and failures of every kind; each test then looks somewhere else.
test.describe.configure({ mode: "serial" });

let installation: Installation;
let search: Search;

test.beforeAll(async ({ browser }, info) => {
  test.setTimeout(600_000);
  const signal = AbortSignal.timeout(240_000);
  await ensureBuild({ root, log: info.outputPath("build.log"), signal, say: () => undefined });
  installation = await install();
  await connectEchoSites(installation);
  await connectOtherSites(installation);
  await makeMistakes(installation);
  await syncUsers(installation);
  await readEverything(installation);
  await visitPages(installation, browser);
  await runWithWrongSettings(installation);
  await installation.server.stop();
  // The setup link is printed for whoever can read the log, once; it is dead now.
  const log = installation.server.log().replace(installation.people.setupToken, "");
  installation.texts.push({ what: "the server's log", text: log });
  search = new Search(installation.plants.all);
});

test.afterAll(async () => {
  await installation?.close();
});

test("200 secrets were planted, and a search finds each of them in every spelling", () => {
  const { plants, texts } = installation;
  expect(plants.all.length).toBeGreaterThanOrEqual(200);
  expect(new Set(plants.all.map(({ needle }) => needle)).size).toBe(plants.all.length);
  expect(texts.length).toBeGreaterThan(500);
  for (const { needle } of plants.all) {
    for (const text of [
      `x${needle}x`,
      JSON.stringify({ [needle]: 1 }),
      encodeURIComponent(`=${needle}`),
      Buffer.from(`a: ${needle}`).toString("base64"),
      Buffer.from(`: ${needle};`).toString("base64url"),
      Buffer.from(` ${needle}`).toString("hex"),
      needle.slice(3, 19),
    ]) {
      expect([...search.in(text).keys()].map((plant) => plant.needle)).toContain(needle);
    }
  }
});

test("each secret reached the site it is for, and no other", () => {
  const { echo, plants } = installation;
  const sent = new Set<string>();
  const astray: string[] = [];
  for (const { what, text, secret } of echo.received) {
    for (const plant of search.in(text).keys()) {
      if (plant.text === secret) sent.add(secret);
      else astray.push(`${plant.where}, in ${what}`);
    }
  }
  expect(astray).toEqual([]);
  // Signing secrets sign, and are never sent at all.
  const keys = plants.all.filter(
    ({ where, text }) => where.startsWith("Supabase ") && !text.startsWith("whsec_"),
  );
  expect(keys.filter(({ text }) => !sent.has(text)).map(({ where }) => where)).toEqual([]);
  expect(keys.length).toBeGreaterThan(50);
});

test("no answer, page, console or log holds one, or a part of one", () => {
  expect(search.hits(installation.texts)).toEqual([]);
});

test("no file of the build or of its caches holds one", async () => {
  test.setTimeout(240_000);
  let files = 0;
  for await (const file of everyBuiltFile(root)) {
    files++;
    expect(search.hits([file])).toEqual([]);
  }
  expect(files).toBeGreaterThan(50);
});

test("no column of any table of the centre holds one, sealed columns and audit rows included", async () => {
  const rows = await everyRow(installation.centre.sql);
  const tables = new Set(rows.map(({ what }) => what));
  for (const table of ["connected_sites", "user_sync_state", "user_sync_log"]) {
    expect(
      [...tables].some((name) => name.includes(table)),
      table,
    ).toBe(true);
  }
  expect(rows.filter(({ text }) => text.includes("[redacted]")).length).toBeGreaterThan(20);
  const kept = rows.filter(({ what }) => what === "table auth.refresh_tokens");
  expect(search.hits(rows.filter((row) => !kept.includes(row)))).toEqual([]);
  expect(search.hits(kept).filter((hit) => !hit.startsWith(REFRESH_TOKEN))).toEqual([]);
});

test("a dump of the database opens no site, signs nobody in and calls no API", async () => {
  test.setTimeout(240_000);
  const { projects, env, drainSecret, people, centre } = installation;
  const values = valuesOf(await everyRow(centre.sql));
  expect(values.length).toBeGreaterThan(500);
  expect(values.filter((value) => /^ey[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/.test(value)).length).toBeGreaterThan(
    80,
  );
  const server = await startServer(env);
  const usable = values.filter((value) => /^[\x21-\x7e]{16,4000}$/.test(value));
  const works: string[] = [];
  const tryAll = async (what: string, open: (value: string) => Promise<number>, good: string) => {
    expect(await open(good), `${what}, with what does open it`).toBeLessThan(300);
    const queue = [...usable];
    const lane = async () => {
      for (let value = queue.shift(); value !== undefined; value = queue.shift()) {
        if ((await open(value)) < 300) works.push(`${what}: ${value}`);
      }
    };
    await Promise.all(Array.from({ length: 8 }, lane));
  };
  const { url, secretKey } = projects.healthy;
  const site = async (apikey: string) => {
    const headers = { apikey, authorization: `Bearer ${apikey}` };
    return (await fetch(`${url}/rest/v1/user_profiles?limit=1`, { headers })).status;
  };
  const status = async (path: string, headers: Record<string, string>, init: RequestInit = {}) => {
    const response = await fetch(server.url + path, {
      ...init,
      headers: { "content-type": "application/json", ...headers },
    });
    return response.status;
  };
  const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
  const drain = { method: "POST", body: '{"seconds":1}' };
  await tryAll("a site", site, secretKey);
  await tryAll("a drain", (value) => status("/api/sync/drain", bearer(value), drain), drainSecret);
  await tryAll("an API key", (value) => status("/api/users", bearer(value)), people.keys[0] ?? "");
  const session = people.cookie.replace(/^roster=/, "");
  await tryAll("a session", (value) => status("/api/session", { cookie: `roster=${value}` }), session);
  const preview = (value: string) =>
    status(`/api/invitations/preview?token=${encodeURIComponent(value)}`, {});
  await tryAll("an invitation", preview, people.openInvitation);
  await server.stop();
  expect(works).toEqual([]);
  expect(search.hits([{ what: "the last log", text: server.log() }])).toEqual([]);
});
