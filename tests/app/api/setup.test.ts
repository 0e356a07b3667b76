import { beforeEach, expect, test } from "vitest";
import { GET as whoAmI } from "@/app/api/session/route";
import { POST as setUp } from "@/app/api/setup/route";
import { GET as signInOptions } from "@/app/api/sign-in-options/route";
import { connectCentre } from "@/lib/centre";
import { createSetupToken } from "@/lib/session/joining";
import { type Caller, call, callJson, nobody, withCentre } from "@/tests/app/api/call";
import { createAccount, createMember, sessionOf, signIn } from "@/tests/app/api/people";

const centre = withCentre();

beforeEach(async () => {
  await centre().sql`delete from members`;
  await centre().sql`delete from setup_tokens`;
});

async function newToken() {
  const token = await createSetupToken(
    connectCentre({ supabaseUrl: centre().url, supabaseSecretKey: centre().secretKey }),
  );
  if (token === null) throw new Error("There is an owner");
  return token;
}

const accept = (body: object, as: Caller = nobody) => call(setUp, { as, method: "POST", body });
const owners = async () =>
  (await centre().sql`select email from members where role = 'owner'`).map(({ email }) => email as string);

test("the token makes a new account the first owner and signs it in", async () => {
  expect(await callJson(signInOptions, { as: nobody })).toMatchObject({ setup: true });
  const answer = await accept({ token: await newToken(), email: "Ada@example.com", password: "analytical" });
  expect([answer.status, await answer.json()]).toEqual([200, { member: true }]);
  expect(await callJson(whoAmI, { as: sessionOf(answer) })).toMatchObject({
    email: "ada@example.com",
    role: "owner",
  });
  expect(await callJson(signInOptions, { as: nobody })).toMatchObject({ setup: false });
});

test("the token makes an owner of an account that is there, by its password or its session", async () => {
  const bob = await createAccount(centre());
  const { email, password } = bob;
  expect((await accept({ token: await newToken(), email, password })).status).toBe(200);
  await centre().sql`delete from members`;
  expect((await accept({ token: await newToken() }, await signIn(bob))).status).toBe(200);
  expect(await owners()).toEqual([email]);
});

test("an account that is there with another password is not taken over", async () => {
  const { email } = await createAccount(centre());
  const answer = await accept({ token: await newToken(), email, password: "a guess" });
  expect(await answer.json()).toMatchObject({
    status: 401,
    detail: expect.stringContaining("password is another one"),
  });
  expect(await owners()).toEqual([]);
});

test("without an account, and with nobody signed in, it says what is missing", async () => {
  expect(await (await accept({ token: await newToken() })).json()).toMatchObject({ status: 401 });
  const half = await accept({ token: await newToken(), email: "ada@example.com" });
  expect(await half.json()).toMatchObject({ status: 422, errors: [{ path: "password" }] });
});

test("a token that was used is refused, and so is every other one, from whichever server", async () => {
  const [used, other] = [await newToken(), await newToken()];
  const { email, password } = await createAccount(centre());
  expect((await accept({ token: used, email, password })).status).toBe(200);
  for (const token of [used, other]) {
    expect((await accept({ token, email: "eve@example.com", password: "password" })).status).toBe(404);
  }
  expect(await owners()).toEqual([email]);
  expect(
    await createSetupToken(
      connectCentre({ supabaseUrl: centre().url, supabaseSecretKey: centre().secretKey }),
    ),
  ).toBeNull();
});

test("a token that is wrong or expired makes no account", async () => {
  const expired = await newToken();
  await centre().sql`update setup_tokens set expires_at = now()`;
  for (const token of [expired, "wrong"]) {
    expect((await accept({ token, email: "eve2@example.com", password: "password" })).status).toBe(404);
  }
  expect(await centre().sql`select from auth.users where email = 'eve2@example.com'`).toHaveLength(0);
});

test("of many who use tokens at the same moment one becomes the owner", async () => {
  const tokens = [await newToken(), await newToken()];
  const people = await Promise.all(Array.from({ length: 6 }, () => createAccount(centre())));
  const answers = await Promise.all(
    people.map(({ email, password }, index) => accept({ token: tokens[index % 2], email, password })),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404, 404, 404, 404]);
  expect(await owners()).toHaveLength(1);
});

test("a member who is no owner can become the first one", async () => {
  const bob = await createMember(centre(), "viewer");
  expect((await accept({ token: await newToken() }, await signIn(bob))).status).toBe(200);
  expect(await owners()).toEqual([bob.email]);
});
