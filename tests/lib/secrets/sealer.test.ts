import { randomBytes } from "node:crypto";
import { decodeProtectedHeader } from "jose";
import { expect, test } from "vitest";
import { createSealer, UnsealError } from "@/lib/secrets/sealer";

const key = (kid: string) => ({ kid, key: new Uint8Array(randomBytes(32)) });
const [first, second] = [key("k1"), key("k2")];
const place = { siteId: "s1", field: "supabase_key" };
const secret = "sb_secret_ünïcode";

test("what is sealed is opened for the same place, and shows nothing of itself", async () => {
  const sealer = createSealer([first]);
  const sealed = await sealer.seal(secret, place);
  expect(await sealer.open(sealed, place)).toBe(secret);
  expect(Buffer.from(sealed, "base64url").toString()).not.toContain("sb_secret");
  expect(decodeProtectedHeader(sealed)).toEqual({ alg: "dir", enc: "A256GCM", kid: "k1", ...place });
  expect(await sealer.seal(secret, place)).not.toBe(sealed);
});

test("a new key in front seals, and the old one still opens", async () => {
  const old = await createSealer([first]).seal(secret, place);
  const rotated = createSealer([second, first]);
  expect(await rotated.open(old, place)).toBe(secret);
  expect(decodeProtectedHeader(await rotated.seal(secret, place)).kid).toBe("k2");
});

test.each([[{ siteId: "s2", field: "supabase_key" }], [{ siteId: "s1", field: "signing_secret" }]])(
  "a text moved to %j does not open",
  async (other) => {
    const sealer = createSealer([first]);
    const moved = sealer.open(await sealer.seal(secret, place), other);
    await expect(moved).rejects.toThrow(new UnsealError("It was sealed for another site or field."));
  },
);

test("a key that is not configured is named", async () => {
  const sealed = await createSealer([first]).seal(secret, place);
  const opened = createSealer([second]).open(sealed, place);
  await expect(opened).rejects.toThrow('It was sealed with the key "k1", which is not configured.');
});

test("a changed text, another key of the same name and plain rubbish do not open", async () => {
  const sealed = await createSealer([first]).seal(secret, place);
  const flipped = sealed.slice(0, -2) + (sealed.at(-2) === "A" ? "B" : "A") + sealed.slice(-1);
  const [header, ...rest] = sealed.split(".");
  const forged = Buffer.from(JSON.stringify({ ...decodeProtectedHeader(sealed), siteId: "s2" })).toString(
    "base64url",
  );
  expect(header).not.toBe(forged);
  await expect(createSealer([first]).open(flipped, place)).rejects.toBeInstanceOf(UnsealError);
  await expect(createSealer([first]).open("rubbish", place)).rejects.toBeInstanceOf(UnsealError);
  await expect(createSealer([key("k1")]).open(sealed, place)).rejects.toBeInstanceOf(UnsealError);
  const moved = createSealer([first]).open([forged, ...rest].join("."), { ...place, siteId: "s2" });
  await expect(moved).rejects.toBeInstanceOf(UnsealError);
});
