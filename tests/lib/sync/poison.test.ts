import { afterEach, describe, expect, inject, test } from "vitest";
import { adviceFor } from "@/lib/sync/core/failure";
import { Arena } from "@/tests/support/faults/arena";
import { until } from "@/tests/support/faults/truth";

interface Poison {
  /** What the user has that the site's table does not take. */
  user: Record<string, string | null>;
  code: "value_refused" | "conflict" | "not_landed";
}

/** Kinds that a trigger at the site produces, by the user's role: what every database can come up with. */
const BY_TRIGGER: Record<string, string> = {
  raises: "raise exception 'robots are not welcome'",
  ownCode: "raise exception using errcode = 'ZZ001', message = 'a code of its own'",
  dependent: "raise exception using errcode = '2BP01', message = 'something depends on it'",
  enum: "perform 'purple'::mood",
  overflow: "perform 1000::numeric(3, 2)",
  division: "perform 1 / (length(new.role) - length('division'))",
  date: "perform '2026-02-31'::date",
  json: "perform '{'::json",
  regex: "perform 'a' ~ '('",
  uuid: "perform new.id::uuid",
  assertion: "assert false, 'an assertion'",
  silent: "return null",
};

const POISON: Record<string, Poison> = {
  nullName: { user: { full_name: null }, code: "value_refused" },
  check: { user: { role: "forbidden" }, code: "value_refused" },
  foreignKey: { user: { department: "Nowhere" }, code: "value_refused" },
  tooLong: { user: { team: "A team whose name is too long" }, code: "value_refused" },
  domain: { user: { full_name: "bad word" }, code: "value_refused" },
  generated: { user: { full_name: "overflow" }, code: "value_refused" },
  foreignEmail: { user: { email: "taken@example.com" }, code: "conflict" },
  foreignClerk: { user: { clerk_user_id: "clerk_taken" }, code: "conflict" },
  foreignName: { user: { full_name: "TAKEN NAME" }, code: "conflict" },
  exclusion: { user: { team: "Taken" }, code: "value_refused" },
  ...Object.fromEntries(
    Object.keys(BY_TRIGGER).map((role): [string, Poison] => [
      role,
      { user: { role }, code: role === "silent" ? "not_landed" : "value_refused" },
    ]),
  ),
};

const SITE_SQL = `
  create type mood as enum ('red', 'green');
  create domain decent as text check (value <> 'bad word');
  create table departments (name text primary key);
  insert into departments values ('Known');
  alter table user_profiles
    alter column full_name set not null,
    alter column full_name type decent,
    alter column team type varchar(20),
    add constraint no_forbidden check (role <> 'forbidden'),
    add constraint known_department foreign key (department) references departments (name),
    add constraint one_taken_team exclude using btree (team with =) where (team = 'Taken'),
    add column score int generated always as (case when full_name = 'overflow' then 2147483647 + length(id) end) stored;
  create unique index one_name on user_profiles (lower(full_name)) where lower(full_name) = 'taken name';
  insert into user_profiles (id, clerk_user_id, email, full_name, team)
  values ('foreign', 'clerk_taken', 'taken@example.com', 'Taken Name', 'Taken');
  create function refuse() returns trigger language plpgsql as $$
  begin
    case new.role
      ${Object.entries(BY_TRIGGER)
        .map(([role, does]) => `when '${role}' then ${does};`)
        .join("\n")}
      else null;
    end case;
    return new;
  end;
  $$;
  create trigger refuse before insert or update on user_profiles for each row execute function refuse();`;

const GOOD = 1_000;
let arena: Arena;

afterEach(async () => await arena.close());

describe(`${Object.keys(POISON).length} kinds of poison row among ${GOOD} good ones`, () => {
  test("keep no good one waiting, and each has its reason and advice", { timeout: 90_000 }, async () => {
    arena = await Arena.create(inject("adminUrl"), []);
    const { sql } = arena.centre;
    const { project } = await arena.addSite("strict", {});
    await project.sql.unsafe(SITE_SQL);
    await project.reloadSchema();
    await sql`update connected_sites set take_over = null`; // somebody has decided about the row that is there
    const good = Array.from({ length: GOOD }, (_, n) => user(`good${n}`, {}));
    const bad = Object.entries(POISON).map(([id, poison]) => user(id, poison.user));
    const began = Date.now();
    await sql`insert into user_profiles ${sql([...good, ...bad].sort((a, b) => (hash(a.id) < hash(b.id) ? -1 : 1)))}`;
    arena.startEngine();
    await until("the good ones are there", 60_000, async () => {
      const there = await sql`select from user_sync_status where user_id like 'good%' and status = 'synced'`;
      return there.length === GOOD;
    });
    process.stdout.write(`      ${GOOD} good ones were there after ${Date.now() - began} ms\n`);
    await until("everybody was tried", 60_000, async () => {
      return (await sql`select from user_sync_status where status = 'pending'`).length === 0;
    });
    const failed = await sql`
      select user_id, status, error_code, error from user_sync_status where status <> 'synced' order by user_id`;
    expect(failed.map((row) => [row.user_id, row.status, row.error_code])).toEqual(
      Object.entries(POISON)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([id, { code }]) => [id, "retrying", code]),
    );
    for (const { error, error_code } of failed) {
      expect(error).toMatch(/\w/);
      expect(adviceFor(error_code)).toMatch(/\w/);
    }
    expect(await project.sql`select id from user_profiles`).toHaveLength(GOOD + 1);
    expect(await sql`select health from connected_sites`).toEqual([{ health: "ok" }]);
  });
});

function user(id: string, fields: Record<string, string | null>) {
  const row = { id, clerk_user_id: id, email: `${id}@example.com`, full_name: id, role: "user", team: null };
  return { ...row, department: "Known", ...fields };
}

/** A number from an id, to put the bad ones between the good ones. */
function hash(id: string): number {
  let mixed = 7;
  for (const letter of id) mixed = (Math.imul(mixed, 31) + letter.charCodeAt(0)) >>> 0;
  return Math.imul(mixed, 2_654_435_761) >>> 0;
}
