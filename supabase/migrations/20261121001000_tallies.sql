-- Counts that stay cheap with a million users and a hundred sites, and what happened minute by minute.

-- How many pairs of a site are in which state, as changes to a sum: every statement that touches pairs appends what it
-- changed, and sync_tally_compact adds the entries up. Nobody waits for anybody: rows that all workers update together
-- would make them queue, and deadlock with the pairs' own locks.
create table public.sync_tallies (
  site_id uuid not null,
  generation integer not null,
  status text not null,
  dirty boolean not null,
  pairs bigint not null
);
create index sync_tallies_site_idx on public.sync_tallies (site_id);

-- The same for users.
create table public.user_tallies (
  status text not null,
  users bigint not null
);

-- Attempts by minute and site, for charts. Written with the log, kept as long.
create table public.sync_minutes (
  minute timestamptz not null,
  site_id uuid not null,
  succeeded bigint not null default 0,
  failed bigint not null default 0,
  constraint sync_minutes_pkey primary key (minute, site_id)
) with (fillfactor = 50);

alter table public.sync_tallies enable row level security;
alter table public.user_tallies enable row level security;
alter table public.sync_minutes enable row level security;
revoke all on public.sync_tallies, public.user_tallies, public.sync_minutes from anon, authenticated, service_role;
grant select on public.sync_tallies, public.user_tallies, public.sync_minutes to service_role;

create function public.sync_tally_inserted() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.sync_tallies
  select n.site_id, n.generation, n.status, n.desired_version > n.synced_version, count(*)
  from new_rows n group by 1, 2, 3, 4;
  return null;
end;
$$;

create function public.sync_tally_deleted() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.sync_tallies
  select o.site_id, o.generation, o.status, o.desired_version > o.synced_version, -count(*)
  from old_rows o group by 1, 2, 3, 4;
  return null;
end;
$$;

create function public.sync_tally_updated() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.sync_tallies
  select c.site_id, c.generation, c.status, c.dirty, sum(c.pairs)
  from (
    select o.site_id, o.generation, o.status, o.desired_version > o.synced_version as dirty, -1 as pairs from old_rows o
    union all
    select n.site_id, n.generation, n.status, n.desired_version > n.synced_version, 1 from new_rows n
  ) c
  group by 1, 2, 3, 4 having sum(c.pairs) <> 0;
  return null;
end;
$$;

create trigger user_sync_state_tally_insert after insert on public.user_sync_state
  referencing new table as new_rows for each statement execute function public.sync_tally_inserted();
create trigger user_sync_state_tally_update after update on public.user_sync_state
  referencing old table as old_rows new table as new_rows for each statement execute function public.sync_tally_updated();
create trigger user_sync_state_tally_delete after delete on public.user_sync_state
  referencing old table as old_rows for each statement execute function public.sync_tally_deleted();

create function public.user_tally() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if tg_op in ('INSERT', 'UPDATE') then
    insert into public.user_tallies select n.status, count(*) from new_rows n group by 1;
  end if;
  if tg_op in ('DELETE', 'UPDATE') then
    insert into public.user_tallies select o.status, -count(*) from old_rows o group by 1;
  end if;
  return null;
end;
$$;
create trigger user_profiles_tally_insert after insert on public.user_profiles
  referencing new table as new_rows for each statement execute function public.user_tally();
create trigger user_profiles_tally_update after update on public.user_profiles
  referencing old table as old_rows new table as new_rows for each statement execute function public.user_tally();
create trigger user_profiles_tally_delete after delete on public.user_profiles
  referencing old table as old_rows for each statement execute function public.user_tally();
alter table public.user_profiles enable always trigger user_profiles_tally_insert;
alter table public.user_profiles enable always trigger user_profiles_tally_update;
alter table public.user_profiles enable always trigger user_profiles_tally_delete;

create function public.sync_minutes_count() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.sync_minutes as m (minute, site_id, succeeded, failed)
  select date_trunc('minute', n.created_at), n.site_id,
    count(*) filter (where n.status = 'success'), count(*) filter (where n.status = 'failed')
  from new_rows n group by 1, 2 order by 1, 2
  on conflict (minute, site_id) do update set
    succeeded = m.succeeded + excluded.succeeded, failed = m.failed + excluded.failed;
  return null;
end;
$$;
create trigger user_sync_log_minutes after insert on public.user_sync_log
  referencing new table as new_rows for each statement execute function public.sync_minutes_count();

-- Adds the entries up, so that there is one row for each state again. Skipped when somebody else is at it.
create function public.sync_tally_compact() returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  if not pg_try_advisory_xact_lock(hashtext('roster.sync_tally_compact')) then
    return;
  end if;
  with gone as (delete from public.sync_tallies returning *)
  insert into public.sync_tallies
  select site_id, generation, status, dirty, sum(pairs) from gone group by 1, 2, 3, 4 having sum(pairs) <> 0;
  with gone as (delete from public.user_tallies returning *)
  insert into public.user_tallies select status, sum(users) from gone group by 1 having sum(users) <> 0;
end;
$$;

