-- "Retry" of a user whose row is newer at the site was refused again, while a sync of this user wins. Both are a person's word
-- about this very user, so both win now. Retrying all of a site, or everything, is no such word, as Sync All Users is none.

-- Has a user sent by hand whose newer rows sites kept: to this site, or to every such when null.
create function public.sync_retry_newer(user_id text, site_id uuid) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  run uuid := gen_random_uuid();
  sites uuid[];
begin
  perform from public.user_sync_state p
  where p.user_id = sync_retry_newer.user_id and (sync_retry_newer.site_id is null or p.site_id = sync_retry_newer.site_id)
  order by p.site_id for no key update;
  sites := array(
    select p.site_id
    from public.user_sync_state p
    join public.connected_sites s on s.id = p.site_id
    join public.user_profiles u on u.id = p.user_id and u.status = 'active'
    where p.user_id = sync_retry_newer.user_id and (sync_retry_newer.site_id is null or p.site_id = sync_retry_newer.site_id)
      and p.desired_version > p.synced_version and p.error_code = 'newer_at_site'
      and s.disconnected_at is null and s.status = 'active' and s.credentials_sealed is not null);
  if sites = '{}' then
    return;
  end if;
  insert into public.sync_runs (id, kind, user_id, requested_by)
  values (run, 'user', sync_retry_newer.user_id, public.roster_actor() ->> 'name');
  insert into public.sync_run_sites (run_id, site_id, user_id, version, total)
  select run, p.site_id, p.user_id, p.desired_version, 1
  from public.user_sync_state p where p.user_id = sync_retry_newer.user_id and p.site_id = any (sites);
  update public.user_sync_state p set run_id = run
  where p.user_id = sync_retry_newer.user_id and p.site_id = any (sites);
end;
$$;
revoke execute on function public.sync_retry_newer(text, uuid) from public, anon, authenticated, service_role;

create or replace function public.request_retry(user_id text, site_id uuid) returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  pairs bigint := public.sync_retry(user_id, site_id);
begin
  if user_id is not null then
    perform public.sync_retry_newer(user_id, site_id);
  end if;
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
