-- A site's turn. Each function is one transaction; "security definer" because they write claims and states, to which
-- the API role has no rights of its own.

-- Records that the named users' rows may or may not have reached the site, and has them sent again, for the same runs.
create function public.sync_mark_in_doubt(site uuid, ids text[], upserts boolean[], runs uuid[]) returns void
language sql
security definer
set search_path = ''
as $$
  insert into public.user_sync_state as p (user_id, site_id, desired_version, generation, written, run_id)
  select d.id, s.id, nextval('public.sync_version_seq'), s.generation, d.upsert, d.run
  from (
    select id, bool_or(upsert) as upsert, (array_agg(run))[1] as run
    from unnest(ids, upserts, runs) t(id, upsert, run) group by id
  ) d
  cross join public.connected_sites s
  where s.id = site
  order by d.id
  on conflict (user_id, site_id) do update set
    desired_version = excluded.desired_version,
    synced_version = case when p.generation = excluded.generation then p.synced_version else 0 end,
    generation = excluded.generation,
    written = excluded.written or (p.written and (p.generation = excluded.generation
      or (select s.kind from public.connected_sites s where s.id = site) = 'webhook')),
    row_updated_at = null,
    run_id = coalesce(p.run_id, excluded.run_id),
    status = case when p.desired_version > p.synced_version then p.status else 'pending' end,
    due_at = case when p.desired_version > p.synced_version then p.due_at else now() end,
    wanted_at = case when p.desired_version > p.synced_version then p.wanted_at else now() end;
$$;

-- Gives one ready site to the worker for so many seconds, the one that has waited longest first.
-- A lease that ran out is taken over, and what its worker had on its way is in doubt.
-- Returns null when nothing is ready, otherwise the site with what is needed to reach it.
create function public.sync_lease_site(worker text, seconds integer) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  site public.connected_sites;
begin
  select s.* into site from public.connected_sites s
  where public.sync_site_ready(s)
  order by s.lease_until nulls first
  limit 1
  for no key update skip locked;
  if not found then
    return null;
  end if;
  perform public.sync_mark_in_doubt(site.id, c.user_ids, c.upserts, c.run_ids)
  from public.sync_claims c where c.site_id = site.id;
  delete from public.sync_claims c where c.site_id = site.id;
  update public.connected_sites s
  set lease_id = gen_random_uuid(), lease_worker = worker, lease_until = now() + make_interval(secs => seconds)
  where s.id = site.id
  returning s.* into site;
  return jsonb_build_object(
    'id', site.id, 'name', site.name, 'kind', site.kind, 'leaseId', site.lease_id,
    'url', site.endpoint_url, 'credentials', site.credentials_sealed,
    'previousCredentials', (
      select coalesce(jsonb_agg(p.secret -> 'sealed'), '[]')
      from jsonb_array_elements(site.previous_secrets) p(secret) where (p.secret ->> 'until')::timestamptz > now()),
    'inspect', site.kind = 'supabase' and site.last_synced_at is not null
      and (site.inspected_at is null or site.inspected_at < now() - interval '1 hour'),
    'removalPolicy', site.removal_policy, 'removalColumn', site.removal_column, 'failures', site.failures
  );
end;
$$;

-- Prolongs a lease; false when it is no longer the caller's.
create function public.sync_renew_lease(site uuid, lease uuid, seconds integer) returns boolean
language sql
security definer
set search_path = ''
as $$
  with renewed as (
    update public.connected_sites s set lease_until = now() + make_interval(secs => seconds)
    where s.id = site and s.lease_id = lease and s.lease_until > now()
    returning 1
  )
  select exists (select from renewed);
$$;

-- Gives a lease back early; nothing happens when it is no longer the caller's.
create function public.sync_release_site(site uuid, lease uuid) returns void
language sql
security definer
set search_path = ''
as $$
  -- Not null: the time says who had its turn last.
  update public.connected_sites s set lease_id = null, lease_worker = null, lease_until = now()
  where s.id = site and s.lease_id = lease;
$$;

-- Compares the newest rows of a leased site, in the documented columns, with the list, and notes those that are newer
-- there and differ; null for rows that could not be read. A row that only has a later time is the doing of a trigger and means nothing.
create function public.sync_record_newest(site uuid, lease uuid, site_rows jsonb) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  target public.connected_sites;
begin
  select s.* into target from public.connected_sites s where s.id = site and s.lease_id = lease for no key update;
  if not found then
    return;
  end if;
  update public.connected_sites s set inspected_at = now() where s.id = site;
  if site_rows is null or jsonb_typeof(site_rows) = 'null' then
    return; -- could not be read this time: what was known stays
  end if;
  delete from public.site_newer_rows n where n.site_id = site;
  insert into public.site_newer_rows (site_id, user_id, site_updated_at, known)
  select site, r.id, r.updated_at, u.id is not null
  from jsonb_to_recordset(site_rows) r(
    id text, clerk_user_id text, email text, full_name text, role text, team text, department text, updated_at timestamptz)
  left join public.user_profiles u on u.id = r.id
  where r.updated_at > coalesce(u.updated_at, target.last_synced_at)
    and (u.id is null or u.status <> 'active'
      or (r.clerk_user_id, r.email, r.full_name, r.role, r.team, r.department)
        is distinct from (u.clerk_user_id, u.email, u.full_name, u.role, u.team, u.department))
    -- On its way there, or waiting: what the site has now will be written over.
    and not exists (
      select from public.user_sync_state p
      where p.user_id = r.id and p.site_id = site and p.desired_version > p.synced_version and p.status = 'pending');
end;
$$;

revoke execute on function
  public.sync_mark_in_doubt(uuid, text[], boolean[], uuid[]),
  public.sync_lease_site(text, integer),
  public.sync_renew_lease(uuid, uuid, integer),
  public.sync_release_site(uuid, uuid),
  public.sync_record_newest(uuid, uuid, jsonb)
from public, anon, authenticated;
grant execute on function
  public.sync_lease_site(text, integer),
  public.sync_renew_lease(uuid, uuid, integer),
  public.sync_release_site(uuid, uuid),
  public.sync_record_newest(uuid, uuid, jsonb)
to service_role;
