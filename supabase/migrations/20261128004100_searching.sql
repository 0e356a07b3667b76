-- Finding some of a million users in any order, with any search, within any filter, in about the same time. There are two
-- ways: walking in the order until enough are met, and finding all who match by index and sorting them. The first is
-- short when they are many, unless they all come late in the order; the second when they are few. A sample says which.

-- How many rows user_pick is to walk over before it finds all who match instead: null for no limit, 0 for not at all. About
-- a thousand users, in some thirty places, tell how many match and how far into the order they begin: a real count, which
-- no outdated statistics mislead. row_cost: of a row that is walked over, in µs.
create function public.user_walk_length(
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
  elsif met > 0 and rows_seen * max_users / met * row_cost < all_cost / 2 then
    return (all_cost / 2 / row_cost)::integer; -- near, if they are spread evenly, and a try costs little
  end if;
  return 0;
end;
$$;

-- The ids that begin with what is searched, as a condition on a row called u; null when there are none.
create function public.user_id_searched(search text) returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  few constant integer := 1000; -- compared faster than the beginnings of all ids; more are soon met
  pattern text := public.like_literally(lower(search)) || '%';
  ids text[];
begin
  execute format('select array(select u.id from public.user_profiles u where lower(u.id) like %L limit %s)', pattern, few + 1)
    into ids;
  return case when ids = '{}' then null when cardinality(ids) > few then format('lower(u.id) like %L', pattern)
    else format('u.id = any (%L)', ids) end;
end;
$$;

-- Users who match a query (see user_conditions; also "syncStatus" and "siteId", see user_in_state), sorted by
-- "created_at", "updated_at", "full_name" or "email", descending with "-" in front, after the row with [sort key, id].
create function public.user_pick(query jsonb, sort text, after jsonb, max_users integer)
returns table (key jsonb, id text)
language plpgsql
stable
set search_path = ''
set enable_seqscan = off -- the sample has said how many match; the planner's guess may be twice that
as $$
declare
  direction text := case when left(sort, 1) = '-' then 'desc' else 'asc' end;
  sorted_by text := ltrim(sort, '-');
  key_column text := case sorted_by when 'full_name' then 'search_name' when 'email' then 'search_text'
    when 'updated_at' then 'updated_at' else 'created_at' end;
  by_words boolean := sorted_by in ('full_name', 'email');
  searching boolean := coalesce(query ->> 'search', '') <> '';
  -- The index by name or e-mail has what is searched, so that no row is looked at.
  index_only boolean := by_words and searching;
  -- One or two letters, and signs that this database takes for none, are no trigram worth looking up.
  loose boolean := searching and (length(query ->> 'search') < 3 or extensions.show_trgm(query ->> 'search') = '{}');
  searched text := public.user_searched(query ->> 'search');
  filtered text := public.user_filtered(query);
  state text := query ->> 'syncStatus';
  site uuid := query ->> 'siteId';
  in_state text := 'true';
  place text := 'true';
  by_id text;
  walk integer;
  most integer;
  ids text[];
  found_keys jsonb[];
  found_ids text[];
begin
  if searching then
    by_id := public.user_id_searched(query ->> 'search');
    searched := case when by_id is null then searched else format('(%s or %s)', searched, by_id) end;
  end if;
  if state is not null then
    ids := public.sync_suspects(state, site);
    -- A value, so that it is asked user by user and no further than to the end of the page.
    in_state := format('(select true from public.user_sync_status v where v.user_id = u.id and v.status = %L%s limit 1)',
      state, case when site is null then '' else format(' and v.site_id = %L', site) end);
    if state in ('removed', 'kept') then
      filtered := filtered || ' and u.status = ''inactive''';
    end if;
  end if;
  if after is not null then
    place := format('(u.%s, u.id) %s (%L::%s, %L)', key_column, case direction when 'desc' then '<' else '>' end,
      after ->> 0, case when by_words then 'text' else 'timestamptz' end, after ->> 1);
  end if;
  if ids is null then
    -- Roles, teams and departments have indexes in the order of created_at.
    if (searching or (filtered <> 'true' and sorted_by <> 'created_at'))
      and not (loose and index_only and filtered = 'true') then
      walk := public.user_walk_length(key_column, direction, place, searched || ' and ' || filtered,
        case when not index_only then 2 when filtered <> 'true' then 1 else 0.2 end, max_users);
    end if;
    if walk is distinct from 0 then
      execute public.user_walk_sql(key_column, direction, place, searched, filtered, in_state, walk, index_only, max_users)
        into found_keys, found_ids;
      if walk is null or cardinality(found_ids) = max_users then
        return query select * from unnest(found_keys, found_ids);
        return;
      end if;
    end if;
  end if;
  -- All of them by index. "offset 0" keeps the planner from walking again. Whose state counts, is asked in order: of the
  -- first thousand at first, since sorting all of them takes as long as finding them.
  foreach most in array case when in_state = 'true' then array[max_users] else array[greatest(1000, max_users), 2000000000] end loop
    execute format(
      'select array_agg(to_jsonb(p.key)), array_agg(p.id) from (
         select u.key, u.id from (
           select * from (
             select u.%1$s as key, u.id, u.status from %10$s u where %2$s and %3$s and %4$s%5$s offset 0
           ) u order by u.key %6$s, u.id %6$s limit %7$s
         ) u where %8$s order by u.key %6$s, u.id %6$s limit %9$s
       ) p', key_column, searched, filtered, place, case when ids is not null then ' and u.id = any ($1)' else '' end,
      direction, most, in_state, max_users,
      case when loose and filtered <> 'true' then format('(select * from public.user_profiles u where %s offset 0)', filtered)
        else 'public.user_profiles' end)
      into found_keys, found_ids using ids;
    exit when cardinality(found_ids) = max_users;
  end loop;
  return query select * from unnest(found_keys, found_ids);
