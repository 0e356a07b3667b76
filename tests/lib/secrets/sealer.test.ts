import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { decodeProtectedHeader } from "jose";
import { describe, expect, test } from "vitest";
import { createSealer, credentialsPlace, UnsealError } from "@/lib/secrets/sealer";
import { withHeader } from "@/tests/support/seals";

const key = (kid: string) => ({ kid, key: new Uint8Array(randomBytes(32)) });
const [first, second] = [key("k1"), key("k2")];
const place = credentialsPlace({ id: "s1", kind: "supabase", url: "https://hrms.supabase.co/" });
const secret = "sb_secret_ünïcode";
const CHANGED = new UnsealError("It was changed, or sealed with another key of the same name.");

describe("a sealed text", () => {
  test("is opened for the same place, and shows nothing of itself", async () => {
    const sealer = createSealer([first]);
    const sealed = await sealer.seal(secret, place);
    expect(await sealer.open(sealed, place)).toBe(secret);
    expect(Buffer.from(sealed, "base64url").toString()).not.toContain("sb_secret");
    expect(decodeProtectedHeader(sealed)).toEqual({
      alg: "dir",
      enc: "A256GCM",
      kid: "k1",
      siteId: "s1",
      field: "supabase_key",
      origin: "https://hrms.supabase.co",
    });
    expect(await sealer.seal(secret, place)).not.toBe(sealed);
  });

  test("opens with a key behind a new one, which seals", async () => {
    const old = await createSealer([first]).seal(secret, place);
    const rotated = createSealer([second, first]);
    const resealed = await rotated.seal(secret, place);
    expect(await rotated.open(old, place)).toBe(secret);
    expect([rotated.isCurrent(old, place), rotated.isCurrent(resealed, place)]).toEqual([false, true]);
    expect(await createSealer([second]).open(resealed, place)).toBe(secret);
  });

  test("does not open any more once its key was taken out, and names that key", async () => {
    const old = await createSealer([first]).seal(secret, place);
    const opened = createSealer([second]).open(old, place);
    await expect(opened).rejects.toThrow('It was sealed with the key "k1", which is not configured.');
  });

  test.each([
    [{ ...place, siteId: "s2" }, "It was sealed for another site or field."],
    [{ ...place, field: "signing_secret" }, "It was sealed for another site or field."],
    [
      { ...place, origin: "https://evil.example" },
      "It was sealed for https://hrms.supabase.co and is not sent anywhere else.",
    ],
    [credentialsPlace({ id: "s1", kind: "webhook", url: "https://x.example" }), "another site or field"],
    [credentialsPlace({ id: "s1", kind: "supabase", url: "not a URL" }), "is not sent anywhere else"],
  ])("moved to %j does not open", async (other, reason) => {
    const sealer = createSealer([first]);
    await expect(sealer.open(await sealer.seal(secret, place), other)).rejects.toThrow(reason);
  });

  test("from before origins were bound opens, and counts as one to seal again", async () => {
    const sealer = createSealer([first]);
    const old = await sealer.seal(secret, { siteId: place.siteId, field: place.field });
    expect(await sealer.open(old, place)).toBe(secret);
    expect(sealer.isCurrent(old, place)).toBe(false);
  });

  test("with any one bit changed, at any position, does not open", async () => {
    const sealer = createSealer([first]);
    const sealed = Buffer.from(await sealer.seal(secret, place));
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const opened = sealer.open(changed.toString("latin1"), place);
      await expect(opened, `bit ${bit}`).rejects.toBeInstanceOf(UnsealError);
    }
  });

  test("cut off anywhere, or with anything put in, does not open", async () => {
    const sealer = createSealer([first]);
    const sealed = await sealer.seal(secret, place);
    for (let length = 0; length < sealed.length; length++) {
      await expect(sealer.open(sealed.slice(0, length), place)).rejects.toBeInstanceOf(UnsealError);
      await expect(sealer.open(sealed.slice(length + 1), place)).rejects.toBeInstanceOf(UnsealError);
    }
    const insertion = fc.tuple(fc.nat(sealed.length), fc.string({ minLength: 1, unit: "binary" }));
    await fc.assert(
      fc.asyncProperty(insertion, async ([at, text]) => {
        const opened = sealer.open(sealed.slice(0, at) + text + sealed.slice(at), place);
        await expect(opened).rejects.toBeInstanceOf(UnsealError);
      }),
    );
  });

  test("that is any text at all does not open, and fails in the same way", async () => {
    const sealer = createSealer([first]);
    const part = fc.base64String().map((text) => text.replace(/=+$/, ""));
    const text = fc.oneof(
      fc.string(),
      fc.array(part, { minLength: 5, maxLength: 5 }).map((p) => p.join(".")),
    );
    await fc.assert(
      fc.asyncProperty(text, async (sealed) => {
        await expect(sealer.open(sealed, place)).rejects.toBeInstanceOf(UnsealError);
        expect(sealer.isCurrent(sealed, place)).toBe(false);
      }),
    );
  });

  test("does not open with another key of the same name, or under another key's name", async () => {
    const sealed = await createSealer([first]).seal(secret, place);
    await expect(createSealer([key("k1")]).open(sealed, place)).rejects.toThrow(CHANGED);
    const renamed = withHeader(sealed, (header) => ({ ...header, kid: "k2" }));
    await expect(createSealer([first, second]).open(renamed, place)).rejects.toThrow(CHANGED);
  });
});

describe("a header that Roster does not write", () => {
  test.each([
    ["no algorithm", { alg: "none" }],
    ["no encryption", { enc: "none" }],
    ["another algorithm", { alg: "A256KW" }],
    ["a key of its own", { alg: "PBES2-HS256+A128KW", p2c: 1, p2s: "AA" }],
    ["another encryption", { enc: "A128CBC-HS256" }],
    ["compression", { zip: "DEF" }],
    ["a critical extension", { crit: ["exp"], exp: 1 }],
    ["an unencoded payload", { b64: false, crit: ["b64"] }],
    ["a key in it", { jwk: { kty: "oct", k: "AA" } }],
    ["an address of keys", { jku: "https://evil.example/keys" }],
    ["anything more", { note: "x" }],
    ["a key's name that is none", { kid: ["k1"] }],
    ["another site", { siteId: "s2" }],
    ["another origin", { origin: "https://evil.example" }],
  ])("is refused, forged or sealed so: %s", async (_what, change) => {
    const sealer = createSealer([first]);
    const sealed = await sealer.seal(secret, place);
    const forged = withHeader(sealed, (header) => ({ ...header, ...change }));
    await expect(sealer.open(forged, place)).rejects.toThrow(CHANGED);
    const inserted = await sealer.seal(secret, { ...place, ...change }).catch(() => forged);
    await expect(sealer.open(inserted, place)).rejects.toBeInstanceOf(UnsealError);
  });

  test.each([["origin"], ["siteId"], ["field"], ["kid"], ["alg"], ["enc"]])(
    "is refused without its %s",
    async (name) => {
      const sealer = createSealer([first]);
      const forged = withHeader(await sealer.seal(secret, place), ({ [name]: _, ...header }) => header);
      await expect(sealer.open(forged, place)).rejects.toThrow(CHANGED);
    },
  );
});
