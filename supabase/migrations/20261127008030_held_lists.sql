-- Held removals where states are shown, listed and counted.

-- A held pair says so whatever else stands in its way: nothing would happen to it without a decision.
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
    when p.status = 'held' and u.status <> 'active' then 'held'
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
    when w.drifted then 'row_' || p.status
    when not w.waiting then null
    when p.status = 'held' and u.status <> 'active' then 'removal_held'
    when s.health <> 'ok' then s.error_code
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
    when p.status = 'held' and u.status <> 'active' then 'More users than usual would be removed from this site within an hour'
    when s.health <> 'ok' then s.error
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
  select f.waiting, f.settled,
    coalesce(not f.waiting and f.settled in ('different', 'missing', 'extra') and s.credentials_sealed is not null, false) as drifted
  from (
    select
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

-- How many removals are held at each site, from the tallies.
create function public.sync_held_counts() returns table (site_id uuid, held bigint)
language sql
stable
security definer
set search_path = ''
as $$
  select t.site_id, sum(t.pairs)::bigint from public.sync_tallies t where t.status = 'held' and t.dirty group by 1;
$$;

-- How many users are in which state at each connected site, from the tallies; a site without credentials has none.
-- Removals that are held are not among them, see sync_held_counts.
-- "missing" are active users whose pair does not exist yet: before the first full sync came to them; nobody is missing at
-- a site that is being disconnected.
-- oldest_waiting looks at the 200 pairs that fall due first, which are the oldest but for users who were refused; what
-- waits for a person is not among them.
create or replace function public.sync_site_counts()
returns table (site_id uuid, pending bigint, synced bigint, removed bigint, retrying bigint, failed bigint, drifted bigint,
  oldest_waiting timestamptz)
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
      coalesce(sum(t.pairs) filter (where not t.dirty and t.status = 'out_of_scope'), 0) as outside,
      coalesce(sum(t.pairs) filter (where not t.dirty and t.status in ('different', 'missing')), 0) as otherwise,
      coalesce(sum(t.pairs) filter (where not t.dirty and t.status = 'extra'), 0) as extra,
      coalesce(sum(t.pairs) filter (where t.dirty and t.status = 'failed'), 0) as failed,
      coalesce(sum(t.pairs) filter (where t.dirty and t.status = 'retrying'), 0) as retrying,
      coalesce(sum(t.pairs) filter (where t.dirty and t.status = 'held'), 0) as held,
      coalesce(sum(t.pairs) filter (where t.dirty), 0) as dirty
    from public.connected_sites s
    left join public.sync_tallies t on t.site_id = s.id and t.generation = s.generation
    where s.disconnected_at is null and s.credentials_sealed is not null
    group by s.id
  ), waiting as (
    select c.*, c.dirty - c.failed - c.retrying - c.held
      + case when c.status = 'disconnecting' then 0
        else greatest(0, a.users - c.synced - c.otherwise - c.outside - (c.dirty - c.held)) end as open
    from counted c cross join active a
  )
  select w.id,
    case when w.health = 'ok' then w.open else 0 end::bigint,
    w.synced::bigint,
    w.removed::bigint,
    (case when w.health = 'blocked' then 0 else w.retrying end + case when w.health = 'degraded' then w.open else 0 end)::bigint,
    (w.failed + case when w.health = 'blocked' then w.retrying + w.open else 0 end)::bigint,
    (w.otherwise + w.extra)::bigint,
    least(
      (select min(o.wanted_at) from (
        select p.wanted_at from public.user_sync_state p
        where p.site_id = w.id and p.desired_version > p.synced_version and p.due_at < 'infinity'
        order by p.due_at, p.user_id limit 200
      ) o),
      (select min(r.started_at) from public.sync_run_sites r
        where r.site_id = w.id and r.finished_at is null and r.user_id is null)
    )
  from waiting w;
$$;

