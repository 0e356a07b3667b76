import { beforeEach, expect, test } from "vitest";
import { POST as signInRoute } from "@/app/api/session/route";
import { POST as setUp } from "@/app/api/setup/route";
import { connectCentre } from "@/lib/centre";
import { createSetupToken } from "@/lib/session/joining";
import { call, nobody, withCentre } from "@/tests/app/api/call";
import { createMember } from "@/tests/app/api/people";

const centre = withCentre();

beforeEach(async () => {
  await centre().sql`delete from rate_limits`;
});

function attempt(email: string, password = "a guess") {
  return call(signInRoute, { method: "POST", as: nobody, body: { email, password } });
}

async function statuses(attempts: Promise<Response>[]) {
  return (await Promise.all(attempts)).map(({ status }) => status).sort();
}

test("ten wrong passwords lock an account for a quarter of an hour, also to the right one, and no other account", async () => {
  const [ada, bob] = [await createMember(centre(), "viewer"), await createMember(centre(), "viewer")];
  for (let count = 0; count < 10; count++) {
    // However it is spelled.
    expect((await attempt(count % 2 ? ada.email.toUpperCase() : ` ${ada.email}`)).status).toBe(401);
  }
  const refused = await attempt(ada.email, ada.password);
  expect(refused.status).toBe(429);
  const wait = Number(refused.headers.get("retry-after"));
  expect([wait > 800, wait <= 900]).toEqual([true, true]);
  expect(await refused.json()).toMatchObject({
    code: "rate_limited",
    detail: "Too many requests. Try again in 15 minutes.",
  });
  expect((await attempt(bob.email, bob.password)).status).toBe(200);
  await centre().sql`update rate_limits set resets_at = now()`;
  expect((await attempt(ada.email, ada.password)).status).toBe(200);
});

test("guesses at the same moment are all counted", async () => {
  const { email } = await createMember(centre(), "viewer");
  const answers = await statuses(Array.from({ length: 20 }, () => attempt(email)));
  expect(answers.filter((status) => status === 401)).toHaveLength(10);
  expect(answers.filter((status) => status === 429)).toHaveLength(10);
});

test("signing in rightly is not limited", async () => {
  const { email, password } = await createMember(centre(), "viewer");
  for (let count = 0; count < 12; count++) expect((await attempt(email, password)).status).toBe(200);
});

test("fifty guesses from one address are all it has, whatever accounts they are for", async () => {
  await centre()
    .sql`insert into rate_limits values ('sign-in:address:unknown', 49, now() + interval '1 minute')`;
  expect((await attempt("a@example.com")).status).toBe(401);
  expect((await attempt("b@example.com")).status).toBe(429);
});

test("a one-time link does not get around the limit", async () => {
  const settings = { supabaseUrl: centre().url, supabaseSecretKey: centre().secretKey };
  const token = await createSetupToken(connectCentre(settings));
  const { email } = await createMember(centre(), "viewer");
  const guess = () =>
    call(setUp, { method: "POST", as: nobody, body: { token, email, password: "a guess" } });
  for (let count = 0; count < 5; count++) {
    expect([(await guess()).status, (await attempt(email)).status]).toEqual([401, 401]);
  }
  expect([(await guess()).status, (await attempt(email)).status]).toEqual([429, 429]);
});
