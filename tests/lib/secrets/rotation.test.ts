import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connectCentre } from "@/lib/centre";
import { type RotationOptions, rotateSecrets } from "@/lib/secrets/rotation";
import { channelPlaces, createSealer, credentialsPlace } from "@/lib/secrets/sealer";
import { listSealingKeys } from "@/lib/secrets/service";
import { RotateChild } from "@/tests/support/rotate-child";
import { addSealedSite } from "@/tests/support/sealed-sites";
import { createCentre, type TestProject } from "@/tests/support/stack";

const [k1, k2, lost] = ["k1", "k2", "lost"].map((kid) => ({ kid, key: new Uint8Array(randomBytes(32)) }));
if (!k1 || !k2 || !lost) throw new Error("Three keys");
const [before, rotating, after] = [createSealer([k1]), createSealer([k2, k1]), createSealer([k2])];
const url = "https://hrms.supabase.co";
const secret = "sb_secret_0123456789abcdef";

let centre: TestProject;
beforeAll(async () => {
  centre = await createCentre();
});
afterAll(async () => await centre.close());
beforeEach(async () => {
  await centre.sql`truncate connected_sites, sync_runs cascade`;
});

function rotate(options: Partial<RotationOptions> = {}) {
  return rotateSecrets({
    centre: connectCentre({ supabaseUrl: centre.url, supabaseSecretKey: centre.secretKey }),
    sealer: rotating,
    write: true,
    onProgress: () => undefined,
    signal: new AbortController().signal,
    ...options,
  });
}

async function site(id: string) {
  const [row] =
    await centre.sql`select *, previous_secrets::text as previous from connected_sites where id = ${id}`;
  return row;
}

describe("rotating", () => {
  test("seals every secret with the first key and changes nothing else", async () => {
    const hrms = await addSealedSite(centre, before, { name: "hrms", url, secret });
    await centre.sql`update sync_runs set finished_at = now()`;
    await centre.sql`
      update connected_sites set health = 'blocked', error_code = 'table_missing', error = 'x', retry_at = 'infinity',
        lease_id = gen_random_uuid(), lease_until = now() + interval '9 seconds'`;
    const was = await site(hrms);
    expect(await rotate()).toEqual({ resealed: 1, current: 0, outdated: 0, unreadable: [] });
    const { credentials_sealed: sealed, ...is } = (await site(hrms)) ?? {};
    const { credentials_sealed: _, ...same } = was ?? {};
    expect(is).toEqual(same);
    expect(await after.open(sealed, credentialsPlace({ id: hrms, kind: "supabase", url }))).toBe(secret);
    expect(await centre.sql`select from sync_runs where finished_at is null`).toHaveLength(0);
    expect(await rotate()).toEqual({ resealed: 0, current: 1, outdated: 0, unreadable: [] });
  });

  test("seals what alert channels keep as well", async () => {
    const id = randomUUID();
    const places = channelPlaces(id);
    const [hook, key] = ["https://chat.example.com/T0/s3cret", "whsec_0123"];
    await centre.sql`select alert_channel_create(${id}, 'webhook', 'chat.example.com', null,
      ${await before.seal(hook, places.url)}, ${await before.seal(key, places.secret)})`;
    expect(await rotate({ write: false })).toMatchObject({ resealed: 0, outdated: 2 });
    expect(await rotate()).toEqual({ resealed: 2, current: 0, outdated: 0, unreadable: [] });
    const [row] = await centre.sql`select url_sealed, secret_sealed from alert_channels`;
    expect(await after.open(row?.url_sealed, places.url)).toBe(hook);
    expect(await after.open(row?.secret_sealed, places.secret)).toBe(key);
    await expect(after.open(row?.url_sealed, places.secret)).rejects.toThrow("another site or field");
    await centre.sql`truncate alert_channels cascade`;
  });

  test("seals signing secrets that still sign, and forgets those whose time is over", async () => {
    const hook = { kind: "webhook", url: "https://a.example/hook" } as const;
    const id = await addSealedSite(centre, before, { name: "garage", ...hook, secret: "whsec_new" });
    const place = credentialsPlace({ id, ...hook });
    const previous = [
      { sealed: await before.seal("whsec_old", place), until: "2999-01-01T00:00:00+00:00" },
      { sealed: await createSealer([lost]).seal("whsec_older", place), until: "2020-01-01T00:00:00+00:00" },
    ];
    await centre.sql`update connected_sites set previous_secrets = ${centre.sql.json(previous)}`;
    expect(await rotate()).toEqual({ resealed: 2, current: 0, outdated: 0, unreadable: [] });
    const kept = JSON.parse((await site(id))?.previous);
    expect(kept).toEqual([{ sealed: expect.any(String), until: previous[0]?.until }]);
    expect(await after.open(kept[0].sealed, place)).toBe("whsec_old");
  });

  test("does not overwrite a credential that is saved meanwhile", async () => {
    const id = await addSealedSite(centre, before, { name: "hrms", url, secret });
    const place = credentialsPlace({ id, kind: "supabase", url });
    const sealer = {
      ...rotating,
      // Saved between reading and writing.
      seal: async (...given: Parameters<typeof rotating.seal>) => {
        if (given[0] === secret) {
          const saved = await before.seal("sb_secret_saved_meanwhile", place);
          await centre.sql`update connected_sites set credentials_sealed = ${saved}`;
        }
        return await rotating.seal(...given);
      },
    };
    expect(await rotate({ sealer })).toMatchObject({ resealed: 1, outdated: 0 });
    expect(await after.open((await site(id))?.credentials_sealed, place)).toBe("sb_secret_saved_meanwhile");
  });

  test("gives seals from before origins were bound theirs", async () => {
    const id = await addSealedSite(centre, before, { name: "hrms", url, secret });
    const old = await rotating.seal(secret, { siteId: id, field: "supabase_key" });
    await centre.sql`update connected_sites set credentials_sealed = ${old}`;
    expect(await rotate()).toMatchObject({ resealed: 1 });
    const place = credentialsPlace({ id, kind: "supabase", url: "https://evil.example" });
    await expect(after.open((await site(id))?.credentials_sealed, place)).rejects.toThrow(
      "not sent anywhere",
    );
  });

  test("looks at every site, page by page, and leaves disconnected ones alone", async () => {
    for (let n = 0; n < 205; n++) await addSealedSite(centre, before, { name: `site${n}`, url, secret });
    const gone = await addSealedSite(centre, before, { name: "gone", url, secret });
    await centre.sql`select site_disconnect(${gone})`;
    const seen: [number, number][] = [];
    await rotate({ onProgress: (...progress) => seen.push(progress) });
    expect(seen).toEqual([
      [100, 100],
      [200, 200],
      [205, 205],
    ]);
    expect((await site(gone))?.credentials_sealed).toBeNull();
  });

  test("ends early when it is told to, and goes on at the next call", async () => {
    for (let n = 0; n < 150; n++) await addSealedSite(centre, before, { name: `site${n}`, url, secret });
    const stopping = new AbortController();
    const first = await rotate({ onProgress: () => stopping.abort(), signal: stopping.signal });
    expect(first.resealed).toBe(100);
    expect(await rotate()).toEqual({ resealed: 50, current: 100, outdated: 0, unreadable: [] });
  });
});

