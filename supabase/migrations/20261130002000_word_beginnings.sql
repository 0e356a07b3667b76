-- One or two letters are looked for at the beginnings of words, by no index: who is rarely or nobody was found by looking at
-- everybody, and within a role at each of its users. An index of beginnings takes 6 bytes a user; making it for a million, 3 s.

-- Each word of what is searched as its first two letters and its first one. The cost says that comparing with this takes
-- longer than finding by its index, which no planner would think of a function.
create function public.user_beginnings(search_text text) returns text[]
language plpgsql
immutable
strict
parallel safe
cost 1000
set search_path = ''
as $$
begin
  return string_to_array(regexp_replace(search_text, '(([^ ])[^ ]?)[^ ]*', '\1 \2', 'g'), ' ');
end;
$$;
create index user_profiles_beginnings_idx on public.user_profiles using gin (public.user_beginnings(search_text));

-- What user_searched says, as an index can answer it: for finding users. Checking whether one is meant is what that is for.
create function public.user_search_indexed(search text) returns text
language sql
immutable
set search_path = ''
as $$
  select case when s.beginning ~ '^[^ ]{1,2}$' then format('public.user_beginnings(u.search_text) @> %L', array[s.beginning])
    else public.user_searched(search) end
  from (select lower(search) as beginning) s;
$$;

-- The ids that begin with what is searched, as a condition on a row called u; null when there are none.
create or replace function public.user_id_searched(search text) returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  few constant integer := 1000; -- compared faster than the beginnings of all ids; more are soon met
  pattern text := public.like_literally(lower(search)) || '%';
  ids text[];
begin
  -- In the order of the index by which they are found, or the planner might hope to meet so many in another one.
  execute format('select array(select u.id from public.user_profiles u where lower(u.id) like %L
    order by lower(u.id) using operator(pg_catalog.~<~) limit %s)', pattern, few + 1) into ids;
  return case when ids = '{}' then null when cardinality(ids) > few then format('lower(u.id) like %L', pattern)
    else format('u.id = any (%L)', ids) end;
end;
$$;

-- Whom a search finds, as conditions on a row called u of which exactly one is true of each of them; {true} for none. By
-- themselves indexes answer them; joined by "or" each row that is found would be compared again.
create function public.user_search_parts(search text) returns text[]
language plpgsql
stable
set search_path = ''
as $$
declare
  by_id text;
begin
  if coalesce(search, '') = '' then
    return '{true}';
  end if;
  by_id := public.user_id_searched(search);
  return array[public.user_search_indexed(search)] || case when by_id is not null
    then array[format('%s and not %s', by_id, public.user_searched(search))] end;
end;
$$;

-- The first users in an order of all who meet one of "parts" and the other conditions, as user_pick wants them. "offset 0"
-- keeps the planner from walking in that order. Whose state counts, is asked in order: of the first thousand at first,
-- since sorting all of them takes as long as finding them.
create function public.user_sorted(
  key_column text, direction text, source text, parts text[], conditions text, in_state text, ids text[], max_users integer,
  out found_keys jsonb[], out found_ids text[]
)
language plpgsql
stable
set search_path = ''
set enable_seqscan = off -- the sample has said how many match; the planner's guess may be twice that
set max_parallel_workers_per_gather = 0
as $$
declare
  found_rows text := (
    select string_agg(format('select u.%s as key, u.id, u.status from %s u where %s and %s', key_column, source, p.part, conditions)
      || case when ids is not null then ' and u.id = any ($1)' else '' end, ' union all ')
    from unnest(parts) p(part));
  most integer;
  sorted integer;
begin
  foreach most in array case when in_state = 'true' then array[max_users] else array[greatest(1000, max_users), 2000000000] end loop
    execute format(
      'with sorted as materialized (
         select * from (select * from (%1$s) u offset 0) u order by u.key %2$s, u.id %2$s limit %3$s
       )
       select array_agg(to_jsonb(p.key)), array_agg(p.id), (select count(*) from sorted) from (
         select u.key, u.id from sorted u where %4$s order by u.key %2$s, u.id %2$s limit %5$s
       ) p', found_rows, direction, most, in_state, max_users)
      into found_keys, found_ids, sorted using ids;
    exit when cardinality(found_ids) = max_users or sorted < most;
  end loop;
end;
$$;

-- Users who match a query (see user_conditions; also "syncStatus" and "siteId", see user_in_state), sorted by
-- "created_at", "updated_at", "full_name" or "email", descending with "-" in front, after the row with [sort key, id].
create or replace function public.user_pick(query jsonb, sort text, after jsonb, max_users integer)
returns table (key jsonb, id text)
language plpgsql
stable
set search_path = ''
set enable_seqscan = off
as $$
declare
  direction text := case when left(sort, 1) = '-' then 'desc' else 'asc' end;
  sorted_by text := ltrim(sort, '-');
  key_column text := case sorted_by when 'full_name' then 'search_name' when 'email' then 'search_text'
    when 'updated_at' then 'updated_at' else 'created_at' end;
  by_words boolean := sorted_by in ('full_name', 'email');
  search text := coalesce(query ->> 'search', '');
  -- The index by name or e-mail has what is searched, so that no row is looked at.
  index_only boolean := by_words and search <> '';
  -- Signs that this database takes for none of a word are in no index.
  loose boolean := length(search) > 2 and extensions.show_trgm(search) = '{}';
  searched text := public.user_searched(search);
  parts text[] := public.user_search_parts(search);
  filtered text := public.user_filtered(query);
  state text := query ->> 'syncStatus';
  site uuid := query ->> 'siteId';
  in_state text := 'true';
  place text := 'true';
  walk integer;
  ids text[];
  found_keys jsonb[];
  found_ids text[];
begin
  if cardinality(parts) > 1 then
    searched := format('(%s or %s)', searched, parts[2]);
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
    if (search <> '' or (filtered <> 'true' and sorted_by <> 'created_at'))
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
  -- What no index finds is looked for among those whom the filter leaves.
  return query select unnest(s.found_keys), unnest(s.found_ids) from public.user_sorted(key_column, direction,
    case when loose and filtered <> 'true' then format('(select * from public.user_profiles u where %s offset 0)', filtered)
      else 'public.user_profiles' end,
    parts, format('%s and %s', filtered, place), in_state, ids, max_users) s;
end;
$$;

revoke execute on function
  public.user_beginnings(text), public.user_search_indexed(text), public.user_search_parts(text),
  public.user_sorted(text, text, text, text[], text, text, text[], integer)
from public, anon, authenticated;
grant execute on function
  public.user_beginnings(text), public.user_search_indexed(text), public.user_search_parts(text),
  public.user_sorted(text, text, text, text[], text, text, text[], integer)
to service_role;
