-- Changing the few of a million users who are in a state at some site, or whom a search finds. They were met by walking
-- through everybody, which took longer than a statement may.

-- Gives up to max_users users, in the order of ids after a user, the fields of "change" ({"team", "department", "role",
-- "status"}, absent: as it is; {} sends them to every site again as they are). Who: "ids", or everybody who matches
-- "query" (see user_find). Returns {"matched", "changed", "last"}; last is null when nobody is left.
create or replace function public.user_change_many(ids text[], query jsonb, change jsonb, after text, max_users integer)
returns jsonb
language plpgsql
security definer -- writes the audit log
set search_path = ''
as $$
declare
  few constant integer := 20000; -- ids that are collected again for each page, in some 50 ms
  state text := query ->> 'syncStatus';
  site uuid := query ->> 'siteId';
  conditions text := case when ids is null then public.user_conditions(query) else 'true' end;
  candidates text[] := ids;
  picked text[];
  changed integer;
begin
  if ids is null and query ->> 'search' <> '' then
    candidates := public.user_collect(query, few);
  end if;
  if ids is null and state is not null then
    candidates := coalesce(candidates, public.sync_suspects(state, site));
    conditions := conditions || ' and ' || public.user_in_state(state, site);
  end if;
  if candidates is not null then
    conditions := conditions || ' and u.id = any ($1)';
  end if;
  execute format(
    'select array_agg(id order by id) from (
       select u.id from public.user_profiles u where %s and ($2 is null or u.id > $2) order by u.id limit %s for update
     ) found', conditions, max_users) into picked using candidates, after;
  update public.user_profiles u set
    team = case when change ? 'team' then change ->> 'team' else u.team end,
    department = case when change ? 'department' then change ->> 'department' else u.department end,
    role = coalesce(change ->> 'role', u.role),
    status = coalesce(change ->> 'status', u.status),
    version = case when change = '{}' then u.version + 1 else u.version end
  where u.id = any (picked)
    and (change = '{}' or (u.team, u.department, u.role, u.status) is distinct from (
      case when change ? 'team' then change ->> 'team' else u.team end,
      case when change ? 'department' then change ->> 'department' else u.department end,
      coalesce(change ->> 'role', u.role), coalesce(change ->> 'status', u.status)));
  get diagnostics changed = row_count;
  if change = '{}' and changed > 0 then
    perform public.audit_write('sync.users_started', 'users', null, null, null, jsonb_build_object('users', changed));
  end if;
  return jsonb_build_object('matched', coalesce(cardinality(picked), 0), 'changed', changed,
    'last', case when cardinality(picked) = max_users then picked[max_users] end);
end;
$$;
