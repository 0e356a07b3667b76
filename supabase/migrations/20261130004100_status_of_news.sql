-- A change by SQL stood as synced until a worker had fanned it out, up to a second later: greener than the site. A pair waits
-- from the moment on at which the change is committed. And somebody in the list may be held as well, who left a site's scope.

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
    when w.held then 'held'
    when s.health = 'blocked' then 'failed'
    when p.status in ('retrying', 'failed') and p.generation = s.generation then p.status
    when s.health = 'degraded' then 'retrying'
    else 'pending'
  end as status,
  case when p.generation = s.generation then p.synced_at end as synced_at,
  p.attempted_at,
  coalesce(p.attempts, 0) as attempts,
  case when w.waiting and not w.news then p.due_at end as retry_at,
  case when w.news then u.updated_at when w.waiting then coalesce(p.wanted_at, u.updated_at) end as waiting_since,
  case
    when s.credentials_sealed is null then 'credentials_missing'
    when w.drifted then 'row_' || p.status
    when not w.waiting then null
    when w.held then 'removal_held'
    when s.health <> 'ok' then s.error_code
    when s.take_over = 'waiting' then 'take_over_waiting'
    when s.status = 'paused' then 'site_paused'
    when s.status = 'disconnecting' and p.error_code is null then 'site_disconnecting'
    else p.error_code
  end as error_code,
  case
    when s.credentials_sealed is null and s.kind = 'webhook' then 'Site webhook credentials not configured'
    when s.credentials_sealed is null then 'Site Supabase credentials not configured'
    when w.drifted then case p.status
      when 'different' then 'The site''s row has another ' || array_to_string(p.drifted_fields, ', ') || '.'
      when 'missing' then 'The row is not at the site any more.'
      else 'The site has a row of this user, who should not be there.'
    end
    when not w.waiting then null
    when w.held and u.status = 'active' then 'More users than usual would leave this site''s scope within an hour'
    when w.held then 'More users than usual would be removed from this site within an hour'
    when s.health <> 'ok' then s.error
    when s.take_over = 'waiting' then 'The site has users of its own, and nothing is written there before somebody decides about them'
    when s.status = 'paused' then 'The site is paused'
    when s.status = 'disconnecting' and p.error is null then 'The site is being disconnected: this user is removed there'
    else p.error
  end as error,
  -- Seen there by a comparison since it was written; null: not compared since.
  case
    when not w.waiting and w.settled = 'synced' and v.verified_generation = s.generation
      and v.verified_from > coalesce(p.synced_at, p.attempted_at, '-infinity')
      and v.verified_from > coalesce(p.verify_skipped_at, '-infinity')
    then v.verified_from
  end as verified_at,
  case when w.drifted then p.drifted_at end as drifted_at
from (
  select id, email, full_name, status, updated_at from public.user_profiles
  union all
  select id, email, full_name, 'deleted', updated_at from public.deleted_users
) u
cross join public.connected_sites s
left join public.site_verify v on v.site_id = s.id
left join public.user_sync_state p on p.user_id = u.id and p.site_id = s.id
cross join lateral (
  select f.waiting or f.news as waiting, f.news, f.settled,
    p.status = 'held' and (u.status <> 'active' or exists (
      select from public.scope_departures d
      where d.user_id = u.id and d.site_id = s.id and d.scope_version = s.scope_version)) as held,
    coalesce(not f.waiting and f.settled in ('different', 'missing', 'extra') and s.credentials_sealed is not null, false) as drifted
  from (
    select
      -- Changed or gone since the site confirmed it; the workers are about to hear of it.
      coalesce(p.status = 'synced' and p.generation = s.generation and p.desired_version = p.synced_version
        and (u.status <> 'active' or p.row_updated_at < u.updated_at), false) as news,
      coalesce(
        p.desired_version > p.synced_version
          or (p.generation <> s.generation and u.status = 'active' and s.status <> 'disconnecting'),
        u.status = 'active' and s.status <> 'disconnecting'
      ) as waiting,
      case when p.generation = s.generation then p.status else 'removed' end as settled
  ) f
) w
where s.disconnected_at is null and (u.status <> 'deleted' or p.user_id is not null);

revoke all on public.user_sync_status from anon, authenticated;
grant select on public.user_sync_status to service_role;
