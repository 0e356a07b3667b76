import { randomUUID } from "node:crypto";
import { createClient } from "@supabase/supabase-js";
import { POST as signInRoute } from "@/app/api/session/route";
import type { Role } from "@/lib/access/roles";
import { type Caller, call, nobody } from "@/tests/app/api/call";
import type { TestProject } from "@/tests/support/stack";

/** Somebody with an account in the central project. */
export interface Person {
  id: string;
  email: string;
  password: string;
}

/** Makes an account, who need not be a member. */
export async function createAccount(
  centre: TestProject,
  email = `${randomUUID()}@example.com`,
): Promise<Person> {
  const password = `pass-${randomUUID()}`;
  const options = { auth: { persistSession: false, autoRefreshToken: false } };
  const { data, error } = await createClient(centre.url, centre.publishableKey, options).auth.signUp({
    email,
    password,
  });
  if (error || !data.user) throw error ?? new Error("Signing up answers the user");
  return { id: data.user.id, email, password };
}

/** Makes an account and a member of it. */
export async function createMember(centre: TestProject, role: Role, email?: string): Promise<Person> {
  const person = await createAccount(centre, email);
  await centre.sql`insert into members (id, email, role) values (${person.id}, ${person.email}, ${role})`;
  return person;
}

/** Signs in through the API; answers the session. */
export async function signIn({ email, password }: Person): Promise<Caller> {
  return sessionOf(await call(signInRoute, { method: "POST", as: nobody, body: { email, password } }));
}

/** The session that an answer sets. */
export function sessionOf(answer: Response): { cookie: string } {
  const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
  if (cookies.length === 0) throw new Error(`No session came with a ${answer.status}`);
  return { cookie: cookies.join("; ") };
}

/** A member who is signed in. */
export async function memberSession(centre: TestProject, role: Role): Promise<Caller> {
  return await signIn(await createMember(centre, role));
}
