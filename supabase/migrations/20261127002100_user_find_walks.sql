-- Finding some of a million users in the order of names. Those of a team, or with a common name, were met by walking
-- through the list in order; people called Émile are at its end, and the walk took longer than a statement may.

-- Users who match a query (see user_conditions; also "syncStatus" and "siteId", see user_in_state), sorted by
-- "created_at", "updated_at", "full_name" or "email", descending with "-" in front, after the row with
-- [sort key, id], as a JSON array of {"key", "user"}.
create or replace function public.user_find(query jsonb, sort text, after jsonb, max_users integer) returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  few constant integer := 3000; -- found by index and sorted in some 20 ms; more are soon met by walking in order
  walk constant integer := 5000; -- looked at in some 20 ms; who is not met by then is found by index and sorted
  conditions text := public.user_conditions(query);
  in_state text := 'true';
  place text := 'true';
  direction text := case when left(sort, 1) = '-' then 'desc' else 'asc' end;
  key text := case ltrim(sort, '-')
    when 'full_name' then 'lower(coalesce(u.full_name, u.email))'
    when 'email' then 'lower(u.email)'
    when 'updated_at' then 'u.updated_at'
    else 'u.created_at'
  end;
  state text := query ->> 'syncStatus';
  site uuid := query ->> 'siteId';
  -- Roles, teams and departments have indexes in the order of created_at.
  scattered boolean := query ->> 'search' <> '' or (conditions <> 'true' and ltrim(sort, '-') <> 'created_at');
  ids text[];
  answer jsonb;
begin
  if scattered then
    ids := public.user_collect(query, few);
  end if;
  if state is not null then
    ids := coalesce(ids, public.sync_suspects(state, site));
    in_state := public.user_in_state(state, site);
  end if;
  if after is not null then
    place := format('(%s, u.id) %s (%L::%s, %L)', key, case direction when 'desc' then '<' else '>' end,
      after ->> 0, case when key like 'lower%' then 'text' else 'timestamptz' end, after ->> 1);
  end if;
  if scattered and ids is null then
    answer := public.user_page(format('(select u.*, %1$s as key from public.user_profiles u where %2$s
      order by %1$s %3$s, u.id %3$s limit %4$s)', key, place, direction, walk),
      conditions || ' and ' || in_state, direction, max_users, null);
    if jsonb_array_length(answer) = max_users then
      return answer;
    end if;
    -- "offset 0" keeps the planner from walking again.
    return public.user_page(format('(select u.*, %1$s as key from (select * from public.user_profiles u where %2$s offset 0) u
      where %4$s order by %1$s %3$s, u.id %3$s offset 0)', key, conditions, direction, place), in_state, direction, max_users, null);
  end if;
  return public.user_page(format('(select u.*, %s as key from public.user_profiles u where %s)', key, place),
    conditions || ' and ' || in_state || case when ids is null then '' else ' and u.id = any ($1)' end, direction, max_users, ids);
end;
$$;

-- The first users of a source, which is SQL with their columns and "key", who meet a condition on a row called u.
create function public.user_page(source text, condition text, direction text, max_users integer, ids text[]) returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  answer jsonb;
begin
  execute format(
    'select jsonb_agg(jsonb_build_object(''key'', page.key, ''user'', to_jsonb(page) - ''key'')) from (
       select u.* from %s u where %s order by u.key %3$s, u.id %3$s limit %4$s
     ) page', source, condition, direction, max_users) into answer using ids;
  return coalesce(answer, '[]');
end;
$$;
revoke execute on function public.user_page(text, text, text, integer, text[]) from public, anon, authenticated;
grant execute on function public.user_page(text, text, text, integer, text[]) to service_role;
