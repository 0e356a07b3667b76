import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSealer, type Sealer } from "@/lib/secrets/sealer";
import type { Worker } from "@/lib/sync";
import { adviceFor } from "@/lib/sync/core/failure";
import { addSealedSite, startSealedWorker } from "@/tests/support/sealed-sites";
import { withHeader } from "@/tests/support/seals";
import { createCentre, createSite, type TestProject } from "@/tests/support/stack";

const key = (kid: string) => ({ kid, key: new Uint8Array(randomBytes(32)) });
const [k1, k2] = [key("k1"), key("k2")];

let centre: TestProject;
let projects: TestProject[];
let ids: string[];
let sealer: Sealer;
let worker: Worker | undefined;

beforeEach(async () => {
  centre = await createCentre();
  projects = await Promise.all(["hrms", "cms", "sales"].map((name) => createSite({ name })));
  sealer = createSealer([k1]);
  ids = await Promise.all(
    projects.map(({ name, url, secretKey }) =>
      addSealedSite(centre, sealer, { name, url, secret: secretKey }),
    ),
  );
  await addUser("u1");
  await expectState({ hrms: "ok", cms: "ok", sales: "ok" }, "u1");
  // A site that is being drained stays open: what is done to it meanwhile would be seen only later.
  await stop();
});

afterEach(async () => {
  await stop();
  await Promise.all([centre, ...projects].map((project) => project.close()));
});

async function stop() {
  await worker?.stop();
  worker = undefined;
}

async function addUser(id: string) {
  await centre.sql`insert into user_profiles (id, email) values (${id}, ${`${id}@example.com`})`;
}

/** Lets the engine work until each site is in that health, and a user is at those in good health and at no other. */
async function expectState(health: Record<string, "ok" | "blocked">, user: string, keys = sealer) {
  worker ??= startSealedWorker(centre, keys);
  const seen = async () => {
    worker?.wake();
    const rows = await centre.sql`select name, health from connected_sites`;
    const there = await Promise.all(
      projects.map(async ({ name, sql }) => [
        name,
        (await sql`select from user_profiles where id = ${user}`).length,
      ]),
    );
    return {
      health: Object.fromEntries(rows.map(({ name, health }) => [name, health])),
      there: Object.fromEntries(there),
    };
  };
  const there = Object.fromEntries(Object.entries(health).map(([name, is]) => [name, is === "ok" ? 1 : 0]));
  await expect.poll(seen, { timeout: 10_000 }).toEqual({ health, there });
}

async function sealedOf(n: number): Promise<string> {
  const [row] = await centre.sql`select credentials_sealed from connected_sites where id = ${ids[n] ?? ""}`;
  return String(row?.credentials_sealed);
}

async function put(n: number, sealed: string) {
  await centre.sql`update connected_sites set credentials_sealed = ${sealed} where id = ${ids[n] ?? ""}`;
}

async function errorOf(n: number) {
  const [row] = await centre.sql`select error_code, error from connected_sites where id = ${ids[n] ?? ""}`;
  return row;
}

function unreadable(why: string) {
  return {
    error_code: "credentials_unreadable",
    error: `The saved credentials of this site cannot be opened. ${why}`,
  };
}

const CHANGED = "It was changed, or sealed with another key of the same name.";

describe("a sealed value that somebody touched in the database blocks its site and no other:", () => {
  test("two sites' values swapped", async () => {
    const [first, second] = [await sealedOf(0), await sealedOf(1)];
    await put(0, second);
    await put(1, first);
    await addUser("u2");
    await expectState({ hrms: "blocked", cms: "blocked", sales: "ok" }, "u2");
    expect(await errorOf(0)).toEqual(unreadable("It was sealed for another site or field."));
    expect(adviceFor("credentials_unreadable")).toContain("ROSTER_SECRET_KEYS");
    // Put right, they heal: the engine looks again by itself when their time has come.
    await put(0, first);
    await put(1, second);
    await centre.sql`update connected_sites set retry_at = now()`;
    await expectState({ hrms: "ok", cms: "ok", sales: "ok" }, "u2");
  });

  test("one bit changed", async () => {
    const sealed = await sealedOf(1);
    const bytes = Buffer.from(sealed);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await put(1, bytes.toString());
    await addUser("u2");
    await expectState({ hrms: "ok", cms: "blocked", sales: "ok" }, "u2");
    expect(await errorOf(1)).toEqual(unreadable(CHANGED));
  });

  test("a value cut off", async () => {
    await put(2, (await sealedOf(2)).slice(0, -1));
    await addUser("u2");
    await expectState({ hrms: "ok", cms: "ok", sales: "blocked" }, "u2");
  });

  test("a header that switches encryption off", async () => {
    await put(
      0,
      withHeader(await sealedOf(0), (header) => ({ ...header, alg: "none", enc: "none" })),
    );
    await addUser("u2");
    await expectState({ hrms: "blocked", cms: "ok", sales: "ok" }, "u2");
    expect(await errorOf(0)).toEqual(unreadable(CHANGED));
  });

  test("another URL for the same key, which the key is never sent to", async () => {
    const elsewhere = projects[1]?.url ?? "";
    await centre.sql`update connected_sites set endpoint_url = ${elsewhere} where id = ${ids[0] ?? ""}`;
    await addUser("u2");
    await expectState({ hrms: "blocked", cms: "ok", sales: "ok" }, "u2");
    const why = `It was sealed for ${projects[0]?.url} and is not sent anywhere else.`;
    expect(await errorOf(0)).toEqual(unreadable(why));
  });

  test("another kind for the same key", async () => {
    await centre.sql`update connected_sites set kind = 'webhook' where id = ${ids[0] ?? ""}`;
    await addUser("u2");
    await expectState({ hrms: "blocked", cms: "ok", sales: "ok" }, "u2");
    expect(await errorOf(0)).toEqual(unreadable("It was sealed for another site or field."));
  });

  test("an old value put back after its key was replaced and taken out", async () => {
    const old = await sealedOf(0);
    const [rotating, rotated] = [createSealer([k2, k1]), createSealer([k2])];
    for (const [n, id] of ids.entries()) {
      const url = projects[n]?.url ?? "";
      const place = { siteId: id, field: "supabase_key", origin: new URL(url).origin };
      await put(n, await rotating.seal(await rotating.open(await sealedOf(n), place), place));
    }
    await put(0, old);
    await addUser("u2");
    await expectState({ hrms: "blocked", cms: "ok", sales: "ok" }, "u2", rotated);
    expect(await errorOf(0)).toEqual(unreadable('It was sealed with the key "k1", which is not configured.'));
  });
});
