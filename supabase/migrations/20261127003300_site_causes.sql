-- Why pairs at one site fail or are retried, as sync_causes says it of all sites.
create function public.sync_site_causes(site uuid, max_causes integer) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  with refused as (
    select p.status, p.error_code, count(*) as users, min(p.error) as error,
      (array_agg(p.user_id order by p.attempted_at desc nulls last))[1:3] as user_ids
    from public.user_sync_state p join public.connected_sites s on s.id = p.site_id and s.generation = p.generation
    where p.site_id = sync_site_causes.site and s.disconnected_at is null and s.credentials_sealed is not null
      and s.health = 'ok' and p.desired_version > p.synced_version and p.status in ('retrying', 'failed')
    group by 1, 2
  ), causes as (
    select r.status, r.error_code, r.error, r.users, to_jsonb(r.user_ids) as user_ids from refused r
    union all
    select case s.health when 'blocked' then 'failed' else 'retrying' end, s.error_code, s.error,
      c.failed + c.retrying, '[]'::jsonb
    from public.sync_site_counts() c join public.connected_sites s on s.id = c.site_id
    where s.id = sync_site_causes.site and s.health <> 'ok'
  )
  select coalesce(jsonb_agg(jsonb_build_object('siteId', s.id, 'site', s.name, 'status', l.status, 'errorCode', l.error_code,
    'error', l.error, 'users', l.users, 'userIds', l.user_ids) order by l.users desc), '[]')
  from (select * from causes order by users desc limit max_causes) l
  join public.connected_sites s on s.id = sync_site_causes.site;
$$;
revoke execute on function public.sync_site_causes(uuid, integer) from public, anon, authenticated;
grant execute on function public.sync_site_causes(uuid, integer) to service_role;
