-- What was slow with a million users: searches for names at the end of the alphabet, and the matrix of those in a state that
-- most are in.

-- Nobody in user_profiles is deleted: with this the planner sees from the table's constraint that it need not look.
alter function public.sync_people_in_state(text, uuid[], text, text, integer) set constraint_exclusion = on;

-- How many rows user_pick is to walk over before it finds all who match instead: null for no limit, 0 for not at all. About
-- a thousand users, in some thirty places, tell how many match and how far into the order they begin: a real count, which
-- no outdated statistics mislead. row_cost: of a row that is walked over, in µs.
create or replace function public.user_walk_length(
  key_column text, direction text, place text, conditions text, row_cost real, max_users integer
) returns integer
language plpgsql
stable
set search_path = ''
as $$
declare
  looked constant integer := 1000;
  users real := (select c.reltuples from pg_catalog.pg_class c where c.oid = 'public.user_profiles'::regclass);
  each real := users / looked; -- how many one of the sample stands for
  all_cost real; -- of finding all: those whom the sample has, and what the index costs by itself
  met integer;
  rows_seen integer;
  first_met integer;
begin
  if users < 5 * looked then
    return null;
  end if;
  execute format(
    'select count(*), count(*) filter (where s.met), min(s.n) filter (where s.met) from (
       select %s as met, row_number() over (order by u.%s %s) as n
       from public.user_profiles u tablesample system (%s) repeatable (0) where %s
     ) s', conditions, key_column, direction, (100.0 * looked / users)::numeric(8, 5), place)
    into rows_seen, met, first_met;
  all_cost := 15000 + 1.2 * met * each;
  if met > 0 and first_met * each * row_cost <= all_cost then
    return least(3 * first_met * each + 2000, 1e9)::integer; -- they begin near enough
  elsif met > 0 and first_met < 5 * rows_seen / met and rows_seen * max_users / met * row_cost < all_cost / 2 then
    -- Near, if they are spread evenly, and a try costs little. Names at the end of the alphabet are not: of users
    -- who are, the first comes that late once in 150 times (e^-5).
    return (all_cost / 2 / row_cost)::integer;
  end if;
  return 0;
end;
$$;
