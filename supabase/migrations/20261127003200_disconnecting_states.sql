-- What people read of a site that is being disconnected: nobody waits to be sent there, only to be removed.

create or replace view public.user_sync_status with (security_invoker = true) as
select
  u.id as user_id,
  u.email,
  u.full_name,
  s.id as site_id,
  s.name as site,
  case
    when s.credentials_sealed is null then 'failed'
    when not w.waiting then w.settled
    when s.health = 'blocked' then 'failed'
    when p.status in ('retrying', 'failed') and p.generation = s.generation then p.status
    when s.health = 'degraded' then 'retrying'
    else 'pending'
  end as status,
  case when p.generation = s.generation then p.synced_at end as synced_at,
  p.attempted_at,
  coalesce(p.attempts, 0) as attempts,
  case when w.waiting then p.due_at end as retry_at,
  case when w.waiting then coalesce(p.wanted_at, u.updated_at) end as waiting_since,
  case
    when s.credentials_sealed is null then 'credentials_missing'
    when not w.waiting then null
    when s.health <> 'ok' then s.error_code
    when s.status = 'paused' then 'site_paused'
    when s.status = 'disconnecting' and p.error_code is null then 'site_disconnecting'
    else p.error_code
  end as error_code,
  case
    when s.credentials_sealed is null and s.kind = 'webhook' then 'Site webhook credentials not configured'
    when s.credentials_sealed is null then 'Site Supabase credentials not configured'
    when not w.waiting then null
    when s.health <> 'ok' then s.error
    when s.status = 'paused' then 'The site is paused'
    when s.status = 'disconnecting' and p.error is null then 'The site is being disconnected: this user is removed there'
    else p.error
  end as error
from (
  select id, email, full_name, status, updated_at from public.user_profiles
  union all
  select id, email, full_name, 'deleted', updated_at from public.deleted_users
) u
cross join public.connected_sites s
left join public.user_sync_state p on p.user_id = u.id and p.site_id = s.id
cross join lateral (
  select
    coalesce(
      p.desired_version > p.synced_version
        or (p.generation <> s.generation and u.status = 'active' and s.status <> 'disconnecting'),
      u.status = 'active' and s.status <> 'disconnecting'
    ) as waiting,
    case when p.generation = s.generation then p.status else 'removed' end as settled
) w
where s.disconnected_at is null and (u.status <> 'deleted' or p.user_id is not null);

-- How many users are in which state at each connected site, from the tallies; a site without credentials has none.
-- "missing" are active users whose pair does not exist yet: before the first full sync came to them; nobody is missing at
-- a site that is being disconnected.
-- oldest_waiting looks at the 200 pairs that fall due first, which are the oldest but for users who were refused.
create or replace function public.sync_site_counts()
returns table (site_id uuid, pending bigint, synced bigint, removed bigint, retrying bigint, failed bigint, oldest_waiting timestamptz)
language sql
stable
security definer
set search_path = ''
as $$
  with active as (
    select coalesce(sum(t.users), 0) as users from public.user_tallies t where t.status = 'active'
  ), counted as (
    select s.id, s.health, s.status,
      coalesce(sum(t.pairs) filter (where not t.dirty and t.status = 'synced'), 0) as synced,
      coalesce(sum(t.pairs) filter (where not t.dirty and t.status in ('removed', 'kept')), 0) as removed,
      coalesce(sum(t.pairs) filter (where t.dirty and t.status = 'failed'), 0) as failed,
      coalesce(sum(t.pairs) filter (where t.dirty and t.status = 'retrying'), 0) as retrying,
      coalesce(sum(t.pairs) filter (where t.dirty), 0) as dirty
    from public.connected_sites s
    left join public.sync_tallies t on t.site_id = s.id and t.generation = s.generation
    where s.disconnected_at is null and s.credentials_sealed is not null
    group by s.id
  ), waiting as (
    select c.*, c.dirty - c.failed - c.retrying
      + case when c.status = 'disconnecting' then 0 else greatest(0, a.users - c.synced - c.dirty) end as open
    from counted c cross join active a
  )
  select w.id,
    case when w.health = 'ok' then w.open else 0 end::bigint,
    w.synced::bigint,
    w.removed::bigint,
    (case when w.health = 'blocked' then 0 else w.retrying end + case when w.health = 'degraded' then w.open else 0 end)::bigint,
    (w.failed + case when w.health = 'blocked' then w.retrying + w.open else 0 end)::bigint,
    least(
      (select min(o.wanted_at) from (
        select p.wanted_at from public.user_sync_state p
        where p.site_id = w.id and p.desired_version > p.synced_version
        order by p.due_at, p.user_id limit 200
      ) o),
      (select min(r.started_at) from public.sync_run_sites r
        where r.site_id = w.id and r.finished_at is null and r.user_id is null)
    )
  from waiting w;
$$;
