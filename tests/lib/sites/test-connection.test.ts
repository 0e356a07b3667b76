import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { look } from "@/tests/lib/sites/look";
import { createSite, type TestProject } from "@/tests/support/stack";

describe("a site's own project", () => {
  let site: TestProject;
  const secret = () => ({ supabaseUrl: site.url, supabaseKey: site.secretKey });
  const publishable = () => ({ supabaseUrl: site.url, supabaseKey: site.publishableKey });

  beforeAll(async () => {
    site = await createSite();
  });
  afterAll(async () => {
    await site.close();
  });

  async function rows() {
    return (await site.sql`select id from user_profiles`).length;
  }

  test("passes with its secret key, and no test row is left", async () => {
    const result = await look(secret());
    expect(result).toMatchObject({
      ok: true,
      url: { ok: true },
      key: { ok: true, message: "The project accepts this secret key." },
      table: { ok: true },
      write: { ok: true, message: "A test row was written, read back and removed." },
      privacy: { ok: null },
    });
    expect(await rows()).toBe(0);
  });

  test("says that a wrong key is refused, without repeating it", async () => {
    const result = await look({ supabaseUrl: site.url, supabaseKey: "sb_secret_not_this_one" });
    expect(result).toMatchObject({ ok: false, url: { ok: true }, key: { ok: false }, table: { ok: null } });
    expect(result.text).not.toContain("not_this_one");
    expect(result.text).toContain("Copy the secret key again");
  });

  test("keeps a public key from the users, and says to use the secret one", async () => {
    expect(await look(publishable())).toMatchObject({
      ok: false,
      key: { ok: true, fix: expect.stringContaining("secret key") },
      table: { ok: false },
      privacy: { ok: true },
    });
  });
});

describe("a project of its own for each test", () => {
  let site: TestProject;
  const secret = () => ({ supabaseUrl: site.url, supabaseKey: site.secretKey });

  beforeEach(async () => {
    site = await createSite();
    return () => site.close();
  });

  test("without the table is told to run the SQL file", async () => {
    await site.sql`drop table user_profiles`;
    await site.reloadSchema();
    expect(await look(secret())).toMatchObject({
      ok: false,
      key: { ok: true },
      table: {
        ok: false,
        message: "The site has no table user_profiles.",
        fix: expect.stringContaining("SQL"),
      },
      write: { ok: null },
    });
  });

  test("without some columns is told each of them, and the SQL that adds them", async () => {
    await site.sql`alter table user_profiles drop column team, drop column department`;
    await site.reloadSchema();
    expect(await look(secret())).toMatchObject({
      ok: false,
      table: {
        message: "The table user_profiles lacks the columns team, department.",
        fix: expect.stringContaining("add column team text, add column department text;"),
      },
    });
  });

  test("with a rule that Roster's rows break hears the database's sentence", async () => {
    await site.sql`alter table user_profiles add column badge text not null`;
    await site.reloadSchema();
    expect(await look(secret())).toMatchObject({
      ok: false,
      table: { ok: true },
      write: { ok: false, message: expect.stringContaining("badge") },
    });
  });

  test("that does not let the key delete is told so, and which row is left", async () => {
    await site.sql`create rule keep as on delete to user_profiles do instead nothing`;
    await site.reloadSchema();
    const result = await look(secret());
    expect(result).toMatchObject({ ok: false, write: { message: expect.stringContaining("not removed") } });
    const [left] = await site.sql`select id from user_profiles`;
    expect(result.text).toContain(String(left?.id));
  });

  test("set up the old way works with its public key, with two warnings", async () => {
    await site.sql`alter table user_profiles disable row level security`;
    await site.sql`grant all on user_profiles to anon`;
    await site.reloadSchema();
    const result = await look({ supabaseUrl: site.url, supabaseKey: site.publishableKey });
    expect(result).toMatchObject({
      ok: true,
      key: { ok: true, fix: expect.stringContaining("secret key") },
      write: { ok: true },
      privacy: { ok: false, fix: expect.stringContaining("row level security") },
    });
    expect((await site.sql`select id from user_profiles`).length).toBe(0);
  });
});
