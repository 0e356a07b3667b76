import { randomBytes } from "node:crypto";
import { createClient } from "@supabase/supabase-js";
import { beforeAll, describe, expect, test } from "vitest";
import { GET as whoAmI } from "@/app/api/session/route";
import { GET as listUsers } from "@/app/api/users/route";
import { cookieSigner } from "@/lib/access/signed-cookie";
import { env } from "@/lib/env";
import { call, callJson, withCentre } from "@/tests/app/api/call";
import { createMember, type Person, signIn } from "@/tests/app/api/people";

const centre = withCentre();
const NAME = "roster";
let person: Person;
let cookie: string;

beforeAll(async () => {
  person = await createMember(centre(), "owner");
  ({ cookie } = (await signIn(person)) as { cookie: string });
});

async function statusFor(value: string) {
  return (await call(whoAmI, { as: { cookie: `${NAME}=${value}` } })).status;
}

/** As the server itself would write it. */
function signed(value: string): string {
  return cookieSigner(env().sealingKeys).sign(NAME, value);
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function stored(): { access_token: string; refresh_token: string } {
  const [, value = ""] = /^roster=base64-([\w-]+)\./.exec(cookie) ?? [];
  return JSON.parse(Buffer.from(value, "base64url").toString());
}

describe("a session's cookie", () => {
  test("is refused with any character changed, cut off, or without its signature", async () => {
    const value = cookie.slice(NAME.length + 1);
    expect(await statusFor(value)).toBe(200);
    for (let at = 0; at < value.length; at += 7) {
      const other = value[at] === "A" ? "B" : "A";
      expect(await statusFor(value.slice(0, at) + other + value.slice(at + 1)), `at ${at}`).toBe(401);
      expect(await statusFor(value.slice(0, at))).toBe(401);
    }
    expect(await statusFor(value.slice(0, value.lastIndexOf(".")))).toBe(401);
  });

  test("is refused when a token in it is not Auth's, even if the server had signed it", async () => {
    const [header = "", , signature] = stored().access_token.split(".");
    const now = Math.floor(Date.now() / 1000);
    const claims = { sub: person.id, role: "authenticated", aud: "authenticated", iat: now, exp: now + 3600 };
    const tokens = [
      [header, encode(claims), signature].join("."),
      [encode({ alg: "none" }), encode(claims), ""].join("."),
      "x",
    ];
    for (const session of [...tokens.map((access_token) => ({ ...stored(), access_token })), {}, "text"]) {
      expect(await statusFor(signed(`base64-${encode(session)}`))).toBe(401);
    }
    for (const broken of ["", "base64-", "base64-%%%", "x".repeat(5000)]) {
      for (const value of [broken, signed(broken)]) expect(await statusFor(value)).toBe(401);
    }
  });

  test("is refused under another cookie's name, and when another installation signed it", async () => {
    const value = `base64-${encode(stored())}`;
    const moved = cookieSigner(env().sealingKeys).sign(`${NAME}-other`, value);
    const foreign = cookieSigner([{ kid: "k", key: new Uint8Array(randomBytes(32)) }]).sign(NAME, value);
    for (const wrong of [moved, foreign]) expect(await statusFor(wrong)).toBe(401);
    expect(await statusFor(signed(value))).toBe(200);
  });

  test("outlives the key that signed it for as long as that key is configured", () => {
    const key = (kid: string) => ({ kid, key: new Uint8Array(randomBytes(32)) });
    const [k1, k2] = [key("k1"), key("k2")];
    const old = cookieSigner([k1]).sign(NAME, "x.y");
    expect(cookieSigner([k2, k1]).verify(NAME, old)).toBe("x.y");
    expect(cookieSigner([k2]).verify(NAME, old)).toBeNull();
  });
});

describe("a dump of the central database", () => {
  /** What Auth keeps of the session, and what it gives for that: a session that is as good as the person's own. */
  async function sessionFromDump() {
    const [row] = await centre().sql`
      select token from auth.refresh_tokens where user_id = ${person.id} and not revoked order by id desc limit 1`;
    const options = { auth: { persistSession: false, autoRefreshToken: false } };
    const { auth } = createClient(centre().url, centre().publishableKey, options);
    const { data } = await auth.refreshSession({ refresh_token: String(row?.token) });
    if (!data.session) throw new Error("The tokens of a dump are of use to Auth");
    return { kept: String(row?.token), session: data.session };
  }

  test("signs nobody in, though Auth gives a session for the tokens that it holds", async () => {
    const { kept, session } = await sessionFromDump();
    const renewable = { ...session, refresh_token: kept, expires_at: 1 };
    for (const made of [session, renewable]) expect(await statusFor(`base64-${encode(made)}`)).toBe(401);
    for (const token of [session.access_token, kept]) {
      const headers = { authorization: `Bearer ${token}` };
      expect(await callJson(listUsers, { headers, as: {} })).toMatchObject({ status: 401 });
    }
    // What keeps them out is the signature, and nothing else.
    expect(await statusFor(signed(`base64-${encode(session)}`))).toBe(200);
  });

  test("calls no API: what it has of a key is not the key", async () => {
    const rows = await centre().sql`select to_jsonb(k) as row from api_keys k`;
    const texts = rows.flatMap(({ row }) => Object.values(row).map(String));
    const values = texts.filter((text) => /^[\x21-\x7e]+$/.test(text));
    expect(values.length).toBeGreaterThan(3);
    for (const value of values) {
      const headers = { authorization: `Bearer ${value}` };
      expect(await callJson(listUsers, { headers, as: {} })).toMatchObject({ status: 401 });
    }
  });
});
