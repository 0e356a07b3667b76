-- Many users at once: a change for everybody who matches, and importing a list.

-- Gives up to max_users users, in the order of ids after a user, the fields of "change" ({"team", "department", "role",
-- "status"}, absent: as it is; {} sends them to every site again as they are). Who: "ids", or everybody who matches
-- "query" (see user_find). Returns {"matched", "changed", "last"}; last is null when nobody is left.
create function public.user_change_many(ids text[], query jsonb, change jsonb, after text, max_users integer) returns jsonb
language plpgsql
security definer -- writes the audit log
set search_path = ''
as $$
declare
  state text := query ->> 'syncStatus';
  site uuid := query ->> 'siteId';
  conditions text := case when ids is null then public.user_conditions(query) else 'u.id = any ($1)' end;
  picked text[];
  changed integer;
begin
  if ids is null and state is not null then
    conditions := conditions || ' and ' || public.user_in_state(state, site);
  end if;
  execute format(
    'select array_agg(id order by id) from (
       select u.id from public.user_profiles u where %s and ($2 is null or u.id > $2) order by u.id limit %s for update
     ) found', conditions, max_users) into picked using ids, after;
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

-- Creates and changes users from a list: [{"line", "id"?, "clerk_user_id"?, "email", and any of "full_name", "role",
-- "team", "department", "status"}]. Who is there is found by id, or else by Clerk id, or else by e-mail address; fields
-- that are absent stay as they are. With preview nothing is written. Returns [{"line", "outcome", "userId"?, "message"?}]
-- with outcome created, updated, unchanged or rejected.
create function public.user_import(list jsonb, preview boolean) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  answer jsonb;
begin
  create temporary table if not exists user_import_rows (
    line integer, given jsonb, id text, clerk_user_id text, email text, known text, message text, changed boolean
  ) on commit delete rows;
  truncate user_import_rows;
  insert into user_import_rows (line, given, id, clerk_user_id, email)
  select (r ->> 'line')::integer, r, r ->> 'id', r ->> 'clerk_user_id', r ->> 'email' from jsonb_array_elements(list) r;

  update user_import_rows r set known = coalesce(
    (select u.id from public.user_profiles u where u.id = r.id),
    case when r.id is null then coalesce(
      (select u.id from public.user_profiles u where u.clerk_user_id = r.clerk_user_id),
      (select u.id from public.user_profiles u where lower(u.email) = lower(r.email))
    ) end);

  -- The first line of several about the same user counts.
  update user_import_rows r set message = format('Line %s has the same %s.', d.first, d.what)
  from (
    select s.line,
      case when s.email < s.line then s.email when s.id < s.line then s.id when s.clerk < s.line then s.clerk else s.known end as first,
      case when s.email < s.line then 'e-mail address' when s.id < s.line then 'id' when s.clerk < s.line then 'Clerk id' else 'user' end as what
    from (
      select i.line,
        min(i.line) over (partition by lower(i.email)) as email,
        case when i.id is not null then min(i.line) over (partition by i.id) end as id,
        case when i.clerk_user_id is not null then min(i.line) over (partition by i.clerk_user_id) end as clerk,
        case when i.known is not null then min(i.line) over (partition by i.known) end as known
      from user_import_rows i
    ) s
    where least(s.email, s.id, s.clerk, s.known) < s.line
  ) d where d.line = r.line;

  update user_import_rows r set message = format('The e-mail address %s belongs to the user %s.', r.email, u.id)
  from public.user_profiles u
  where r.message is null and lower(u.email) = lower(r.email) and u.id is distinct from r.known;
  update user_import_rows r set message = format('The Clerk id %s belongs to the user %s.', r.clerk_user_id, u.id)
  from public.user_profiles u
  where r.message is null and u.clerk_user_id = coalesce(r.clerk_user_id, case when r.known is null then r.id end)
    and u.id is distinct from r.known;

  update user_import_rows r set changed =
    (coalesce(r.given ->> 'clerk_user_id', u.clerk_user_id), r.email,
      case when r.given ? 'full_name' then r.given ->> 'full_name' else u.full_name end,
      coalesce(r.given ->> 'role', u.role),
      case when r.given ? 'team' then r.given ->> 'team' else u.team end,
      case when r.given ? 'department' then r.given ->> 'department' else u.department end,
      coalesce(r.given ->> 'status', u.status))
    is distinct from (u.clerk_user_id, u.email, u.full_name, u.role, u.team, u.department, u.status)
  from public.user_profiles u
  where r.message is null and u.id = r.known;

  if not preview then
    update public.user_profiles u set
      clerk_user_id = coalesce(r.given ->> 'clerk_user_id', u.clerk_user_id),
      email = r.email,
      full_name = case when r.given ? 'full_name' then r.given ->> 'full_name' else u.full_name end,
      role = coalesce(r.given ->> 'role', u.role),
      team = case when r.given ? 'team' then r.given ->> 'team' else u.team end,
      department = case when r.given ? 'department' then r.given ->> 'department' else u.department end,
      status = coalesce(r.given ->> 'status', u.status)
    from user_import_rows r
    where u.id = r.known and r.message is null and r.changed;
    with made as (
      insert into public.user_profiles (id, clerk_user_id, email, full_name, role, team, department, status)
      select coalesce(r.id, gen_random_uuid()::text), r.clerk_user_id, r.email, r.given ->> 'full_name',
        coalesce(r.given ->> 'role', 'user'), r.given ->> 'team', r.given ->> 'department', coalesce(r.given ->> 'status', 'active')
      from user_import_rows r where r.known is null and r.message is null
      returning user_profiles.id, user_profiles.email
    )
    update user_import_rows r set id = made.id from made where made.email = r.email;
  end if;

  select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
    'line', r.line,
    'outcome', case
      when r.message is not null then 'rejected' when r.known is null then 'created'
      when r.changed then 'updated' else 'unchanged' end,
    'userId', coalesce(r.known, r.id), 'message', r.message)) order by r.line)
  into answer from user_import_rows r;
  return coalesce(answer, '[]');
end;
$$;

revoke execute on function
  public.user_change_many(text[], jsonb, jsonb, text, integer), public.user_import(jsonb, boolean)
from public, anon, authenticated;
grant execute on function
  public.user_change_many(text[], jsonb, jsonb, text, integer), public.user_import(jsonb, boolean)
to service_role;