-- Counts for the dashboard's first page and header.
create or replace function public.sync_overview() returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
begin
  if (select count(*) from (select from public.sync_tallies limit 2000) entries) = 2000
    or (select count(*) from (select from public.user_tallies limit 200) entries) = 200 then
    perform public.sync_tally_compact();
  end if;
  return jsonb_build_object(
    'users', (
      select jsonb_build_object(
        'active', coalesce(sum(t.users) filter (where t.status = 'active'), 0),
        'inactive', coalesce(sum(t.users) filter (where t.status = 'inactive'), 0))
      from public.user_tallies t
    ),
    'sites', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'siteId', s.id, 'site', s.name, 'pending', coalesce(c.pending, 0), 'synced', coalesce(c.synced, 0),
        'removed', coalesce(c.removed, 0), 'retrying', coalesce(c.retrying, 0), 'failed', coalesce(c.failed, 0),
        'drifted', coalesce(c.drifted, 0), 'held', coalesce(h.held, 0), 'oldestPendingAt', c.oldest_waiting
      ) order by lower(s.name)), '[]')
      from public.connected_sites s left join public.sync_site_counts() c on c.site_id = s.id
      left join public.sync_held_counts() h on h.site_id = s.id
      where s.disconnected_at is null
    ),
    'newerRows', (
      select coalesce(jsonb_agg(jsonb_build_object('siteId', n.site_id, 'site', s.name, 'known', n.known, 'unknown', n.unknown)), '[]')
      from (
        select site_id, count(*) filter (where known) as known, count(*) filter (where not known) as unknown
        from public.site_newer_rows group by site_id having bool_or(known)
      ) n join public.connected_sites s on s.id = n.site_id and s.disconnected_at is null
    ),
    'waitingChanges', (select coalesce(sum(jsonb_array_length(q.message -> 'ids')), 0) from pgmq.q_user_changes q),
    'runId', (
      select r.id from public.sync_runs r
      where r.finished_at is null and r.kind <> 'user' order by r.started_at desc limit 1
    )
  );
end;
$$;

-- Users who may be waiting, be retried, have failed or be held at a site or anywhere: a superset, to be checked against the
-- status view. Null when there are too many to collect, and for other states: walking through the users finds some at once.
create or replace function public.sync_suspects(wanted text, site uuid) returns text[]
language plpgsql
stable
set search_path = ''
as $$
declare
  many constant integer := 100000; -- collected and sorted in about 0.1 s; among a million users a walk meets one in ten
  suspects text[];
begin
  if wanted in ('different', 'missing', 'extra') then
    select array_agg(distinct f.user_id) into suspects from (
      select p.user_id from public.user_sync_state p
      join public.connected_sites s on s.id = p.site_id and s.generation = p.generation and s.disconnected_at is null
      where p.status in ('different', 'missing', 'extra') and p.status = wanted
        and (sync_suspects.site is null or p.site_id = sync_suspects.site)
      limit many + 1
    ) f;
    return case when cardinality(suspects) > many then null else coalesce(suspects, '{}') end;
  end if;
  if wanted = 'held' and (
    select coalesce(sum(c.held), 0) from public.sync_held_counts() c where site is null or c.site_id = site
  ) <= many then
    return array(
      select distinct p.user_id from public.user_sync_state p
      where p.status = 'held' and (site is null or p.site_id = site));
  end if;
  if coalesce(wanted, '') not in ('pending', 'retrying', 'failed') or exists (
    select from public.connected_sites s
    where wanted = 'failed' and s.credentials_sealed is null and s.disconnected_at is null and (site is null or s.id = site)
  ) then
    return null;
  end if;
  if (
    select coalesce(sum(case wanted when 'pending' then c.pending when 'retrying' then c.retrying else c.failed end), 0)
    from public.sync_site_counts() c where site is null or c.site_id = site
  ) > many then
    return null;
  end if;
  select array_agg(distinct f.user_id) into suspects
  from public.connected_sites s
  cross join lateral (
    -- A site that is well has refused these users itself. Everything that waits at another one shares its state.
    select p.user_id from public.user_sync_state p
    where p.site_id = s.id and s.health = 'ok' and wanted <> 'pending'
      and p.desired_version > p.synced_version and p.status in ('retrying', 'failed')
    union all
    select p.user_id from public.user_sync_state p
    where p.site_id = s.id and (s.health <> 'ok' or wanted = 'pending') and p.desired_version > p.synced_version
    union all
    -- Active users whom the site's full sync has not come to yet may have no pair; it goes by id.
    select u.id from public.user_profiles u
    where (s.health <> 'ok' or wanted = 'pending') and u.status = 'active'
      and u.id > (select min(r.cursor) from public.sync_run_sites r
        where r.site_id = s.id and r.finished_at is null and r.user_id is null)
      and not exists (select from public.user_sync_state p where p.user_id = u.id and p.site_id = s.id)
  ) f
  where s.disconnected_at is null and s.credentials_sealed is not null and (site is null or s.id = site);
  return coalesce(suspects, '{}');
