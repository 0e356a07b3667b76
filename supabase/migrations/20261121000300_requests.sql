-- What requests change goes through functions, because in these the request's headers say who makes it; and manual syncs
-- are written down.

-- Adds a user with the given fields; without an id a UUID is made.
create function public.user_create(fields jsonb) returns jsonb
language sql
security definer
set search_path = ''
as $$
  insert into public.user_profiles as u (id, clerk_user_id, email, full_name, role, team, department)
  select coalesce(f.id, gen_random_uuid()::text), f.clerk_user_id, f.email, f.full_name, coalesce(f.role, 'user'),
    f.team, f.department
  from jsonb_to_record(fields) as f(
    id text, clerk_user_id text, email text, full_name text, role text, team text, department text)
  returning to_jsonb(u);
$$;

-- Changes the given fields; null when there is no such user.
create function public.user_update(user_id text, fields jsonb) returns jsonb
language sql
security definer
set search_path = ''
as $$
  update public.user_profiles u set
    clerk_user_id = case when fields ? 'clerk_user_id' then fields ->> 'clerk_user_id' else u.clerk_user_id end,
    email = case when fields ? 'email' then fields ->> 'email' else u.email end,
    full_name = case when fields ? 'full_name' then fields ->> 'full_name' else u.full_name end,
    role = case when fields ? 'role' then fields ->> 'role' else u.role end,
    team = case when fields ? 'team' then fields ->> 'team' else u.team end,
    department = case when fields ? 'department' then fields ->> 'department' else u.department end,
    status = case when fields ? 'status' then fields ->> 'status' else u.status end
  where u.id = user_update.user_id
  returning to_jsonb(u);
$$;

-- Connects a site; returns its id.
create function public.site_create(name text, url text, kind text) returns uuid
language sql
security definer
set search_path = ''
as $$
  insert into public.connected_sites as s (name, url, kind) values (site_create.name, site_create.url, site_create.kind)
  returning s.id;
$$;

-- Changes what is given, leaves what is null. False when there is no such site.
create function public.site_update(site_id uuid, name text, url text, status text) returns boolean
language sql
security definer
set search_path = ''
as $$
  with changed as (
    update public.connected_sites s set
      name = coalesce(site_update.name, s.name),
      url = coalesce(site_update.url, s.url),
      status = coalesce(site_update.status, s.status)
    where s.id = site_update.site_id and s.disconnected_at is null
    returning 1
  )
  select exists (select from changed);
$$;

-- Sites are changed by functions alone from here on.
revoke insert, update on public.connected_sites from service_role;

-- What people and scripts ask of the engine is written down by these, which the server calls instead of what they call.
create function public.request_sync_all(site_ids uuid[], requested_by text) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  started jsonb := public.sync_all_start(site_ids, requested_by);
begin
  perform public.audit_write('sync.started', 'run', started ->> 'runId', null, null,
    jsonb_strip_nulls(started - 'runId' || jsonb_build_object('site_ids', site_ids)));
  return started;
end;
$$;

create function public.request_sync_user(user_id text, requested_by text) returns uuid
language plpgsql
security definer
set search_path = ''
as $$
declare
  run uuid := public.sync_user_start(user_id, requested_by);
begin
  if run is not null then
    perform public.audit_write('sync.user_started', 'user', u.id, u.email, null, jsonb_build_object('run_id', run))
    from public.user_profiles u where u.id = request_sync_user.user_id;
  end if;
  return run;
end;
$$;

create function public.request_retry(user_id text, site_id uuid) returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  pairs bigint := public.sync_retry(user_id, site_id);
begin
  perform public.audit_write(
    'sync.retried',
    case when user_id is not null then 'user' when site_id is not null then 'site' else 'sync' end,
    coalesce(user_id, site_id::text),
    coalesce(
      (select u.email from public.user_profiles u where u.id = request_retry.user_id),
      (select s.name from public.connected_sites s where s.id = request_retry.site_id)),
    null, jsonb_strip_nulls(jsonb_build_object('pairs', pairs, 'site_id', site_id)));
  return pairs;
end;
$$;

create function public.request_assert_page(after text, page_size integer) returns text
language plpgsql
security definer
set search_path = ''
as $$
begin
  if after is null then
    perform public.audit_write('sync.asserted', 'sync', null, null);
  end if;
  return public.sync_assert_page(after, page_size);
end;
$$;

create function public.request_assert_finish(remove_unknown boolean) returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  unknown bigint := public.sync_assert_finish(remove_unknown);
begin
  if remove_unknown then
    perform public.audit_write('sync.unknown_removed', 'sync', null, null, null, jsonb_build_object('rows', unknown));
  end if;
  return unknown;
end;
$$;

revoke execute on function
  public.sync_all_start(uuid[], text),
  public.sync_user_start(text, text),
  public.sync_retry(text, uuid),
  public.sync_assert_page(text, integer),
  public.sync_assert_finish(boolean),
  public.user_create(jsonb),
  public.user_update(text, jsonb),
  public.site_create(text, text, text),
  public.site_update(uuid, text, text, text),
  public.request_sync_all(uuid[], text),
  public.request_sync_user(text, text),
  public.request_retry(text, uuid),
  public.request_assert_page(text, integer),
  public.request_assert_finish(boolean)
from public, anon, authenticated, service_role;
grant execute on function
  public.user_create(jsonb),
  public.user_update(text, jsonb),
  public.site_create(text, text, text),
  public.site_update(uuid, text, text, text),
  public.request_sync_all(uuid[], text),
  public.request_sync_user(text, text),
  public.request_retry(text, uuid),
  public.request_assert_page(text, integer),
  public.request_assert_finish(boolean)
to service_role;