end;
$$;

-- The statement of user_pick that walks: over all who follow, or the first "walk" of them. With index_only the index has
-- what is searched, and only who is found there is looked at.
create function public.user_walk_sql(
  key_column text, direction text, place text, searched text, filtered text, in_state text, walk integer, index_only boolean,
  max_users integer
) returns text
language sql
immutable
set search_path = ''
as $$
  select format(
    'select array_agg(to_jsonb(p.key)), array_agg(p.id) from (
       select u.%1$s as key, u.id from (
         select %2$s from public.user_profiles u where %3$s order by u.%1$s %4$s, u.id %4$s %5$s
       ) u cross join lateral (select u.id as id) found where %6$s and %7$s
       order by u.%1$s %4$s, u.id %4$s limit %8$s
     ) p', key_column,
    case when index_only and key_column = 'search_text' then 'u.search_text, u.id'
      when index_only then 'u.search_name, u.search_text, u.id' else 'u.*' end,
    place, direction,
    -- A limit beyond everybody keeps the planner from another way.
    case when walk is null and not index_only then '' else 'limit ' || coalesce(walk, 2000000000) end,
    searched,
    case when index_only and (filtered <> 'true' or in_state <> 'true')
      then format('(select true from public.user_profiles u where u.id = found.id and %s and %s)', filtered, in_state)
      else filtered || ' and ' || in_state end,
    max_users);
$$;

-- See user_pick; as a JSON array of {"key", "user"}.
create or replace function public.user_find(query jsonb, sort text, after jsonb, max_users integer) returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('key', p.key, 'user', (
    select public.user_told(u) from public.user_profiles u where u.id = p.id)) order by p.n), '[]')
  from public.user_pick(query, sort, after, max_users) with ordinality p(key, id, n);
$$;

drop function public.user_page(text, text, text, integer, text[]);

-- Users after [sort key, id], as [{"key", "user_id", "full_name", "email", "status", "version"}]: everybody or those a search
-- matches, by name, or those in a state at one of these sites (at any when null), by id. Among the latter are users whose
-- row is gone while a site still has to be told, with status "deleted".
create or replace function public.sync_people(wanted text, sites uuid[], search text, after jsonb, max_users integer)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  if wanted is not null then
    return public.sync_people_in_state(wanted, sites, search, after ->> 1, max_users);
  end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object('key', p.key, 'user_id', p.id, 'full_name', u.full_name, 'email', u.email,
      'status', u.status, 'version', u.version) order by p.n), '[]')
    from public.user_pick(jsonb_build_object('search', search), 'full_name', after, max_users) with ordinality p(key, id, n)
    cross join lateral (select x.* from public.user_profiles x where x.id = p.id offset 0) u
  );
end;
$$;

revoke execute on function
  public.user_walk_length(text, text, text, text, real, integer), public.user_id_searched(text), public.user_pick(jsonb, text, jsonb, integer),
  public.user_walk_sql(text, text, text, text, text, text, integer, boolean, integer)
from public, anon, authenticated;
grant execute on function
  public.user_walk_length(text, text, text, text, real, integer), public.user_id_searched(text), public.user_pick(jsonb, text, jsonb, integer),
  public.user_walk_sql(text, text, text, text, text, text, integer, boolean, integer)
to service_role;