end;
$$;

-- Users who are waiting, retried, failed, kept or held at one of these sites (at any when null), but for what changes meanwhile.
-- Null when there are too many to collect, and for other states: walking through the users finds some at once.
create or replace function public.sync_suspects_at(wanted text, sites uuid[]) returns text[]
language plpgsql
stable
set search_path = ''
as $$
declare
  many constant integer := 100000; -- see sync_suspects
  suspects text[];
  site record;
begin
  if wanted in ('different', 'missing', 'extra') then
    select array_agg(f.user_id) into suspects from (
      select p.user_id from public.user_sync_state p
      where p.status in ('different', 'missing', 'extra') and p.status = wanted and (sites is null or p.site_id = any (sites))
      limit many + 1
    ) f;
    return case when cardinality(suspects) > many then null else coalesce(suspects, '{}') end;
  end if;
  if wanted not in ('pending', 'retrying', 'failed', 'kept', 'held') or exists (
    select from public.connected_sites s
    where wanted = 'failed' and s.credentials_sealed is null and s.disconnected_at is null
      and (sites is null or s.id = any (sites))
  ) then
    return null;
  end if;
  if (
    select coalesce(sum(case wanted when 'pending' then c.pending when 'retrying' then c.retrying else c.failed end), 0)
    from public.sync_site_counts() c where wanted not in ('kept', 'held') and (sites is null or c.site_id = any (sites))
  ) > many then
    return null;
  end if;
  for site in
    select s.id, s.health, case s.health when 'blocked' then 'failed' when 'degraded' then 'retrying' else 'pending' end as open,
      (select min(r.cursor) from public.sync_run_sites r
        where r.site_id = s.id and r.finished_at is null and r.user_id is null) as cursor
    from public.connected_sites s
    where s.disconnected_at is null and s.credentials_sealed is not null and (sites is null or s.id = any (sites))
  loop
    -- By themselves, and only where there can be some: in one statement all of it would be read for every site.
    if wanted = 'kept' then
      suspects := suspects || array(
        select p.user_id from public.user_sync_state p where p.site_id = site.id and p.status = 'kept' limit many);
    elsif wanted = 'held' then
      suspects := suspects || array(
        select p.user_id from public.user_sync_state p where p.site_id = site.id and p.status = 'held' limit many);
    elsif wanted = site.open then
      -- Also of a site in trouble: a removal that is held says so.
      suspects := suspects || array(
        select p.user_id from public.user_sync_state p
        where p.site_id = site.id and p.desired_version > p.synced_version and p.status <> 'held' limit many);
      -- Active users whom a full sync has not come to yet may have no pair; it goes by id.
      if site.cursor is not null then
        suspects := suspects || array(
          select u.id from public.user_profiles u
          where u.status = 'active' and u.id > site.cursor
            and not exists (select from public.user_sync_state p where p.user_id = u.id and p.site_id = site.id)
          limit many);
      end if;
    elsif wanted <> 'pending' and site.health <> 'blocked' then
      suspects := suspects || array(
        select p.user_id from public.user_sync_state p
        where p.site_id = site.id and p.status = wanted and p.status in ('retrying', 'failed')
          and p.desired_version > p.synced_version limit many);
    end if;
  end loop;
  return coalesce(suspects, '{}');
end;
$$;

revoke execute on function public.sync_held_counts() from public, anon, authenticated, service_role;
grant execute on function public.sync_held_counts() to service_role;
