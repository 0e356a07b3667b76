-- What each site still needs, what it has, and what happened: state, claims, runs and log.

-- One number line for all pairs. A pair's desired_version is drawn after the change it stands for has committed and
-- before anybody can claim it, so whoever holds a number has seen everything that smaller numbers announced, however
-- late the changing transaction committed. (A user's own version is drawn before commit and cannot promise that.)
-- "cache 1": a session that drew numbers ahead would break the order.
create sequence public.sync_version_seq cache 1;

create table public.user_sync_state (
  user_id text not null,
  site_id uuid not null,
  desired_version bigint not null,
  synced_version bigint not null default 0,
  generation integer not null default 1,
  status text not null default 'pending',
  written boolean not null default false,
  attempts integer not null default 0,
  due_at timestamptz not null default now(),
  wanted_at timestamptz not null default now(),
  attempted_at timestamptz,
  synced_at timestamptz,
  row_updated_at timestamptz,
  run_id uuid,
  error_code text,
  error text,
  constraint user_sync_state_pkey primary key (user_id, site_id),
  constraint user_sync_state_status_known check (status in ('pending', 'synced', 'removed', 'kept', 'retrying', 'failed'))
) with (fillfactor = 85);

-- The work of a site, in the order it falls due.
create index user_sync_state_dirty_idx on public.user_sync_state (site_id, due_at, user_id)
  where desired_version > synced_version;

comment on table public.user_sync_state is 'One row per user and site. No foreign keys: a pair outlives its user until the site has been told.';
comment on column public.user_sync_state.desired_version is 'Dirty, that is still to be sent, while above synced_version.';
comment on column public.user_sync_state.written is 'Roster may have put this user there (also when an answer was lost); only then is a removal ever sent.';
comment on column public.user_sync_state.row_updated_at is 'updated_at of the row that the site confirmed; null when it has none of ours or is in doubt.';
comment on column public.user_sync_state.wanted_at is 'When the oldest change not yet synced was fanned out.';
comment on column public.user_sync_state.due_at is 'Not tried before this; infinity: not until retried by hand or changed.';
comment on column public.user_sync_state.run_id is 'The manual sync that asked for the next attempt, for the log.';

-- Manual syncs, and the first sync of a newly credentialed site.
create table public.sync_runs (
  id uuid primary key default gen_random_uuid(),
  kind text not null,
  user_id text,
  requested_by text not null,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  constraint sync_runs_kind_known check (kind in ('all', 'user', 'site')),
  constraint sync_runs_user_when_user check ((kind = 'user') = (user_id is not null))
);
create index sync_runs_unfinished_idx on public.sync_runs (started_at desc) where finished_at is null;

create table public.sync_run_sites (
  run_id uuid not null references public.sync_runs (id),
  site_id uuid not null references public.connected_sites (id),
  user_id text,
  version bigint,
  cursor text not null default '',
  total bigint not null default 0,
  succeeded bigint not null default 0,
  failed bigint not null default 0,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (run_id, site_id)
) with (fillfactor = 50);
create index sync_run_sites_full_idx on public.sync_run_sites (site_id, started_at) where finished_at is null and user_id is null;
create index sync_run_sites_user_idx on public.sync_run_sites (user_id, site_id) where finished_at is null and user_id is not null;

comment on column public.sync_run_sites.cursor is 'Full sync: the last user id that is done. A full sync is this cursor, not a row per user.';
comment on column public.sync_run_sites.version is 'User sync: done when the pair settles at this version or above.';

-- A batch that a worker has on its way to a site. Written before the batch leaves and deleted when it settles, so a
-- batch whose worker died is known to be in doubt, and a repeated settle is recognised.
create table public.sync_claims (
  id uuid primary key default gen_random_uuid(),
  site_id uuid not null,
  lease_id uuid not null,
  user_ids text[] not null,
  versions bigint[] not null,
  upserts boolean[] not null,
  triggers text[] not null,
  attempts integer[] not null,
  run_ids uuid[] not null,
  row_times timestamptz[] not null,
  full_run_id uuid,
  full_cursor text,
  full_fresh integer not null default 0,
  claimed_at timestamptz not null default clock_timestamp()
);
create index sync_claims_site_idx on public.sync_claims (site_id);

comment on column public.sync_claims.full_fresh is 'Users of this page of a full sync who need not be sent: confirmed at the site since the run began.';

-- One row per pair and attempt. No foreign keys: the log outlives users, sites and runs.
create sequence public.user_sync_log_id_seq;
create table public.user_sync_log (
  id bigint not null default nextval('public.user_sync_log_id_seq'),
  created_at timestamptz not null default clock_timestamp(),
  run_id uuid,
  site_id uuid not null,
  site text not null,
  user_id text not null,
  email text,
  operation text not null,
  trigger text not null,
  status text not null,
  error_code text,
  error text,
  attempt integer not null,
  duration_ms integer not null,
  primary key (id, created_at),
  constraint user_sync_log_operation_known check (operation in ('upsert', 'remove')),
  constraint user_sync_log_trigger_known check (trigger in ('change', 'retry', 'manual', 'full')),
  constraint user_sync_log_status_known check (status in ('success', 'failed'))
) partition by range (created_at);
create index user_sync_log_user_idx on public.user_sync_log (user_id, id);
create index user_sync_log_site_idx on public.user_sync_log (site_id, id);
create index user_sync_log_run_idx on public.user_sync_log (run_id, id) where run_id is not null;
create index user_sync_log_failed_idx on public.user_sync_log (id) where status = 'failed';

-- Catches what no partition was made for in time, so that a worker that was away never stops the log.
create table public.user_sync_log_default partition of public.user_sync_log default;

-- Rows that a site has newer than the list has them, found by looking at the site's newest rows now and then. Usually
-- somebody edited them there; when there are many, the central database was restored from an older backup.
create table public.site_newer_rows (
  site_id uuid not null,
  user_id text not null,
  site_updated_at timestamptz not null,
  known boolean not null,
  primary key (site_id, user_id)
);
comment on column public.site_newer_rows.known is 'False: the list does not have this user at all, and the row is newer than the last sync.';

alter table public.site_newer_rows enable row level security;
revoke all on public.site_newer_rows from anon, authenticated;
grant select on public.site_newer_rows to service_role;

alter table public.user_sync_state enable row level security;
alter table public.sync_runs enable row level security;
alter table public.sync_run_sites enable row level security;
alter table public.sync_claims enable row level security;
alter table public.user_sync_log enable row level security;
alter table public.user_sync_log_default enable row level security;
revoke all on public.user_sync_state, public.sync_runs, public.sync_run_sites, public.sync_claims,
  public.user_sync_log, public.user_sync_log_default from anon, authenticated;
revoke all on sequence public.sync_version_seq, public.user_sync_log_id_seq from anon, authenticated;
grant select on public.user_sync_state, public.sync_runs, public.sync_run_sites, public.sync_claims to service_role;
-- The log is written by sync_settle alone; nobody edits or deletes an entry.
revoke all on public.user_sync_log from service_role;
grant select on public.user_sync_log to service_role;

-- Makes the log's weekly partitions two weeks ahead and drops those wholly older than the retention.
-- Called by the workers about once an hour. Returns how many partitions were made and dropped.
create function public.sync_log_maintain(retention_days integer default 90) returns jsonb
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
    insert into public.user_sync_log select * from user_sync_log_moved;
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
  return jsonb_build_object('made', made, 'dropped', dropped);
end;
$$;
revoke execute on function public.sync_log_maintain(integer) from public, anon, authenticated;
grant execute on function public.sync_log_maintain(integer) to service_role;
select public.sync_log_maintain();

-- What people read: every user at every connected site, with the reason beside every failure. A pair is green only
-- when the site's present database has its newest version.
create view public.user_sync_status with (security_invoker = true) as
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
    else p.error_code
  end as error_code,
  case
    when s.credentials_sealed is null and s.kind = 'webhook' then 'Site webhook credentials not configured'
    when s.credentials_sealed is null then 'Site Supabase credentials not configured'
    when not w.waiting then null
    when s.health <> 'ok' then s.error
    when s.status = 'paused' then 'The site is paused'
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
    coalesce(p.desired_version > p.synced_version or (p.generation <> s.generation and u.status = 'active'), u.status = 'active')
      as waiting,
    case when p.generation = s.generation then p.status else 'removed' end as settled
) w
where s.disconnected_at is null and (u.status <> 'deleted' or p.user_id is not null);

revoke all on public.user_sync_status from anon, authenticated;
grant select on public.user_sync_status to service_role;