describe("npm run secrets:rotate", () => {
  const spell = (...keys: { kid: string; key: Uint8Array }[]) =>
    keys.map(({ kid, key }) => `${kid}:${Buffer.from(key).toString("base64url")}`).join(",");

  test("--check tells which keys are needed, and writes nothing", async () => {
    const id = await addSealedSite(centre, before, { name: "hrms", url, secret });
    const was = await site(id);
    const { code, output } = await new RotateChild(centre, spell(k2, k1), "--check").ended();
    expect(output).toContain(
      "0 secrets sealed again, 0 already sealed with the first key, 1 still sealed with",
    );
    expect(output).toContain("Still needed: k1.");
    expect(code).toBe(0);
    expect(await site(id)).toEqual(was);
  });

  test("seals again, says that the old key can go, and holds no secret", async () => {
    await addSealedSite(centre, before, { name: "hrms", url, secret });
    const { code, output } = await new RotateChild(centre, spell(k2, k1)).ended();
    expect(output).toContain("1 sites looked at, 1 secrets sealed again");
    expect(output).toContain("  k2: 1, seals\n  k1: 0\n");
    expect(output).toContain("No longer needed: k1. Take it out of ROSTER_SECRET_KEYS");
    expect(output).not.toContain(secret.slice(10));
    expect(code).toBe(0);
  });

  test("names the sites whose secrets cannot be opened, and what to do, and ends with 1", async () => {
    await addSealedSite(centre, createSealer([lost]), { name: "cms", url, secret });
    await addSealedSite(centre, before, { name: "hrms", url, secret });
    const { code, output } = await new RotateChild(centre, spell(k2, k1)).ended();
    expect(output).toContain('  cms: It was sealed with the key "lost", which is not configured.');
    expect(output).toContain("Put the key that sealed them back into ROSTER_SECRET_KEYS");
    expect(output).toContain("  lost: 1, is not configured");
    expect(output).toContain("1 secret sealed again");
    expect(code).toBe(1);
  });

  test("says so when the centre does not answer, without its key", async () => {
    const away = { url: "http://127.0.0.1:1", secretKey: "sb_secret_of_the_centre" };
    const { code, output } = await new RotateChild(away, spell(k2, k1)).ended();
    expect(output).toContain("The central Supabase project does not answer.");
    expect(output).not.toContain("of_the_centre");
    expect(code).toBe(1);
  });
});

describe("the list of keys", () => {
  const aMoment = expect.stringMatching(/^\d{4}-\d\d-\d\dT/);
  test("counts what each has sealed, with those that are missing and what is none", async () => {
    await addSealedSite(centre, before, { name: "a", url, secret });
    await addSealedSite(centre, createSealer([lost]), { name: "b", url, secret });
    for (const [name, rubbish] of [
      ["c", "rubbish"],
      ["d", "ey.x"],
      ["e", "IiI.."],
    ] as const) {
      const id = await addSealedSite(centre, before, { name, url, secret });
      await centre.sql`update connected_sites set credentials_sealed = ${rubbish} where id = ${id}`;
    }
    const client = connectCentre({ supabaseUrl: centre.url, supabaseSecretKey: centre.secretKey });
    expect(await listSealingKeys({ centre: client, sealer: rotating })).toEqual({
      keys: [
        { kid: "k2", current: true, configured: true, sealed: 0, since: null },
        { kid: "k1", current: false, configured: true, sealed: 1, since: aMoment },
        { kid: "lost", current: false, configured: false, sealed: 1, since: aMoment },
        { kid: null, current: false, configured: false, sealed: 3, since: null },
      ],
    });
  });

  test("is nobody's but the server's", async () => {
    for (const call of ["secrets_by_key()", "site_reseal(gen_random_uuid(), '{}')", "sealed_with('')"]) {
      for (const role of ["anon", "authenticated"]) {
        const asked = centre.sql.begin(async (sql) => {
          await sql.unsafe(`set local role ${role}`);
          await sql.unsafe(`select public.${call}`);
        });
        await expect(asked).rejects.toThrow("permission denied");
      }
    }
  });
});