-- Makes the log's weekly partitions two weeks ahead, drops those wholly older than the retention, and adds tallies up.
-- Called by the workers about once an hour. Returns how many partitions were made and dropped.
create or replace function public.sync_log_maintain(retention_days integer default 90) returns jsonb
language plpgsql
security definer -- makes and drops tables
set search_path = ''
as $$
declare
  week date;
  name text;
  made integer := 0;
  dropped integer := 0;
begin
  -- One worker at a time; the others have nothing to add.
  if not pg_try_advisory_xact_lock(hashtext('roster.sync_log_maintain')) then
    return jsonb_build_object('made', 0, 'dropped', 0);
  end if;
  for week in select (date_trunc('week', now()) + make_interval(weeks => n))::date from generate_series(0, 2) n loop
    name := 'user_sync_log_' || to_char(week, 'YYYYMMDD');
    continue when to_regclass('public.' || name) is not null;
    -- Rows of that week that went to the default partition move over, otherwise the new partition would be refused.
    create temporary table user_sync_log_moved on commit drop as
      select * from public.user_sync_log_default where false;
    with gone as (
      delete from public.user_sync_log_default where created_at >= week and created_at < week + 7 returning *
    )
    insert into user_sync_log_moved select * from gone;
    execute format('create table public.%I partition of public.user_sync_log for values from (%L) to (%L)', name, week, week + 7);
    execute format('alter table public.%I enable row level security', name);
    execute format('revoke all on public.%I from anon, authenticated', name);
    -- Into the partition itself: through the table they would be counted as new attempts.
    execute format('insert into public.%I select * from user_sync_log_moved', name);
    drop table user_sync_log_moved;
    made := made + 1;
  end loop;
  for name in
    select c.relname from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'public.user_sync_log'::regclass
      and c.relname ~ '^user_sync_log_\d{8}$'
      and to_date(right(c.relname, 8), 'YYYYMMDD') + 7 <= now() - make_interval(days => retention_days)
  loop
    execute format('drop table public.%I', name);
    dropped := dropped + 1;
  end loop;
  delete from public.user_sync_log_default where created_at < now() - make_interval(days => retention_days);
  delete from public.sync_minutes where minute < now() - make_interval(days => retention_days);
  perform public.sync_tally_compact();
  return jsonb_build_object('made', made, 'dropped', dropped);
end;
$$;

-- What is there already.
insert into public.sync_tallies
select p.site_id, p.generation, p.status, p.desired_version > p.synced_version, count(*)
from public.user_sync_state p group by 1, 2, 3, 4;
insert into public.user_tallies select u.status, count(*) from public.user_profiles u group by 1;
insert into public.sync_minutes (minute, site_id, succeeded, failed)
select date_trunc('minute', l.created_at), l.site_id,
  count(*) filter (where l.status = 'success'), count(*) filter (where l.status = 'failed')
from public.user_sync_log l group by 1, 2;

-- How many users are in which state at each connected site, from the tallies; a site without credentials has none.
-- "missing" are active users whose pair does not exist yet: before the first full sync came to them.
-- oldest_waiting looks at the 200 pairs that fall due first, which are the oldest but for users who were refused.
create function public.sync_site_counts()
returns table (site_id uuid, pending bigint, synced bigint, removed bigint, retrying bigint, failed bigint, oldest_waiting timestamptz)
language sql
stable
security definer
set search_path = ''
as $$
  with active as (
    select coalesce(sum(t.users), 0) as users from public.user_tallies t where t.status = 'active'
  ), counted as (
    select s.id, s.health,
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
    select c.*, c.dirty - c.failed - c.retrying + greatest(0, a.users - c.synced - c.dirty) as open
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
        'oldestPendingAt', c.oldest_waiting
      ) order by lower(s.name)), '[]')
      from public.connected_sites s left join public.sync_site_counts() c on c.site_id = s.id
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

-- Attempts since a time, in so many equal parts of it, as [{"at", "succeeded", "failed"}], oldest first; of one site or all.
create function public.sync_history(since timestamptz, parts integer, site uuid default null) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  with span as (select (now() - since) / parts as length),
  bars as (select n, since + n * length as at from span, generate_series(0, parts - 1) n)
  select jsonb_agg(jsonb_build_object('at', b.at, 'succeeded', coalesce(c.succeeded, 0), 'failed', coalesce(c.failed, 0)) order by b.n)
  from bars b
  left join (
    select least(floor(extract(epoch from m.minute - since) / extract(epoch from s.length)), parts - 1)::integer as n,
      sum(m.succeeded) as succeeded, sum(m.failed) as failed
    from public.sync_minutes m cross join span s
    where m.minute >= since and (site is null or m.site_id = site)
    group by 1
  ) c on c.n = b.n;
$$;

revoke execute on function
  public.sync_tally_inserted(), public.sync_tally_deleted(), public.sync_tally_updated(), public.user_tally(),
  public.sync_minutes_count(), public.sync_tally_compact(), public.sync_site_counts(),
  public.sync_history(timestamptz, integer, uuid)
from public, anon, authenticated;
grant execute on function public.sync_site_counts(), public.sync_history(timestamptz, integer, uuid) to service_role;
