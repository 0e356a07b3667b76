-- Roster: the whole central schema in one file. Functions stand as they are now; of one that was dropped and made
-- anew, as of a view that is there several times, the last text counts.
--
-- Generated from supabase/migrations/*.sql by `npm run schema`: edit those, never this file.
--
-- To use it, open your central Supabase project's SQL Editor, paste all of this into a new query and run
-- it, once, in a project that has no Roster tables yet. With the Supabase CLI, `supabase db push` does
-- the same from the migrations, and is the way to bring an existing project up to date.

-- A function stands where it was first made, which may be before what it uses.
set check_function_bodies = off;

-- 20261120000100_users.sql

-- The master list of users, and the news of every change to it.
-- Only the server, with the secret key, reads and writes: row level security is on everywhere, without policies.

create extension if not exists pgmq;

-- Changes waiting to be fanned out. A message is {"ids": [user ids]}: what changed, not how; the row itself is the truth.
select pgmq.create('user_changes')
where not exists (select from pgmq.meta where queue_name = 'user_changes');

alter table pgmq.q_user_changes enable row level security;
alter table pgmq.a_user_changes enable row level security;

create table public.user_profiles (
  id text primary key default gen_random_uuid()::text,
  clerk_user_id text not null,
  email text not null,
  full_name text,
  role text not null default 'user',
  team text,
  department text,
  status text not null default 'active',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  version bigint not null default 1,
  constraint user_profiles_clerk_user_id_key unique (clerk_user_id),
  constraint user_profiles_id_present check (id <> ''),
  constraint user_profiles_email_present check (email <> ''),
  constraint user_profiles_status_known check (status in ('active', 'inactive'))
);

create unique index user_profiles_email_key on public.user_profiles (lower(email));
-- The dashboard lists the newest first.
create index user_profiles_created_at_idx on public.user_profiles (created_at desc, id desc);

comment on table public.user_profiles is 'The one list of users. Every row is put into every connected site.';
comment on column public.user_profiles.clerk_user_id is 'The id itself when there is no Clerk.';
comment on column public.user_profiles.updated_at is 'Set by trigger; never goes backwards for a row, so a site can refuse a late retry by it.';
comment on column public.user_profiles.version is 'Raised by trigger when anything changes that sites receive.';

-- Last rows of users that were deleted by SQL: sites may still have them, and the log and the status view name them.
create table public.deleted_users (
  id text primary key,
  clerk_user_id text not null,
  email text not null,
  full_name text,
  role text not null,
  team text,
  department text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz not null default now()
);

alter table public.user_profiles enable row level security;
alter table public.deleted_users enable row level security;
revoke all on public.user_profiles, public.deleted_users from anon, authenticated;
grant select, insert, update, delete on public.user_profiles to service_role;
grant select on public.deleted_users to service_role;

-- Stamps a row: version and updated_at move when, and only when, something changed that sites receive.
create function public.user_profiles_stamp() returns trigger
language plpgsql
security definer -- reads deleted_users, which the writer need not be allowed to
set search_path = ''
as $$
begin
  new.clerk_user_id := coalesce(new.clerk_user_id, new.id);
  if tg_op = 'INSERT' then
    new.version := 1;
    new.updated_at := greatest(
      new.updated_at,
      clock_timestamp(),
      -- An id that comes back must be newer than anything a site may still have of it.
      (select d.updated_at + interval '1 microsecond' from public.deleted_users d where d.id = new.id)
    );
  elsif (new.id, new.clerk_user_id, new.email, new.full_name, new.role, new.team, new.department, new.status, new.created_at)
     is distinct from
        (old.id, old.clerk_user_id, old.email, old.full_name, old.role, old.team, old.department, old.status, old.created_at)
    -- "set version = version + 1" says: this row as it is, again, newer than whatever a site has; see sync_assert_page.
    or new.version > old.version
  then
    new.updated_at := greatest(
      clock_timestamp(),
      old.updated_at + interval '1 microsecond',
      case when new.version > old.version then new.updated_at end
    );
    new.version := old.version + 1;
  else
    new.version := old.version;
    new.updated_at := old.updated_at;
  end if;
  return new;
end;
$$;

-- Sends ids to the queue in the caller's transaction, 500 a message: an edit is one insert however many sites there are.
create function public.user_profiles_send(ids text[]) returns void
language sql
security definer -- whoever may write users may announce it
set search_path = ''
as $$
  select pgmq.send_batch('user_changes', array_agg(jsonb_build_object('ids', chunk.ids)))
  from (
    select jsonb_agg(numbered.id) as ids
    from (select id, (row_number() over () - 1) / 500 as chunk from unnest(ids) id) numbered
    group by numbered.chunk
  ) chunk
  having count(*) > 0;
$$;

-- Keeps the last rows of users that are going. A removal is newer than anything sent before it.
create function public.user_profiles_bury(gone public.user_profiles[]) returns void
language sql
security definer
set search_path = ''
as $$
  insert into public.deleted_users (id, clerk_user_id, email, full_name, role, team, department, created_at, updated_at)
  select g.id, g.clerk_user_id, g.email, g.full_name, g.role, g.team, g.department, g.created_at,
    greatest(clock_timestamp(), g.updated_at + interval '1 microsecond')
  from unnest(gone) g
  on conflict (id) do update set
    clerk_user_id = excluded.clerk_user_id, email = excluded.email, full_name = excluded.full_name, role = excluded.role,
    team = excluded.team, department = excluded.department, created_at = excluded.created_at,
    updated_at = excluded.updated_at, deleted_at = now();
$$;

create function public.user_profiles_after_insert() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from public.deleted_users d using new_rows n where d.id = n.id;
  perform public.user_profiles_send(array(select id from new_rows));
  return null;
end;
$$;

create function public.user_profiles_after_update() returns trigger
language plpgsql
security definer
set search_path = ''
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  gone constant text[] := array(select o.id from old_rows o except select n.id from new_rows n);
begin
  -- A changed id is two changes: the new id appears, the old one goes.
  if gone <> '{}' then
    perform public.user_profiles_bury(array(
      select o::public.user_profiles from old_rows o
      where o.id = any (gone) and not exists (select from public.user_profiles u where u.id = o.id)
    ));
  end if;
  delete from public.deleted_users d using new_rows n where d.id = n.id;
  perform public.user_profiles_send(gone || array(
    select c.id from (select n.id, n.version from new_rows n except select o.id, o.version from old_rows o) c
  ));
  return null;
end;
$$;

create function public.user_profiles_after_delete() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform public.user_profiles_bury(array(select o::public.user_profiles from old_rows o));
  perform public.user_profiles_send(array(select id from old_rows));
  return null;
end;
$$;

-- TRUNCATE shows a trigger no rows, so its removals could not be recorded: it is refused instead of being lost.
create function public.user_profiles_refuse_truncate() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception 'user_profiles cannot be truncated: the sites would not be told'
    using hint = 'Use "delete from user_profiles", or set status to inactive.';
end;
$$;

create trigger user_profiles_stamp before insert or update on public.user_profiles
  for each row execute function public.user_profiles_stamp();
create trigger user_profiles_after_insert after insert on public.user_profiles
  referencing new table as new_rows for each statement execute function public.user_profiles_after_insert();
create trigger user_profiles_after_update after update on public.user_profiles
  referencing old table as old_rows new table as new_rows for each statement execute function public.user_profiles_after_update();
create trigger user_profiles_after_delete after delete on public.user_profiles
  referencing old table as old_rows for each statement execute function public.user_profiles_after_delete();
create trigger user_profiles_refuse_truncate before truncate on public.user_profiles
  for each statement execute function public.user_profiles_refuse_truncate();

-- "Always": also for sessions that replicate or restore with session_replication_role = replica.
alter table public.user_profiles enable always trigger user_profiles_stamp;
alter table public.user_profiles enable always trigger user_profiles_after_insert;
alter table public.user_profiles enable always trigger user_profiles_after_update;
alter table public.user_profiles enable always trigger user_profiles_after_delete;

revoke execute on function
  public.user_profiles_stamp(),
  public.user_profiles_send(text[]),
  public.user_profiles_bury(public.user_profiles[]),
  public.user_profiles_after_insert(),
  public.user_profiles_after_update(),
  public.user_profiles_after_delete(),
  public.user_profiles_refuse_truncate()
from public, anon, authenticated;

-- 20261120000200_sites.sql

-- The sites that receive the users, with how each of them is doing.

create table public.connected_sites (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  url text not null,
  kind text not null default 'supabase',
  status text not null default 'active',
  endpoint_url text,
  credentials_sealed text,
  key_last_four text,
  previous_secrets jsonb not null default '[]',
  removal_policy text not null default 'delete',
  removal_column text,
  generation integer not null default 1,
  health text not null default 'ok',
  failures integer not null default 0,
  error_code text,
  error text,
  retry_at timestamptz not null default now(),
  last_synced_at timestamptz,
  inspected_at timestamptz,
  lease_id uuid,
  lease_worker text,
  lease_until timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  disconnected_at timestamptz,
  constraint connected_sites_name_present check (name <> ''),
  constraint connected_sites_kind_known check (kind in ('supabase', 'webhook')),
  constraint connected_sites_status_known check (status in ('active', 'paused')),
  constraint connected_sites_health_known check (health in ('ok', 'degraded', 'blocked')),
  constraint connected_sites_removal_policy_known check (removal_policy in ('delete', 'deactivate', 'keep')),
  -- A webhook site is told that a user left; what it does then is its own business.
  constraint connected_sites_removal_policy_of_webhook check (kind <> 'webhook' or removal_policy = 'delete'),
  constraint connected_sites_removal_column_when_deactivate check ((removal_policy = 'deactivate') = (removal_column is not null))
) with (fillfactor = 50); -- rewritten by every settled batch

create unique index connected_sites_name_key on public.connected_sites (lower(name)) where disconnected_at is null;

comment on column public.connected_sites.endpoint_url is 'The Supabase URL or the webhook URL; null until credentials are saved.';
comment on column public.connected_sites.credentials_sealed is 'Compact JWE bound to this site; null until saved and again once disconnected.';
comment on column public.connected_sites.previous_secrets is 'Signing secrets that were replaced and still sign, newest first: [{"sealed", "until"}].';
comment on column public.connected_sites.removal_policy is 'What a removal does to the site''s row: delete it, deactivate it, or keep it as it is.';
comment on column public.connected_sites.removal_column is 'Boolean column of the site''s table that says whether a row is active, for deactivate.';
comment on column public.connected_sites.generation is 'Raised when another database is put behind the site: what was written to the old one counts no longer.';
comment on column public.connected_sites.health is 'ok; degraded: being retried; blocked: somebody has to change something first.';
comment on column public.connected_sites.failures is 'Failed attempts in a row that were the site''s doing, not a user''s.';
comment on column public.connected_sites.retry_at is 'Not tried before this; infinity waits for a person.';
comment on column public.connected_sites.inspected_at is 'When the site''s newest rows were last compared with the list; see site_newer_rows.';
comment on column public.connected_sites.lease_id is 'Whose turn it is to drain this site, until lease_until.';

alter table public.connected_sites enable row level security;
revoke all on public.connected_sites from anon, authenticated;
grant select, insert, update on public.connected_sites to service_role;

create function public.connected_sites_stamp() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end;
$$;
create trigger connected_sites_stamp before update of name, url, status, endpoint_url, removal_policy on public.connected_sites
  for each row execute function public.connected_sites_stamp();
revoke execute on function public.connected_sites_stamp() from public, anon, authenticated;

-- 20261120000300_sync_state.sql

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

-- 20261120000400_sync_fan_out.sql

-- From a change to dirty pairs. Workers call these functions through the API with the secret key; "security definer"
-- because they also reach pgmq, to which the API role has no rights of its own.

-- Marks every connected site's pair of the given users as wanting the users' present rows.
-- Also for users that are inactive or gone: a site may be receiving one at this moment.
create function public.sync_mark_dirty(ids text[]) returns void
language sql
security definer
set search_path = ''
as $$
  insert into public.user_sync_state as p (user_id, site_id, desired_version, generation)
  select changed.id, s.id, nextval('public.sync_version_seq'), s.generation
  from (select distinct unnest(ids) as id) changed
  cross join public.connected_sites s
  where s.disconnected_at is null and s.credentials_sealed is not null
  order by changed.id, s.id -- one lock order for all, or two fan-outs could deadlock
  on conflict (user_id, site_id) do update set
    desired_version = excluded.desired_version,
    status = 'pending',
    attempts = 0,
    due_at = now(),
    wanted_at = case when p.desired_version > p.synced_version then p.wanted_at else now() end,
    error_code = null,
    error = null;
$$;

-- Whether a worker could do something at this site now.
create function public.sync_site_ready(site public.connected_sites) returns boolean
language sql
stable
set search_path = ''
set enable_seqscan = off
as $$
  select site.disconnected_at is null
    and site.status in ('active', 'disconnecting')
    and site.credentials_sealed is not null
    and site.retry_at <= now()
    and (site.lease_until is null or site.lease_until <= now())
    and (
      coalesce(public.sync_site_due_at(site.id) <= now(), false)
      or exists (
        select from public.sync_run_sites r
        where r.site_id = site.id and r.finished_at is null and r.user_id is null
      )
      or exists (select from public.sync_claims c where c.site_id = site.id)
      or (site.status = 'active' and site.kind = 'supabase' and site.last_synced_at is not null
        and (site.inspected_at is null or site.inspected_at < now() - interval '1 hour'))
      -- Rows are left to be marked, or none is left at all and the end has to be made.
      or (site.status = 'disconnecting' and (site.removal_cursor is not null or public.sync_site_due_at(site.id) is null))
    );
$$;

create function public.sync_fan_out(max_messages integer default 20) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  most_pairs constant integer := 40000; -- 1 to 3 s, where statements may take 8
  most_users integer;
  message_ids bigint[];
  changed text[];
begin
  if exists (select from pgmq.q_user_changes q where q.vt <= clock_timestamp()) then
    select greatest(1, most_pairs / greatest(1, count(*))) into most_users
    from public.connected_sites s where s.disconnected_at is null and s.credentials_sealed is not null;
    select array_agg(m.msg_id order by m.msg_id), array_agg(distinct ids.id)
      into message_ids, changed
    from pgmq.read('user_changes', 60, public.sync_messages_of(most_users, max_messages)) m
    cross join lateral jsonb_array_elements_text(m.message -> 'ids') ids(id);
  end if;
  if message_ids is not null then
    if cardinality(changed) > most_users then
      -- In the place of the oldest message: departures are compared with the time of what announces them.
      update pgmq.q_user_changes q set vt = clock_timestamp(),
        message = jsonb_build_object('ids', to_jsonb(changed[most_users + 1:]))
      where q.msg_id = message_ids[1];
      message_ids := array(select id from unnest(message_ids) id where id <> message_ids[1]);
      changed := changed[:most_users];
    end if;
    perform public.sync_mark_dirty(changed);
    perform public.sync_settle_never_there(changed);
    perform pgmq.delete('user_changes', array(select distinct unnest(message_ids)));
  end if;
  return jsonb_build_object(
    'users', coalesce(cardinality(changed), 0),
    'more', changed is not null and exists (select from pgmq.q_user_changes q where q.vt <= clock_timestamp()),
    'ready', exists (select from public.connected_sites s where public.sync_site_ready(s)),
    'side', public.sync_side_work());
end;
$$;

revoke execute on function
  public.sync_mark_dirty(text[]),
  public.sync_site_ready(public.connected_sites),
  public.sync_fan_out(integer)
from public, anon, authenticated;
grant execute on function
  public.sync_fan_out(integer)
to service_role;

-- 20261120000500_sync_lease.sql

-- A site's turn. Each function is one transaction; "security definer" because they write claims and states, to which
-- the API role has no rights of its own.

-- As before; but at a shared site the row may be the site's own, which a worker then tells by what it holds.
create function public.sync_mark_in_doubt(site uuid, ids text[], upserts boolean[], runs uuid[]) returns void
language sql
security definer
set search_path = ''
as $$
  insert into public.user_sync_state as p (user_id, site_id, desired_version, generation, written, run_id)
  select d.id, s.id, nextval('public.sync_version_seq'), s.generation, d.upsert and not s.shared, d.run
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
-- Returns null when nothing is ready, otherwise the site with what is needed to reach it. With "disconnecting" only
-- sync_claim_removals gives batches, and rows are deleted there whatever the site does when a user leaves.
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
    'disconnecting', site.status = 'disconnecting',
    'url', site.endpoint_url, 'credentials', site.credentials_sealed,
    'previousCredentials', (
      select coalesce(jsonb_agg(p.secret -> 'sealed'), '[]')
      from jsonb_array_elements(site.previous_secrets) p(secret) where (p.secret ->> 'until')::timestamptz > now()),
    'inspect', site.status = 'active' and site.kind = 'supabase' and site.last_synced_at is not null
      and (site.inspected_at is null or site.inspected_at < now() - interval '1 hour'),
    'removalPolicy', case when site.status = 'disconnecting' then 'delete' else site.removal_policy end,
    'removalColumn', case when site.status = 'disconnecting' then null else site.removal_column end,
    'failures', site.failures
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

-- 20261120000550_sync_claim.sql

-- The next batch for a leased site.

-- Marks the given runs finished when all their sites are.
create function public.sync_finish_runs(runs uuid[]) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Two sites may finish at once: each waits here for the other's commit and then sees it.
  perform 1 from public.sync_runs r where r.id = any (runs) order by r.id for no key update;
  update public.sync_runs r set finished_at = now()
  where r.id = any (runs) and r.finished_at is null
    and not exists (select from public.sync_run_sites t where t.run_id = r.id and t.finished_at is null);
end;
$$;

-- The next batch for a leased site: dirty pairs that are due, or else the next page of its oldest full sync, less the
-- users who were confirmed there since that sync began. Users in a batch that has not settled yet are left out. Returns {"kind": "batch", "claimId", "items": [{userId, trigger,
-- attempt, runId, written, user}]} (user with status deleted when its row is gone), {"kind": "empty"}, or {"kind": "lost"} without the lease.
create function public.sync_claim(site uuid, lease uuid, max_users integer) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  target public.connected_sites;
  full_run public.sync_run_sites;
  open_cursor text;
  page_end text;
  fresh_users bigint;
  drawn bigint;
  claim_id uuid;
  items jsonb;
begin
  select s.* into target from public.connected_sites s
  where s.id = site and s.lease_id = lease and s.lease_until > now() and s.status = 'active' and s.disconnected_at is null;
  if not found then
    return jsonb_build_object('kind', 'lost');
  end if;

  loop
    -- A change that a batch brought there before it was fanned out: nothing is left to send.
    with due as (
      select p.user_id, p.desired_version from public.user_sync_state p
      where p.site_id = site and p.desired_version > p.synced_version and p.due_at <= now()
        and p.user_id not in (select unnest(c.user_ids) from public.sync_claims c where c.site_id = site)
      order by p.due_at, p.user_id
      limit max_users
    )
    update public.user_sync_state p set synced_version = p.desired_version, status = 'synced'
    from due, public.user_profiles u
    where p.user_id = due.user_id and p.site_id = site and u.id = p.user_id and u.status = 'active'
      -- While this waited for a lock, a newer change may have been fanned out, of which u knows nothing.
      and p.desired_version = due.desired_version
      and p.row_updated_at = u.updated_at and p.generation = target.generation and p.run_id is null;
    exit when not found;
  end loop;

  with due as (
    select p.user_id, p.desired_version, p.attempts + 1 as attempt, p.run_id,
      -- Another webhook URL may well be the same receiver: who leaves has to leave there too.
      p.written and (p.generation = target.generation or target.kind = 'webhook') as there,
      case when p.attempts > 0 then 'retry' when p.run_id is not null then 'manual' else 'change' end as why
    from public.user_sync_state p
    where p.site_id = site and p.desired_version > p.synced_version and p.due_at <= now()
      and p.user_id not in (select unnest(c.user_ids) from public.sync_claims c where c.site_id = site)
    order by p.due_at, p.user_id
    limit max_users
  ), batch as (
    select due.*, coalesce(u.status = 'active', false) as upsert,
      coalesce(to_jsonb(u), to_jsonb(d) || '{"status": "deleted"}', jsonb_build_object(
        'id', due.user_id, 'clerk_user_id', due.user_id, 'email', '', 'full_name', null, 'role', '', 'team', null,
        'department', null, 'status', 'deleted', 'created_at', now(), 'updated_at', now())) as profile
    from due
    left join public.user_profiles u on u.id = due.user_id
    left join public.deleted_users d on d.id = due.user_id
  ), claimed as (
    insert into public.sync_claims
      (site_id, lease_id, user_ids, versions, upserts, triggers, attempts, run_ids, row_times)
    select site, lease, array_agg(user_id), array_agg(desired_version), array_agg(upsert), array_agg(why),
      array_agg(attempt), array_agg(run_id), array_agg((profile ->> 'updated_at')::timestamptz)
    from batch having count(*) > 0
    returning id
  )
  select claimed.id, (
    select jsonb_agg(jsonb_build_object(
      'userId', user_id, 'trigger', why, 'attempt', attempt, 'runId', run_id, 'written', there, 'user', profile))
    from batch
  ) into claim_id, items from claimed;
  if claim_id is not null then
    return jsonb_build_object('kind', 'batch', 'claimId', claim_id, 'items', items);
  end if;

  loop
    select r.* into full_run from public.sync_run_sites r
    where r.site_id = site and r.finished_at is null and r.user_id is null
    order by r.started_at, r.run_id limit 1;
    if not found then
      return jsonb_build_object('kind', 'empty');
    end if;
    select max(c.full_cursor) into open_cursor from public.sync_claims c
    where c.site_id = site and c.full_run_id = full_run.run_id;

    -- Drawn before the rows are read: what a smaller number announced is in them.
    drawn := nextval('public.sync_version_seq');
    with page as (
      select u.id as user_id, to_jsonb(u) as profile, coalesce(p.attempts, 0) + 1 as attempt,
        coalesce(p.written and p.generation = target.generation, false) as there,
        coalesce(
          p.generation = target.generation and p.synced_version >= p.desired_version
            and p.status = 'synced' and p.synced_at >= full_run.started_at,
          false) as fresh
      from (
        select * from public.user_profiles
        where status = 'active' and id > coalesce(open_cursor, full_run.cursor)
        order by id limit max_users
      ) u
      left join public.user_sync_state p on p.user_id = u.id and p.site_id = site
    ), claimed as (
      insert into public.sync_claims
        (site_id, lease_id, user_ids, versions, upserts, triggers, attempts, run_ids, row_times,
         full_run_id, full_cursor, full_fresh)
      select site, lease, array_agg(user_id), array_agg(drawn), array_agg(true), array_agg('full'::text),
        array_agg(attempt), array_agg(full_run.run_id), array_agg((profile ->> 'updated_at')::timestamptz),
        full_run.run_id, (select max(user_id) from page),
        (select count(*) from page where fresh)
      from page where not fresh having count(*) > 0
      returning id
    )
    select
      (select id from claimed),
      (select max(user_id) from page),
      (select count(*) from page where fresh),
      (
        select jsonb_agg(jsonb_build_object(
          'userId', user_id, 'trigger', 'full', 'attempt', attempt, 'runId', full_run.run_id, 'written', there,
          'user', profile))
        from page where not fresh
      )
    into claim_id, page_end, fresh_users, items;
    if claim_id is not null then
      return jsonb_build_object('kind', 'batch', 'claimId', claim_id, 'items', items);
    end if;
    if open_cursor is not null then
      return jsonb_build_object('kind', 'empty'); -- a page is on its way; ask again when it has settled
    end if;
    if page_end is not null then
      update public.sync_run_sites r set cursor = page_end, succeeded = r.succeeded + fresh_users
      where r.run_id = full_run.run_id and r.site_id = site;
    else
      update public.sync_run_sites r set finished_at = now(), total = r.succeeded + r.failed
      where r.run_id = full_run.run_id and r.site_id = site;
      perform public.sync_finish_runs(array[full_run.run_id]);
    end if;
  end loop;
end;
$$;

revoke execute on function
  public.sync_finish_runs(uuid[]),
  public.sync_claim(uuid, uuid, integer)
from public, anon, authenticated;
grant execute on function
  public.sync_claim(uuid, uuid, integer)
to service_role;

-- 20261120000600_sync_settle.sql

-- What came of a batch: states, log, runs and the site's health, in one transaction.

-- A user's outcome beside what the claim knows of it; lives only inside sync_settle.
create type public.sync_outcome as (
  user_id text, version bigint, upsert boolean, why text, attempt integer, run_id uuid, row_time timestamptz,
  kind text, duration_ms integer, error_code text, error text, retry_in double precision
);

-- The states of a settled batch. A pair whose desired_version moved on while the batch was on its way stays as it is,
-- but for what the site now has.
create function public.sync_settle_states(target public.connected_sites, settling public.sync_outcome[]) returns void
language sql
security definer
set search_path = ''
as $$
  insert into public.user_sync_state as p
    (user_id, site_id, desired_version, synced_version, generation, status, written, attempts, due_at, attempted_at,
     synced_at, row_updated_at, run_id, error_code, error)
  select t.user_id, target.id, t.version,
    case when t.kind in ('failed', 'returned') then 0 else t.version end,
    target.generation,
    case t.kind
      when 'upserted' then 'synced'
      when 'removed' then 'removed'
      when 'deactivated' then 'removed'
      when 'skipped' then 'removed'
      when 'kept' then 'kept'
      when 'failed' then case when t.retry_in is null then 'failed' else 'retrying' end
      else 'pending'
    end,
    -- An attempt without an answer may have landed.
    t.kind in ('upserted', 'deactivated', 'kept') or (t.kind = 'returned' and t.upsert),
    case when t.kind = 'failed' then t.attempt else 0 end,
    case when t.kind = 'failed' then coalesce(now() + make_interval(secs => t.retry_in), 'infinity') else now() end,
    case when t.kind not in ('skipped', 'kept') then now() end,
    case when t.kind in ('upserted', 'removed', 'deactivated') then now() end,
    case when t.kind = 'upserted' then t.row_time end,
    -- What comes again is still what this run asked for.
    case when t.kind = 'returned' then t.run_id end,
    case when t.kind = 'failed' then t.error_code end,
    case when t.kind = 'failed' then t.error end
  from unnest(settling) t
  where t.kind <> 'returned' or t.error_code is not null
  order by t.user_id
  on conflict (user_id, site_id) do update set
    desired_version = greatest(p.desired_version, excluded.desired_version),
    synced_version = greatest(
      excluded.synced_version, case when p.generation = excluded.generation then p.synced_version else 0 end),
    generation = excluded.generation,
    -- A removal takes back what was written before it was claimed, not what was put in doubt since.
    written = excluded.written
      or ((excluded.status not in ('removed', 'kept') or p.desired_version > excluded.desired_version)
        and p.written and (p.generation = excluded.generation or target.kind = 'webhook')),
    wanted_at = case when p.desired_version > p.synced_version then p.wanted_at else now() end,
    attempted_at = coalesce(excluded.attempted_at, p.attempted_at),
    -- A refused row leaves the site what it had.
    row_updated_at = case
      when excluded.status in ('retrying', 'failed') then p.row_updated_at else excluded.row_updated_at end,
    synced_at = coalesce(excluded.synced_at, case when p.generation = excluded.generation then p.synced_at end),
    (status, attempts, due_at, run_id, error_code, error) = (
      select p.status, p.attempts, p.due_at, coalesce(p.run_id, excluded.run_id), p.error_code, p.error
      where p.desired_version > excluded.desired_version or excluded.status = 'pending'
      union all
      select excluded.status, excluded.attempts, excluded.due_at, null, excluded.error_code, excluded.error
      where p.desired_version <= excluded.desired_version and excluded.status <> 'pending'
    );

  -- A user whose row is gone from the list needs no pair once the site's is gone too. A row that stays there is
  -- remembered: the site's removal policy may change, and the user may come back.
  delete from public.user_sync_state p
  using unnest(settling) t
  where p.user_id = t.user_id and p.site_id = target.id and t.kind in ('removed', 'skipped')
    and p.desired_version <= p.synced_version
    and not exists (select from public.user_profiles u where u.id = p.user_id);
$$;

-- Records what came of a claimed batch, see 20261127005200_settle_groups.sql; who is outside the scope is said so.
create function public.sync_settle(site uuid, lease uuid, claim uuid, outcomes jsonb, site_failure jsonb default null)
returns jsonb
language plpgsql
security definer
set search_path = ''
-- Users are looked up one by one: the planner may take a table that is just being filled for a small one.
set enable_seqscan = off
as $$
declare
  target public.connected_sites;
  claimed public.sync_claims;
  settling public.sync_outcome[];
  finished uuid[];
begin
  select s.* into target from public.connected_sites s where s.id = site for no key update;
  if target.lease_id is distinct from lease or target.lease_until <= now() then
    perform public.sync_mark_in_doubt(site, array_agg(u.id),
      array_agg(o ->> 'kind' in ('upserted', 'failed', 'returned')), null)
    from jsonb_array_elements(outcomes) o,
      jsonb_array_elements_text(coalesce(o -> 'userIds', jsonb_build_array(o -> 'userId'))) u(id)
    having count(*) > 0;
    delete from public.sync_claims c where c.id = claim;
    return jsonb_build_object('settled', false);
  end if;
  delete from public.sync_claims c where c.id = claim returning * into claimed;
  if not found then
    return jsonb_build_object('settled', true); -- settled before; that answer was lost
  end if;
  if claimed.emails is null then
    claimed.emails := array(
      select coalesce(u.email, d.email) from unnest(claimed.user_ids) with ordinality c(id, n)
      left join public.user_profiles u on u.id = c.id left join public.deleted_users d on d.id = c.id
      order by c.n);
  end if;

  select array_agg(row(
      c.user_id, c.version, c.upsert, c.why, c.attempt, c.run_id, c.row_time,
      o.kind, coalesce(o."durationMs", 0), o."errorCode", o.error, o."retryIn"
    )::public.sync_outcome order by c.user_id) -- one lock order for all
  into settling
  from unnest(claimed.user_ids, claimed.versions, claimed.upserts, claimed.triggers, claimed.attempts, claimed.run_ids,
      claimed.row_times)
    c(user_id, version, upsert, why, attempt, run_id, row_time)
  join (
    select g.*, id from jsonb_to_recordset(outcomes)
      g("userIds" text[], "userId" text, kind text, "durationMs" integer, "errorCode" text, error text,
        "retryIn" double precision),
      unnest(coalesce(g."userIds", array[g."userId"])) id
  ) o on o.id = c.user_id;

  perform public.sync_settle_states(target, settling);
  if claimed.outside is not null then
    update public.user_sync_state p set status = 'out_of_scope'
    where p.site_id = site and p.user_id = any (claimed.outside)
      and p.status in ('removed', 'kept') and p.desired_version <= p.synced_version;
  end if;
  insert into public.user_sync_log
    (run_id, site_id, site, user_id, email, operation, trigger, status, error_code, error, attempt, duration_ms)
  select t.run_id, site, target.name, t.user_id, nullif(e.email, ''),
    case when t.upsert then 'upsert' else 'remove' end, t.why,
    case when t.kind in ('upserted', 'removed', 'deactivated') then 'success' else 'failed' end,
    t.error_code, t.error, t.attempt, t.duration_ms
  from unnest(settling) t
  left join unnest(claimed.user_ids, claimed.emails) e(id, email) on e.id = t.user_id
  where t.kind in ('upserted', 'removed', 'deactivated', 'failed') or (t.kind = 'returned' and t.error_code is not null);

  -- A page of a full sync counts when all of it was tried; otherwise the cursor stays and the page comes again.
  if claimed.full_run_id is not null and not exists (select from unnest(settling) t where t.kind = 'returned') then
    update public.sync_run_sites r set
      cursor = claimed.full_cursor,
      succeeded = r.succeeded + claimed.full_fresh
        + (select count(*) from unnest(settling) t where t.kind <> 'failed'),
      failed = r.failed + (select count(*) from unnest(settling) t where t.kind = 'failed')
    where r.run_id = claimed.full_run_id and r.site_id = site;
  end if;
  with done as (
    update public.sync_run_sites r set
      finished_at = now(),
      succeeded = (t.kind <> 'failed')::integer,
      failed = (t.kind = 'failed')::integer
    from unnest(settling) t
    where r.user_id = t.user_id and r.site_id = site and r.finished_at is null and r.version <= t.version
      and t.kind <> 'returned'
    returning r.run_id
  ), unanswered as (
    -- "The site does not answer" is an answer for everybody who waits for this site; the pairs go on being tried.
    update public.sync_run_sites r set finished_at = now(), failed = 1
    where site_failure is not null and r.site_id = site and r.user_id is not null and r.finished_at is null
      and not exists (
        select from unnest(settling) t where t.user_id = r.user_id and r.version <= t.version and t.kind <> 'returned')
    returning r.run_id
  )
  select array_agg(run_id) into finished from (select run_id from done union select run_id from unanswered) ended;
  if finished is not null then
    perform public.sync_finish_runs(finished);
  end if;

  if site_failure is not null then
    update public.connected_sites s set
      health = site_failure ->> 'health',
      failures = s.failures + 1,
      error_code = site_failure ->> 'errorCode',
      error = site_failure ->> 'error',
      retry_at = coalesce(now() + make_interval(secs => (site_failure ->> 'retryIn')::double precision), 'infinity')
    where s.id = site;
  elsif exists (select from unnest(settling) t where t.kind in ('upserted', 'removed', 'deactivated')) then
    update public.connected_sites s set
      health = 'ok', failures = 0, error_code = null, error = null, retry_at = now(), last_synced_at = now()
    where s.id = site;
  end if;
  return jsonb_build_object('settled', true);
end;
$$;

revoke execute on function
  public.sync_settle_states(public.connected_sites, public.sync_outcome[]),
  public.sync_settle(uuid, uuid, uuid, jsonb, jsonb)
from public, anon, authenticated;
grant execute on function
  public.sync_settle(uuid, uuid, uuid, jsonb, jsonb)
to service_role;

-- 20261120000700_sync_requests.sql

-- What people and scripts ask for: manual syncs, their progress, and trying again what failed.

create function public.sync_start_full(kind text, sites uuid[], requested_by text) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  run uuid;
  users bigint := (select count(*) from public.user_profiles where status = 'active');
  owed_sites uuid[];
begin
  -- In the order in which workers lock: the site before its runs.
  perform from public.connected_sites s where s.id = any (sites) order by s.id for no key update;
  owed_sites := public.sync_end_standing(sites);

  insert into public.sync_runs (kind, requested_by, finished_at)
  values (sync_start_full.kind, sync_start_full.requested_by, case when cardinality(sites) = 0 then now() end)
  returning id into run;
  insert into public.sync_run_sites (run_id, site_id, total, owed)
  select run, id, users, sync_start_full.kind = 'site' or id = any (owed_sites) from unnest(sites) id;
  -- Asking by hand is a reason to try a site again at once.
  update public.connected_sites s set retry_at = now() where s.id = any (sites) and s.retry_at > now();
  return jsonb_build_object('runId', run, 'users', users, 'sites', cardinality(sites));
end;
$$;

-- Sync All Users: every active site with credentials, or those of them in site_ids.
-- Returns {"runId", "users", "sites"}: how many users go to how many sites.
create function public.sync_all_start(site_ids uuid[], requested_by text) returns jsonb
language sql
security definer
set search_path = ''
as $$
  select public.sync_start_full('all', array(
    select s.id from public.connected_sites s
    where s.disconnected_at is null and s.status = 'active' and s.credentials_sealed is not null
      and (site_ids is null or s.id = any (site_ids))
    order by s.id
  ), requested_by);
$$;

-- Has one user sent to every site again. Sites without credentials count as failed at once, paused ones are left out.
-- Returns the run's id, or null when there is no such user.
create function public.sync_user_start(user_id text, requested_by text) returns uuid
language plpgsql
security definer
set search_path = ''
as $$
declare
  run uuid;
begin
  if not exists (select from public.user_profiles u where u.id = sync_user_start.user_id) then
    return null;
  end if;
  -- In the order in which workers lock: the site before its pairs.
  perform from public.connected_sites s
  where s.disconnected_at is null and s.status = 'active' order by s.id for no key update;
  insert into public.sync_runs (kind, user_id, requested_by)
  values ('user', sync_user_start.user_id, sync_user_start.requested_by) returning id into run;
  perform public.sync_mark_dirty(array[sync_user_start.user_id]);
  update public.user_sync_state p set run_id = run where p.user_id = sync_user_start.user_id;
  insert into public.sync_run_sites (run_id, site_id, user_id, version, total, failed, finished_at)
  select run, s.id, sync_user_start.user_id, p.desired_version, 1,
    (s.credentials_sealed is null)::integer, case when s.credentials_sealed is null then now() end
  from public.connected_sites s
  left join public.user_sync_state p on p.user_id = sync_user_start.user_id and p.site_id = s.id
  where s.disconnected_at is null and s.status = 'active';
  update public.connected_sites s set retry_at = now()
  where s.disconnected_at is null and s.status = 'active' and s.retry_at > now();
  perform public.sync_finish_runs(array[run]);
  return run;
end;
$$;

-- Progress of a run in pairs, in all and per site; null when there is no such run. A cancelled one has finished when what
-- was on its way has settled; a batch whose worker died is not waited for longer than a minute.
create function public.sync_run(run_id uuid) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'id', r.id,
    'kind', r.kind,
    'userId', r.user_id,
    'requestedBy', r.requested_by,
    'total', coalesce(sum(greatest(t.total, t.succeeded + t.failed)), 0),
    'succeeded', coalesce(sum(t.succeeded), 0),
    'failed', coalesce(sum(t.failed), 0),
    'pending', case when r.cancelled_at is not null then 0
      else coalesce(sum(greatest(t.total - t.succeeded - t.failed, 0)), 0) end,
    'startedAt', r.started_at,
    'finishedAt', case when r.cancelled_at is not null and exists (
      select from public.sync_claims c where c.full_run_id = r.id and c.claimed_at > now() - interval '1 minute'
    ) then null else r.finished_at end,
    'cancelledAt', r.cancelled_at,
    'sites', coalesce(jsonb_agg(jsonb_build_object(
      'siteId', s.id, 'site', s.name, 'total', greatest(t.total, t.succeeded + t.failed), 'succeeded', t.succeeded,
      'failed', t.failed, 'finishedAt', t.finished_at
    ) order by s.name) filter (where s.id is not null), '[]')
  ))
  from public.sync_runs r
  left join public.sync_run_sites t on t.run_id = r.id
  left join public.connected_sites s on s.id = t.site_id
  where r.id = sync_run.run_id
  group by r.id;
$$;

-- Tries again what failed or waits after a failure: one pair, one user, one site, or (both null) everything.
-- Returns how many pairs that are.
create function public.sync_retry(user_id text, site_id uuid) returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  pairs bigint;
begin
  -- In the order in which workers lock: the site before its pairs.
  perform from public.connected_sites s
  where s.disconnected_at is null and (sync_retry.site_id is null or s.id = sync_retry.site_id)
  order by s.id for no key update;
  with waiting as materialized (
    select p.user_id, p.site_id
    from public.user_sync_state p
    join public.connected_sites s on s.id = p.site_id
    where s.disconnected_at is null and p.desired_version > p.synced_version
      and (p.status in ('retrying', 'failed') or s.health <> 'ok')
      and (sync_retry.user_id is null or p.user_id = sync_retry.user_id)
      and (sync_retry.site_id is null or p.site_id = sync_retry.site_id)
    order by p.user_id, p.site_id -- as sync_mark_dirty does, or the two could deadlock
    for no key update of p
  ), again as (
    update public.user_sync_state p set due_at = now(), attempts = 0
    from waiting w where p.user_id = w.user_id and p.site_id = w.site_id
    returning 1
  )
  select count(*) into pairs from again;
  update public.connected_sites s set retry_at = now()
  where s.disconnected_at is null and s.retry_at > now() and (sync_retry.site_id is null or s.id = sync_retry.site_id);
  return pairs;
end;
$$;

-- What a worker could do now, at sites that are not paused and do not wait after a failure, and beside them.
create function public.sync_backlog() returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  with ready as (
    select s.id from public.connected_sites s
    where s.disconnected_at is null and s.status in ('active', 'disconnecting') and s.credentials_sealed is not null
      and s.retry_at <= now()
  )
  select jsonb_build_object(
    'changes', (select coalesce(sum(jsonb_array_length(q.message -> 'ids')), 0) from pgmq.q_user_changes q),
    'pairs', (
      select count(*) from public.user_sync_state p join ready on ready.id = p.site_id
      where p.desired_version > p.synced_version and p.due_at <= now()
    ),
    'fullSyncs', (
      select count(*) from public.sync_run_sites r join ready on ready.id = r.site_id
      where r.finished_at is null and r.user_id is null
    ),
    'verifications', (
      select count(*) from public.site_verifications t join ready on ready.id = t.site_id
      where t.finished_at is null and t.retry_at <= now()
    ),
    'takeOvers', (
      select count(*) from public.site_take_overs t
      where t.phase in ('scan', 'drop', 'apply', 'clean', 'forget') and t.retry_at <= now()
    ),
    'plans', (
      select count(*) from public.plan_sites t join public.plans p on p.id = t.plan_id
      where t.phase = 'rows' and p.state in ('planning', 'checking')
    ) + (select count(*) from public.plans p where p.following),
    'jobs', (select count(*) from public.user_jobs j where j.state = 'running' and j.retry_at <= now())
  );
$$;

revoke execute on function
  public.sync_start_full(text, uuid[], text),
  public.sync_all_start(uuid[], text),
  public.sync_user_start(text, text),
  public.sync_run(uuid),
  public.sync_retry(text, uuid),
  public.sync_backlog()
from public, anon, authenticated;
grant execute on function
  public.sync_all_start(uuid[], text),
  public.sync_user_start(text, text),
  public.sync_run(uuid),
  public.sync_retry(text, uuid),
  public.sync_backlog()
to service_role;

-- 20261120000800_site_requests.sql

-- What people do to a site: credentials, removal policy, disconnecting.

-- The signing secrets that were replaced, with the present one among them for 24 hours. Four at most: every one adds a
-- signature to a header of limited length.
create function public.site_retire_secret(site public.connected_sites) returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(jsonb_agg(kept.secret order by (kept.secret ->> 'until')::timestamptz desc), '[]')
  from (
    select p.secret
    from jsonb_array_elements(
      jsonb_build_array(jsonb_build_object('sealed', site.credentials_sealed, 'until', now() + interval '24 hours'))
      || site.previous_secrets
    ) p(secret)
    where p.secret ->> 'sealed' is not null and (p.secret ->> 'until')::timestamptz > now()
    order by (p.secret ->> 'until')::timestamptz desc
    limit 4
  ) kept;
$$;

-- Saves sealed credentials and has everybody sent there. Another URL is another database: what the old one had counts
-- no longer. A batch that is on its way to the old one will not settle. With keep_previous the secret that is replaced goes
-- on signing for 24 hours beside the new one. False when there is no such site. Nobody is sent to a site that is being
-- disconnected.
create function public.site_set_credentials(
  site_id uuid, endpoint_url text, sealed text, key_last_four text, keep_previous boolean default false
) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  now_is text;
begin
  update public.connected_sites s set
    generation = case when s.endpoint_url is distinct from site_set_credentials.endpoint_url then s.generation + 1 else s.generation end,
    endpoint_url = site_set_credentials.endpoint_url,
    previous_secrets = case when keep_previous then public.site_retire_secret(s) else s.previous_secrets end,
    credentials_sealed = sealed,
    key_last_four = site_set_credentials.key_last_four,
    health = 'ok', failures = 0, error_code = null, error = null, retry_at = now(),
    lease_id = null, lease_worker = null, lease_until = null
  where s.id = site_set_credentials.site_id and s.disconnected_at is null
  returning s.status into now_is;
  if not found then
    return false;
  elsif now_is <> 'disconnecting' then
    perform public.sync_start_full('site', array[site_set_credentials.site_id], 'credentials');
  end if;
  return true;
end;
$$;

-- The site was seen to work: tried again at once.
create function public.site_unblock(site_id uuid) returns void
language sql
security definer
set search_path = ''
as $$
  update public.connected_sites s set health = 'ok', failures = 0, error_code = null, error = null, retry_at = now()
  where s.id = site_unblock.site_id and s.disconnected_at is null and s.health <> 'ok';
$$;

-- Sets what a removal does at a site and has it done to the users who are already inactive or gone. Whose leaving is still
-- to be fanned out goes by the new policy anyway.
create function public.site_set_removal(site_id uuid, policy text, deactivate_column text) returns boolean
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off
as $$
declare
  site constant uuid := site_set_removal.site_id;
  gone text[];
begin
  update public.connected_sites s set removal_policy = policy, removal_column = deactivate_column
  where s.id = site and s.disconnected_at is null;
  if not found then
    return false;
  end if;
  -- Each of these has an index; only who is synced is in none.
  gone := array(
    select c.user_id from (
      select p.user_id from public.user_sync_state p where p.site_id = site and p.written and p.status in ('removed', 'out_of_scope')
      union
      select p.user_id from public.user_sync_state p where p.site_id = site and p.status = 'kept'
      union
      select p.user_id from public.user_sync_state p where p.site_id = site and p.status = 'held'
      union
      select p.user_id from public.user_sync_state p where p.site_id = site and p.status in ('different', 'missing', 'extra')
      union
      select p.user_id from public.user_sync_state p where p.site_id = site and p.desired_version > p.synced_version
    ) c
    cross join lateral (
      select p.written, p.status from public.user_sync_state p where p.user_id = c.user_id and p.site_id = site offset 0) p
    where p.written and (p.status = 'out_of_scope' or not exists (
      select from public.user_profiles u where u.id = c.user_id and u.status = 'active' offset 0)));
  -- In the order in which fan-outs lock, or the two could deadlock.
  perform from public.user_sync_state p where p.site_id = site and p.user_id = any (gone) order by p.user_id for update;
  update public.user_sync_state p set
    desired_version = nextval('public.sync_version_seq'), status = 'pending', attempts = 0, due_at = now(), wanted_at = now()
  where p.site_id = site and p.user_id = any (gone) and p.written;
  return true;
end;
$$;

-- Disconnects a site: its credentials are wiped and nothing is sent there again. Rows at the site stay, and so does the
-- log. False when there is no such site.
create function public.site_disconnect(site_id uuid) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  runs uuid[];
begin
  update public.connected_sites s set
    disconnected_at = now(), forget_cursor = '', credentials_sealed = null, key_last_four = null, previous_secrets = '[]',
    lease_id = null, lease_worker = null, lease_until = null
  where s.id = site_disconnect.site_id and s.disconnected_at is null;
  if not found then
    return false;
  end if;
  with ended as (
    update public.sync_run_sites r set finished_at = now(), total = r.succeeded + r.failed
    where r.site_id = site_disconnect.site_id and r.finished_at is null
    returning r.run_id
  )
  select array_agg(run_id) into runs from ended;
  perform public.sync_finish_runs(coalesce(runs, '{}'));
  delete from public.sync_claims c where c.site_id = site_disconnect.site_id;
  perform public.sync_forget_pairs();
  return true;
end;
$$;

revoke execute on function
  public.site_retire_secret(public.connected_sites),
  public.site_set_credentials(uuid, text, text, text, boolean),
  public.site_unblock(uuid),
  public.site_set_removal(uuid, text, text),
  public.site_disconnect(uuid)
from public, anon, authenticated;
grant execute on function
  public.site_set_credentials(uuid, text, text, text, boolean),
  public.site_unblock(uuid),
  public.site_set_removal(uuid, text, text),
  public.site_disconnect(uuid)
to service_role;

-- 20261120000900_overview.sql

-- Counts for the dashboard, and making the list win over newer rows at the sites.

-- Makes the list as it stands the newest there is, page by page in the order of ids: every user is sent to every site
-- again and wins over whatever newer row is there. For a central database that was restored from an older backup.
-- Returns the id to go on after, null at the end.
create function public.sync_assert_page(after text, page_size integer) returns text
language sql
security definer
set search_path = ''
as $$
  with page as (
    select u.id from public.user_profiles u where u.id > coalesce(after, '') order by u.id limit page_size
  ), touched as (
    update public.user_profiles u set
      version = u.version + 1,
      updated_at = greatest(u.updated_at, (
        select max(n.site_updated_at) + interval '1 microsecond' from public.site_newer_rows n where n.user_id = u.id))
    from page where u.id = page.id
    returning u.id
  )
  select max(id) from touched;
$$;

-- The end of asserting the list: what was noticed is dealt with. With remove_unknown the rows that sites were seen to
-- have of users whom the list does not know, written since the list's last sync, are removed there.
-- Returns how many such rows there are.
create function public.sync_assert_finish(remove_unknown boolean) returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  unknown bigint;
begin
  -- In the order in which workers lock: the site before its rows.
  perform from public.connected_sites s where s.disconnected_at is null order by s.id for no key update;
  -- Where no known row is newer, unknown ones are users of the site's own: nobody was told of them, nobody meant them.
  delete from public.site_newer_rows n
  where not exists (select from public.site_newer_rows k where k.site_id = n.site_id and k.known);
  if remove_unknown then
    insert into public.user_sync_state as p (user_id, site_id, desired_version, generation, written)
    select n.user_id, n.site_id, nextval('public.sync_version_seq'), s.generation, true
    from public.site_newer_rows n join public.connected_sites s on s.id = n.site_id
    where not n.known and not exists (select from public.user_profiles u where u.id = n.user_id)
    order by n.user_id, n.site_id -- as sync_mark_dirty does, or the two could deadlock
    on conflict (user_id, site_id) do update set
      desired_version = excluded.desired_version, written = true, status = 'pending', due_at = now(), attempts = 0;
  end if;
  select count(*) into unknown from public.site_newer_rows n where not n.known;
  delete from public.site_newer_rows;
  update public.connected_sites s set inspected_at = null where s.disconnected_at is null;
  return unknown;
end;
$$;

-- Counts for the dashboard's first page and header.
create function public.sync_overview() returns jsonb
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

revoke execute on function
  public.sync_assert_page(text, integer),
  public.sync_assert_finish(boolean),
  public.sync_overview()
from public, anon, authenticated;
grant execute on function
  public.sync_assert_page(text, integer),
  public.sync_assert_finish(boolean),
  public.sync_overview()
to service_role;

-- 20261121000050_sync_displace.sql

-- A value that must be unique at a site, such as an e-mail address, may pass from one user to another. When two swap
-- theirs, neither row can be written while the other is there as it was.

-- As before; nor does the row of somebody give way whose removal is held because of the site's scope.
create function public.sync_displace(site uuid, lease uuid, users text[]) returns jsonb
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
declare
  target public.connected_sites;
  ours text[];
begin
  select s.* into target from public.connected_sites s
  where s.id = site and s.lease_id = lease and s.lease_until > now();
  if not found then
    return '[]';
  end if;
  if target.removal_guard and target.removal_policy = 'delete'
    and exists (select from public.sync_removals_open(target, users) o where o.state is null) then
    perform public.sync_removals_decide(target, users);
  end if;
  select array_agg(h.id) into ours
  from unnest(users) h(id)
  left join lateral (select x.status from public.user_profiles x where x.id = h.id offset 0) u on true
  left join lateral (
    select x.status, x.written, x.generation from public.user_sync_state x where x.user_id = h.id and x.site_id = target.id offset 0
  ) p on true
  where (not target.shared or (p.written and p.generation = target.generation))
    and (not target.removal_guard or not exists (select from public.sync_removals_open(target, array[h.id])))
    -- Roster would not put the row of somebody outside the scope right again.
    and ((u.status = 'active' and p.status is distinct from 'out_of_scope') or (target.removal_policy = 'delete' and p.written));
  if ours is null then
    return '[]';
  end if;
  perform public.sync_mark_in_doubt(site, ours, array_fill(true, array[cardinality(ours)]), null);
  update public.user_sync_state p set status = 'pending', attempts = 0, due_at = now(), error_code = null, error = null
  where p.site_id = site and p.user_id = any (ours);
  return to_jsonb(ours);
end;
$$;
revoke execute on function public.sync_displace(uuid, uuid, text[]) from public, anon, authenticated;
grant execute on function public.sync_displace(uuid, uuid, text[]) to service_role;

-- 20261121000100_access.sql

-- Who may use Roster: members, invitations and API keys; and who makes a change.

-- Who makes the change that this transaction is: what the server says in the request header x-roster-actor, base64 of
-- {"kind", "id", "name", "address", "requestId"}; without it somebody works in the database itself.
create function public.roster_actor() returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(
    convert_from(
      decode(nullif(current_setting('request.headers', true), '')::jsonb ->> 'x-roster-actor', 'base64'), 'utf8')::jsonb,
    jsonb_build_object('kind', 'database', 'name', session_user)
  );
$$;

create table public.members (
  id uuid primary key,
  email text not null,
  role text not null,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz,
  constraint members_role_known check (role in ('owner', 'admin', 'viewer'))
);
comment on table public.members is 'Accounts of Supabase Auth that may use Roster. Looked up at every request.';
comment on column public.members.id is 'The account, auth.users.id. No foreign key: an account can be deleted there, and then signs nobody in.';
comment on column public.members.last_seen_at is 'To the minute; null before the first request.';

-- Sessions and accounts that were signed out. An access token lives on until it expires, up to an hour, whatever Auth
-- does; here it ends at once.
create table public.sign_outs (
  id uuid primary key,
  at timestamptz not null default now()
);
comment on column public.sign_outs.id is 'A session, which is over; or an account, whose tokens issued until then are over.';

create table public.invitations (
  id uuid primary key default gen_random_uuid(),
  email text not null,
  role text not null,
  token_hash text not null,
  invited_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  accepted_by uuid,
  withdrawn_at timestamptz,
  constraint invitations_token_hash_key unique (token_hash),
  constraint invitations_role_known check (role in ('owner', 'admin', 'viewer'))
);
comment on column public.invitations.token_hash is 'SHA-256 in hex. The link itself is kept nowhere.';
comment on column public.invitations.email is 'Where the link goes. The account that opens it is bound, whatever its address.';

create table public.setup_tokens (
  token_hash text primary key,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
comment on table public.setup_tokens is 'One-time tokens that make the first owner. None is left, and none works, once there is one.';

create table public.api_keys (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  key_hash text not null,
  hint text not null,
  scopes text[] not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  constraint api_keys_key_hash_key unique (key_hash),
  constraint api_keys_name_present check (name <> ''),
  constraint api_keys_scopes_known check (
    cardinality(scopes) > 0
    and scopes <@ array['users:read', 'users:write', 'sites:read', 'sites:write', 'sync:read', 'sync:run'])
);
comment on column public.api_keys.key_hash is 'SHA-256 in hex. A key has 256 random bits, which no slow hash could protect better.';
comment on column public.api_keys.hint is 'What is shown of the key: its prefix and last four characters.';
comment on column public.api_keys.expires_at is 'Null for a key that does not expire.';
comment on column public.api_keys.last_used_at is 'To the minute; null before the first use.';

alter table public.members enable row level security;
alter table public.sign_outs enable row level security;
alter table public.invitations enable row level security;
alter table public.setup_tokens enable row level security;
alter table public.api_keys enable row level security;
-- From service_role too, which older hosted projects grant everything by default: hashes are not for reading, and every
-- change goes through a function below.
revoke all on
  public.members, public.sign_outs, public.invitations, public.setup_tokens, public.api_keys
from anon, authenticated, service_role;
grant select on public.members to service_role;
grant select (id, email, role, invited_by, created_at, expires_at, accepted_at, accepted_by, withdrawn_at)
  on public.invitations to service_role;
grant select (id, name, hint, scopes, created_by, created_at, expires_at, last_used_at, revoked_at)
  on public.api_keys to service_role;

revoke execute on function public.roster_actor() from public, anon, authenticated, service_role;

-- 20261121000110_rate_limits.sql

-- Limits that all servers share.

-- Unlogged: counting a request must not wait for the disk, and after a crash of PostgreSQL it may begin again.
create unlogged table public.rate_limits (
  bucket text primary key,
  hits integer not null,
  resets_at timestamptz not null
) with (fillfactor = 50);

alter table public.rate_limits enable row level security;
revoke all on public.rate_limits from anon, authenticated, service_role;

-- Counts a request. Returns 0, or for how many seconds the bucket is full. One statement, so that a thousand requests
-- at once are counted as a thousand.
create function public.rate_limit_hit(bucket text, allowed integer, seconds integer) returns integer
language sql
security definer
set search_path = ''
as $$
  insert into public.rate_limits as r (bucket, hits, resets_at)
  values (rate_limit_hit.bucket, 1, now() + make_interval(secs => seconds))
  on conflict (bucket) do update set
    hits = case when r.resets_at <= now() then 1 else least(r.hits, allowed) + 1 end,
    resets_at = case when r.resets_at <= now() then excluded.resets_at else r.resets_at end
  returning case when hits > allowed then greatest(1, ceil(extract(epoch from resets_at - now())))::integer else 0 end;
$$;

-- Counts a request in several buckets, [{"bucket", "allowed", "seconds"}], each with `subject` behind its name. In one
-- order everywhere, or two calls could deadlock. Returns the longest wait in seconds, 0 for none.
create function public.rate_limits_hit(limits jsonb, subject text default '') returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
  one record;
  wait integer := 0;
begin
  for one in select * from jsonb_to_recordset(limits) as l(bucket text, allowed integer, seconds integer)
    order by l.bucket
  loop
    wait := greatest(wait, public.rate_limit_hit(one.bucket || subject, one.allowed, one.seconds));
  end loop;
  -- Once in a thousand calls: what is over is of no use to anybody.
  if random() < 0.001 then
    delete from public.rate_limits r using (
      select o.bucket from public.rate_limits o where o.resets_at < now() for update skip locked
    ) expired where r.bucket = expired.bucket;
  end if;
  return wait;
end;
$$;

-- Takes back one request each, so that only attempts that fail are counted.
create function public.rate_limits_forgive(buckets text[]) returns void
language sql
security definer
set search_path = ''
as $$
  update public.rate_limits r set hits = greatest(r.hits - 1, 0)
  from (
    select o.bucket from public.rate_limits o where o.bucket = any (buckets) order by o.bucket for no key update
  ) mine
  where r.bucket = mine.bucket;
$$;

revoke execute on function
  public.rate_limit_hit(text, integer, integer),
  public.rate_limits_hit(jsonb, text),
  public.rate_limits_forgive(text[])
from public, anon, authenticated, service_role;
grant execute on function
  public.rate_limits_hit(jsonb, text),
  public.rate_limits_forgive(text[])
to service_role;

-- 20261121000120_actors.sql

-- What every request asks first: who is it, and what may they do?

-- What a session may do: {"state": "ended"}, {"state": "stranger"}, or {"state": "member", "email", "role", "retryAfter"}.
-- `issued_at` is when the account signed in, or at the latest when its token was issued.
create function public.access_member(account uuid, session uuid, issued_at timestamptz, limits jsonb default '[]') returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  member public.members;
begin
  if exists (
    select from public.sign_outs s where s.id = session or (s.id = account and s.at >= issued_at)
  ) or not exists (
    select from auth.users u where u.id = account and u.deleted_at is null and coalesce(u.banned_until < now(), true)
  ) then
    return jsonb_build_object('state', 'ended');
  end if;
  select * into member from public.members m where m.id = account;
  if not found then
    return jsonb_build_object('state', 'stranger');
  end if;
  if coalesce(member.last_seen_at < now() - interval '1 minute', true) then
    update public.members m set last_seen_at = now() where m.id = account;
  end if;
  return jsonb_build_object(
    'state', 'member', 'email', member.email, 'role', member.role,
    'retryAfter', public.rate_limits_hit(limits, ':member:' || account));
end;
$$;

-- What a key may do: {"id", "name", "scopes", "retryAfter"}; null for one that is unknown, revoked or expired.
create function public.access_key(key_hash text, limits jsonb) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  key public.api_keys;
begin
  select * into key from public.api_keys k
  where k.key_hash = access_key.key_hash and k.revoked_at is null and coalesce(k.expires_at > now(), true);
  if not found then
    return null;
  end if;
  if coalesce(key.last_used_at < now() - interval '1 minute', true) then
    update public.api_keys k set last_used_at = now() where k.id = key.id;
  end if;
  return jsonb_build_object(
    'id', key.id, 'name', key.name, 'scopes', key.scopes,
    'retryAfter', public.rate_limits_hit(limits, ':key:' || key.id));
end;
$$;

-- Ends a session, or every session of an account. Cookies live a week: what is older than a year ends nothing any more.
create function public.sign_out(id uuid) returns void
language sql
security definer
set search_path = ''
as $$
  delete from public.sign_outs s where s.at < now() - interval '1 year';
  insert into public.sign_outs (id) values (sign_out.id)
  on conflict on constraint sign_outs_pkey do update set at = excluded.at;
$$;

-- `expires_in_days` null: never.
create function public.api_key_create(name text, key_hash text, hint text, scopes text[], expires_in_days integer) returns jsonb
language sql
security definer
set search_path = ''
as $$
  insert into public.api_keys as k (name, key_hash, hint, scopes, created_by, expires_at)
  values (name, key_hash, hint, scopes, coalesce(public.roster_actor() ->> 'name', ''),
    now() + make_interval(days => expires_in_days))
  returning to_jsonb(k) - 'key_hash';
$$;

-- Null when there is no such key, or it is revoked already.
create function public.api_key_revoke(key_id uuid) returns jsonb
language sql
security definer
set search_path = ''
as $$
  update public.api_keys k set revoked_at = now() where k.id = key_id and k.revoked_at is null
  returning to_jsonb(k) - 'key_hash';
$$;

revoke execute on function
  public.access_member(uuid, uuid, timestamptz, jsonb),
  public.access_key(text, jsonb),
  public.sign_out(uuid),
  public.api_key_create(text, text, text, text[], integer),
  public.api_key_revoke(uuid)
from public, anon, authenticated, service_role;
grant execute on function
  public.access_member(uuid, uuid, timestamptz, jsonb),
  public.access_key(text, jsonb),
  public.sign_out(uuid),
  public.api_key_create(text, text, text, text[], integer),
  public.api_key_revoke(uuid)
to service_role;

-- 20261121000130_members.sql

-- How accounts become members: the setup token, invitations; and roles.

-- Everything that makes or unmakes a member goes one after the other, so that "is there another owner?" has an answer.
create function public.members_lock() returns void
language sql
security definer
set search_path = ''
as $$
  select pg_advisory_xact_lock(hashtextextended('roster members', 0));
$$;

-- Whether there is an owner, another than that one. One whose account was deleted in Supabase Auth can do nothing.
create function public.has_owner(other_than uuid default null) returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (
    select from public.members m join auth.users u on u.id = m.id and u.deleted_at is null
    where m.role = 'owner' and m.id is distinct from other_than);
$$;

-- Changes a role. Returns {"member"}, {"problem": "last_owner"}, or null when there is no such member.
create function public.member_set_role(member_id uuid, new_role text) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  member public.members;
begin
  perform public.members_lock();
  if new_role <> 'owner' and not public.has_owner(member_id)
    and exists (select from public.members m where m.id = member_id) then
    return jsonb_build_object('problem', 'last_owner');
  end if;
  update public.members m set role = new_role where m.id = member_id returning * into member;
  return case when found then jsonb_build_object('member', to_jsonb(member)) end;
end;
$$;

-- Removes a member and ends its sessions, also for the day it is invited again. Returns as member_set_role does.
create function public.member_remove(member_id uuid) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  member public.members;
begin
  perform public.members_lock();
  if not public.has_owner(member_id) and exists (select from public.members m where m.id = member_id) then
    return jsonb_build_object('problem', 'last_owner');
  end if;
  delete from public.members m where m.id = member_id returning * into member;
  if not found then
    return null;
  end if;
  perform public.sign_out(member_id);
  return jsonb_build_object('member', to_jsonb(member));
end;
$$;

-- Keeps a token that makes the first owner. False when there is one already.
create function public.setup_token_add(token_hash text, seconds integer) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform public.members_lock();
  if public.has_owner() then
    return false;
  end if;
  delete from public.setup_tokens s where s.expires_at <= now();
  insert into public.setup_tokens (token_hash, expires_at)
  values (setup_token_add.token_hash, now() + make_interval(secs => seconds));
  return true;
end;
$$;

-- Whether the token would make the first owner now.
create function public.setup_token_valid(token_hash text) returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select not public.has_owner() and exists (
    select from public.setup_tokens s where s.token_hash = setup_token_valid.token_hash and s.expires_at > now());
$$;

-- Makes the account the first owner. False when the token is unknown, used or expired, or there is an owner.
create function public.setup_accept(token_hash text, account uuid, email text) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform public.members_lock();
  if not public.setup_token_valid(setup_accept.token_hash) then
    return false;
  end if;
  delete from public.setup_tokens where true;
  insert into public.members (id, email, role) values (account, setup_accept.email, 'owner')
  on conflict (id) do update set role = 'owner', email = excluded.email;
  return true;
end;
$$;

create function public.invitation_open(invitation public.invitations) returns boolean
language sql
stable
set search_path = ''
as $$
  select invitation.accepted_at is null and invitation.withdrawn_at is null and invitation.expires_at > now();
$$;

-- Invites; an earlier invitation of the same address is withdrawn. Null when a member has that address.
create function public.invitation_create(email text, role text, token_hash text, seconds integer) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  invitation public.invitations;
begin
  perform public.members_lock();
  if exists (select from public.members m where lower(m.email) = lower(invitation_create.email)) then
    return null;
  end if;
  update public.invitations i set withdrawn_at = now()
  where lower(i.email) = lower(invitation_create.email) and public.invitation_open(i);
  insert into public.invitations (email, role, token_hash, invited_by, expires_at)
  values (invitation_create.email, invitation_create.role, invitation_create.token_hash,
    coalesce(public.roster_actor() ->> 'name', ''), now() + make_interval(secs => seconds))
  returning * into invitation;
  return to_jsonb(invitation) - 'token_hash';
end;
$$;

-- Null when there is no such open invitation.
create function public.invitation_withdraw(invitation_id uuid) returns jsonb
language sql
security definer
set search_path = ''
as $$
  update public.invitations i set withdrawn_at = now()
  where i.id = invitation_id and public.invitation_open(i)
  returning to_jsonb(i) - 'token_hash';
$$;

-- The open invitation that a token is for, or null.
create function public.invitation_of(token_hash text) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select to_jsonb(i) - 'token_hash' from public.invitations i
  where i.token_hash = invitation_of.token_hash and public.invitation_open(i);
$$;

-- Makes the account a member by its invitation, once. Returns accepted, unknown, or already_member; a member's own
-- role is not changed by a link, and the link stays good for whom it was meant.
create function public.invitation_accept(token_hash text, account uuid, email text) returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  granted text;
begin
  perform public.members_lock();
  if exists (select from public.members m where m.id = account) then
    return 'already_member';
  end if;
  update public.invitations i set accepted_at = now(), accepted_by = account
  where i.token_hash = invitation_accept.token_hash and public.invitation_open(i)
  returning i.role into granted;
  if not found then
    return 'unknown';
  end if;
  insert into public.members (id, email, role) values (account, invitation_accept.email, granted);
  return 'accepted';
end;
$$;

revoke execute on function
  public.members_lock(),
  public.invitation_open(public.invitations),
  public.has_owner(uuid),
  public.member_set_role(uuid, text),
  public.member_remove(uuid),
  public.setup_token_add(text, integer),
  public.setup_token_valid(text),
  public.setup_accept(text, uuid, text),
  public.invitation_create(text, text, text, integer),
  public.invitation_withdraw(uuid),
  public.invitation_of(text),
  public.invitation_accept(text, uuid, text)
from public, anon, authenticated, service_role;
grant execute on function
  public.has_owner(uuid),
  public.member_set_role(uuid, text),
  public.member_remove(uuid),
  public.setup_token_add(text, integer),
  public.setup_token_valid(text),
  public.setup_accept(text, uuid, text),
  public.invitation_create(text, text, text, integer),
  public.invitation_withdraw(uuid),
  public.invitation_of(text),
  public.invitation_accept(text, uuid, text)
to service_role;

-- 20261121000200_audit.sql

-- Who changed what, when and from where. Written by triggers and functions in the transaction of the change itself, so
-- there is no change without its line and no line without its change.

create table public.audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor_kind text not null,
  actor_id text,
  actor_name text,
  action text not null,
  target_kind text not null,
  target_id text,
  target_name text,
  before jsonb,
  after jsonb,
  address text,
  request_id text
);
-- Measured: with these, the lines of ten thousand users cost their insert 10 to 20 % of its time. Users have random ids,
-- so an index on those is the dearest part.
create index audit_log_actor_idx on public.audit_log (actor_id, id desc) where actor_id is not null;
create index audit_log_target_idx on public.audit_log (target_id);
-- Lines come in the order of time: this costs nothing.
create index audit_log_at_idx on public.audit_log using brin (at) with (pages_per_range = 32, autosummarize = on);

comment on table public.audit_log is 'Never changed and never shortened by Roster; no foreign key takes a line away.';
comment on column public.audit_log.before is 'What was there, of the fields that changed; never a secret. Null when something is new.';
comment on column public.audit_log.address is 'The client''s IP address; null when it is not known, as for work in the database itself.';

alter table public.audit_log enable row level security;
-- Reading is all that the server may do, also with its secret key.
revoke all on public.audit_log from anon, authenticated, service_role;
grant select on public.audit_log to service_role;

-- Fields of `old` that are another in `new`.
create function public.audit_changed(old jsonb, new jsonb) returns jsonb
language sql
immutable
set search_path = ''
as $$
  select coalesce(jsonb_object_agg(o.key, o.value), '{}') from jsonb_each(old) o where o.value is distinct from new -> o.key;
$$;

-- Writes one line.
create function public.audit_write(
  action text, target_kind text, target_id text, target_name text, before jsonb default null, after jsonb default null
) returns void
language sql
security definer
set search_path = ''
as $$
  insert into public.audit_log (
    actor_kind, actor_id, actor_name, action, target_kind, target_id, target_name, before, after, address, request_id)
  select a.actor ->> 'kind', a.actor ->> 'id', a.actor ->> 'name',
    audit_write.action, audit_write.target_kind, audit_write.target_id, audit_write.target_name,
    nullif(audit_write.before, '{}'), nullif(audit_write.after, '{}'), a.actor ->> 'address', a.actor ->> 'requestId'
  from (select public.roster_actor() as actor) a;
$$;

-- What is written down of a user: what sites receive.
create function public.user_profiles_fields(one public.user_profiles) returns jsonb
language sql
immutable
set search_path = ''
as $$
  -- Twice as fast as jsonb_build_object.
  select jsonb_object(
    array['email', 'full_name', 'role', 'team', 'department', 'status', 'clerk_user_id'],
    array[one.email, one.full_name, one.role, one.team, one.department, one.status, one.clerk_user_id]);
$$;

-- A line for each user, also for ten thousand at once.
create function public.user_profiles_audit() returns trigger
language plpgsql
security definer -- whoever may write users may have it written down
set search_path = ''
as $$
declare
  actor jsonb := public.roster_actor();
  by_kind text := actor ->> 'kind';
  by_id text := actor ->> 'id';
  by_name text := actor ->> 'name';
  from_address text := actor ->> 'address';
  in_request text := actor ->> 'requestId';
begin
  if tg_op = 'INSERT' then
    insert into public.audit_log (actor_kind, actor_id, actor_name, address, request_id,
      action, target_kind, target_id, target_name, after)
    select by_kind, by_id, by_name, from_address, in_request, 'user.created', 'user', n.id, n.email,
      -- user_profiles_fields(n), spelled out: ten thousand calls of a function take as long as all the rest.
      jsonb_object(
        array['email', 'full_name', 'role', 'team', 'department', 'status', 'clerk_user_id'],
        array[n.email, n.full_name, n.role, n.team, n.department, n.status, n.clerk_user_id])
    from new_rows n;
  elsif tg_op = 'DELETE' then
    insert into public.audit_log (actor_kind, actor_id, actor_name, address, request_id,
      action, target_kind, target_id, target_name, before)
    select by_kind, by_id, by_name, from_address, in_request, 'user.deleted', 'user', o.id, o.email,
      public.user_profiles_fields(o)
    from old_rows o;
  else
    insert into public.audit_log (actor_kind, actor_id, actor_name, address, request_id,
      action, target_kind, target_id, target_name, before, after)
    select by_kind, by_id, by_name, from_address, in_request, 'user.updated', 'user', c.id, c.email,
      public.audit_changed(c.old, c.new), public.audit_changed(c.new, c.old)
    from (
      -- A changed id is two changes, as it is for the sites: the old one goes, the new one appears.
      select r.id, r.email,
        case when r.is_new then coalesce(r.was, '{}') else r.fields || jsonb_build_object('id', r.id) end as old,
        case when r.was is not null then r.fields when r.is_new then r.fields || jsonb_build_object('id', r.id) else '{}' end as new
      from (
        select x.*, lag(x.fields) over one_user as was, lead(x.id) over one_user is not null as is_replaced
        from (
          select o.id, o.email, false as is_new, public.user_profiles_fields(o) as fields from old_rows o
          union all
          select n.id, n.email, true, public.user_profiles_fields(n) from new_rows n
        ) x
        window one_user as (partition by x.id order by x.is_new)
      ) r
      where not r.is_replaced
    ) c
    where c.old <> c.new;
  end if;
  return null;
end;
$$;

create trigger user_profiles_audit_insert after insert on public.user_profiles
  referencing new table as new_rows for each statement execute function public.user_profiles_audit();
create trigger user_profiles_audit_update after update on public.user_profiles
  referencing old table as old_rows new table as new_rows for each statement execute function public.user_profiles_audit();
create trigger user_profiles_audit_delete after delete on public.user_profiles
  referencing old table as old_rows for each statement execute function public.user_profiles_audit();

revoke execute on function
  public.audit_changed(jsonb, jsonb),
  public.audit_write(text, text, text, text, jsonb, jsonb),
  public.user_profiles_fields(public.user_profiles),
  public.user_profiles_audit()
from public, anon, authenticated, service_role;

-- 20261121000210_audit_sites_and_access.sql

-- The audit log of sites, members, invitations and keys.

-- Sites: what people set. Health, leases and the like are the workers' and stand in the log.
create function public.connected_sites_audit() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  settings_old jsonb := case when tg_op = 'UPDATE' then public.connected_sites_settings(old) else '{}' end;
  settings_new jsonb := public.connected_sites_settings(new);
begin
  if tg_op = 'INSERT' then
    perform public.audit_write('site.created', 'site', new.id::text, new.name, null, settings_new);
    return null;
  end if;
  if settings_old <> settings_new then
    perform public.audit_write('site.updated', 'site', new.id::text, new.name,
      public.audit_changed(settings_old, settings_new), public.audit_changed(settings_new, settings_old));
  end if;
  if old.disconnected_at is null and new.disconnected_at is not null then
    perform public.audit_write('site.disconnected', 'site', new.id::text, new.name);
  elsif (old.endpoint_url, old.key_last_four) is distinct from (new.endpoint_url, new.key_last_four) then
    perform public.audit_write('site.credentials_changed', 'site', new.id::text, new.name,
      jsonb_build_object('url', old.endpoint_url, 'key_ends_in', old.key_last_four),
      jsonb_build_object('url', new.endpoint_url, 'key_ends_in', new.key_last_four));
  elsif old.credentials_sealed is distinct from new.credentials_sealed then
    -- The same as before under another sealing key; or saved once more.
    perform public.audit_write('site.credentials_resealed', 'site', new.id::text, new.name);
  end if;
  return null;
end;
$$;

-- The audit log has what people set.
create function public.connected_sites_settings(site public.connected_sites) returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_build_object(
    'name', site.name, 'url', site.url, 'kind', site.kind, 'status', site.status,
    'removal_policy', site.removal_policy, 'removal_column', site.removal_column,
    'mapping', site.mapping, 'scope', site.scope);
$$;

-- "Of": a worker that settles a batch fires nothing.
create trigger connected_sites_audit
  after insert or update of name, url, kind, status, removal_policy, removal_column, endpoint_url, key_last_four,
    credentials_sealed, disconnected_at
  on public.connected_sites for each row execute function public.connected_sites_audit();

-- Members, invitations and keys.
create function public.access_audit() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  was jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  becomes jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
  one jsonb := coalesce(becomes, was);
begin
  case tg_table_name
    when 'members' then
      perform public.audit_write(
        case tg_op when 'INSERT' then 'member.added' when 'DELETE' then 'member.removed' else 'member.role_changed' end,
        'member', one ->> 'id', one ->> 'email',
        jsonb_strip_nulls(jsonb_build_object('role', was -> 'role')),
        jsonb_strip_nulls(jsonb_build_object('role', becomes -> 'role')));
    when 'invitations' then
      perform public.audit_write(
        case when was is null then 'invitation.created'
          when becomes ->> 'accepted_at' is not null then 'invitation.accepted' else 'invitation.withdrawn' end,
        'invitation', one ->> 'id', one ->> 'email', null,
        jsonb_strip_nulls(jsonb_build_object(
          'role', one -> 'role', 'expires_at', one -> 'expires_at', 'accepted_by', one -> 'accepted_by')));
    when 'api_keys' then
      perform public.audit_write(
        case when was is null then 'key.created' else 'key.revoked' end, 'key', one ->> 'id', one ->> 'name', null,
        jsonb_build_object('hint', one -> 'hint', 'scopes', one -> 'scopes', 'expires_at', one -> 'expires_at'));
  end case;
  return null;
end;
$$;

create trigger members_audit after insert or delete on public.members
  for each row execute function public.access_audit();
create trigger members_audit_role after update of role on public.members
  for each row when (old.role is distinct from new.role) execute function public.access_audit();
create trigger invitations_audit after insert on public.invitations
  for each row execute function public.access_audit();
create trigger invitations_audit_end after update of accepted_at, withdrawn_at on public.invitations
  for each row execute function public.access_audit();
create trigger api_keys_audit after insert on public.api_keys
  for each row execute function public.access_audit();
create trigger api_keys_audit_revoked after update of revoked_at on public.api_keys
  for each row when (old.revoked_at is distinct from new.revoked_at) execute function public.access_audit();

revoke execute on function
  public.connected_sites_audit(),
  public.connected_sites_settings(public.connected_sites),
  public.access_audit()
from public, anon, authenticated, service_role;

-- 20261121000300_requests.sql

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
  returning public.user_told(u);
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
  returning public.user_told(u);
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

-- Changes what is given, leaves what is null. False when there is no such site. Another status than "disconnecting"
-- cancels that: everybody is sent there again.
create function public.site_update(site_id uuid, name text, url text, status text) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  target public.connected_sites;
begin
  select s.* into target from public.connected_sites s
  where s.id = site_update.site_id and s.disconnected_at is null for no key update;
  if not found then
    return false;
  end if;
  update public.connected_sites s set
    name = coalesce(site_update.name, s.name),
    url = coalesce(site_update.url, s.url),
    status = coalesce(site_update.status, s.status),
    removal_cursor = case when site_update.status is null then s.removal_cursor end,
    rows_to_remove = case when site_update.status is null then s.rows_to_remove end
  where s.id = target.id;
  if target.status = 'disconnecting' and site_update.status is not null then
    perform public.sync_start_full('site', array[target.id], 'cancelled');
  end if;
  return true;
end;
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

-- 20261121000400_secrets.sql

-- Sealed secrets: which key sealed them, and putting them under another one while the system works.

-- The name of the key that sealed a text, from its header (compact JWE, RFC 7516); null for what is none.
create function public.sealed_with(sealed text) returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  header text := translate(split_part(sealed, '.', 1), '-_', '+/');
begin
  return convert_from(decode(rpad(header, (length(header) + 3) / 4 * 4, '='), 'base64'), 'utf8')::jsonb ->> 'kid';
exception
  when data_exception then
    return null;
end;
$$;

-- How many secrets each key has sealed and since when: [{"kid", "sealed", "since"}].
create function public.secrets_by_key() returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('kid', k.kid, 'sealed', k.count, 'since', n.first_sealed_at) order by k.kid), '[]')
  from (
    select public.sealed_with(v.sealed) as kid, count(*)
    from (
      select s.credentials_sealed from public.connected_sites s where s.credentials_sealed is not null
      union all
      select p.secret ->> 'sealed' from public.connected_sites s, jsonb_array_elements(s.previous_secrets) p(secret)
      union all
      select t.sealed from public.alert_channels c, unnest(array[c.url_sealed, c.secret_sealed]) t(sealed)
      where t.sealed is not null
    ) v(sealed)
    group by 1
  ) k
  left join public.sealing_keys n on n.kid = k.kid;
$$;

-- Replaces sealed secrets of a site by the same ones sealed again, given as {"<old>": "<new>"}. A secret that was saved
-- meanwhile is in none of them and stays; replaced signing secrets whose time is over are forgotten. It starts no sync
-- and changes nothing else. False when nothing was to be replaced.
create function public.site_reseal(site_id uuid, resealed jsonb) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Tells triggers that the credentials are the same as before.
  perform set_config('roster.resealing', 'on', true);
  update public.connected_sites s set
    credentials_sealed = coalesce(resealed ->> s.credentials_sealed, s.credentials_sealed),
    previous_secrets = (
      select coalesce(jsonb_agg(
        p.secret || jsonb_build_object('sealed', coalesce(resealed ->> (p.secret ->> 'sealed'), p.secret ->> 'sealed'))
        order by p.position), '[]')
      from jsonb_array_elements(s.previous_secrets) with ordinality p(secret, position)
      where (p.secret ->> 'until')::timestamptz > now())
  where s.id = site_reseal.site_id and (
    resealed ? s.credentials_sealed
    or exists (
      select from jsonb_array_elements(s.previous_secrets) p(secret)
      where resealed ? (p.secret ->> 'sealed') or (p.secret ->> 'until')::timestamptz <= now()));
  return found;
end;
$$;

revoke execute on function
  public.sealed_with(text),
  public.secrets_by_key(),
  public.site_reseal(uuid, jsonb)
from public, anon, authenticated;
grant execute on function
  public.secrets_by_key(),
  public.site_reseal(uuid, jsonb)
to service_role;

-- 20261121001000_tallies.sql

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

-- Makes the log's weekly partitions two weeks ahead, drops those wholly older than the retention (the setting's unless it is
-- given), and adds tallies up. Called by the workers about once an hour. Returns how many partitions were made and dropped.
create or replace function public.sync_log_maintain(retention_days integer default null) returns jsonb
language plpgsql
security definer -- makes and drops tables
set search_path = ''
as $$
declare
  part record;
  week date;
  made integer := 0;
  dropped integer := 0;
  kept_days integer := coalesce(retention_days, (select s.log_days from public.roster_settings s));
begin
  -- One worker at a time; the others have nothing to add.
  if not pg_try_advisory_xact_lock(hashtext('roster.sync_log_maintain')) then
    return jsonb_build_object('made', 0, 'dropped', 0);
  end if;
  for part in
    select * from (values
      ('public.user_sync_log_rows'::regclass, 'user_sync_log_'), ('public.user_sync_log_pages'::regclass, 'user_sync_log_pages_')
    ) p (name, prefix)
  loop
    for week in select (date_trunc('week', now()) + make_interval(weeks => n))::date from generate_series(0, 2) n loop
      made := made + public.sync_log_make_week(part.name, part.prefix, week);
    end loop;
    dropped := dropped + public.sync_log_drop_weeks(part.name, part.prefix, kept_days);
  end loop;
  delete from public.sync_minutes where minute < now() - make_interval(days => kept_days);
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
-- "missing" are active users whose pair does not exist yet: before the first full sync came to them; nobody is missing at
-- a site that is being disconnected.
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

-- 20261121001100_lists.sql

-- Lists that answer at once with a million users and a hundred sites: searching, filtering and sorting users, and
-- finding the pairs in one state.

create schema if not exists extensions;
create extension if not exists pg_trgm with schema extensions;

create index user_profiles_search_idx on public.user_profiles
  using gin (lower(email || ' ' || coalesce(full_name, '')) extensions.gin_trgm_ops);
create index user_profiles_id_search_idx on public.user_profiles (lower(id) text_pattern_ops);
create index user_profiles_name_idx on public.user_profiles (lower(coalesce(full_name, email)), id);
create index user_profiles_updated_at_idx on public.user_profiles (updated_at desc, id desc);
create index user_profiles_role_idx on public.user_profiles (role, created_at desc, id desc);
create index user_profiles_team_idx on public.user_profiles (team, created_at desc, id desc) where team is not null;
create index user_profiles_department_idx on public.user_profiles (department, created_at desc, id desc) where department is not null;
create index user_profiles_inactive_idx on public.user_profiles (created_at desc, id desc) where status = 'inactive';

-- Users who were refused: few, and asked for most often.
create index user_sync_state_refused_idx on public.user_sync_state (site_id, user_id)
  where desired_version > synced_version and status in ('retrying', 'failed');

-- Users who may be in a state at a site or anywhere: a superset, to be checked against the status view. Null when there are
-- too many to collect, and for other states: walking through the users finds some at once.
create function public.sync_suspects(wanted text, site uuid) returns text[]
language sql
stable
set search_path = ''
as $$
  select public.sync_suspects_at(coalesce(wanted, ''), case when site is not null then array[site] end);
$$;

-- A text as a pattern for LIKE that means just itself.
create function public.like_literally(given text) returns text
language sql
immutable
set search_path = ''
as $$
  select replace(replace(replace(given, '\', '\\'), '%', '\%'), '_', '\_');
$$;

-- The condition for users of a query {"search", "status", "role", "team", "department"} (all optional), as SQL on a
-- user_profiles row called u. Besides what user_searched says, a search finds the beginning of the id: ids are random and
-- contain everything. https://www.postgresql.org/docs/current/pgtrgm.html
create function public.user_conditions(query jsonb) returns text
language sql
immutable
set search_path = ''
as $$
  select case when coalesce(query ->> 'search', '') = '' then '' else format('(%s or lower(u.id) like %L) and ',
      public.user_searched(query ->> 'search'), public.like_literally(lower(query ->> 'search')) || '%') end
    || public.user_filtered(query);
$$;

-- The condition that a user is in a state at some site, or at that one.
create function public.user_in_state(state text, site uuid) returns text
language sql
immutable
set search_path = ''
as $$
  select format('exists (select from public.user_sync_status v where v.user_id = u.id and v.status = %L', state)
    || case when site is null then ')' else format(' and v.site_id = %L)', site) end
    || case when state in ('removed', 'kept') then ' and u.status = ''inactive''' else '' end;
$$;

-- Up to "most" ids of users who match, null when there are more, or twice as many by a guess. All are found by index, never
-- by walking through everybody.
create function public.user_collect(query jsonb, most integer) returns text[]
language plpgsql
stable
set search_path = ''
set enable_seqscan = off
set enable_indexscan = off
set enable_indexonlyscan = off
set max_parallel_workers_per_gather = 0
as $$
declare
  parts text;
  ids text[];
begin
  if public.user_guess(public.user_conditions(query)) > 2 * most then
    return null;
  end if;
  select string_agg(format('select u.id from public.user_profiles u where %s and %s', p.part, public.user_filtered(query)), ' union all ')
  into parts from unnest(public.user_search_parts(query ->> 'search')) p(part);
  execute format('select array_agg(id) from (%s limit %s) found', parts, most + 1) into ids;
  return case when cardinality(ids) > most then null else coalesce(ids, '{}') end;
end;
$$;

-- See user_pick; as a JSON array of {"key", "user"}.
create function public.user_find(query jsonb, sort text, after jsonb, max_users integer) returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('key', p.key, 'user', (
    select public.user_told(u) from public.user_profiles u where u.id = p.id)) order by p.n), '[]')
  from public.user_pick(query, sort, after, max_users) with ordinality p(key, id, n);
$$;

-- How many users match a query (see user_find), counted up to "most" and no further.
create function public.user_count(query jsonb, most integer) returns integer
language plpgsql
stable
set search_path = ''
as $$
declare
  state text := query ->> 'syncStatus';
  site uuid := query ->> 'siteId';
  conditions text := public.user_conditions(query);
  ids text[];
  matching integer;
begin
  if state is not null then
    ids := public.sync_suspects(state, site);
    conditions := conditions || ' and ' || public.user_in_state(state, site);
  end if;
  if ids is not null then
    conditions := conditions || ' and u.id = any ($1)';
  end if;
  execute format('select count(*) from (select from public.user_profiles u where %s limit %s) found', conditions, most)
    into matching using ids;
  return matching;
end;
$$;

-- The roles, teams and departments there are, up to 500 each, found by skipping through their indexes.
create function public.user_facets() returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  facet text;
  found_values jsonb;
  facets jsonb := '{}';
begin
  foreach facet in array array['role', 'team', 'department'] loop
    execute format(
      'with recursive found as (
         (select u.%1$I as value, 1 as n from public.user_profiles u where u.%1$I is not null order by u.%1$I limit 1)
         union all
         select (select u.%1$I from public.user_profiles u where u.%1$I > f.value order by u.%1$I limit 1), f.n + 1
         from found f where f.value is not null and f.n < 500
       )
       select coalesce(jsonb_agg(value), ''[]'') from found where value is not null', facet) into found_values;
    facets := facets || jsonb_build_object(facet || 's', found_values);
  end loop;
  return facets;
end;
$$;

-- Pairs in one state (any when null), at one site (all when null), of the users a search finds (all when null), by user id
-- and then site id, after a pair: rows of the status view.
create function public.sync_pairs(
  wanted text, site uuid, search text, after_user text, after_site uuid, max_pairs integer
) returns setof public.user_sync_status
language plpgsql
stable
set search_path = ''
as $$
declare
  step constant integer := case when search <> '' then 2000 else 500 end;
  conditions text := public.user_conditions(jsonb_build_object('search', search));
  ids text[] := public.sync_candidates(public.sync_suspects(wanted, site), search, coalesce(after_user, ''));
  seen integer := 0;
  users text[];
  looked integer;
  first_user text := after_user;
  skipped text; -- the last user of the page before
  found_pairs integer := 0;
  got integer;
begin
  loop
    if ids is not null then
      users := ids[seen + 1:seen + step];
      seen := seen + step;
    else
      users := array(
        select i.id from (
          (select u.id from public.user_profiles u
            where (first_user is null or u.id >= first_user) and u.id is distinct from skipped
              and (wanted is null or wanted not in ('removed', 'kept') or u.status = 'inactive')
            order by u.id limit step)
          union all
          (select d.id from public.deleted_users d
            where (first_user is null or d.id >= first_user) and d.id is distinct from skipped
            order by d.id limit step)
        ) i
        order by i.id limit step);
      first_user := users[step];
      skipped := first_user;
    end if;
    looked := cardinality(users);
    if search <> '' then
      execute format('select array(select u.id from public.user_people u where u.id = any ($1) and %s)', conditions)
        into users using users;
    end if;
    return query
      select v.* from public.user_sync_status v
      where v.user_id = any (users) and (sync_pairs.site is null or v.site_id = sync_pairs.site)
        and (wanted is null or v.status = wanted)
        and (after_user is null or (v.user_id, v.site_id) > (after_user, after_site))
      order by v.user_id, v.site_id
      limit max_pairs - found_pairs;
    get diagnostics got = row_count;
    found_pairs := found_pairs + got;
    exit when found_pairs >= max_pairs or looked < step;
  end loop;
end;
$$;

-- The states of these users at these sites (all when null), as [{"userId", "states": {site id: status}, "reasons": {site
-- id: error code, where there is one}}]; users who are nowhere are left out.
create function public.sync_matrix(user_ids text[], site_ids uuid[]) returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('userId', r.user_id, 'states', r.states, 'reasons', r.reasons)), '[]')
  from (
    select v.user_id, jsonb_object_agg(v.site_id, v.status) as states,
      coalesce(jsonb_object_agg(v.site_id, v.error_code) filter (where v.error_code is not null), '{}') as reasons
    from public.user_sync_status v
    where v.user_id = any (user_ids) and (site_ids is null or v.site_id = any (site_ids))
    group by v.user_id
  ) r;
$$;

-- Why pairs fail or are retried, most users first: [{"siteId", "site", "status", "errorCode", "error", "users",
-- "userIds"}] with up to three of the users. A site in trouble is one entry, whatever waits for it.
create function public.sync_causes(max_causes integer) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  with refused as (
    select p.site_id, p.status, p.error_code, count(*) as users, min(p.error) as error,
      (array_agg(p.user_id order by p.attempted_at desc nulls last))[1:3] as user_ids
    from public.user_sync_state p join public.connected_sites s on s.id = p.site_id and s.generation = p.generation
    where s.disconnected_at is null and s.credentials_sealed is not null and s.health = 'ok'
      and p.desired_version > p.synced_version and p.status in ('retrying', 'failed')
    group by 1, 2, 3
  ), causes as (
    select s.id, s.name, r.status, r.error_code, r.error, r.users, to_jsonb(r.user_ids) as user_ids
    from refused r join public.connected_sites s on s.id = r.site_id
    union all
    select s.id, s.name, case s.health when 'blocked' then 'failed' else 'retrying' end, s.error_code, s.error,
      c.failed + c.retrying, '[]'::jsonb
    from public.sync_site_counts() c join public.connected_sites s on s.id = c.site_id
    where s.health <> 'ok'
  )
  select coalesce(jsonb_agg(jsonb_build_object('siteId', l.id, 'site', l.name, 'status', l.status, 'errorCode', l.error_code,
    'error', l.error, 'users', l.users, 'userIds', l.user_ids) order by l.users desc), '[]')
  from (select * from causes order by users desc limit max_causes) l;
$$;

-- As before; "jobs" moves when a job begins, ends or is taken off the list. Of its progress the users' mark tells.
create function public.sync_pulse() returns jsonb
language sql
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'overview', public.sync_overview(),
    'marks', jsonb_build_object(
      -- Every change of a user is announced in this queue.
      'users', (select q.last_value from pgmq.q_user_changes_msg_id_seq q),
      'log', (select l.last_value from public.user_sync_log_id_seq l),
      'states', (select v.last_value from public.sync_version_seq v),
      'runs', (select max(r.started_at) from public.sync_runs r),
      'jobs', public.user_jobs_mark(),
      'sites', (select md5(string_agg(concat_ws(' ', s.id, s.updated_at, s.status, s.health, s.error_code, s.key_last_four, s.disconnected_at),
        ',' order by s.id)) from public.connected_sites s)));
$$;

revoke execute on function
  public.sync_suspects(text, uuid), public.like_literally(text), public.user_conditions(jsonb),
  public.user_in_state(text, uuid), public.user_collect(jsonb, integer),
  public.user_find(jsonb, text, jsonb, integer), public.user_count(jsonb, integer), public.user_facets(),
  public.sync_pairs(text, uuid, text, text, uuid, integer), public.sync_matrix(text[], uuid[]),
  public.sync_causes(integer), public.sync_pulse()
from public, anon, authenticated;
grant execute on function
  public.sync_suspects(text, uuid), public.like_literally(text), public.user_conditions(jsonb),
  public.user_in_state(text, uuid), public.user_collect(jsonb, integer),
  public.user_find(jsonb, text, jsonb, integer), public.user_count(jsonb, integer), public.user_facets(),
  public.sync_pairs(text, uuid, text, text, uuid, integer), public.sync_matrix(text[], uuid[]),
  public.sync_causes(integer), public.sync_pulse()
to service_role;

-- 20261121001200_bulk.sql

-- Many users at once: a change for everybody who matches, and importing a list.

-- Gives up to max_users users, in the order of ids after a user, the fields of "change" ({"team", "department", "role",
-- "status"}, absent: as it is; {} sends them to every site again as they are). Who: "ids", or everybody who matches
-- "query" (see user_find). Returns {"matched", "changed", "last"}; last is null when nobody is left.
create function public.user_change_many(ids text[], query jsonb, change jsonb, after text, max_users integer)
returns jsonb
language plpgsql
security definer -- writes the audit log
set search_path = ''
as $$
declare
  few constant integer := 20000; -- ids that are collected again for each page, in some 50 ms
  state text := query ->> 'syncStatus';
  site uuid := query ->> 'siteId';
  conditions text := case when ids is null then public.user_conditions(query) else 'true' end;
  candidates text[] := ids;
  picked text[];
  changed integer;
begin
  if ids is null and query ->> 'search' <> '' then
    candidates := public.user_collect(query, few);
  end if;
  if ids is null and state is not null then
    candidates := coalesce(candidates, public.sync_suspects(state, site));
    conditions := conditions || ' and ' || public.user_in_state(state, site);
  end if;
  if candidates is not null then
    conditions := conditions || ' and u.id = any ($1)';
  end if;
  execute format(
    'select array_agg(id order by id) from (
       select u.id from public.user_profiles u where %s and ($2 is null or u.id > $2) order by u.id limit %s for update
     ) found', conditions, max_users) into picked using candidates, after;
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

-- 20261127001100_settings.sql

-- What people set for the whole installation: one row, changed by a function alone, which has it written down.

create table public.roster_settings (
  only_row boolean primary key default true,
  log_days integer not null default 90,
  constraint roster_settings_only_one check (only_row),
  -- The dashboard draws a week; and what is kept for ten years was not meant to be thrown away.
  constraint roster_settings_log_days_sensible check (log_days between 7 and 3650)
);
insert into public.roster_settings default values;

comment on column public.roster_settings.log_days is 'How long attempts stay in user_sync_log. They are dropped in whole weeks, so the last ones stay up to a week longer.';

alter table public.roster_settings enable row level security;
revoke all on public.roster_settings from anon, authenticated, service_role;
grant select on public.roster_settings to service_role;

-- Sets how many days the log is kept. What is older goes when the workers next look, within about an hour.
create function public.settings_change(log_days integer) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  old integer;
begin
  select s.log_days into old from public.roster_settings s for update;
  if old = settings_change.log_days then
    return;
  end if;
  update public.roster_settings s set log_days = settings_change.log_days;
  perform public.audit_write('settings.changed', 'settings', null, null,
    jsonb_build_object('log_days', old), jsonb_build_object('log_days', settings_change.log_days));
end;
$$;

revoke execute on function public.settings_change(integer) from public, anon, authenticated;
grant execute on function public.settings_change(integer) to service_role;

-- 20261127001200_sealing_keys.sql

-- Since when each key has sealed secrets, so that one sees when it is time for another.

create table public.sealing_keys (
  kid text primary key,
  first_sealed_at timestamptz not null default now()
);
comment on table public.sealing_keys is 'Names of keys, never the keys; those are in ROSTER_SECRET_KEYS alone.';

alter table public.sealing_keys enable row level security;
revoke all on public.sealing_keys from anon, authenticated, service_role;

-- Remembers a key when it first seals something.
create function public.sealing_keys_note() returns trigger
language plpgsql
security definer -- whoever may save credentials may have it noted
set search_path = ''
as $$
declare
  kid text := public.sealed_with(new.credentials_sealed);
begin
  if kid is not null then
    insert into public.sealing_keys (kid) values (kid) on conflict do nothing;
  end if;
  return null;
end;
$$;
create trigger connected_sites_note_sealing_key
  after insert or update of credentials_sealed on public.connected_sites
  for each row when (new.credentials_sealed is not null)
  execute function public.sealing_keys_note();

-- A site's present seal was made when its credentials were last written down as changed or sealed again.
insert into public.sealing_keys (kid, first_sealed_at)
select k.kid, min(k.at)
from (
  select public.sealed_with(s.credentials_sealed) as kid, coalesce(
    (select max(a.at) from public.audit_log a
      where a.target_id = s.id::text and a.action in ('site.credentials_changed', 'site.credentials_resealed')),
    s.created_at) as at
  from public.connected_sites s where s.credentials_sealed is not null
) k
where k.kid is not null
group by 1;

revoke execute on function public.sealing_keys_note() from public, anon, authenticated;

-- 20261127002000_user_summaries.sql

-- Where users stand over all sites, for a page of them at once: [{"userId", "states": {status: how many sites}}]; users who
-- are nowhere are left out. Small whatever the number of sites, where the matrix has a cell for each.
create function public.sync_summaries(user_ids text[]) returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('userId', s.user_id, 'states', s.states)), '[]')
  from (
    select c.user_id, jsonb_object_agg(c.status, c.sites) as states
    from (
      select v.user_id, v.status, count(*) as sites
      from public.user_sync_status v where v.user_id = any (user_ids) group by 1, 2
    ) c
    group by 1
  ) s;
$$;
revoke execute on function public.sync_summaries(text[]) from public, anon, authenticated;
grant execute on function public.sync_summaries(text[]) to service_role;

-- 20261127002100_user_find_walks.sql

-- Finding some of a million users in the order of names. Those of a team, or with a common name, were met by walking
-- through the list in order; people called Émile are at its end, and the walk took longer than a statement may.

-- The first users of a source, which is SQL with their columns and "key", who meet a condition on a row called u.
create function public.user_page(source text, condition text, direction text, max_users integer, ids text[]) returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  answer jsonb;
begin
  execute format(
    'select jsonb_agg(jsonb_build_object(''key'', page.key, ''user'', to_jsonb(page) - ''key'')) from (
       select u.* from %s u where %s order by u.key %3$s, u.id %3$s limit %4$s
     ) page', source, condition, direction, max_users) into answer using ids;
  return coalesce(answer, '[]');
end;
$$;
revoke execute on function public.user_page(text, text, text, integer, text[]) from public, anon, authenticated;
grant execute on function public.user_page(text, text, text, integer, text[]) to service_role;

-- 20261127002200_user_change_found.sql

-- Changing the few of a million users who are in a state at some site, or whom a search finds. They were met by walking
-- through everybody, which took longer than a statement may.

-- 20261127003100_disconnecting.sql

-- Disconnecting a site and taking the users away first. While that goes on the site's status is "disconnecting": all that
-- is sent there are removals, and when none is left the site is disconnected.

alter table public.connected_sites
  drop constraint connected_sites_status_known,
  add constraint connected_sites_status_known check (status in ('active', 'paused', 'disconnecting')),
  add column removal_cursor text,
  add column rows_to_remove bigint,
  add constraint connected_sites_rows_when_disconnecting check ((status = 'disconnecting') = (rows_to_remove is not null));

comment on column public.connected_sites.removal_cursor is
  'While disconnecting: the last user id whose row was marked for removal; null when all are.';
comment on column public.connected_sites.rows_to_remove is
  'While disconnecting: how many rows Roster had there when it began, for a progress bar.';

-- Begins to take Roster's rows away from a site, which is disconnected when none is left, at once when there are none.
-- Nothing is marked here: a million rows would take longer than a request may. Returns "disconnecting", "disconnected",
-- or null when there is no such site.
create function public.site_disconnect_removing(site_id uuid) returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  target public.connected_sites;
  runs uuid[];
begin
  select s.* into target from public.connected_sites s
  where s.id = site_disconnect_removing.site_id and s.disconnected_at is null for no key update;
  if not found then
    return null;
  elsif target.credentials_sealed is null then
    perform public.site_disconnect(target.id);
    return 'disconnected';
  elsif target.status = 'disconnecting' then
    return 'disconnecting';
  end if;
  -- A worker that has the site goes on with the batch on its way and gets no other one.
  update public.connected_sites s set
    status = 'disconnecting', removal_cursor = '', retry_at = case when s.health = 'degraded' then now() else s.retry_at end,
    rows_to_remove = (
      select coalesce(sum(t.pairs), 0) from public.sync_tallies t
      where t.site_id = s.id and (t.dirty or t.status in ('synced', 'kept')))
  where s.id = target.id;
  with ended as (
    update public.sync_run_sites r set finished_at = now(), total = r.succeeded + r.failed
    where r.site_id = target.id and r.finished_at is null
    returning r.run_id
  )
  select array_agg(run_id) into runs from ended;
  perform public.sync_finish_runs(coalesce(runs, '{}'));
  return 'disconnecting';
end;
$$;

-- Marks the rows of the next users at a leased site that is being disconnected for removal, in the order of ids.
create function public.sync_mark_removals(target public.connected_sites, max_users integer) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  page text[];
begin
  page := array(
    select p.user_id from public.user_sync_state p
    where p.site_id = target.id and p.user_id > target.removal_cursor
    order by p.user_id limit max_users);
  -- In the order in which fan-outs lock, or the two could deadlock.
  perform from public.user_sync_state p
  where p.site_id = target.id and p.user_id = any (page) order by p.user_id for update;
  update public.user_sync_state p set
    desired_version = nextval('public.sync_version_seq'), status = 'pending', attempts = 0, due_at = now(), wanted_at = now()
  where p.site_id = target.id and p.user_id = any (page) and p.written and p.desired_version <= p.synced_version;
  update public.connected_sites s set
    removal_cursor = case when cardinality(page) = max_users then page[max_users] end
  where s.id = target.id;
end;
$$;

-- The next batch for a leased site that is being disconnected: the users it may have, each as if deleted from the list.
-- When none is left, the site is disconnected. Answers as sync_claim does; "lost" also when it was cancelled or is over.
create function public.sync_claim_removals(site uuid, lease uuid, max_users integer) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  page_users constant integer := 2000; -- marked in some 50 ms, and more than a batch
  target public.connected_sites;
  claim_id uuid;
  items jsonb;
begin
  loop
    -- Locked: cancelling waits for the claim, and the claim sees whether it was cancelled.
    select s.* into target from public.connected_sites s
    where s.id = site and s.lease_id = lease and s.lease_until > now() and s.status = 'disconnecting'
      and s.disconnected_at is null
    for no key update;
    if not found then
      return jsonb_build_object('kind', 'lost');
    end if;

    with due as (
      select p.user_id, p.desired_version, p.attempts + 1 as attempt, p.run_id,
        -- Another webhook URL may well be the same receiver.
        p.written and (p.generation = target.generation or target.kind = 'webhook') as there,
        case when p.attempts > 0 then 'retry' when p.run_id is not null then 'manual' else 'change' end as why
      from public.user_sync_state p
      where p.site_id = site and p.desired_version > p.synced_version and p.due_at <= now()
        and p.user_id not in (select unnest(c.user_ids) from public.sync_claims c where c.site_id = site)
      order by p.due_at, p.user_id
      limit max_users
    ), batch as (
      select due.*, coalesce(to_jsonb(u), to_jsonb(d), jsonb_build_object(
          'id', due.user_id, 'clerk_user_id', due.user_id, 'email', '', 'full_name', null, 'role', '', 'team', null,
          'department', null, 'created_at', now(), 'updated_at', now())) || '{"status": "deleted"}' as profile
      from due
      left join public.user_profiles u on u.id = due.user_id
      left join public.deleted_users d on d.id = due.user_id
    ), claimed as (
      insert into public.sync_claims
        (site_id, lease_id, user_ids, versions, upserts, triggers, attempts, run_ids, row_times)
      select site, lease, array_agg(user_id), array_agg(desired_version), array_agg(false), array_agg(why),
        array_agg(attempt), array_agg(run_id), array_agg((profile ->> 'updated_at')::timestamptz)
      from batch having count(*) > 0
      returning id
    )
    select claimed.id, (
      select jsonb_agg(jsonb_build_object(
        'userId', user_id, 'trigger', why, 'attempt', attempt, 'runId', run_id, 'written', there, 'user', profile))
      from batch
    ) into claim_id, items from claimed;
    if claim_id is not null then
      return jsonb_build_object('kind', 'batch', 'claimId', claim_id, 'items', items);
    end if;

    if target.removal_cursor is not null then
      perform public.sync_mark_removals(target, page_users);
    elsif exists (select from public.sync_claims c where c.site_id = site) or exists (
      select from public.user_sync_state p where p.site_id = site and p.desired_version > p.synced_version
    ) then
      return jsonb_build_object('kind', 'empty'); -- on its way, waiting to be tried again, or refused
    else
      perform public.site_disconnect(site);
      return jsonb_build_object('kind', 'lost');
    end if;
  end loop;
end;
$$;

revoke execute on function
  public.site_disconnect_removing(uuid),
  public.sync_mark_removals(public.connected_sites, integer),
  public.sync_claim_removals(uuid, uuid, integer)
from public, anon, authenticated;
grant execute on function
  public.site_disconnect_removing(uuid),
  public.sync_claim_removals(uuid, uuid, integer)
to service_role;

-- 20261127003200_disconnecting_states.sql

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

-- 20261127003300_site_causes.sql

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

-- 20261127004100_run_cancel.sql

-- Cancelling a sync of all users, and the list of syncs.

alter table public.sync_runs add column cancelled_at timestamptz;
create index sync_runs_full_idx on public.sync_runs (started_at desc, id desc) where kind <> 'user';
create index sync_runs_user_idx on public.sync_runs (started_at desc, id desc) where kind = 'user';

alter table public.sync_run_sites add column owed boolean not null default false;
comment on column public.sync_run_sites.owed is
  'Full sync: users may depend on it to come to this site at all, as after new credentials. It goes on when its run is cancelled.';
-- Of what is under way now nobody knows any more.
update public.sync_run_sites r set owed = true where r.finished_at is null and r.user_id is null;

-- Ends a sync of all users: no further page is claimed, what is on its way settles and is counted. What is owed to a site
-- goes on from the same place as a sync of that site. Returns null when there is no such run, its kind when that cannot be
-- cancelled, otherwise "finished" or "cancelled".
create function public.request_cancel_run(run_id uuid) returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  one public.sync_runs;
  owing public.sync_run_sites;
  going_on uuid;
begin
  -- In the order in which workers lock: the sites before their runs.
  perform from public.connected_sites s
  where s.id in (select r.site_id from public.sync_run_sites r where r.run_id = request_cancel_run.run_id)
  order by s.id for no key update;
  select r.* into one from public.sync_runs r where r.id = request_cancel_run.run_id for no key update;
  if not found then
    return null;
  elsif one.kind <> 'all' then
    return one.kind;
  elsif one.finished_at is not null then
    return 'finished';
  end if;
  for owing in
    select r.* from public.sync_run_sites r
    where r.run_id = one.id and r.finished_at is null and r.owed order by r.site_id
  loop
    insert into public.sync_runs (kind, requested_by) values ('site', one.requested_by) returning id into going_on;
    -- With its time of start: who was confirmed there since need not be sent again.
    insert into public.sync_run_sites (run_id, site_id, cursor, total, started_at, owed)
    values (going_on, owing.site_id, owing.cursor, greatest(owing.total - owing.succeeded - owing.failed, 0),
      owing.started_at, true);
    update public.sync_claims c set full_run_id = going_on where c.full_run_id = one.id and c.site_id = owing.site_id;
  end loop;
  update public.sync_run_sites r set finished_at = now() where r.run_id = one.id and r.finished_at is null;
  update public.sync_runs r set finished_at = now(), cancelled_at = now() where r.id = one.id;
  perform public.audit_write('sync.cancelled', 'run', one.id::text, null, null,
    (select jsonb_build_object('succeeded', sum(r.succeeded), 'failed', sum(r.failed), 'total', sum(r.total))
      from public.sync_run_sites r where r.run_id = one.id));
  return 'cancelled';
end;
$$;

-- Syncs of one user, or all the others, newest first, after the one with a time and an id: [as sync_run has it].
create function public.sync_run_list(of_users boolean, before timestamptz, before_id uuid, max_runs integer) returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  answer jsonb;
begin
  -- Spelled out, so that each case has its partial index.
  execute format(
    'select jsonb_agg(public.sync_run(r.id) order by r.started_at desc, r.id desc) from (
       select r.id, r.started_at from public.sync_runs r
       where r.kind %s ''user'' and ($1 is null or (r.started_at, r.id) < ($1, $2))
       order by r.started_at desc, r.id desc limit $3
     ) r', case when of_users then '=' else '<>' end) into answer using before, before_id, max_runs;
  return coalesce(answer, '[]');
end;
$$;

-- Has one user sent to one site again. Returns the run's id, or null when there is no such user or site.
create function public.request_sync_pair(user_id text, site_id uuid, requested_by text) returns uuid
language plpgsql
security definer
set search_path = ''
as $$
declare
  run uuid;
  target public.connected_sites;
  wanted bigint;
begin
  -- In the order in which workers lock: the site before its pairs.
  select s.* into target from public.connected_sites s
  where s.id = request_sync_pair.site_id and s.disconnected_at is null for no key update;
  if not found or not exists (select from public.user_profiles u where u.id = request_sync_pair.user_id) then
    return null;
  end if;
  insert into public.sync_runs (kind, user_id, requested_by)
  values ('user', request_sync_pair.user_id, request_sync_pair.requested_by) returning id into run;
  if target.credentials_sealed is not null then
    insert into public.user_sync_state as p (user_id, site_id, desired_version, generation, run_id)
    values (request_sync_pair.user_id, target.id, nextval('public.sync_version_seq'), target.generation, run)
    on conflict on constraint user_sync_state_pkey do update set
      desired_version = excluded.desired_version,
      status = 'pending',
      attempts = 0,
      due_at = now(),
      wanted_at = case when p.desired_version > p.synced_version then p.wanted_at else now() end,
      error_code = null,
      error = null,
      run_id = excluded.run_id
    returning p.desired_version into wanted;
  end if;
  insert into public.sync_run_sites (run_id, site_id, user_id, version, total, failed, finished_at)
  values (run, target.id, request_sync_pair.user_id, wanted, 1,
    (wanted is null)::integer, case when wanted is null then now() end);
  update public.connected_sites s set retry_at = now() where s.id = target.id and s.retry_at > now();
  perform public.sync_finish_runs(array[run]);
  perform public.audit_write('sync.user_started', 'user', u.id, u.email, null,
    jsonb_build_object('run_id', run, 'site_id', target.id))
  from public.user_profiles u where u.id = request_sync_pair.user_id;
  return run;
end;
$$;

revoke execute on function
  public.request_cancel_run(uuid), public.sync_run_list(boolean, timestamptz, uuid, integer),
  public.request_sync_pair(text, uuid, text)
from public, anon, authenticated;
grant execute on function
  public.request_cancel_run(uuid), public.sync_run_list(boolean, timestamptz, uuid, integer),
  public.request_sync_pair(text, uuid, text)
to service_role;

-- 20261127004200_log_and_matrix.sql

-- The log by cause and by time, and the users of the matrix, at once however many there are.

-- Failures are few among the attempts, so these cost the log next to nothing.
create index user_sync_log_site_failed_idx on public.user_sync_log (site_id, id) where status = 'failed';
create index user_sync_log_error_idx on public.user_sync_log (error_code, id) where error_code is not null;

-- As before: an id from which on entries are not older than a moment, give or take a second.
create function public.sync_log_id_at(moment timestamptz) returns bigint
language plpgsql
stable
set search_path = ''
as $$
declare
  low bigint := 0;
  high bigint := 1 + greatest(
    (select coalesce(max(l.id), 0) from public.user_sync_log_rows l), (select coalesce(max(p.id), 0) from public.user_sync_log_pages p));
  middle bigint;
  found_at timestamptz;
begin
  while low < high loop
    middle := (low + high) / 2;
    select e.created_at into found_at from (
      (select l.id, l.created_at from public.user_sync_log_rows l where l.id >= middle order by l.id limit 1)
      union all
      (select p.id, p.created_at from public.user_sync_log_pages p where p.id >= middle order by p.id limit 1)
    ) e order by e.id limit 1;
    if found_at < moment then
      low := middle + 1;
    else
      high := middle;
    end if;
  end loop;
  return high;
end;
$$;

-- Attempts, newest first, before an id. The filter has, each of them optional, "userId", "siteId", "status", "errorCode",
-- "runId", "from" (the first moment that is wanted), "to" (the first that is not) and "after" (an id).
create function public.sync_log_find(filter jsonb, before bigint, max_entries integer)
returns setof public.user_sync_log
language plpgsql
stable
set search_path = ''
as $$
declare
  slack constant interval := '1 second';
  conditions text := 'true';
  pair record;
  first_id bigint := (filter ->> 'after')::bigint + 1;
  end_id bigint := before;
begin
  for pair in
    select * from (values
      ('userId', 'user_id', 'text'), ('siteId', 'site_id', 'uuid'), ('status', 'status', 'text'),
      ('errorCode', 'error_code', 'text'), ('runId', 'run_id', 'uuid')
    ) known (name, field, kind)
    where filter ->> known.name is not null
  loop
    conditions := conditions || format(' and l.%I = %L::%s', pair.field, filter ->> pair.name, pair.kind);
  end loop;
  if filter ->> 'from' is not null then
    conditions := conditions || format(' and l.created_at >= %L', (filter ->> 'from')::timestamptz);
    first_id := greatest(first_id, public.sync_log_id_at((filter ->> 'from')::timestamptz - slack));
  end if;
  if filter ->> 'to' is not null then
    conditions := conditions || format(' and l.created_at < %L', (filter ->> 'to')::timestamptz);
    end_id := least(end_id, public.sync_log_id_at((filter ->> 'to')::timestamptz + slack));
  end if;
  if first_id is not null then
    conditions := conditions || format(' and l.id >= %s', first_id);
  end if;
  if end_id is not null then
    conditions := conditions || format(' and l.id < %s', end_id);
  end if;
  return query execute format(
    'select l.* from public.user_sync_log l where %s order by l.id desc limit %s', conditions, max_entries);
end;
$$;

-- Users whom the removal policy keeps at a site: few or none, and found by nothing else.
create index user_sync_state_kept_idx on public.user_sync_state (site_id, user_id) where status = 'kept';

-- Users who are waiting, retried, failed, kept or held at one of these sites (at any when null), or whose row was found
-- different, missing or extra there, but for what changes meanwhile. Null when there are too many to collect, and for other
-- states: walking through the users finds some at once.
create function public.sync_suspects_at(wanted text, sites uuid[]) returns text[]
language plpgsql
stable
set search_path = ''
as $$
declare
  many constant integer := 100000; -- collected and sorted in about 0.1 s; among a million users a walk meets one in ten
  suspects text[] := '{}';
  site public.connected_sites;
begin
  if wanted in ('different', 'missing', 'extra') then
    suspects := array(
      select p.user_id from public.user_sync_state p
      where p.status in ('different', 'missing', 'extra') and p.status = wanted and (sites is null or p.site_id = any (sites))
      limit many + 1);
    return case when cardinality(suspects) <= many then suspects end;
  end if;
  if wanted not in ('pending', 'retrying', 'failed', 'kept', 'held') or exists (
    select from public.connected_sites s
    where wanted = 'failed' and s.credentials_sealed is null and s.disconnected_at is null
      and (sites is null or s.id = any (sites))
  ) or wanted not in ('kept', 'held') and public.sync_suspects_counted(wanted, sites) > many then
    return null;
  end if;
  for site in
    select s.* from public.connected_sites s
    where s.disconnected_at is null and s.credentials_sealed is not null and (sites is null or s.id = any (sites))
  loop
    suspects := suspects || public.sync_suspects_of(wanted, site, many);
  end loop;
  return suspects;
end;
$$;

-- Users in a state at one of these sites (at any when null), by id, after one; see sync_people. Looks at a few at a time,
-- and no further than to the end of the page.
create function public.sync_people_in_state(
  wanted text, sites uuid[], search text, after text, max_users integer
) returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  step constant integer := case when search <> '' then 2000 else 150 end;
  conditions text := public.user_conditions(jsonb_build_object('search', search))
    || case when wanted in ('removed', 'kept') then ' and u.status <> ''active''' else '' end;
  last_seen text := coalesce(after, '');
  ids text[] := public.sync_candidates(public.sync_suspects_at(wanted, sites), search, last_seen);
  seen integer := 0;
  candidates text[];
  found_page jsonb;
  answer jsonb := '[]';
begin
  loop
    if ids is not null then
      candidates := ids[seen + 1:seen + step];
      seen := seen + step;
    else
      execute format(
        'select array(select i.id from (
           (select u.id from public.user_profiles u where %1$s and u.id > $1 order by u.id limit $2)
           union all
           (select u.id from public.user_people u where u.status = ''deleted'' and %1$s and u.id > $1 order by u.id limit $2)
         ) i order by i.id limit $2)', conditions) into candidates using last_seen, step;
      last_seen := candidates[step];
    end if;
    -- The state as a value, so that it is asked in order and no further than to the end of the page.
    execute format(
      'select jsonb_agg(to_jsonb(page) order by page.user_id) from (
         select '''' as key, u.id as user_id, u.full_name, u.email, u.status, u.version
         from (
           select * from public.user_people u where u.id = any ($1) and u.id > $5 and %s order by u.id offset 0
         ) u
         where (select true from public.user_sync_status v
           where v.user_id = u.id and v.status = $2 and ($3 is null or v.site_id = any ($3)) limit 1)
         order by u.id limit $4
       ) page', conditions)
      into found_page
      using candidates, wanted, sites, max_users - jsonb_array_length(answer), coalesce(after, '');
    answer := answer || coalesce(found_page, '[]');
    exit when jsonb_array_length(answer) >= max_users or cardinality(candidates) < step;
  end loop;
  return answer;
end;
$$;

-- Users after [sort key, id], as [{"key", "user_id", "full_name", "email", "status", "version"}]: everybody or those a search
-- matches, by name, or those in a state at one of these sites (at any when null), by id. Among the latter are users whose
-- row is gone while a site still has to be told, with status "deleted".
create function public.sync_people(wanted text, sites uuid[], search text, after jsonb, max_users integer)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  if wanted is not null then
    return public.sync_people_in_state(wanted, sites, search, after ->> 1, max_users);
  end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object('key', p.key, 'user_id', p.id, 'full_name', u.full_name, 'email', u.email,
      'status', u.status, 'version', u.version) order by p.n), '[]')
    from public.user_pick(jsonb_build_object('search', search), 'full_name', after, max_users) with ordinality p(key, id, n)
    cross join lateral (select x.* from public.user_profiles x where x.id = p.id offset 0) u
  );
end;
$$;

revoke execute on function
  public.sync_log_id_at(timestamptz), public.sync_log_find(jsonb, bigint, integer),
  public.sync_suspects_at(text, uuid[]), public.sync_people_in_state(text, uuid[], text, text, integer),
  public.sync_people(text, uuid[], text, jsonb, integer)
from public, anon, authenticated;
grant execute on function
  public.sync_log_id_at(timestamptz), public.sync_log_find(jsonb, bigint, integer),
  public.sync_suspects_at(text, uuid[]), public.sync_people_in_state(text, uuid[], text, text, integer),
  public.sync_people(text, uuid[], text, jsonb, integer)
to service_role;

-- 20261127005100_claim_columns.sql

-- Claims and settles that cost the databases and workers less. A batch is built and read as columns, not as an object per
-- user: for 1,000 users PostgreSQL makes that in a tenth of the time, and it is half as long.

-- The e-mail address that a user was sent with; null in claims from before.
alter table public.sync_claims add column emails text[];
-- A claim lives for a second: to compress it costs more than to write it.
alter table public.sync_claims
  alter column user_ids set storage external, alter column versions set storage external,
  alter column upserts set storage external, alter column triggers set storage external,
  alter column attempts set storage external, alter column run_ids set storage external,
  alter column row_times set storage external, alter column emails set storage external;

-- Sync All Users leaves alone whom a site has as the list has them, unless asked to write everybody again.
alter table public.sync_run_sites add column skip_confirmed boolean not null default false;
comment on column public.sync_run_sites.skip_confirmed is
  'Full sync: users whose present row the site has confirmed count as done and are not written again.';

-- A batch in columns: {"kind": "users", "claimId", "userIds", "triggers", "attempts", "runIds", "written", "users": {column:
-- values}}, all arrays in the same order. Active users who are outside the site have the status out_of_scope.
create function public.sync_claimed(claim_id uuid, c public.sync_claims, written boolean[], users json) returns json
language plpgsql
volatile
set search_path = ''
as $$
declare
  outside constant text[] := (select k.outside from public.sync_claims k where k.id = claim_id);
begin
  if outside is not null then
    users := users::jsonb || jsonb_build_object('status', (
      select jsonb_agg(case when t.id = any (outside) and t.status = 'active' then 'out_of_scope' else t.status end order by t.n)
      from rows from (unnest(c.user_ids), json_array_elements_text(users -> 'status')) with ordinality t(id, status, n)));
  end if;
  return json_build_object('kind', 'users', 'claimId', claim_id, 'userIds', c.user_ids, 'triggers', c.triggers,
    'attempts', c.attempts, 'runIds', c.run_ids, 'written', written, 'users', users);
end;
$$;

drop function public.sync_claim(uuid, uuid, integer);

-- The next batch for a leased site: dirty pairs that are due, or else the next page of its oldest full sync, less the
-- users who were confirmed there since that sync began, or at all where that is enough. Users in a batch that has not
-- settled yet are left out, and so are removals that are held. Returns {"kind": "users", …} as sync_claimed builds it (a
-- user's status is deleted when the row is gone, out_of_scope when the site does not get this user), {"kind": "empty"}, or
-- {"kind": "lost"} without the lease.
create function public.sync_claim(site uuid, lease uuid, max_users integer) returns json
language plpgsql
security definer
set search_path = ''
-- A table that is just being filled looks small to the planner, which would then read all of it for each user. "offset 0"
-- has users looked up one by one.
set enable_seqscan = off
as $$
declare
  looked_at constant integer := 10000; -- users in one step of skipping, some 50 ms
  began constant timestamptz := clock_timestamp();
  target public.connected_sites;
  full_run public.sync_run_sites;
  claimed public.sync_claims;
  open_cursor text;
  page_end text;
  fresh_users bigint;
  drawn bigint;
  brought_ids text[];
  brought_versions bigint[];
  written boolean[];
  users json;
begin
  select s.* into target from public.connected_sites s
  where s.id = site and s.lease_id = lease and s.lease_until > now() and s.status = 'active' and s.disconnected_at is null;
  if not found then
    return json_build_object('kind', 'lost');
  end if;
  claimed.id := gen_random_uuid();

  loop
    loop
      with due as materialized (
        select p.user_id, p.desired_version, p.attempts + 1 as attempt, p.run_id,
          -- Another webhook URL may well be the same receiver: who leaves has to leave there too.
          p.written and (p.generation = target.generation or target.kind = 'webhook') as there,
          case when p.attempts > 0 then 'retry' when p.run_id is not null then 'manual' else 'change' end as why,
          case when p.generation = target.generation and p.run_id is null then p.row_updated_at end as landed_at
        from public.user_sync_state p
        where p.site_id = site and p.desired_version > p.synced_version and p.due_at <= now()
          and p.user_id not in (select unnest(c.user_ids) from public.sync_claims c where c.site_id = site)
        order by p.due_at, p.user_id
        limit max_users
      ), batch as (
        select due.*, coalesce(u.status = 'active' and u.updated_at = due.landed_at, false) as brought,
          coalesce(u.status, 'deleted') as status,
          coalesce(u.clerk_user_id, d.clerk_user_id, due.user_id) as clerk_user_id, coalesce(u.email, d.email, '') as email,
          coalesce(u.full_name, d.full_name) as full_name, coalesce(u.role, d.role, '') as role,
          coalesce(u.team, d.team) as team, coalesce(u.department, d.department) as department,
          coalesce(u.created_at, d.created_at, now()) as created_at, coalesce(u.updated_at, d.updated_at, now()) as updated_at
        from due
        left join lateral (select * from public.user_profiles x where x.id = due.user_id offset 0) u on true
        left join lateral (select * from public.deleted_users x where x.id = due.user_id and u.id is null offset 0) d on true
      )
      select array_agg(user_id), array_agg(desired_version), array_agg(b.status = 'active'), array_agg(why), array_agg(attempt),
        array_agg(run_id), array_agg(updated_at), array_agg(email), array_agg(there),
        json_build_object('clerk_user_id', array_agg(clerk_user_id), 'email', array_agg(email), 'full_name', array_agg(full_name),
          'role', array_agg(role), 'team', array_agg(team), 'department', array_agg(department), 'status', array_agg(b.status),
          'created_at', array_agg(created_at), 'updated_at', array_agg(updated_at)),
        array_agg(user_id) filter (where brought), array_agg(desired_version) filter (where brought)
      into claimed.user_ids, claimed.versions, claimed.upserts, claimed.triggers, claimed.attempts,
        claimed.run_ids, claimed.row_times, claimed.emails, written, users,
        brought_ids, brought_versions
      from batch b;
      exit when brought_ids is null;
      -- A change that a batch brought there before it was fanned out: nothing is left to send.
      update public.user_sync_state p set synced_version = p.desired_version, status = 'synced'
      from unnest(brought_ids, brought_versions) b(id, version), public.user_profiles u
      where p.user_id = any (brought_ids) and p.site_id = site and p.user_id = b.id and u.id = b.id and u.status = 'active'
        -- While this waited for a lock, a newer change may have been fanned out, of which u knows nothing.
        and p.desired_version = b.version
        and p.row_updated_at = u.updated_at and p.generation = target.generation and p.run_id is null;
      exit when not found; -- what changed meanwhile is sent: that is never wrong
    end loop;
    exit when claimed.user_ids is null;
    insert into public.sync_claims
      (id, site_id, lease_id, user_ids, versions, upserts, triggers, attempts, run_ids, row_times, emails)
    values (claimed.id, site, lease, claimed.user_ids, claimed.versions, claimed.upserts, claimed.triggers,
      claimed.attempts, claimed.run_ids, claimed.row_times, claimed.emails);
    if target.scope is not null then
      users := public.sync_claim_scope(claimed, target.scope, users);
    end if;
    if public.sync_removals_pass(target, claimed.id) then
      return public.sync_claimed(claimed.id, claimed, written, users);
    end if;
    delete from public.sync_claims c where c.id = claimed.id;
    if clock_timestamp() > began + interval '1 second' then
      return json_build_object('kind', 'empty'); -- what is held by now stays so; the site is still ready
    end if;
  end loop;

  loop
    select r.* into full_run from public.sync_run_sites r
    where r.site_id = site and r.finished_at is null and r.user_id is null
    order by r.started_at, r.run_id limit 1;
    if not found or clock_timestamp() > began + interval '2 seconds' then
      return json_build_object('kind', 'empty'); -- what was skipped is remembered; the site is still ready
    end if;
    select max(c.full_cursor) into open_cursor from public.sync_claims c
    where c.site_id = site and c.full_run_id = full_run.run_id;

    -- Drawn before the rows are read: what a smaller number announced is in them.
    drawn := nextval('public.sync_version_seq');
    with page as materialized (
      select u.id as user_id, coalesce(p.attempts, 0) + 1 as attempt,
        coalesce(p.written and p.generation = target.generation, false) as there,
        coalesce(
          p.generation = target.generation and p.synced_version >= p.desired_version and p.status = 'synced'
            and (p.synced_at >= full_run.started_at or (full_run.skip_confirmed and p.row_updated_at = u.updated_at)),
          false) as fresh
      from (
        select id, updated_at from public.user_profiles
        where status = 'active' and id > coalesce(open_cursor, full_run.cursor)
        order by id limit case when full_run.skip_confirmed then greatest(looked_at, max_users) else max_users end
      ) u
      left join lateral (
        select * from public.user_sync_state s where s.user_id = u.id and s.site_id = site offset 0
      ) p on true
    ), stale as materialized (
      select * from page where not fresh order by user_id limit max_users
    ), rows as (
      select s.*, u.*
      from stale s
      cross join lateral (select * from public.user_profiles x where x.id = s.user_id offset 0) u
    ), counted as (
      -- A full batch ends the page: whoever comes after is looked at again.
      select case when count(*) = max_users then max(user_id) else (select max(user_id) from page) end as last from stale
    )
    select array_agg(user_id), array_agg(drawn), array_agg(true), array_agg('full'::text), array_agg(attempt),
      array_agg(full_run.run_id), array_agg(updated_at), array_agg(email), array_agg(there),
      json_build_object('clerk_user_id', array_agg(clerk_user_id), 'email', array_agg(email), 'full_name', array_agg(full_name),
        'role', array_agg(role), 'team', array_agg(team), 'department', array_agg(department), 'status', array_agg(r.status),
        'created_at', array_agg(created_at), 'updated_at', array_agg(updated_at)),
      (select last from counted), (select count(*) from page where fresh and user_id <= (select last from counted))
    into claimed.user_ids, claimed.versions, claimed.upserts, claimed.triggers, claimed.attempts,
      claimed.run_ids, claimed.row_times, claimed.emails, written, users, page_end, fresh_users
    from rows r;
    if claimed.user_ids is not null then
      insert into public.sync_claims
        (id, site_id, lease_id, user_ids, versions, upserts, triggers, attempts, run_ids, row_times, emails,
         full_run_id, full_cursor, full_fresh)
      values (claimed.id, site, lease, claimed.user_ids, claimed.versions, claimed.upserts, claimed.triggers,
        claimed.attempts, claimed.run_ids, claimed.row_times, claimed.emails,
        full_run.run_id, page_end, fresh_users);
      if target.scope is not null then
        users := public.sync_claim_scope(claimed, target.scope, users);
      end if;
      return public.sync_claimed(claimed.id, claimed, written, users);
    end if;
    if open_cursor is not null then
      return json_build_object('kind', 'empty'); -- a page is on its way; ask again when it has settled
    end if;
    if page_end is not null then
      update public.sync_run_sites r set cursor = page_end, succeeded = r.succeeded + fresh_users
      where r.run_id = full_run.run_id and r.site_id = site;
    else
      update public.sync_run_sites r set finished_at = now(), total = r.succeeded + r.failed
      where r.run_id = full_run.run_id and r.site_id = site;
      perform public.sync_finish_runs(array[full_run.run_id]);
    end if;
  end loop;
end;
$$;

revoke execute on function
  public.sync_claimed(uuid, public.sync_claims, boolean[], json), public.sync_claim(uuid, uuid, integer)
from public, anon, authenticated;
grant execute on function public.sync_claim(uuid, uuid, integer) to service_role;

-- 20261127005200_settle_groups.sql

-- Settling with less work: outcomes come in groups that share all but the user, and the log takes its e-mail addresses
-- from the claim instead of looking each of them up. Workers of before, which are still running when this is applied, name
-- one user in each outcome ("userId").

-- 20261127005300_lease_sites.sql

-- Several sites in one call: an edit that goes to four sites waits for one lease instead of four.

-- A leased site as a worker gets it, with what is needed to reach it. One that is being disconnected has its rows deleted.
create function public.sync_leased_site(site public.connected_sites) returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'id', site.id, 'name', site.name, 'kind', site.kind, 'leaseId', site.lease_id,
    'disconnecting', site.status = 'disconnecting',
    'url', site.endpoint_url, 'credentials', site.credentials_sealed,
    'previousCredentials', (
      select coalesce(jsonb_agg(p.secret -> 'sealed'), '[]')
      from jsonb_array_elements(site.previous_secrets) p(secret) where (p.secret ->> 'until')::timestamptz > now()),
    'look', site.take_over is not null and site.status <> 'disconnecting',
    'inspect', site.status = 'active' and site.kind = 'supabase' and site.last_synced_at is not null
      and (site.inspected_at is null or site.inspected_at < now() - interval '1 hour'),
    'removalPolicy', case when site.status = 'disconnecting' then 'delete' else site.removal_policy end,
    'removalColumn', case when site.status <> 'disconnecting' then site.removal_column end,
    'failures', site.failures, 'mapping', site.mapping, 'shared', site.shared);
$$;

-- Gives ready sites to the worker for so many seconds, those that have waited longest first, as sync_leased_site has them.
-- A lease that ran out is taken over, and what its worker had on its way is in doubt: of such sites one in a call, because
-- marking pairs of several would lock them in another order than fan-outs do, and the two could deadlock.
-- Returns [] when nothing is ready; fewer than max_sites may leave some.
create function public.sync_lease_sites(worker text, seconds integer, max_sites integer) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  turn uuid[];
  in_doubt uuid[];
  leased jsonb;
begin
  turn := array(
    select s.id from public.connected_sites s
    where public.sync_site_ready(s)
    order by s.lease_until nulls first
    limit max_sites
    for no key update skip locked);
  if cardinality(turn) = 0 then
    return '[]';
  end if;
  in_doubt := array(select distinct c.site_id from public.sync_claims c where c.site_id = any (turn) order by 1);
  turn := array(select id from unnest(turn) id where id <> all (in_doubt[2:]));
  perform public.sync_mark_in_doubt(c.site_id, c.user_ids, c.upserts, c.run_ids)
  from public.sync_claims c where c.site_id = in_doubt[1];
  delete from public.sync_claims c where c.site_id = in_doubt[1];
  with given as (
    update public.connected_sites s
    set lease_id = gen_random_uuid(), lease_worker = worker, lease_until = now() + make_interval(secs => seconds)
    where s.id = any (turn)
    returning s as site
  )
  select jsonb_agg(public.sync_leased_site(given.site)) into leased from given;
  return leased;
end;
$$;

revoke execute on function
  public.sync_leased_site(public.connected_sites), public.sync_lease_sites(text, integer, integer)
from public, anon, authenticated;
grant execute on function public.sync_lease_sites(text, integer, integer) to service_role;

-- 20261127005400_sync_all_force.sql

-- Sync All Users writes whom a site does not have as the list has them. With force it writes everybody again, for rows
-- that were changed at a site by somebody else.
drop function public.request_sync_all(uuid[], text);
create function public.request_sync_all(site_ids uuid[], requested_by text, force boolean) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  started jsonb := public.sync_all_start(site_ids, requested_by);
begin
  update public.sync_run_sites r set skip_confirmed = not force where r.run_id = (started ->> 'runId')::uuid;
  perform public.audit_write('sync.started', 'run', started ->> 'runId', null, null,
    jsonb_strip_nulls(started - 'runId' || jsonb_build_object('site_ids', site_ids, 'force', nullif(force, false))));
  return started;
end;
$$;
revoke execute on function public.request_sync_all(uuid[], text, boolean) from public, anon, authenticated;
grant execute on function public.request_sync_all(uuid[], text, boolean) to service_role;

-- 20261127005500_scope.sql

-- Which users a site gets. Null is everyone; otherwise rules on the user's row:
--   {"field": "role" | "team" | "department" | "status" | "emailDomain", "is": [values, null for none]}
--   {"all": [rules]}, {"any": [rules]}, {"not": rule}
-- scope_condition is the only place that says what a rule means: claims, counts, previews and Why? all ask it.

-- A scope as a condition on a user_profiles row called u, which is never null. Null for null; raises an exception for what is no scope.
create function public.scope_condition(scope jsonb) returns text
language plpgsql
immutable
strict
set search_path = ''
as $$
declare
  part text := case when jsonb_typeof(scope) = 'object' then (select min(k) from jsonb_object_keys(scope) k where k <> 'is') end;
  parts text[];
  field text;
begin
  if part in ('all', 'any') and jsonb_typeof(scope -> part) = 'array' and jsonb_array_length(scope -> part) > 0 then
    parts := array(select public.scope_condition(r.rule) from jsonb_array_elements(scope -> part) r(rule));
    return '(' || array_to_string(parts, case part when 'all' then ' and ' else ' or ' end) || ')';
  elsif part = 'not' then
    return '(not ' || public.scope_condition(scope -> 'not') || ')';
  elsif part = 'field' and jsonb_typeof(scope -> 'is') = 'array' then
    field := case scope ->> 'field'
      when 'role' then 'u.role'
      when 'team' then 'u.team'
      when 'department' then 'u.department'
      when 'status' then 'u.status'
      when 'emailDomain' then 'lower(split_part(u.email, ''@'', -1))'
    end;
    if field is not null then
      -- Not coalesce: null = any ('{}') is false.
      return format('case when %1$s is null then %2$L::boolean else %1$s = any (%3$L::text[]) end', field,
        scope -> 'is' @> '[null]',
        array(select case scope ->> 'field' when 'emailDomain' then lower(v) else v end
          from jsonb_array_elements_text(scope -> 'is') v where v is not null));
    end if;
  end if;
  raise exception 'Not a rule of a scope: %', scope using errcode = '22023';
end;
$$;

alter table public.connected_sites
  add column scope jsonb,
  add constraint connected_sites_scope_valid check (scope is null or public.scope_condition(scope) is not null);
comment on column public.connected_sites.scope is 'Which users this site gets, see scope_condition; null: everyone.';

alter table public.user_sync_state
  drop constraint user_sync_state_status_known,
  add constraint user_sync_state_status_known
    check (status in ('pending', 'synced', 'removed', 'kept', 'retrying', 'failed', 'out_of_scope'));

alter table public.sync_claims add column outside text[];
comment on column public.sync_claims.outside is 'Active users of this batch who are not in the site''s scope; null for none.';

-- Whether a user is in a scope.
create function public.scope_passes(scope jsonb, person public.user_profiles) returns boolean
language plpgsql
stable
set search_path = ''
as $$
declare
  passed boolean;
begin
  execute 'select ' || public.scope_condition(scope) || ' from (select ($1).*) u' into passed using person;
  return passed;
end;
$$;

-- Every rule of a scope with what it says of a user, from the outside in, as rows of {"rule", "passed", "depth"}.
create function public.scope_rules(scope jsonb, person public.user_profiles, depth integer default 0) returns setof jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  part jsonb;
begin
  return next jsonb_build_object('rule', scope, 'passed', public.scope_passes(scope, person), 'depth', depth);
  for part in
    select r from jsonb_array_elements(coalesce(scope -> 'all', scope -> 'any', jsonb_build_array(scope -> 'not'))) r
    where scope ?| array['all', 'any', 'not']
  loop
    return query select public.scope_rules(part, person, depth + 1);
  end loop;
end;
$$;

-- As before; who was left to the site is outside already.
create function public.sync_claim_scope(claimed public.sync_claims, scope jsonb, users json) returns json
language plpgsql
security definer
set search_path = ''
as $$
declare
  strangers text[];
begin
  execute 'select array_agg(u.id) from rows from (unnest($1), json_array_elements_text($2 -> ''email''),
      json_array_elements_text($2 -> ''role''), json_array_elements_text($2 -> ''team''),
      json_array_elements_text($2 -> ''department''), json_array_elements_text($2 -> ''status''))
      u(id, email, role, team, department, status)
    where u.status = ''active'' and not ' || public.scope_condition(scope) into strangers using claimed.user_ids, users;
  if strangers is null then
    return users;
  end if;
  update public.sync_claims c set
    outside = coalesce(c.outside, '{}') || strangers,
    upserts = array(
      select t.upsert and t.id <> all (strangers) from unnest(c.user_ids, c.upserts) with ordinality t(id, upsert, n) order by n)
  where c.id = claimed.id;
  return users;
end;
$$;

-- Starts a full sync of a site whose rules for its rows have changed. What was claimed by the old ones does not settle,
-- and nobody counts as confirmed by it. Returns the run's id, null while the site has no credentials.
create function public.site_start_over(site_id uuid, requested_by text) returns uuid
language plpgsql
security definer
set search_path = ''
as $$
declare
  run uuid;
begin
  update public.connected_sites s set
    lease_id = null, lease_worker = null, lease_until = null,
    health = 'ok', failures = 0, error_code = null, error = null, retry_at = now()
  where s.id = site_start_over.site_id and s.credentials_sealed is not null;
  if not found then
    return null;
  end if;
  run := (public.sync_start_full('site', array[site_start_over.site_id], site_start_over.requested_by) ->> 'runId')::uuid;
  -- A batch may have settled after this transaction began and before it had the site's row.
  update public.sync_run_sites r set started_at = clock_timestamp() where r.run_id = run;
  return run;
end;
$$;

-- Sets a site's scope and brings the site in line with it. Returns {"found", "runId"}.
create function public.site_set_scope(site_id uuid, scope jsonb) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  wanted jsonb := nullif(site_set_scope.scope, 'null');
  was jsonb;
begin
  select s.scope into was from public.connected_sites s
  where s.id = site_set_scope.site_id and s.disconnected_at is null and s.status <> 'disconnecting' for no key update;
  if not found then
    return jsonb_build_object('found', false);
  end if;
  if was is not distinct from wanted then
    return jsonb_build_object('found', true, 'runId', null);
  end if;
  update public.connected_sites s set scope = wanted where s.id = site_set_scope.site_id;
  return jsonb_build_object('found', true, 'runId', public.site_start_over(site_set_scope.site_id, 'scope'));
end;
$$;

-- What a scope would mean at a site: {"users": active ones, "inScope", "added", "removed"} as counts, and up to ten of
-- those who would be added and removed; null when there is no such site. A row that was deactivated or kept for somebody
-- who left counts as gone; whose removal is held stays there, whatever the scope.
create function public.scope_preview(site_id uuid, scope jsonb) returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  wanted jsonb := nullif(scope_preview.scope, 'null');
  site public.connected_sites;
  judged text;
  answer jsonb;
  samples jsonb;
begin
  select s.* into site from public.connected_sites s where s.id = scope_preview.site_id and s.disconnected_at is null;
  if not found then
    return null;
  end if;
  judged := format(
    '(select u.id, u.email, u.full_name, %s as inside,
        coalesce(p.written and (p.generation = %s or %L) and p.status not in (''out_of_scope'', ''removed'', ''kept''), false) as there,
        coalesce(p.status = ''held'', false) as held
      from public.user_profiles u left join public.user_sync_state p on p.user_id = u.id and p.site_id = %L
      where u.status = ''active'') j',
    coalesce(public.scope_condition(wanted), 'true'), site.generation, site.kind = 'webhook', site.id);
  execute 'select jsonb_build_object(''users'', count(*), ''inScope'', count(*) filter (where inside),
      ''added'', count(*) filter (where inside and not there), ''removed'', count(*) filter (where there and not inside and not held))
    from ' || judged into answer;
  execute format(
    'select jsonb_build_object(
      ''addedSample'', coalesce((select jsonb_agg(to_jsonb(a) - ''inside'' - ''there'' - ''held'') from (
        select * from %1$s where inside and not there order by id limit 10) a), ''[]''),
      ''removedSample'', coalesce((select jsonb_agg(to_jsonb(r) - ''inside'' - ''there'' - ''held'') from (
        select * from %1$s where there and not inside and not held order by id limit 10) r), ''[]''))', judged) into samples;
  return answer || samples;
end;
$$;

-- Why a user is at a site or not, as before; "left": the row there was left to the site.
create function public.pair_why(site_id uuid, user_id text) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'inScope', s.scope is null or public.scope_passes(s.scope, u),
    'rules', case when s.scope is null then '[]' else (select jsonb_agg(r) from public.scope_rules(s.scope, u) r) end,
    'userStatus', u.status, 'status', v.status, 'errorCode', v.error_code, 'error', v.error,
    'written', coalesce(p.written and p.generation = s.generation, false), 'removalPolicy', s.removal_policy,
    'left', exists (
      select from public.site_left_users l where l.site_id = s.id and l.user_id = u.id and l.generation = s.generation))
  from public.connected_sites s
  cross join public.user_profiles u
  join public.user_sync_status v on v.user_id = u.id and v.site_id = s.id
  left join public.user_sync_state p on p.user_id = u.id and p.site_id = s.id
  where s.id = pair_why.site_id and s.disconnected_at is null and u.id = pair_why.user_id;
$$;

revoke execute on function
  public.scope_condition(jsonb),
  public.scope_passes(jsonb, public.user_profiles),
  public.scope_rules(jsonb, public.user_profiles, integer),
  public.sync_claim_scope(public.sync_claims, jsonb, json),
  public.site_start_over(uuid, text),
  public.site_set_scope(uuid, jsonb),
  public.scope_preview(uuid, jsonb),
  public.pair_why(uuid, text)
from public, anon, authenticated;
grant execute on function
  public.site_set_scope(uuid, jsonb),
  public.scope_preview(uuid, jsonb),
  public.pair_why(uuid, text)
to service_role;

-- 20261127005600_mapping.sql

-- Sites whose table is another than the documented one.

alter table public.connected_sites
  add column mapping jsonb,
  add constraint connected_sites_mapping_object check (mapping is null or jsonb_typeof(mapping) = 'object'),
  add constraint connected_sites_mapping_of_supabase check (mapping is null or kind = 'supabase');
comment on column public.connected_sites.mapping is 'Where and how users are written there, see lib/sync/core/mapping.ts; null: the documented table.';

-- Under which value of the match column a user's row stands at a site, where it need not be the user's id: the value
-- that identifies a row may change in the list (an e-mail address), and a row may have been the site's own before.
create table public.site_row_keys (
  site_id uuid not null,
  user_id text not null,
  generation integer not null,
  key text not null,
  constraint site_row_keys_pkey primary key (site_id, user_id),
  constraint site_row_keys_one_owner unique (site_id, generation, key)
);
comment on table public.site_row_keys is 'Of another generation of the site a key counts no longer.';
alter table public.site_row_keys enable row level security;
revoke all on public.site_row_keys from anon, authenticated, service_role;
grant select on public.site_row_keys to service_role;

create function public.site_row_keys_forget() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from public.site_row_keys k where k.site_id = new.id;
  return null;
end;
$$;
create trigger connected_sites_forget_row_keys after update of disconnected_at on public.connected_sites
  for each row when (old.disconnected_at is null and new.disconnected_at is not null)
  execute function public.site_row_keys_forget();

-- The keys of these users at a leased site, and which users have these keys there:
-- {"own": {user id: key}, "held": {key: user id}}, or null when the lease is no longer the caller's.
create function public.sync_row_keys(site uuid, lease uuid, users text[], keys text[]) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'own', coalesce((
      select jsonb_object_agg(k.user_id, k.key) from public.site_row_keys k
      where k.site_id = s.id and k.generation = s.generation and k.user_id = any (users)), '{}'),
    'held', coalesce((
      select jsonb_object_agg(k.key, k.user_id) from public.site_row_keys k
      where k.site_id = s.id and k.generation = s.generation and k.key = any (keys)), '{}'))
  from public.connected_sites s
  where s.id = site and s.lease_id = lease and s.lease_until > now();
$$;

-- Records under which keys rows stand at a leased site: [{"userId", "key"}], key null when the row is gone. A key has
-- one owner: the last one to be recorded. False when the lease is no longer the caller's.
create function public.sync_record_row_keys(site uuid, lease uuid, recorded jsonb) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  present integer;
begin
  select s.generation into present from public.connected_sites s
  where s.id = site and s.lease_id = lease and s.lease_until > now() for no key update;
  if not found then
    return false;
  end if;
  delete from public.site_row_keys k using jsonb_to_recordset(recorded) r("userId" text, key text)
  where k.site_id = site and (k.user_id = r."userId" or (k.generation = present and k.key = r.key));
  insert into public.site_row_keys (site_id, user_id, generation, key)
  select site, r."userId", present, r.key from jsonb_to_recordset(recorded) r("userId" text, key text) where r.key is not null;
  return true;
end;
$$;

-- Sets how users are written at a site, and what becomes of those who leave, and sends everybody there. Another table or
-- match column is another place: what was written to the old one stays there and counts no longer.
-- Returns {"found", "runId"}.
create function public.site_set_mapping(site_id uuid, mapping jsonb, policy text, deactivate_column text) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  wanted jsonb := nullif(site_set_mapping.mapping, 'null');
  site public.connected_sites;
begin
  select s.* into site from public.connected_sites s
  where s.id = site_set_mapping.site_id and s.disconnected_at is null and s.status <> 'disconnecting' for no key update;
  if not found then
    return jsonb_build_object('found', false);
  end if;
  if (site.mapping, site.removal_policy, site.removal_column) is not distinct from (wanted, policy, deactivate_column) then
    return jsonb_build_object('found', true, 'runId', null);
  end if;
  update public.connected_sites s set
    mapping = wanted,
    removal_policy = policy,
    removal_column = deactivate_column,
    generation = s.generation + (public.site_place(s.mapping) <> public.site_place(wanted))::integer
  where s.id = site.id;
  if (site.removal_policy, site.removal_column) is distinct from (policy, deactivate_column) then
    perform public.site_set_removal(site.id, policy, deactivate_column);
  end if;
  return jsonb_build_object('found', true, 'runId', public.site_start_over(site.id, 'mapping'));
end;
$$;

-- Which rows a mapping writes: schema, table and match column.
create function public.site_place(mapping jsonb) returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_build_array(
    coalesce(mapping ->> 'schema', 'public'), coalesce(mapping ->> 'table', 'user_profiles'), coalesce(mapping ->> 'match', 'id'));
$$;

-- Some active users whom a site gets, the newest first, to show how they would arrive; null when there is no such site.
create function public.site_sample(site_id uuid, max_users integer) returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  scope jsonb;
  users jsonb;
begin
  select s.scope into scope from public.connected_sites s where s.id = site_sample.site_id and s.disconnected_at is null;
  if not found then
    return null;
  end if;
  execute format(
    'select jsonb_agg(to_jsonb(found)) from (
       select * from public.user_profiles u where u.status = ''active'' and %s order by u.created_at desc, u.id desc limit %s) found',
    coalesce(public.scope_condition(scope), 'true'), max_users) into users;
  return coalesce(users, '[]');
end;
$$;

drop trigger connected_sites_audit on public.connected_sites;
create trigger connected_sites_audit
  after insert or update of name, url, kind, status, removal_policy, removal_column, endpoint_url, key_last_four,
    credentials_sealed, disconnected_at, mapping, scope
  on public.connected_sites for each row execute function public.connected_sites_audit();

revoke execute on function
  public.site_row_keys_forget(),
  public.site_place(jsonb),
  public.site_sample(uuid, integer),
  public.sync_row_keys(uuid, uuid, text[], text[]),
  public.sync_record_row_keys(uuid, uuid, jsonb),
  public.site_set_mapping(uuid, jsonb, text, text)
from public, anon, authenticated;
grant execute on function
  public.sync_row_keys(uuid, uuid, text[], text[]),
  public.sync_record_row_keys(uuid, uuid, jsonb),
  public.site_sample(uuid, integer),
  public.site_set_mapping(uuid, jsonb, text, text)
to service_role;

-- 20261127006100_verify_tables.sql

-- Comparing sites with the list: what was found, at which pairs, and how often to look.

-- A pair that is settled may be found otherwise at its site. That is a state like the others, so the status view and the
-- tallies have it by themselves, and the next write ends it.
alter table public.user_sync_state
  drop constraint user_sync_state_status_known,
  add constraint user_sync_state_status_known check (status in (
    'pending', 'synced', 'removed', 'kept', 'retrying', 'failed', 'out_of_scope', 'different', 'missing', 'extra')),
  add column drifted_at timestamptz,
  add column drifted_fields text[],
  add column drifted_row_at timestamptz,
  add column verify_skipped_at timestamptz;

comment on column public.user_sync_state.drifted_at is 'When the site was first found to be otherwise; counts while the status is different, missing or extra.';
comment on column public.user_sync_state.drifted_row_at is 'updated_at of the row the site was compared with; row_updated_at is null meanwhile, since what the site has is not ours.';
comment on column public.user_sync_state.verify_skipped_at is 'When a comparison passed this pair over, because it was on its way.';

create index user_sync_state_drifted_idx on public.user_sync_state (site_id, user_id)
  where status in ('different', 'missing', 'extra');

-- How often a site is compared, and the last time that all of it was.
create table public.site_verify (
  site_id uuid primary key references public.connected_sites (id),
  every_minutes integer,
  on_drift text not null default 'report',
  verified_from timestamptz,
  verified_generation integer,
  constraint site_verify_every_minutes_sensible check (every_minutes between 5 and 10080),
  constraint site_verify_on_drift_known check (on_drift in ('report', 'repair'))
);
comment on column public.site_verify.every_minutes is 'Null: only when asked.';
comment on column public.site_verify.verified_from is 'When the last comparison that came to its end began: a settled pair written before that, and not passed over, was seen there.';

create function public.site_verify_add() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.site_verify (site_id, every_minutes) values (new.id, case new.kind when 'supabase' then 60 end);
  return null;
end;
$$;
create trigger connected_sites_verify after insert on public.connected_sites
  for each row execute function public.site_verify_add();
insert into public.site_verify (site_id, every_minutes)
select s.id, case s.kind when 'supabase' then 60 end from public.connected_sites s;

-- One comparison of a site: a cursor over its rows. The site is walked in its own order of ids; where that is the list's
-- order too, a gap in it is a missing row. Where it is not, the pairs are walked afterwards ("pairs").
create table public.site_verifications (
  id uuid primary key default gen_random_uuid(),
  site_id uuid not null references public.connected_sites (id),
  generation integer not null,
  requested_by text,
  repair boolean not null,
  phase text not null default 'rows',
  cursor text not null default '',
  looked_to text not null default '',
  in_order boolean not null default true,
  page jsonb,
  expected bigint not null default 0,
  equal bigint not null default 0,
  different bigint not null default 0,
  missing bigint not null default 0,
  extra bigint not null default 0,
  skipped bigint not null default 0,
  repaired bigint not null default 0,
  listed boolean not null default true,
  failures integer not null default 0,
  retry_at timestamptz not null default now(),
  error_code text,
  error text,
  lease_id uuid,
  lease_worker text,
  lease_until timestamptz,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  constraint site_verifications_phase_known check (phase in ('rows', 'pairs'))
) with (fillfactor = 50);
create unique index site_verifications_open_idx on public.site_verifications (site_id) where finished_at is null;
create index site_verifications_site_idx on public.site_verifications (site_id, started_at desc);
create index site_verifications_listed_idx on public.site_verifications (site_id) where listed;

comment on column public.site_verifications.requested_by is 'Null: by schedule.';
comment on column public.site_verifications.cursor is 'The last row of the site that was compared.';
comment on column public.site_verifications.looked_to is 'The last user id up to which missing rows were looked for.';
comment on column public.site_verifications.page is 'Counts of a page whose gaps are being looked at; they count when the cursor passes it.';
comment on column public.site_verifications.expected is 'About how many rows the site should have, for a progress bar.';
comment on column public.site_verifications.skipped is 'Pairs that were on their way, of which nothing can be said.';
comment on column public.site_verifications.listed is 'False once its findings were dropped: the newest two of a site keep theirs.';

create table public.site_verify_findings (
  verification_id uuid not null references public.site_verifications (id) on delete cascade,
  kind text not null,
  user_id text not null,
  fields jsonb not null default '[]',
  site_updated_at timestamptz,
  found_at timestamptz not null default now(),
  repair_version bigint,
  repaired_at timestamptz,
  primary key (verification_id, kind, user_id),
  constraint site_verify_findings_kind_known check (kind in ('different', 'missing', 'extra'))
);
create index site_verify_findings_repairing_idx on public.site_verify_findings (verification_id)
  where repair_version is not null and repaired_at is null;
comment on column public.site_verify_findings.repair_version is 'Repaired once the pair is synced at this version.';

-- What was found at a site is no longer kept once it is disconnected.
create function public.site_verify_forget() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from public.site_verifications t where t.site_id = new.id;
  return null;
end;
$$;
create trigger connected_sites_verify_forget after update of disconnected_at on public.connected_sites
  for each row when (old.disconnected_at is null and new.disconnected_at is not null)
  execute function public.site_verify_forget();

alter table public.site_verify enable row level security;
alter table public.site_verifications enable row level security;
alter table public.site_verify_findings enable row level security;
revoke all on public.site_verify, public.site_verifications, public.site_verify_findings
  from anon, authenticated, service_role;
-- The status view reads it with its caller's rights.
grant select on public.site_verify to service_role;
revoke execute on function public.site_verify_add(), public.site_verify_forget() from public, anon, authenticated;

-- 20261127006200_verify_status.sql

-- What people read says where a site was found otherwise, and what was seen there.

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
    when w.drifted then 'row_' || p.status
    when not w.waiting then null
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

-- As before, and how many pairs were found otherwise at the site; those are not counted as synced or removed.
drop function public.sync_site_counts();
-- How many users are in which state at each connected site, from the tallies; a site without credentials has none.
-- Removals that are held are not among them, see sync_held_counts.
-- "missing" are active users whose pair does not exist yet: before the first full sync came to them; nobody is missing at
-- a site that is being disconnected.
-- oldest_waiting looks at the 200 pairs that fall due first, which are the oldest but for users who were refused; what
-- waits for a person is not among them.
create function public.sync_site_counts()
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
        else greatest(0, a.users - c.synced - c.otherwise - c.outside - (c.dirty - c.held) - h.active) end as open
    from counted c cross join active a
    -- Who is held because of the scope is among the active users.
    cross join lateral (select case when c.held = 0 then 0 else least(c.held, (
      select count(*) from public.site_removals r where r.site_id = c.id and r.state = 'held' and r.outside)) end as active) h
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
revoke execute on function public.sync_site_counts() from public, anon, authenticated;
grant execute on function public.sync_site_counts() to service_role;

-- 20261127006300_verify_steps.sql

-- What workers ask while they compare a site. A worker reads a page of the site's rows, these functions say what they
-- mean: each is one transaction, refused without the verification's lease, and safe to repeat.
--
-- A difference counts only where nothing was on its way: the pair was settled before the worker began to read, no batch
-- holds it, and the list's row is the one that was written. Then the site had the time to have it, and nobody but the site
-- itself can have changed it since. Times are not compared: sites stamp their own.

-- A row of the site, or one that is not there, beside what its pair was when it was judged.
create type public.verify_row as (
  id text, kind text, active boolean, known boolean, fields jsonb, row_at timestamptz,
  desired bigint, synced bigint, synced_at timestamptz, was text, site_updated_at timestamptz
);

-- Drops findings of all but the newest two verifications of a site, some thousand at a time.
create function public.verify_prune(site uuid) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  old uuid;
  dropped integer;
begin
  select t.id into old from public.site_verifications t
  where t.site_id = site and t.listed and t.finished_at is not null and t.id not in (
    select n.id from public.site_verifications n where n.site_id = site order by n.started_at desc limit 2)
  order by t.started_at limit 1 for update skip locked;
  if not found then
    return;
  end if;
  perform public.verify_count_repaired(old);
  delete from public.site_verify_findings f where (f.verification_id, f.kind, f.user_id) in (
    select o.verification_id, o.kind, o.user_id from public.site_verify_findings o where o.verification_id = old limit 5000);
  get diagnostics dropped = row_count;
  if dropped < 5000 then
    update public.site_verifications t set listed = false where t.id = old;
  end if;
end;
$$;

-- Ends a verification: all was compared, or the reason why it could not be.
create function public.verify_finish(verification uuid, code text default null, reason text default null) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  run public.site_verifications;
begin
  update public.site_verifications t set finished_at = clock_timestamp(), error_code = code, error = reason, page = null,
    lease_id = null, lease_worker = null, lease_until = null
  where t.id = verification and t.finished_at is null returning t.* into run;
  if found and code is null then
    update public.site_verify v set verified_from = run.started_at, verified_generation = run.generation
    where v.site_id = run.site_id;
  end if;
  delete from public.site_verifications t
  where t.site_id = run.site_id and t.started_at < now() - interval '90 days' and not t.listed;
  perform nextval('public.sync_version_seq'); -- open pages follow it
end;
$$;

-- The caller's verification with its lease prolonged; null when the lease is lost or the comparison is pointless, because
-- the site was paused, disconnected, given another database or another mapping.
create function public.verify_hold(verification uuid, lease uuid, seconds integer) returns public.site_verifications
language plpgsql
security definer
set search_path = ''
as $$
declare
  run public.site_verifications;
  site public.connected_sites;
begin
  update public.site_verifications t set lease_until = now() + make_interval(secs => seconds)
  where t.id = verification and t.lease_id = lease and t.lease_until > now() and t.finished_at is null
  returning t.* into run;
  if run.id is null then
    return null;
  end if;
  select s.* into site from public.connected_sites s where s.id = run.site_id;
  if site.disconnected_at is not null or site.status <> 'active'
    or site.generation <> run.generation or site.mapping is distinct from run.mapping
    or public.site_keyed(site) <> run.keyed then
    perform public.verify_finish(run.id,
      case when site.status = 'paused' then 'site_paused' else 'site_changed' end,
      case
        when site.disconnected_at is not null or site.status = 'disconnecting' then 'The site is being disconnected.'
        when site.status = 'paused' then 'The site was paused meanwhile.'
        when site.mapping is distinct from run.mapping then 'The site''s mapping was changed meanwhile.'
        when site.generation <> run.generation then 'The site''s credentials were changed meanwhile.'
        else 'Rows of the site were linked to users meanwhile.'
      end);
    return null;
  end if;
  return run;
end;
$$;

-- Starts what is due by schedule and gives one verification to the worker for so many seconds, with what is needed to
-- reach its site; null when there is nothing to compare.
create function public.sync_verify_lease(worker text, seconds integer) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  run public.site_verifications;
  site public.connected_sites;
  lease uuid;
begin
  insert into public.site_verifications (site_id, generation, repair, expected, mapping, keyed)
  select s.id, s.generation, v.on_drift = 'repair', public.verify_expected(s.id, s.generation), s.mapping, public.site_keyed(s)
  from public.connected_sites s join public.site_verify v on v.site_id = s.id
  where s.disconnected_at is null and s.status = 'active' and s.kind = 'supabase' and s.credentials_sealed is not null
    and s.health = 'ok' and s.last_synced_at is not null
    and coalesce((select max(t.started_at) from public.site_verifications t where t.site_id = s.id), s.created_at)
      < now() - make_interval(mins => v.every_minutes)
  on conflict (site_id) where finished_at is null do nothing;

  loop
    select t.* into run from public.site_verifications t
    where t.finished_at is null and t.retry_at <= now() and (t.lease_until is null or t.lease_until <= now())
    order by t.started_at limit 1
    for no key update skip locked;
    if not found then
      return null;
    end if;
    lease := gen_random_uuid();
    update public.site_verifications t
    set lease_id = lease, lease_worker = worker, lease_until = now() + make_interval(secs => seconds)
    where t.id = run.id;
    run := public.verify_hold(run.id, lease, seconds);
    continue when run.id is null; -- that one has ended
    select s.* into site from public.connected_sites s where s.id = run.site_id;
    return jsonb_build_object(
      'verificationId', run.id, 'phase', run.phase, 'cursor', run.cursor, 'now', clock_timestamp(),
      'failures', run.failures,
      'site', jsonb_build_object(
        'id', site.id, 'name', site.name, 'kind', site.kind, 'leaseId', run.lease_id,
        'url', site.endpoint_url, 'credentials', site.credentials_sealed,
        'removalPolicy', site.removal_policy, 'removalColumn', site.removal_column,
        'mapping', run.mapping, 'keyed', run.keyed));
  end loop;
end;
$$;

-- How many rows a site should have, from the tallies.
create function public.verify_expected(site uuid, site_generation integer) returns bigint
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(sum(t.pairs), 0)::bigint from public.sync_tallies t
  where t.site_id = site and t.generation = site_generation and not t.dirty
    and t.status in ('synced', 'different', 'missing', 'kept');
$$;

-- Has pairs written again whose findings are of these kinds (of these users, or all when null), so many at most. A row
-- that is newer at the site would win by its time, so the list's row is made newer still. Returns how many there were.
create function public.verify_repair(run public.site_verifications, kinds text[], users text[], most integer) returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
  picked text[];
begin
  select array_agg(p.user_id) into picked from (
    select f.user_id from public.site_verify_findings f
    where f.verification_id = run.id and f.kind = any (kinds) and f.repair_version is null
      and (users is null or f.user_id = any (users))
    order by f.user_id limit most
  ) p;
  if picked is null then
    return 0;
  end if;
  -- In the order in which fan-outs lock, or the two could deadlock.
  perform from public.user_sync_state p
  where p.site_id = run.site_id and p.user_id = any (picked) order by p.user_id for no key update;
  update public.user_profiles u set
    version = u.version + 1, updated_at = greatest(u.updated_at, f.site_updated_at + interval '1 microsecond')
  from public.site_verify_findings f
  where f.verification_id = run.id and f.kind = 'different' and f.user_id = any (picked) and u.id = f.user_id
    and f.site_updated_at > u.updated_at
    and exists (select from public.user_sync_state p
      where p.user_id = f.user_id and p.site_id = run.site_id and p.status = 'different' and p.desired_version <= p.synced_version);
  insert into public.user_sync_state as p (user_id, site_id, desired_version, generation, written, run_id)
  select f.user_id, run.site_id, nextval('public.sync_version_seq'), run.generation, true, run.id
  from public.site_verify_findings f
  left join public.user_sync_state q on q.user_id = f.user_id and q.site_id = run.site_id
  where f.verification_id = run.id and f.kind = any (kinds) and f.user_id = any (picked)
    -- Written since, or on its way: nothing is left to repair.
    and case when q.user_id is null then f.kind = 'extra' else q.status = f.kind and q.desired_version <= q.synced_version end
    -- Not even when told: who belongs there by now is no extra row.
    and (f.kind <> 'extra' or not exists (select from public.user_profiles u where u.id = f.user_id and u.status = 'active'))
  order by f.user_id
  on conflict (user_id, site_id) do update set
    desired_version = excluded.desired_version, generation = excluded.generation, written = true, run_id = excluded.run_id,
    row_updated_at = null, status = 'pending', attempts = 0, due_at = now(), wanted_at = now(), error_code = null, error = null;
  update public.site_verify_findings f set repair_version = coalesce(
    (select p.desired_version from public.user_sync_state p where p.user_id = f.user_id and p.site_id = run.site_id), 0)
  where f.verification_id = run.id and f.kind = any (kinds) and f.user_id = any (picked);
  return cardinality(picked);
end;
$$;

-- Records what was judged: pairs whose state did not move meanwhile are marked, listed, and repaired when the
-- verification does that by itself. Returns how many are what, as {"different", "missing", "extra", "skipped"}.
create function public.verify_apply(run public.site_verifications, site public.connected_sites, judged public.verify_row[]) returns jsonb
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
as $$
declare
  listed_extras constant integer := 10000; -- a site with a million users of its own should not fill the centre with them
  held public.verify_row[];
  counts jsonb;
  changed integer;
begin
  if judged is null then
    return '{}';
  end if;
  perform from public.user_sync_state p
  where p.site_id = site.id and p.user_id in (select j.id from unnest(judged) j) order by p.user_id for no key update;
  select array_agg(j::public.verify_row order by j.id) into held
  from unnest(judged) j
  left join public.user_sync_state p on p.user_id = j.id and p.site_id = site.id
  where (p.desired_version, p.synced_version, p.synced_at) is not distinct from (j.desired, j.synced, j.synced_at);

  select jsonb_build_object(
    'different', count(*) filter (where j.kind = 'different'), 'missing', count(*) filter (where j.kind = 'missing'),
    'extra', count(*) filter (where j.kind = 'extra'), 'equal', count(*) filter (where j.kind = 'equal'),
    'skipped', coalesce(cardinality(judged), 0) - count(*)) into counts
  from unnest(held) j;

  update public.user_sync_state p set
    status = case when j.kind in ('equal', 'gone')
      then case when j.active then 'synced' when site.removal_policy = 'keep' and j.kind = 'equal' then 'kept' else 'removed' end
      else j.kind end,
    written = p.written and p.generation = site.generation,
    generation = site.generation,
    drifted_at = case when j.kind in ('equal', 'gone') then null when p.status = j.kind then p.drifted_at else now() end,
    drifted_fields = case when j.kind = 'different' then array(select f ->> 'name' from jsonb_array_elements(j.fields) f) end,
    drifted_row_at = case when j.kind not in ('equal', 'gone') then j.row_at end,
    row_updated_at = case when j.kind = 'equal' and j.active then j.row_at end
  from unnest(held) j
  where p.user_id = j.id and p.site_id = site.id
    and (p.status <> j.kind or p.generation <> site.generation
      or p.drifted_fields is distinct from case when j.kind = 'different' then array(select f ->> 'name' from jsonb_array_elements(j.fields) f) end);
  get diagnostics changed = row_count;
  -- A user the list knows as one who left, never written there by Roster.
  insert into public.user_sync_state (user_id, site_id, desired_version, generation, status, drifted_at)
  select j.id, site.id, 0, site.generation, 'extra', now()
  from unnest(held) j where j.kind = 'extra' and j.known and j.desired is null
  order by j.id
  on conflict do nothing;
  -- Who is in no list and at no site needs no pair.
  delete from public.user_sync_state p using unnest(held) j
  where p.user_id = j.id and p.site_id = site.id and j.kind = 'gone' and not j.known;

  delete from public.site_verify_findings f using unnest(held) j
  where f.verification_id = run.id and f.user_id = j.id and f.kind <> j.kind
    and f.kind in ('different', 'missing', 'extra'); -- a look at the key for each
  insert into public.site_verify_findings as f (verification_id, kind, user_id, fields, site_updated_at)
  select run.id, j.kind, j.id, coalesce(j.fields, '[]'), j.site_updated_at
  from unnest(held) j
  where j.kind in ('different', 'missing')
    or (j.kind = 'extra' and (j.desired is not null or run.extra < listed_extras))
  on conflict (verification_id, kind, user_id) do update set
    fields = excluded.fields, site_updated_at = excluded.site_updated_at;
  if run.repair then
    perform public.verify_repair(run, array['different', 'missing'], array(
      select j.id from unnest(held) j where j.kind in ('different', 'missing')), null);
  elsif changed > 0 then
    perform nextval('public.sync_version_seq'); -- open pages follow it
  end if;
  return counts;
end;
$$;

-- Adds counts to a verification and passes its cursors on. step: {"phase": what comes next, "cursor", "lookedTo"}.
create function public.verify_advance(verification uuid, counts jsonb, step jsonb) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.site_verifications t set
    equal = t.equal + coalesce((counts ->> 'equal')::bigint, 0),
    different = t.different + coalesce((counts ->> 'different')::bigint, 0),
    missing = t.missing + coalesce((counts ->> 'missing')::bigint, 0),
    extra = t.extra + coalesce((counts ->> 'extra')::bigint, 0),
    skipped = t.skipped + coalesce((counts ->> 'skipped')::bigint, 0),
    phase = case step ->> 'phase' when 'pairs' then 'pairs' else t.phase end,
    cursor = coalesce(step ->> 'cursor', t.cursor), looked_to = coalesce(step ->> 'lookedTo', t.looked_to),
    page = null, failures = 0, error_code = null, error = null
  where t.id = verification;
  if step ->> 'phase' = 'done' then
    perform public.verify_finish(verification);
  end if;
end;
$$;

-- The answer to a worker: what comes next ("rows", "pairs", "done"), after which row of the site, and whom to look for first.
create function public.verify_answer(step jsonb, look text[]) returns jsonb
language sql
volatile
set search_path = ''
as $$
  select jsonb_build_object('kind', 'held', 'phase', step -> 'phase', 'cursor', coalesce(step ->> 'cursor', ''),
    'look', coalesce(to_jsonb(look), '[]'), 'now', clock_timestamp());
$$;

-- Judges a page of the site's rows and records what it means. held_ids are of users in a batch on its way. Rows with
-- "fields" were compared by the worker, with the list's row of the time "comparedWith". Returns how many rows are what.
create function public.verify_judge(
  run public.site_verifications, site public.connected_sites, began timestamptz, page_rows jsonb, held_ids text[]
) returns jsonb
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
as $$
declare
  judged public.verify_row[];
  skipped text[];
  counts jsonb;
begin
  with looked as (
    select e.r, t.active as active_there, t.updated_at as site_updated_at, u, u.id as known_id, d.id as deleted_id, t.id,
      u.status as user_status, u.updated_at as row_at,
      p.desired_version, p.synced_version, p.synced_at, p.status, p.row_updated_at, p.drifted_row_at,
      p.user_id is null or (p.generation <> site.generation and p.desired_version <= p.synced_version) as unpaired,
      t.id in (select unnest(held_ids)) as is_held,
      case when e.r ? 'fields' then e.r -> 'fields' = '[]'
        else (t.clerk_user_id, t.email, t.full_name, t.role, t.team, t.department)
          is not distinct from (u.clerk_user_id, u.email, u.full_name, u.role, u.team, u.department) end as same,
      e.r ? 'fields' and (e.r ->> 'comparedWith')::timestamptz is distinct from u.updated_at as outdated,
      coalesce(p.desired_version <= p.synced_version and p.generation = site.generation and coalesce(p.synced_at < began, true)
        and p.user_id not in (select unnest(held_ids)), false) as settled
    from jsonb_array_elements(page_rows) e(r)
    cross join lateral jsonb_to_record(e.r) as t(id text, clerk_user_id text, email text, full_name text, role text, team text,
      department text, active text, updated_at timestamptz)
    left join public.user_profiles u on u.id = t.id
    left join public.deleted_users d on d.id = t.id
    left join public.user_sync_state p on p.user_id = t.id and p.site_id = site.id
  ), kinds as materialized ( -- each row is judged once, not for every count
    select l.*, case
      when l.user_status = 'active' then case
        when not l.settled or l.outdated or l.status not in ('synced', 'different', 'missing')
          or case l.status when 'synced' then l.row_updated_at else l.drifted_row_at end is distinct from l.row_at
          then 'skipped'
        when l.same and coalesce(l.active_there, 'true') = 'true' then 'equal'
        else 'different' end
      when l.unpaired then case
        -- Removed after it was read: its pair may be gone already, the log knows.
        when l.is_held or exists (
          select from public.user_sync_log g
          where g.user_id = l.id and g.site_id = site.id and g.operation = 'remove' and g.created_at >= began) then 'skipped'
        else 'extra' end
      when not l.settled or l.status not in ('removed', 'kept', 'extra') then 'skipped'
      when l.status = 'kept' or site.removal_policy = 'keep' then 'equal'
      when site.removal_policy = 'deactivate' and l.active_there = 'false' then 'equal'
      else 'extra' end as kind
    from looked l
  )
  select
    jsonb_build_object(
      'equal', count(*) filter (where k.kind = 'equal' and k.status not in ('different', 'missing', 'extra')),
      'skipped', count(*) filter (where k.kind = 'skipped')),
    -- On their way, and it may turn out that there is nothing to send.
    array_agg(k.id) filter (where k.kind = 'skipped' and k.row_updated_at = k.row_at),
    array_agg(row(
      k.id, k.kind, coalesce(k.user_status = 'active', false), k.known_id is not null or k.deleted_id is not null,
      case when k.kind in ('different', 'extra') then coalesce(k.r -> 'fields',
        public.verify_fields(k.r, case when k.kind = 'different' then to_jsonb(k.u) end, site.removal_column)) end,
      k.row_at, k.desired_version, k.synced_version, k.synced_at, k.status, k.site_updated_at)::public.verify_row)
      filter (where k.kind in ('different', 'extra') or (k.kind = 'equal' and k.status in ('different', 'missing', 'extra')))
    into counts, skipped, judged
  from kinds k;
  perform public.verify_skip(site.id, skipped);
  return public.verify_sum(counts, public.verify_apply(run, site, judged));
end;
$$;

-- Compares a page of the site's rows: [{"id", "clerk_user_id", "email", "full_name", "role", "team", "department",
-- "active"?, "updated_at"}] in the order in which the site gave them, those that follow the cursor; [] when there are none.
-- began: a time of the centre before the page was asked for. Returns {"kind": "lost"}, or {"kind": "held", "phase": what
-- comes next ("rows", "pairs", "done"), "cursor": where, "look": ids, "now"}. The ids are of users who should be in the
-- page and are not: the worker looks for each of them at the site and says what it saw to sync_verify_looked.
create function public.sync_verify_page(verification uuid, lease uuid, seconds integer, began timestamptz, page_rows jsonb) returns jsonb
language plpgsql
security definer
set search_path = ''
-- A page is a thousand rows found by key, whatever the statistics of tables that have just grown say.
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  most_looked constant integer := 1000;
  run public.site_verifications;
  site public.connected_sites;
  ids text[];
  ordered boolean;
  upto text; -- how far the page reaches; null: to the end
  absent text[];
  on_their_way text[];
  cut text;
  held_ids text[];
  counts jsonb;
  step jsonb;
begin
  run := public.verify_hold(verification, lease, seconds);
  if run.id is null then
    return jsonb_build_object('kind', 'lost');
  end if;
  select s.* into site from public.connected_sites s where s.id = run.site_id;
  held_ids := array(select distinct unnest(c.user_ids) from public.sync_claims c where c.site_id = site.id);

  select array_agg(r.id order by r.n), coalesce(bool_and(r.id > r.before), true) into ids, ordered
  from (
    select e.r ->> 'id' as id, e.n, lag(e.r ->> 'id', 1, run.cursor) over (order by e.n) as before
    from jsonb_array_elements(page_rows) with ordinality e(r, n)
  ) r;
  upto := ids[cardinality(ids)];

  if ordered and run.in_order then
    select array_agg(g.id order by g.id) filter (where g.settled),
      array_agg(g.id) filter (where not g.settled and g.row_updated_at = g.updated_at),
      case when count(*) > most_looked then max(g.id) end
      into absent, on_their_way, cut
    from (
      (
        select u.id, p.row_updated_at, u.updated_at,
          coalesce(p.desired_version <= p.synced_version and coalesce(p.synced_at < began, true)
            and case p.status when 'synced' then p.row_updated_at else p.drifted_row_at end = u.updated_at
            and p.user_id not in (select unnest(held_ids)), false) as settled
        from public.user_profiles u
        join public.user_sync_state p on p.user_id = u.id and p.site_id = site.id and p.generation = site.generation
          and p.status in ('synced', 'different', 'missing', 'pending')
        where u.status = 'active' and u.id > run.looked_to and (upto is null or u.id <= upto)
          and u.id not in (select unnest(ids))
        order by u.id limit most_looked + 1
      )
      union all
      (
        -- Rows that should not have been there and may be gone now.
        select p.user_id, null, null, true
        from public.user_sync_state p
        where p.site_id = site.id and p.status in ('different', 'missing', 'extra') and p.status = 'extra'
          and p.desired_version <= p.synced_version and p.user_id > run.looked_to and (upto is null or p.user_id <= upto)
          and p.user_id not in (select unnest(ids))
        order by p.user_id limit most_looked + 1
      )
      order by 1 limit most_looked + 1
    ) g;
  end if;
  if cut is not null then
    -- More gaps than can be looked at at once: the page comes again when these have been.
    step := jsonb_build_object('phase', 'rows', 'cursor', run.cursor, 'lookedTo', cut);
  else
    if not ordered and run.in_order then
      update public.site_verifications t set in_order = false where t.id = run.id returning t.* into run;
    end if;
    counts := public.verify_judge(run, site, began, page_rows, held_ids);
    step := jsonb_build_object(
      'phase', case when upto is not null then 'rows' when run.in_order then 'done' else 'pairs' end,
      'cursor', coalesce(upto, run.cursor),
      'lookedTo', case when upto is null and not run.in_order then '' else coalesce(upto, run.looked_to) end);
  end if;
  perform public.verify_skip(site.id, on_their_way);
  if cardinality(absent) > 0 then
    update public.site_verifications t set page = jsonb_build_object('counts', coalesce(counts, '{}'), 'step', step)
    where t.id = run.id;
  else
    perform public.verify_advance(run.id, counts, step);
  end if;
  perform public.verify_prune(site.id);
  return public.verify_answer(step, absent);
end;
$$;

-- What differs between a site's row and the list's: [{"name", "here", "there"}]; all that the site has where the list has none.
create function public.verify_fields(there jsonb, here jsonb, removal_column text) returns jsonb
language sql
immutable
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('name', f.name, 'here', f.here, 'there', f.there) order by f.n), '[]')
  from (
    select c.n, c.name, here ->> c.name as here, there ->> c.name as there
    from unnest(array['clerk_user_id', 'email', 'full_name', 'role', 'team', 'department']) with ordinality c(name, n)
    where case when here is null then there ->> c.name is not null else here ->> c.name is distinct from there ->> c.name end
    union all
    select 7, removal_column, case when here is null then 'false' else 'true' end, there ->> 'active'
    where removal_column is not null
      and there ->> 'active' = case when here is null then 'true' else 'false' end
  ) f;
$$;

create function public.verify_sum(one jsonb, other jsonb) returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_object_agg(e.key, e.total) from (
    select b.key, sum(b.value::bigint) as total
    from (select * from jsonb_each_text(one) union all select * from jsonb_each_text(other)) b group by b.key
  ) e;
$$;

-- Notes that nothing was seen of these pairs.
create function public.verify_skip(site uuid, users text[]) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  if coalesce(cardinality(users), 0) = 0 then
    return;
  end if;
  perform from public.user_sync_state p
  where p.site_id = verify_skip.site and p.user_id = any (users) order by p.user_id for no key update;
  update public.user_sync_state p set verify_skipped_at = clock_timestamp()
  where p.site_id = verify_skip.site and p.user_id = any (users);
end;
$$;

-- Where the site's order of ids is not the list's: the next users who should be there, to be looked for. Answers as
-- sync_verify_page does.
create function public.sync_verify_pairs(verification uuid, lease uuid, seconds integer) returns jsonb
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
set enable_hashjoin = off
as $$
declare
  run public.site_verifications;
  site public.connected_sites;
  look text[];
begin
  run := public.verify_hold(verification, lease, seconds);
  if run.id is null then
    return jsonb_build_object('kind', 'lost');
  end if;
  select s.* into site from public.connected_sites s where s.id = run.site_id;
  look := array(
    select i.id from (
      (select u.id from public.user_profiles u
        join public.user_sync_state p on p.user_id = u.id and p.site_id = site.id and p.generation = site.generation
        where u.id > run.looked_to and u.status = 'active' order by u.id limit 1000)
      union
      (select p.user_id from public.user_sync_state p
        where p.site_id = site.id and p.status in ('different', 'missing', 'extra') and p.status = 'extra'
          and p.user_id > run.looked_to order by p.user_id limit 1000)
    ) i order by i.id limit 1000);
  if cardinality(look) = 0 then
    perform public.verify_advance(run.id, '{}', '{"phase": "done"}');
    return public.verify_answer('{"phase": "done"}', null);
  end if;
  return public.verify_answer(jsonb_build_object('phase', 'pairs', 'cursor', run.cursor), look);
end;
$$;

-- What a worker saw of the users it was to look for: absent are those of looked whose row is not at the site. began: a
-- time of the centre before it looked. Answers as sync_verify_page does.
create function public.sync_verify_looked(
  verification uuid, lease uuid, seconds integer, began timestamptz, looked text[], absent text[]
) returns jsonb
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  run public.site_verifications;
  site public.connected_sites;
  judged public.verify_row[];
  counts jsonb;
  step jsonb;
begin
  run := public.verify_hold(verification, lease, seconds);
  if run.id is null then
    return jsonb_build_object('kind', 'lost');
  end if;
  select s.* into site from public.connected_sites s where s.id = run.site_id;
  select array_agg(row(
      a.id, case when u.status = 'active' then 'missing' else 'gone' end, coalesce(u.status = 'active', false), u.id is not null,
      null, u.updated_at, p.desired_version, p.synced_version, p.synced_at, p.status, null
    )::public.verify_row) into judged
  from unnest(absent) a(id)
  join public.user_sync_state p on p.user_id = a.id and p.site_id = site.id and p.generation = site.generation
  left join public.user_profiles u on u.id = a.id
  where p.desired_version <= p.synced_version and coalesce(p.synced_at < began, true)
    and not exists (select from public.sync_claims c where c.site_id = site.id and a.id = any (c.user_ids))
    and case when u.status = 'active'
      then p.status in ('synced', 'different', 'missing')
        and case p.status when 'synced' then p.row_updated_at else p.drifted_row_at end = u.updated_at
      else p.status = 'extra' end
    -- Counted before: both ways of looking may come to it.
    and not exists (
      select from public.site_verify_findings f
      where f.verification_id = run.id and f.kind = 'missing' and f.user_id = a.id);
  -- Of all others nothing can be said: they came in between, or are on their way.
  if run.phase = 'rows' then
    perform public.verify_skip(site.id, array(
      select x from unnest(looked) x except select j.id from unnest(judged) j));
  end if;
  counts := public.verify_apply(run, site, judged);
  step := coalesce(run.page -> 'step',
    jsonb_build_object('phase', run.phase, 'cursor', run.cursor, 'lookedTo', (select max(x) from unnest(looked) x)));
  perform public.verify_advance(run.id, public.verify_sum(coalesce(run.page -> 'counts', '{}'), counts), step);
  return public.verify_answer(step, null);
end;
$$;

-- The site could not be read: tried again after so many seconds, five times in a row; null: not again. Also gives the
-- verification back when its worker stops: no code, and at once.
create function public.sync_verify_wait(verification uuid, lease uuid, code text, reason text, retry_in double precision) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.site_verifications t set
    lease_id = null, lease_worker = null, lease_until = null, page = null,
    failures = t.failures + (code is not null)::integer, error_code = code, error = reason,
    retry_at = now() + make_interval(secs => coalesce(retry_in, 0))
  where t.id = verification and t.lease_id = lease and t.finished_at is null;
  if found and code is not null and (
    retry_in is null or (select t.failures > 5 from public.site_verifications t where t.id = verification)
  ) then
    perform public.verify_finish(verification, code, reason);
  end if;
end;
$$;

revoke execute on function
  public.verify_prune(uuid), public.verify_finish(uuid, text, text), public.verify_hold(uuid, uuid, integer),
  public.verify_expected(uuid, integer), public.verify_repair(public.site_verifications, text[], text[], integer),
  public.verify_apply(public.site_verifications, public.connected_sites, public.verify_row[]),
  public.verify_advance(uuid, jsonb, jsonb), public.verify_answer(jsonb, text[]),
  public.verify_judge(public.site_verifications, public.connected_sites, timestamptz, jsonb, text[]), public.verify_fields(jsonb, jsonb, text), public.verify_sum(jsonb, jsonb),
  public.verify_skip(uuid, text[]), public.sync_verify_lease(text, integer),
  public.sync_verify_page(uuid, uuid, integer, timestamptz, jsonb), public.sync_verify_pairs(uuid, uuid, integer),
  public.sync_verify_looked(uuid, uuid, integer, timestamptz, text[], text[]),
  public.sync_verify_wait(uuid, uuid, text, text, double precision)
from public, anon, authenticated;
grant execute on function
  public.sync_verify_lease(text, integer),
  public.sync_verify_page(uuid, uuid, integer, timestamptz, jsonb), public.sync_verify_pairs(uuid, uuid, integer),
  public.sync_verify_looked(uuid, uuid, integer, timestamptz, text[], text[]),
  public.sync_verify_wait(uuid, uuid, text, text, double precision)
to service_role;

-- 20261127006400_verify_requests.sql

-- What people and scripts ask: comparing a site, what came of it, repairing, and how often to look.

-- A verification as the API shows it.
create function public.verify_json(run public.site_verifications) returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'id', run.id, 'siteId', run.site_id, 'requestedBy', run.requested_by, 'repair', run.repair,
    'expected', run.expected, 'equal', run.equal, 'different', run.different, 'missing', run.missing, 'extra', run.extra,
    'skipped', run.skipped, 'repaired', run.repaired, 'listed', run.listed,
    'errorCode', run.error_code, 'error', run.error, 'startedAt', run.started_at)
    || case when run.finished_at is null then '{}' else jsonb_build_object('finishedAt', run.finished_at) end;
$$;

-- Counts what was repaired since it was last asked.
create function public.verify_count_repaired(verification uuid) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  done bigint;
begin
  with settled as (
    select f.kind, f.user_id from public.site_verify_findings f
    join public.site_verifications t on t.id = f.verification_id
    left join public.user_sync_state p on p.user_id = f.user_id and p.site_id = t.site_id
    where f.verification_id = verification and f.repair_version is not null and f.repaired_at is null
      and (p.user_id is null or (p.synced_version >= f.repair_version and p.status not in ('different', 'missing', 'extra')))
    limit 20000
    for update of f skip locked
  ), marked as (
    update public.site_verify_findings f set repaired_at = now() from settled s
    where f.verification_id = verification and f.kind = s.kind and f.user_id = s.user_id
    returning 1
  )
  select count(*) into done from marked;
  if done > 0 then
    update public.site_verifications t set repaired = t.repaired + done where t.id = verification;
  end if;
end;
$$;

-- Starts comparing a site. One that is under way already goes on; with repair, it repairs from there on, and what it has
-- found so far. Returns {"verificationId"}, or {"problem": "unknown" | "webhook" | "credentials" | "paused" |
-- "disconnecting"}.
create function public.request_verify(site_id uuid, repair boolean) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  site public.connected_sites;
  run public.site_verifications;
begin
  select s.* into site from public.connected_sites s where s.id = request_verify.site_id and s.disconnected_at is null;
  if not found then
    return jsonb_build_object('problem', 'unknown');
  elsif site.kind = 'webhook' then
    return jsonb_build_object('problem', 'webhook');
  elsif site.credentials_sealed is null then
    return jsonb_build_object('problem', 'credentials');
  elsif site.status <> 'active' then
    return jsonb_build_object('problem', site.status);
  end if;
  insert into public.site_verifications as t (site_id, generation, requested_by, repair, expected, mapping, keyed)
  values (site.id, site.generation, coalesce(public.roster_actor() ->> 'name', 'somebody'), request_verify.repair,
    public.verify_expected(site.id, site.generation), site.mapping, public.site_keyed(site))
  on conflict (site_id) where finished_at is null do update set
    repair = t.repair or excluded.repair, retry_at = now()
  returning t.* into run;
  if run.repair and run.different + run.missing > 0 then
    perform public.verify_repair(run, array['different', 'missing'], null, 10000);
  end if;
  perform public.audit_write('site.verify_started', 'site', site.id::text, site.name, null,
    jsonb_build_object('verification_id', run.id, 'repair', request_verify.repair));
  return jsonb_build_object('verificationId', run.id);
end;
$$;

-- How a site is compared, and the newest comparisons; null when there is no such site.
create function public.site_verify_read(site_id uuid) returns jsonb
language sql
security definer
set search_path = ''
as $$
  select public.verify_count_repaired(t.id) from (
    select t.id from public.site_verifications t
    where t.site_id = site_verify_read.site_id order by t.started_at desc limit 2) t;
  select jsonb_build_object(
    'everyMinutes', v.every_minutes, 'onDrift', v.on_drift,
    'nextAt', case when s.kind = 'supabase' and s.status = 'active' and s.credentials_sealed is not null then
      coalesce((select max(t.started_at) from public.site_verifications t where t.site_id = s.id), s.created_at)
        + make_interval(mins => v.every_minutes) end,
    'runningId', (select t.id from public.site_verifications t where t.site_id = s.id and t.finished_at is null),
    'last', (
      select public.verify_json(t) from public.site_verifications t
      where t.site_id = s.id and t.finished_at is not null order by t.started_at desc limit 1))
  from public.connected_sites s join public.site_verify v on v.site_id = s.id
  where s.id = site_verify_read.site_id and s.disconnected_at is null;
$$;

-- Sets how often a site is compared (null: only when asked) and whether what differs is repaired by itself. Returns "set",
-- or "unknown" or "webhook" when that cannot be.
create function public.site_verify_set(site_id uuid, every_minutes integer, on_drift text) returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  was public.site_verify;
  becomes public.site_verify;
  site public.connected_sites;
begin
  select s.* into site from public.connected_sites s
  where s.id = site_verify_set.site_id and s.disconnected_at is null;
  if not found then
    return 'unknown';
  elsif site.kind = 'webhook' then
    return 'webhook';
  end if;
  select v.* into was from public.site_verify v where v.site_id = site_verify_set.site_id for update;
  update public.site_verify v set every_minutes = site_verify_set.every_minutes, on_drift = site_verify_set.on_drift
  where v.site_id = site_verify_set.site_id returning v.* into becomes;
  if (was.every_minutes, was.on_drift) is distinct from (becomes.every_minutes, becomes.on_drift) then
    perform public.audit_write('site.verify_changed', 'site', site.id::text, site.name,
      jsonb_build_object('every_minutes', was.every_minutes, 'on_drift', was.on_drift),
      jsonb_build_object('every_minutes', becomes.every_minutes, 'on_drift', becomes.on_drift));
  end if;
  return 'set';
end;
$$;

-- A site's comparisons, newest first, those that began before a time.
create function public.verification_list(site_id uuid, before timestamptz, most integer) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(jsonb_agg(public.verify_json(l::public.site_verifications) order by l.started_at desc), '[]') from (
    select * from public.site_verifications t
    where t.site_id = verification_list.site_id and (before is null or t.started_at < before)
    order by t.started_at desc limit most
  ) l;
$$;

-- A comparison and what it found: of a kind, or of all when null, by kind and user id, after a pair of these. Null when
-- there is none.
create function public.verification_read(
  site_id uuid, verification_id uuid, only_kind text, after_kind text, after_user text, most integer
) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  run public.site_verifications;
begin
  perform public.verify_count_repaired(verification_id);
  select t.* into run from public.site_verifications t
  where t.id = verification_id and t.site_id = verification_read.site_id;
  if not found then
    return null;
  end if;
  return public.verify_json(run) || jsonb_build_object('items', (
    select coalesce(jsonb_agg(jsonb_build_object(
        'userId', i.user_id, 'kind', i.kind, 'fields', i.fields, 'foundAt', i.found_at, 'repairedAt', i.repaired_at,
        'repairing', i.repair_version is not null and i.repaired_at is null,
        'email', coalesce(u.email, d.email, (
          select f ->> 'there' from jsonb_array_elements(i.fields) f where f ->> 'name' = 'email'))
      ) order by i.kind, i.user_id), '[]')
    from (
      select f.* from public.site_verify_findings f
      where f.verification_id = run.id and (only_kind is null or f.kind = only_kind)
        and (after_kind is null or (f.kind, f.user_id) > (after_kind, after_user))
      order by f.kind, f.user_id limit most
    ) i
    left join public.user_profiles u on u.id = i.user_id
    left join public.deleted_users d on d.id = i.user_id));
end;
$$;

-- Has rows that were found put right, up to so many: of a kind, and of these users or all when null. Different and missing
-- rows are written again, extra ones removed as the site removes who leaves. Returns {"pairs", "more"}, or {"problem":
-- "unknown" | "outdated" | "kept"}.
create function public.request_verify_repair(site_id uuid, verification_id uuid, kind text, users text[], most integer, first boolean)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  run public.site_verifications;
  site public.connected_sites;
  pairs integer;
begin
  select t.* into run from public.site_verifications t
  where t.id = request_verify_repair.verification_id and t.site_id = request_verify_repair.site_id;
  select s.* into site from public.connected_sites s where s.id = run.site_id and s.disconnected_at is null;
  if site.id is null then
    return jsonb_build_object('problem', 'unknown');
  elsif not run.listed or run.generation <> site.generation then
    return jsonb_build_object('problem', 'outdated');
  elsif kind = 'extra' and site.removal_policy = 'keep' then
    return jsonb_build_object('problem', 'kept');
  end if;
  if kind = 'extra' and public.site_keyed(site) then
    -- Where the rows of nobody stand, so that they are found when they are removed.
    insert into public.site_row_keys (site_id, user_id, generation, key)
    select site.id, f.user_id, site.generation, regexp_replace(f.user_id, '^row ', '')
    from public.site_verify_findings f
    where f.verification_id = run.id and f.kind = 'extra' and f.repair_version is null
      and (users is null or f.user_id = any (users))
      and not exists (select from public.user_profiles u where u.id = f.user_id)
      and not exists (select from public.deleted_users d where d.id = f.user_id)
    order by f.user_id limit most
    on conflict do nothing;
  end if;
  pairs := public.verify_repair(run, array[kind], users, most);
  if first then
    perform public.audit_write('site.repair_started', 'site', site.id::text, site.name, null,
      jsonb_strip_nulls(jsonb_build_object('verification_id', run.id, 'kind', kind, 'users', users)));
  end if;
  return jsonb_build_object('pairs', pairs, 'more', pairs = most);
end;
$$;

revoke execute on function
  public.verify_json(public.site_verifications), public.verify_count_repaired(uuid), public.request_verify(uuid, boolean),
  public.site_verify_read(uuid), public.site_verify_set(uuid, integer, text),
  public.verification_list(uuid, timestamptz, integer), public.verification_read(uuid, uuid, text, text, text, integer),
  public.request_verify_repair(uuid, uuid, text, text[], integer, boolean)
from public, anon, authenticated, service_role;
grant execute on function
  public.request_verify(uuid, boolean), public.site_verify_read(uuid), public.site_verify_set(uuid, integer, text),
  public.verification_list(uuid, timestamptz, integer), public.verification_read(uuid, uuid, text, text, text, integer),
  public.request_verify_repair(uuid, uuid, text, text[], integer, boolean)
to service_role;

-- 20261127007000_scoped_and_mapped_sites.sql

-- The engine at sites with a scope or a mapping: what these add to functions that were there before.

-- 20261127008000_departures.sql

-- Who left the list, and what becomes of that at each site. A mistake that removes hundreds of users is not repeated at
-- the sites: the removal guard holds it back until somebody has looked.

-- Users who are inactive or gone, since they were active last. One row is one departure: `departed_at` tells it from an
-- earlier one of the same user.
create table public.user_departures (
  user_id text primary key,
  departed_at timestamptz not null default clock_timestamp(),
  before jsonb not null,
  after jsonb not null
);
comment on column public.user_departures.before is 'The fields that the departure changed, as they were; status is always among them.';
comment on column public.user_departures.after is 'The same fields as the departure left them, none when the row was deleted.';
create index user_departures_departed_at_idx on public.user_departures (departed_at);

-- What was decided about a departure at a site that has the user's row.
create table public.site_removals (
  site_id uuid not null,
  user_id text not null,
  departed_at timestamptz not null,
  state text not null,
  since timestamptz not null default now(),
  constraint site_removals_pkey primary key (site_id, user_id),
  constraint site_removals_state_known check (state in ('allowed', 'held', 'approved'))
);
comment on column public.site_removals.state is 'allowed: within what the site may lose in an hour; held: not, waits for a person; approved: by a person.';
-- How many of the last hour.
create index site_removals_since_idx on public.site_removals (site_id, since) where state in ('allowed', 'held');
create index site_removals_held_idx on public.site_removals (site_id, user_id) where state = 'held';

alter table public.user_departures enable row level security;
alter table public.site_removals enable row level security;
revoke all on public.user_departures, public.site_removals from anon, authenticated, service_role;
grant select on public.user_departures, public.site_removals to service_role;

alter table public.connected_sites
  add column removal_guard boolean not null default true,
  add column removal_guard_percent integer not null default 5,
  add column removal_guard_at_least integer not null default 5,
  add constraint connected_sites_removal_guard_percent_valid check (removal_guard_percent between 0 and 100),
  add constraint connected_sites_removal_guard_at_least_valid check (removal_guard_at_least between 0 and 1000000);
comment on column public.connected_sites.removal_guard is
  'Removals are held when more than removal_guard_percent of the site''s users, and more than removal_guard_at_least, would go within an hour.';

alter table public.user_sync_state
  drop constraint user_sync_state_status_known,
  add constraint user_sync_state_status_known
    check (status in (
      'pending', 'synced', 'removed', 'kept', 'retrying', 'failed', 'held', 'out_of_scope', 'different', 'missing', 'extra'));
create index user_sync_state_held_idx on public.user_sync_state (site_id, user_id) where status = 'held';

-- Notes who left and who came back, whoever did it and however many at once. What a deleted user was is kept, for who comes back
-- under the same id.
create function public.user_departures_note() returns trigger
language plpgsql
security definer -- whoever may write users may have it noted
set search_path = ''
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  if tg_op <> 'DELETE' then
    delete from public.user_departures d using new_rows n where d.user_id = n.id and n.status = 'active';
  end if;
  if tg_op = 'INSERT' then
    return null;
  end if;
  if tg_op = 'UPDATE' then
    if exists (select from new_rows n where n.status <> 'active') then
      -- In the order of their ids, each is beside what it was.
      insert into public.user_departures (user_id, before, after)
      select c.id, public.audit_changed(c.was, c.fields), public.audit_changed(c.fields, c.was)
      from (
        select x.id, x.fields, lag(x.fields) over (partition by x.id order by x.is_new) as was
        from (
          select o.id, false as is_new, public.user_profiles_fields(o) as fields from old_rows o where o.status = 'active'
          union all
          select n.id, true, public.user_profiles_fields(n) from new_rows n where n.status <> 'active'
        ) x
      ) c
      where c.was is not null
      on conflict (user_id) do update set departed_at = excluded.departed_at, before = excluded.before, after = excluded.after;
    end if;
  end if;
  -- Deleted, or under another id from now on.
  insert into public.user_departures (user_id, before, after)
  select o.id, public.user_profiles_fields(o), '{}' from old_rows o
  where o.status = 'active' and not exists (select from public.user_profiles u where u.id = o.id)
  on conflict (user_id) do update set departed_at = excluded.departed_at, before = excluded.before, after = excluded.after;
  return null;
end;
$$;

-- Their names come after user_profiles_after_*, and so do they: a departure is later than the message that announces it,
-- see sync_removals_undecided.
create trigger user_profiles_departures_insert after insert on public.user_profiles
  referencing new table as new_rows for each statement execute function public.user_departures_note();
create trigger user_profiles_departures_update after update on public.user_profiles
  referencing old table as old_rows new table as new_rows for each statement execute function public.user_departures_note();
create trigger user_profiles_departures_delete after delete on public.user_profiles
  referencing old table as old_rows for each statement execute function public.user_departures_note();
alter table public.user_profiles enable always trigger user_profiles_departures_insert;
alter table public.user_profiles enable always trigger user_profiles_departures_update;
alter table public.user_profiles enable always trigger user_profiles_departures_delete;

-- Who is gone already, and where that is settled already.
insert into public.user_departures (user_id, departed_at, before, after)
select u.id, u.updated_at, '{"status": "active"}'::jsonb, '{"status": "inactive"}'::jsonb from public.user_profiles u where u.status <> 'active'
union all
select d.id, d.deleted_at, '{"status": "active"}', '{}' from public.deleted_users d;
insert into public.site_removals (site_id, user_id, departed_at, state)
select p.site_id, p.user_id, d.departed_at, 'approved'
from public.user_sync_state p join public.user_departures d on d.user_id = p.user_id
where p.written and p.desired_version <= p.synced_version;

-- A new removal policy is applied to those who left before, because somebody said so. What is undecided stays so.
create function public.site_removals_of_policy() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.site_removals (site_id, user_id, departed_at, state, outside)
  select new.id, p.user_id, d.departed_at, 'approved', d.outside
  from public.user_sync_state p join public.departures d on d.site_id = p.site_id and d.user_id = p.user_id
  where p.site_id = new.id and p.written and p.status in ('removed', 'kept', 'out_of_scope') and p.desired_version <= p.synced_version
  order by p.user_id
  on conflict (site_id, user_id) do update set
    departed_at = excluded.departed_at, state = 'approved', outside = excluded.outside, since = now();
  return null;
end;
$$;
create trigger connected_sites_removals after update of removal_policy on public.connected_sites
  for each row when (old.removal_policy is distinct from new.removal_policy)
  execute function public.site_removals_of_policy();

revoke execute on function public.user_departures_note(), public.site_removals_of_policy()
from public, anon, authenticated, service_role;

-- 20261127008010_removal_guard.sql

-- The removal guard: what is asked at every claim, before a user is taken away from a site.

-- Whether the pair's row is at the site, as sync_claim sees it: another webhook URL may well be the same receiver.
-- Without a search path, which would keep it from being inlined; it names nothing that one could change.
create function public.sync_pair_there(p public.user_sync_state, site public.connected_sites) returns boolean
language sql
immutable
as $$
  select p.written and (p.generation = site.generation or site.kind = 'webhook');
$$;

-- Departures of users whom the site has, about which nothing was decided there: their pairs are dirty, or the news of
-- them is still in the queue. Messages are older than the departures they announce; see user_departures_note.
create function public.sync_removals_undecided(site public.connected_sites)
returns table (user_id text, departed_at timestamptz)
language sql
stable
set search_path = ''
as $$
  with found as (
    -- Pair by pair through the primary key: what the planner makes of a join depends on statistics that are old just when
    -- very many leave at once.
    select d.user_id, d.departed_at
    from public.user_departures d
    cross join lateral (
      select p.* from public.user_sync_state p where p.user_id = d.user_id and p.site_id = site.id limit 1
    ) p
    where public.sync_pair_there(p, site) and (p.desired_version > p.synced_version
      or d.departed_at >= (select min(q.enqueued_at) from pgmq.q_user_changes q))
  )
  select f.user_id, f.departed_at from found f
  where not exists (
    select from public.site_removals r
    where r.site_id = site.id and r.user_id = f.user_id and r.departed_at = f.departed_at);
$$;

-- How many users the site has.
create function public.sync_site_users(site public.connected_sites) returns bigint
language sql
stable
set search_path = ''
as $$
  select coalesce((
      select sum(t.pairs) from public.sync_tallies t
      where t.site_id = site.id and t.generation = site.generation and t.status = 'synced' and not t.dirty), 0)::bigint
    + (
      select count(*) from public.user_sync_state p
      where p.site_id = site.id and p.desired_version > p.synced_version and public.sync_pair_there(p, site));
$$;

-- One after the other at a site: what two claims decide at once could be too much together, and a claim may hold what a
-- person has just approved. Taken before any pair is locked.
create function public.sync_removals_lock(sites uuid[]) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtext('roster.removals'), hashtext(id::text))
  from (select distinct unnest(sites) as id order by 1) s;
end;
$$;

-- Whether so many removals within an hour are too many for a site with so many users.
create function public.sync_removals_too_many(site public.connected_sites, removals bigint, users bigint) returns boolean
language sql
immutable
set search_path = ''
as $$
  select removals > site.removal_guard_at_least and removals * 100 > users * site.removal_guard_percent;
$$;

-- Decides about departures that nothing was decided about at this site, those of `leaving` among them. Judged is all that
-- is undecided: together with the removals of the last hour it is within the threshold, or it is held. Removals that a
-- person approved do not count. Returns the users about whom it decided.
create function public.sync_removals_decide(site public.connected_sites, leaving text[]) returns text[]
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan -- plans that know how long the arrays are
as $$
declare
  -- So many rows are written in a fraction of the statement timeout. What is left counts again with what is decided now.
  most constant integer := 5000;
  recent bigint;
  ids text[];
  times timestamptz[];
  outsides boolean[];
  verdict text;
  decided text[];
begin
  perform public.sync_removals_lock(array[site.id]);
  select count(*) into recent from public.site_removals r
  where r.site_id = site.id and r.state in ('allowed', 'held') and r.since > now() - interval '1 hour';
  -- Once so many are held that no count could say otherwise, nothing is counted: tallies say how many users there are at most.
  if public.sync_removals_too_many(site, recent, (
    select coalesce(sum(t.pairs), 0)::bigint from public.sync_tallies t where t.site_id = site.id
  )) then
    verdict := 'held';
    select array_agg(d.user_id), array_agg(d.departed_at), array_agg(d.outside) into ids, times, outsides
    from public.sync_removals_open(site, leaving) o
    join public.departures d on d.site_id = site.id and d.user_id = o.user_id
    where o.state is null;
  else
    select array_agg(u.user_id), array_agg(u.departed_at), array_agg(u.outside) into ids, times, outsides
    from public.sync_removals_undecided(site) u;
    verdict := case
      when public.sync_removals_too_many(site, recent + coalesce(cardinality(ids), 0), public.sync_site_users(site))
      then 'held' else 'allowed' end;
  end if;
  with undecided as (
    select * from unnest(ids, times, outsides) o(id, departed_at, outside)
  ), picked as (
    select u.* from undecided u join unnest(leaving) l(id) on l.id = u.id
    union
    (select u.* from undecided u limit most)
  ), written as (
    insert into public.site_removals as r (site_id, user_id, departed_at, state, outside)
    select site.id, k.id, k.departed_at, verdict, k.outside from picked k order by k.id
    on conflict (site_id, user_id) do update set
      departed_at = excluded.departed_at, state = excluded.state, outside = excluded.outside, since = now()
    returning r.user_id
  )
  select array_agg(w.user_id) into decided from written w;
  return decided;
end;
$$;

-- Puts pairs on hold whose removals are held, and answers who waits for them, of these users.
create function public.sync_removals_hold(site public.connected_sites, ids text[]) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  held text[];
  runs uuid[];
begin
  perform public.sync_removals_lock(array[site.id]);
  select array_agg(r.user_id) into held
  from public.site_removals r
  join public.user_departures d on d.user_id = r.user_id and d.departed_at = r.departed_at
  cross join lateral ( -- through the primary key, as in sync_removals_undecided
    select p.* from public.user_sync_state p where p.user_id = r.user_id and p.site_id = r.site_id limit 1
  ) p
  where r.site_id = site.id and r.state = 'held' and r.user_id = any (ids)
    and p.desired_version > p.synced_version and public.sync_pair_there(p, site)
    and (p.status <> 'held' or p.due_at < 'infinity');
  if held is null then
    return;
  end if;
  perform from public.user_sync_state p
  where p.site_id = site.id and p.user_id = any (held) order by p.user_id for no key update; -- as everybody locks pairs
  update public.user_sync_state p set status = 'held', due_at = 'infinity', attempts = 0, error_code = null, error = null
  where p.site_id = site.id and p.user_id = any (held) and p.desired_version > p.synced_version;
  -- Open pages look at this number to see that states have changed.
  perform nextval('public.sync_version_seq');
  with ended as (
    update public.sync_run_sites r set finished_at = now(), failed = 1
    where r.site_id = site.id and r.user_id = any (held) and r.finished_at is null
    returning r.run_id
  )
  select array_agg(distinct run_id) into runs from ended;
  if runs is not null then
    perform public.sync_finish_runs(runs);
  end if;
end;
$$;

-- Of these users, those whose row is at the site and must not be taken away now: their departure is held, or nothing was
-- decided about it (null).
create function public.sync_removals_open(site public.connected_sites, ids text[])
returns table (user_id text, state text)
language sql
stable
set search_path = ''
as $$
  select d.user_id, r.state
  from public.departures d
  cross join lateral (
    select p.* from public.user_sync_state p where p.user_id = d.user_id and p.site_id = site.id limit 1
  ) p
  left join public.site_removals r on r.site_id = site.id and r.user_id = d.user_id and r.departed_at = d.departed_at
  where d.site_id = site.id and d.user_id = any (ids) and public.sync_pair_there(p, site) and coalesce(r.state, 'held') = 'held';
$$;

-- Whether a claim may leave as it is. False when removals in it are held, which are no longer due then, or when a user
-- came back meanwhile: the caller gives it up and claims again. Looked at in the claim itself, so that nothing comes between.
-- Only departures from the list are guarded: rows that nobody ever listed go because somebody said so.
create function public.sync_removals_pass(site public.connected_sites, claim uuid) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  leaving text[];
begin
  if exists (select from public.site_removals r where r.site_id = site.id and r.state = 'held') then
    delete from public.site_removals r using public.sync_claims c, unnest(c.user_ids, c.upserts) t(user_id, upsert)
    where c.id = claim and t.upsert and r.site_id = site.id and r.user_id = t.user_id and r.state = 'held';
  end if;
  if not site.removal_guard or site.removal_policy = 'keep' then
    return true;
  end if;
  select array_agg(t.user_id) into leaving
  from public.sync_claims c, unnest(c.user_ids, c.upserts) t(user_id, upsert)
  where c.id = claim and not t.upsert and t.user_id <> all (coalesce(c.outside, '{}')); -- a scope is somebody's word
  if leaving is null then
    return true;
  end if;
  if exists (select from public.sync_removals_open(site, leaving) o where o.state is null) then
    leaving := leaving || public.sync_removals_decide(site, leaving);
  end if;
  perform public.sync_removals_hold(site, leaving);
  return not exists (select from public.sync_removals_open(site, leaving))
    and not exists (select from public.user_profiles u where u.id = any (leaving) and u.status = 'active');
end;
$$;

-- Lets what is held go its way again: it is claimed, and decided about, as if it were new.
create function public.sync_removals_release(site uuid) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform public.sync_removals_lock(array[site]);
  delete from public.site_removals r where r.site_id = site and r.state = 'held';
  perform from public.user_sync_state p
  where p.site_id = site and p.status = 'held' order by p.user_id for no key update;
  update public.user_sync_state p set status = 'pending', due_at = now() where p.site_id = site and p.status = 'held';
  perform nextval('public.sync_version_seq');
end;
$$;

-- As before; and who left the scope of a site that is no more is forgotten.
create function public.connected_sites_release() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform public.sync_removals_release(new.id);
  if new.disconnected_at is not null then
    delete from public.site_removals r where r.site_id = new.id;
    delete from public.scope_departures d where d.site_id = new.id;
  end if;
  return null;
end;
$$;
create trigger connected_sites_release after update of removal_guard, removal_policy, generation, status, disconnected_at
  on public.connected_sites for each row
  when ((old.removal_guard and not new.removal_guard)
    or (old.removal_policy <> 'keep' and new.removal_policy = 'keep')
    or old.generation <> new.generation
    or (old.status <> 'disconnecting' and new.status = 'disconnecting')
    or (old.disconnected_at is null and new.disconnected_at is not null))
  execute function public.connected_sites_release();

revoke execute on function
  public.sync_pair_there(public.user_sync_state, public.connected_sites),
  public.sync_removals_undecided(public.connected_sites), public.sync_site_users(public.connected_sites),
  public.sync_removals_lock(uuid[]),
  public.sync_removals_too_many(public.connected_sites, bigint, bigint), public.sync_removals_decide(public.connected_sites, text[]),
  public.sync_removals_hold(public.connected_sites, text[]), public.sync_removals_open(public.connected_sites, text[]),
  public.sync_removals_pass(public.connected_sites, uuid), public.sync_removals_release(uuid),
  public.connected_sites_release()
from public, anon, authenticated, service_role;

-- 20261127008020_removal_requests.sql

-- What people do about removals that are held.

-- Removals that are held, by site and then user, after a pair, as a JSON array; of one site, and of the users a search
-- matches, unless these are null. `fields`: what made a user leave the site's scope.
create function public.removals_held(site uuid, search text, after_site uuid, after_user text, max_pairs integer) returns jsonb
language sql
stable
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'siteId', h.site_id, 'site', h.site, 'userId', h.user_id, 'email', h.email, 'fullName', h.full_name,
    'departure', h.departure, 'departedAt', h.departed_at, 'heldAt', h.since, 'fields', case when h.departure = 'left_scope' then (
      select jsonb_agg(jsonb_build_object('name', f.key, 'before', f.value, 'after', h.after -> f.key) order by f.key)
      from jsonb_each(h.before) f) else '[]' end) order by h.site_id, h.user_id), '[]')
  from (
    select r.site_id, s.name as site, r.user_id, coalesce(u.email, g.email) as email,
      case when u.id is null then g.full_name else u.full_name end as full_name,
      case when r.outside then 'left_scope' when u.id is null then 'deleted' else 'deactivated' end as departure,
      r.departed_at, r.since, d.before, d.after
    from public.site_removals r
    cross join lateral (
      select * from public.connected_sites x where x.id = r.site_id and x.disconnected_at is null limit 1
    ) s
    cross join lateral (
      select * from public.departures x where x.site_id = r.site_id and x.user_id = r.user_id and x.departed_at = r.departed_at limit 1
    ) d
    left join lateral (select * from public.user_profiles x where x.id = r.user_id offset 0) u on true
    left join lateral (select * from public.deleted_users x where x.id = r.user_id offset 0) g on true
    where r.state = 'held'
      and (r.site_id, r.user_id) > (coalesce(after_site, removals_held.site, '00000000-0000-0000-0000-000000000000'), coalesce(after_user, ''))
      and r.site_id <= coalesce(removals_held.site, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
      and (coalesce(search, '') = ''
        or position(lower(search) in lower(coalesce(u.email, g.email) || ' ' || coalesce(u.full_name, g.full_name, ''))) > 0
        or starts_with(lower(r.user_id), lower(search)))
    order by r.site_id, r.user_id
    limit max_pairs
  ) h;
$$;

-- How many removals are held, at one site or all; counted, not from the tallies, for who asks before acting on that.
create function public.removals_count(site uuid) returns bigint
language sql
stable
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
  select count(*)
  from public.site_removals r
  join public.connected_sites s on s.id = r.site_id and s.disconnected_at is null
  cross join lateral (
    select * from public.departures x where x.site_id = r.site_id and x.user_id = r.user_id and x.departed_at = r.departed_at limit 1
  ) d
  where r.state = 'held' and (removals_count.site is null or r.site_id = removals_count.site);
$$;

-- Lets up to max_pairs removals through that are held, at one site and of these users unless null. Returns how many.
create function public.removals_approve(site uuid, ids text[], max_pairs integer) returns integer
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
set plan_cache_mode = force_custom_plan -- plans that know for what nobody asked
as $$
declare
  approved integer;
begin
  perform public.sync_removals_lock(array(
    select s.id from public.connected_sites s
    where s.disconnected_at is null and (removals_approve.site is null or s.id = removals_approve.site)));
  create temporary table if not exists removals_picked (site_id uuid, user_id text) on commit delete rows;
  truncate pg_temp.removals_picked;
  with picked as (
    select r.site_id, r.user_id
    from public.site_removals r
    cross join lateral (
      select * from public.connected_sites x where x.id = r.site_id and x.disconnected_at is null limit 1
    ) s
    cross join lateral (
      select * from public.departures x where x.site_id = r.site_id and x.user_id = r.user_id and x.departed_at = r.departed_at limit 1
    ) d
    where r.state = 'held' and (removals_approve.site is null or r.site_id = removals_approve.site)
      and (ids is null or r.user_id = any (ids))
    order by r.user_id, r.site_id limit max_pairs
  ), done as (
    update public.site_removals r set state = 'approved', since = now() from picked
    where r.site_id = picked.site_id and r.user_id = picked.user_id
    returning r.site_id, r.user_id
  )
  insert into pg_temp.removals_picked select done.site_id, done.user_id from done;
  get diagnostics approved = row_count;
  perform from public.user_sync_state p join pg_temp.removals_picked k on k.user_id = p.user_id and k.site_id = p.site_id
  order by p.user_id, p.site_id for no key update of p; -- as sync_mark_dirty does, or the two could deadlock
  update public.user_sync_state p set status = 'pending', due_at = now()
  from pg_temp.removals_picked k where p.user_id = k.user_id and p.site_id = k.site_id and p.status = 'held';
  perform nextval('public.sync_version_seq');
  perform public.audit_write('removals.approved', 'site', s.id::text, s.name, null, jsonb_build_object('users', k.users))
  from (select site_id, count(*) as users from pg_temp.removals_picked group by 1) k
  join public.connected_sites s on s.id = k.site_id;
  return approved;
end;
$$;

-- Puts users back as they were before they left. A field that somebody changed since then stays as it is. Fails when
-- another user has one's e-mail address or Clerk id by now.
create function public.users_restore(ids text[]) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.user_profiles u set
    status = 'active',
    email = public.field_restored(d, 'email', u.email),
    clerk_user_id = public.field_restored(d, 'clerk_user_id', u.clerk_user_id),
    full_name = public.field_restored(d, 'full_name', u.full_name),
    role = public.field_restored(d, 'role', u.role),
    team = public.field_restored(d, 'team', u.team),
    department = public.field_restored(d, 'department', u.department)
  from public.user_departures d
  where d.user_id = u.id and u.id = any (ids) and u.status <> 'active';
  insert into public.user_profiles (id, clerk_user_id, email, full_name, role, team, department, status, created_at)
  select g.id, public.field_restored(d, 'clerk_user_id', g.clerk_user_id), public.field_restored(d, 'email', g.email),
    public.field_restored(d, 'full_name', g.full_name), public.field_restored(d, 'role', g.role),
    public.field_restored(d, 'team', g.team), public.field_restored(d, 'department', g.department), 'active', g.created_at
  from public.deleted_users g join public.user_departures d on d.user_id = g.id
  where g.id = any (ids) and not exists (select from public.user_profiles u where u.id = g.id);
end;
$$;

create function public.field_restored(departure public.user_departures, field text, present text) returns text
language sql
immutable
set search_path = ''
as $$
  select case
    when departure.before ? field and departure.after ->> field is not distinct from present then departure.before ->> field
    else present
  end;
$$;

-- Puts up to max_users users back whose removal is held, fewer where there are many sites, in the order of ids after a user;
-- held at that site and of these users unless null. They are back everywhere. Returns {"restored", "conflicts": [ids of those
-- whose e-mail address or Clerk id is another user's now], "changed": [ids of those who stay held, because somebody has
-- changed since what made them leave the scope], "last"}; last is null when nobody is left.
create function public.removals_reject(site uuid, ids text[], after text, max_users integer) returns jsonb
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
set plan_cache_mode = force_custom_plan -- plans that know for what nobody asked
as $$
declare
  sites constant uuid[] := array(select s.id from public.connected_sites s where s.disconnected_at is null);
  -- They are put right at every site: 1 to 2 s, where a statement may take 8.
  most constant integer := least(max_users, greatest(1, 30000 / greatest(1, cardinality(sites))));
  picked text[];
  one text;
  conflicts text[] := '{}';
  changed text[];
  restored integer;
begin
  perform public.sync_removals_lock(sites);
  select array_agg(h.user_id order by h.user_id) into picked
  from (
    select distinct r.user_id
    from public.site_removals r
    cross join lateral (
      select * from public.connected_sites x where x.id = r.site_id and x.disconnected_at is null limit 1
    ) s
    cross join lateral (
      select * from public.departures x where x.site_id = r.site_id and x.user_id = r.user_id and x.departed_at = r.departed_at limit 1
    ) d
    where r.state = 'held' and (removals_reject.site is null or r.site_id = removals_reject.site)
      and (removals_reject.ids is null or r.user_id = any (removals_reject.ids))
      and (removals_reject.after is null or r.user_id > removals_reject.after)
    order by r.user_id limit most
  ) h;
  perform from public.user_profiles u where u.id = any (picked) order by u.id for no key update;
  begin
    perform public.users_restore(removals_reject.site, picked);
  exception when unique_violation then
    foreach one in array picked loop
      begin
        perform public.users_restore(removals_reject.site, array[one]);
      exception when unique_violation then
        conflicts := conflicts || one;
      end;
    end loop;
  end;
  perform public.sync_removals_end(sites, picked);
  changed := array(
    select distinct r.user_id from public.site_removals r
    where r.site_id = any (sites) and r.state = 'held' and r.user_id = any (picked) and r.user_id <> all (conflicts)
      and (removals_reject.site is null or r.site_id = removals_reject.site)
    order by 1);
  restored := coalesce(cardinality(picked), 0) - cardinality(conflicts) - cardinality(changed);
  if restored > 0 then
    perform public.audit_write('removals.rejected', 'sync', removals_reject.site::text, s.name, null,
      jsonb_build_object('users', restored))
    from (select 1) one left join public.connected_sites s on s.id = removals_reject.site;
  end if;
  return jsonb_build_object('restored', restored, 'conflicts', to_jsonb(conflicts), 'changed', to_jsonb(changed),
    'last', case when cardinality(picked) = most then picked[most] end);
end;
$$;

-- Sets a site's removal guard; what is null stays. False when there is no such site.
create function public.site_set_removal_guard(site_id uuid, enabled boolean, percent integer, at_least integer) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  was public.connected_sites;
  becomes public.connected_sites;
begin
  select s.* into was from public.connected_sites s
  where s.id = site_set_removal_guard.site_id and s.disconnected_at is null for no key update;
  if not found then
    return false;
  end if;
  update public.connected_sites s set
    removal_guard = coalesce(enabled, s.removal_guard),
    removal_guard_percent = coalesce(percent, s.removal_guard_percent),
    removal_guard_at_least = coalesce(at_least, s.removal_guard_at_least),
    updated_at = now()
  where s.id = was.id returning s.* into becomes;
  if (was.removal_guard, was.removal_guard_percent, was.removal_guard_at_least)
    is distinct from (becomes.removal_guard, becomes.removal_guard_percent, becomes.removal_guard_at_least) then
    perform public.audit_write('site.updated', 'site', was.id::text, was.name,
      jsonb_build_object('removal_guard', public.site_removal_guard(was)),
      jsonb_build_object('removal_guard', public.site_removal_guard(becomes)));
  end if;
  return true;
end;
$$;

create function public.site_removal_guard(site public.connected_sites) returns text
language sql
immutable
set search_path = ''
as $$
  select case when site.removal_guard
    then format('more than %s users and %s %%', site.removal_guard_at_least, site.removal_guard_percent) else 'off' end;
$$;

-- Forgets departures and decisions that nothing asks for any more. Called by the workers now and then.
create function public.removals_forget() returns void
language sql
security definer
set search_path = ''
as $$
  delete from public.scope_departures d
  where d.departed_at < now() - interval '1 day' and not exists (
    select from public.user_sync_state p where p.user_id = d.user_id and p.site_id = d.site_id and p.written);
  delete from public.site_removals r
  where r.since < now() - interval '1 day' and not exists (
    select from public.user_sync_state p where p.user_id = r.user_id and p.site_id = r.site_id and p.written);
$$;

revoke execute on function
  public.removals_held(uuid, text, uuid, text, integer), public.removals_approve(uuid, text[], integer),
  public.removals_count(uuid),
  public.users_restore(text[]), public.field_restored(public.user_departures, text, text),
  public.removals_reject(uuid, text[], text, integer),
  public.site_set_removal_guard(uuid, boolean, integer, integer), public.site_removal_guard(public.connected_sites),
  public.removals_forget()
from public, anon, authenticated, service_role;
grant execute on function
  public.removals_held(uuid, text, uuid, text, integer), public.removals_approve(uuid, text[], integer),
  public.removals_count(uuid),
  public.removals_reject(uuid, text[], text, integer),
  public.site_set_removal_guard(uuid, boolean, integer, integer), public.removals_forget()
to service_role;

-- 20261127008030_held_lists.sql

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

revoke execute on function public.sync_held_counts() from public, anon, authenticated, service_role;
grant execute on function public.sync_held_counts() to service_role;

-- 20261127008100_alerts.sql

-- Alerts: what somebody should know without looking, told once when it starts and once when it ends.

-- Processes that sync, each for as long as it was last seen to work.
create table public.workers (
  name text primary key,
  alive_until timestamptz not null
);

-- Where alerts go. The URL of a webhook often is a secret itself, so it is sealed like the key that signs.
create table public.alert_channels (
  id uuid primary key default gen_random_uuid(),
  kind text not null,
  label text not null,
  email text,
  url_sealed text,
  secret_sealed text,
  created_at timestamptz not null default now(),
  created_by text not null,
  last_sent_at timestamptz,
  failing_since timestamptz,
  error text,
  constraint alert_channels_kind_known check (kind in ('email', 'webhook')),
  constraint alert_channels_email_when_email check ((kind = 'email') = (email is not null)),
  constraint alert_channels_url_when_webhook check ((kind = 'webhook') = (url_sealed is not null and secret_sealed is not null))
);
comment on column public.alert_channels.label is 'What is shown: the e-mail address, or the host of the URL.';
comment on column public.alert_channels.failing_since is 'Null while the last message arrived.';

create table public.alerts (
  id uuid primary key default gen_random_uuid(),
  kind text not null,
  site_id uuid,
  site text,
  detail jsonb not null default '{}',
  started_at timestamptz not null default now(),
  calm_since timestamptz,
  ended_at timestamptz,
  constraint alerts_kind_known
    check (kind in ('site_blocked', 'failures_standing', 'removals_held', 'changes_waiting', 'no_worker'))
);
comment on column public.alerts.site_id is 'Null when it is about Roster itself. No foreign key: what happened is remembered longer than the site.';
comment on column public.alerts.calm_since is 'The condition holds no more, but not for long enough to say that it is over.';
create unique index alerts_open_key on public.alerts (kind, coalesce(site_id, '00000000-0000-0000-0000-000000000000'))
  where ended_at is null;
create index alerts_started_at_idx on public.alerts (started_at desc, id desc);

-- A message to be sent: that an alert started or ended, to one channel.
create table public.alert_notices (
  id uuid primary key default gen_random_uuid(),
  alert_id uuid not null references public.alerts (id) on delete cascade,
  channel_id uuid not null references public.alert_channels (id) on delete cascade,
  phase text not null,
  attempts integer not null default 0,
  due_at timestamptz not null default now(),
  done_at timestamptz,
  sent boolean not null default false,
  constraint alert_notices_once unique (alert_id, channel_id, phase),
  constraint alert_notices_phase_known check (phase in ('start', 'end'))
);
comment on column public.alert_notices.due_at is 'Not sent before this; while a process sends it, when another one may.';
comment on column public.alert_notices.done_at is 'Sent, or given up.';
create index alert_notices_due_idx on public.alert_notices (due_at) where done_at is null;

alter table public.workers enable row level security;
alter table public.alert_channels enable row level security;
alter table public.alerts enable row level security;
alter table public.alert_notices enable row level security;
revoke all on public.workers, public.alert_channels, public.alerts, public.alert_notices from anon, authenticated, service_role;
grant select on public.alert_channels, public.alerts to service_role;

-- A worker is alive, for so many seconds; forgets those that were not seen for a day.
create function public.worker_beat(worker text, seconds integer) returns void
language sql
security definer
set search_path = ''
as $$
  delete from public.workers w where w.alive_until < now() - interval '1 day';
  insert into public.workers (name, alive_until) values (worker, now() + make_interval(secs => seconds))
  on conflict (name) do update set alive_until = excluded.alive_until;
$$;

-- What is the matter now: a row for each alert that should be open.
create function public.alert_conditions() returns table (kind text, site_id uuid, site text, detail jsonb)
language sql
stable
security definer
set search_path = ''
as $$
  with working as (
    select s.* from public.connected_sites s
    where s.disconnected_at is null and s.status = 'active' and s.credentials_sealed is not null
  )
  select 'site_blocked', s.id, s.name, jsonb_build_object('errorCode', s.error_code, 'error', s.error)
  from working s where s.health = 'blocked'
  union all
  -- Users whom a working site has refused for a quarter of an hour; few, and the index has just these.
  select 'failures_standing', s.id, s.name, jsonb_build_object('users', f.users)
  from working s
  cross join lateral (
    select count(*) as users, min(r.wanted_at) as since
    from (
      select p.wanted_at from public.user_sync_state p
      where p.site_id = s.id and p.desired_version > p.synced_version and p.status in ('retrying', 'failed')
      limit 10000
    ) r
  ) f
  where s.health = 'ok' and f.since < now() - interval '15 minutes'
  union all
  select 'removals_held', s.id, s.name, jsonb_build_object('removals', h.held)
  from public.connected_sites s join public.sync_held_counts() h on h.site_id = s.id
  where s.disconnected_at is null and h.held > 0
  union all
  -- Of a blocked site that is said already. The pairs that fall due first are the oldest, but for refused users.
  select 'changes_waiting', s.id, s.name, jsonb_build_object('since', w.since)
  from working s
  cross join lateral (
    select min(o.wanted_at) as since from (
      select p.wanted_at, p.status from public.user_sync_state p
      where p.site_id = s.id and p.desired_version > p.synced_version and p.due_at < 'infinity'
      order by p.due_at, p.user_id limit 200
    ) o where o.status = 'pending'
  ) w
  where s.health <> 'blocked' and w.since < now() - interval '10 minutes'
  union all
  select 'changes_waiting', null, null, jsonb_build_object('since', q.since)
  from (select min(m.enqueued_at) as since from pgmq.q_user_changes m) q
  where q.since < now() - interval '10 minutes'
  union all
  -- A minute more than a worker takes to be noticed missing: restarts are no news. An installation that never had a
  -- worker has two minutes from its first site on.
  select 'no_worker', null, null, jsonb_build_object('since', w.since)
  from (
    select coalesce(
      (select max(w.alive_until) from public.workers w),
      (select min(s.updated_at) + interval '1 minute' from working s)) as since
  ) w
  where exists (select from working) and w.since < now() - interval '1 minute';
$$;

-- Opens and ends alerts, and puts a message for each channel into alert_notices. An alert ends when its condition has not
-- held for so many seconds, so that what comes and goes is one alert. Called by every process now and then; does nothing
-- when another one did it a moment ago, or does it now.
create function public.alerts_evaluate(calm_seconds integer default 30) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  opened uuid[];
  ended uuid[];
begin
  if not pg_try_advisory_xact_lock(hashtext('roster.alerts_evaluate')) then
    return;
  end if;
  create temporary table if not exists alert_conditions_now (kind text, site_id uuid, site text, detail jsonb) on commit delete rows;
  truncate pg_temp.alert_conditions_now;
  insert into pg_temp.alert_conditions_now select * from public.alert_conditions();

  update public.alerts a set calm_since = null, detail = c.detail, site = c.site
  from pg_temp.alert_conditions_now c
  where a.ended_at is null and a.kind = c.kind and a.site_id is not distinct from c.site_id
    and (a.calm_since is not null or a.detail <> c.detail or a.site is distinct from c.site);
  with fresh as (
    insert into public.alerts (kind, site_id, site, detail)
    select c.kind, c.site_id, c.site, c.detail from pg_temp.alert_conditions_now c
    where not exists (
      select from public.alerts a
      where a.ended_at is null and a.kind = c.kind and a.site_id is not distinct from c.site_id)
    returning id
  )
  select array_agg(id) into opened from fresh;

  update public.alerts a set calm_since = now()
  where a.ended_at is null and a.calm_since is null and not exists (
    select from pg_temp.alert_conditions_now c where c.kind = a.kind and c.site_id is not distinct from a.site_id);
  with over as (
    update public.alerts a set ended_at = a.calm_since
    where a.ended_at is null and a.calm_since <= now() - make_interval(secs => calm_seconds)
    returning id
  )
  select array_agg(id) into ended from over;

  insert into public.alert_notices (alert_id, channel_id, phase)
  select o.id, c.id, 'start' from unnest(opened) o(id) cross join public.alert_channels c;
  -- Who was told of the beginning is told of the end.
  insert into public.alert_notices (alert_id, channel_id, phase)
  select n.alert_id, n.channel_id, 'end' from public.alert_notices n where n.alert_id = any (ended) and n.phase = 'start';
end;
$$;

-- Takes messages to send, each for a minute: a process that dies on the way leaves them to another one. The end of an
-- alert waits for its beginning. Returns [{"id", "phase", "attempt", "alert", "channel"}].
create function public.alert_notices_take(most integer) returns jsonb
language sql
security definer
set search_path = ''
as $$
  with due as (
    select n.id from public.alert_notices n
    where n.done_at is null and n.due_at <= now()
      and not exists (
        select from public.alert_notices b
        where n.phase = 'end' and b.alert_id = n.alert_id and b.channel_id = n.channel_id and b.phase = 'start'
          and b.done_at is null)
    order by n.due_at limit most
    for update skip locked
  ), taken as (
    update public.alert_notices n set attempts = n.attempts + 1, due_at = now() + interval '1 minute'
    from due where n.id = due.id
    returning n.*
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', t.id, 'phase', t.phase, 'attempt', t.attempts,
    'alert', jsonb_build_object('id', a.id, 'kind', a.kind, 'siteId', a.site_id, 'site', a.site, 'detail', a.detail,
      'startedAt', a.started_at, 'endedAt', a.ended_at),
    'channel', jsonb_build_object('id', c.id, 'kind', c.kind, 'email', c.email, 'urlSealed', c.url_sealed,
      'secretSealed', c.secret_sealed))), '[]')
  from taken t join public.alerts a on a.id = t.alert_id join public.alert_channels c on c.id = t.channel_id;
$$;

-- Records what came of a message: error null when it was sent; otherwise it is tried again, later each time and for a
-- day, about forty times.
create function public.alert_notice_settle(notice uuid, error text) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  settled public.alert_notices;
begin
  update public.alert_notices n set
    sent = alert_notice_settle.error is null,
    done_at = case when alert_notice_settle.error is null or n.attempts >= 40 then now() end,
    due_at = now() + least(interval '1 hour', interval '15 seconds' * power(2, least(n.attempts, 12)))
  where n.id = notice and n.done_at is null
  returning n.* into settled;
  if found then
    perform public.alert_channel_settle(settled.channel_id, alert_notice_settle.error);
  end if;
end;
$$;

-- Notes at a channel whether the last message arrived.
create function public.alert_channel_settle(channel uuid, error text) returns void
language sql
security definer
set search_path = ''
as $$
  update public.alert_channels c set
    last_sent_at = case when alert_channel_settle.error is null then now() else c.last_sent_at end,
    failing_since = case when alert_channel_settle.error is not null then coalesce(c.failing_since, now()) end,
    error = alert_channel_settle.error
  where c.id = channel;
$$;

-- Adds a channel whose sealed texts are bound to its id, which is therefore given.
create function public.alert_channel_create(
  id uuid, kind text, label text, email text, url_sealed text, secret_sealed text
) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.alert_channels (id, kind, label, email, url_sealed, secret_sealed, created_by)
  values (alert_channel_create.id, alert_channel_create.kind, alert_channel_create.label, alert_channel_create.email,
    alert_channel_create.url_sealed, alert_channel_create.secret_sealed, coalesce(public.roster_actor() ->> 'name', ''));
  perform public.audit_write('alerts.channel_added', 'alert_channel', id::text, label, null, jsonb_build_object('kind', kind));
end;
$$;

-- Removes a channel; nothing is sent there any more. False when there is no such channel.
create function public.alert_channel_delete(channel uuid) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  gone public.alert_channels;
begin
  delete from public.alert_channels c where c.id = channel returning c.* into gone;
  if not found then
    return false;
  end if;
  perform public.audit_write('alerts.channel_removed', 'alert_channel', gone.id::text, gone.label,
    jsonb_build_object('kind', gone.kind));
  return true;
end;
$$;

-- Replaces a channel's sealed texts by the same ones sealed again, given as {"<old>": "<new>"}. False when they are others
-- by now.
create function public.alert_channel_reseal(channel uuid, resealed jsonb) returns boolean
language sql
security definer
set search_path = ''
as $$
  with changed as (
    update public.alert_channels c set
      url_sealed = coalesce(resealed ->> c.url_sealed, c.url_sealed),
      secret_sealed = coalesce(resealed ->> c.secret_sealed, c.secret_sealed)
    where c.id = channel and (resealed ? c.url_sealed or resealed ? c.secret_sealed)
    returning 1
  )
  select exists (select from changed);
$$;

-- A key that seals channels is remembered as well.
create function public.alert_channels_note_key() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.sealing_keys (kid) values (public.sealed_with(new.url_sealed)) on conflict do nothing;
  return null;
end;
$$;
create trigger alert_channels_note_key after insert or update of url_sealed on public.alert_channels
  for each row when (new.url_sealed is not null) execute function public.alert_channels_note_key();

-- Alerts that ended more than so many days ago are forgotten, with their messages.
create function public.alerts_forget(days integer) returns void
language sql
security definer
set search_path = ''
as $$
  delete from public.alerts a where a.ended_at < now() - make_interval(days => days);
$$;

revoke execute on function
  public.worker_beat(text, integer), public.alert_conditions(), public.alerts_evaluate(integer),
  public.alert_notices_take(integer), public.alert_notice_settle(uuid, text), public.alert_channel_settle(uuid, text),
  public.alert_channel_create(uuid, text, text, text, text, text), public.alert_channel_delete(uuid),
  public.alert_channel_reseal(uuid, jsonb), public.alert_channels_note_key(), public.alerts_forget(integer)
from public, anon, authenticated, service_role;
grant execute on function
  public.worker_beat(text, integer), public.alerts_evaluate(integer),
  public.alert_notices_take(integer), public.alert_notice_settle(uuid, text), public.alert_channel_settle(uuid, text),
  public.alert_channel_create(uuid, text, text, text, text, text), public.alert_channel_delete(uuid),
  public.alert_channel_reseal(uuid, jsonb), public.alerts_forget(integer)
to service_role;

-- 20261127008200_metrics.sql

-- Numbers for monitoring, read from sums that are kept anyway.

alter table public.api_keys drop constraint api_keys_scopes_known;
alter table public.api_keys add constraint api_keys_scopes_known check (
  cardinality(scopes) > 0
  and scopes <@ array['users:read', 'users:write', 'sites:read', 'sites:write', 'sync:read', 'sync:run', 'metrics:read']);

-- Everything that /api/metrics tells. Failures by kind are counted up to a hundred thousand users.
create function public.sync_metrics() returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'users', (
      select jsonb_build_object(
        'active', coalesce(sum(t.users) filter (where t.status = 'active'), 0),
        'inactive', coalesce(sum(t.users) filter (where t.status = 'inactive'), 0))
      from public.user_tallies t
    ),
    'sites', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'site', s.name, 'health', s.health, 'paused', s.status = 'paused',
        'pending', coalesce(c.pending, 0), 'synced', coalesce(c.synced, 0), 'removed', coalesce(c.removed, 0),
        'retrying', coalesce(c.retrying, 0), 'failed', coalesce(c.failed, 0), 'held', coalesce(h.held, 0),
        'lagSeconds', coalesce(extract(epoch from now() - c.oldest_waiting), 0),
        'leased', coalesce(s.lease_id is not null and s.lease_until > now(), false),
        'leaseAgeSeconds', coalesce((select extract(epoch from now() - min(k.claimed_at)) from public.sync_claims k where k.site_id = s.id), 0),
        'succeeded', coalesce(m.succeeded, 0), 'refused', coalesce(m.failed, 0)
      ) order by lower(s.name)), '[]')
      from public.connected_sites s
      left join public.sync_site_counts() c on c.site_id = s.id
      left join public.sync_held_counts() h on h.site_id = s.id
      left join (
        select m.site_id, sum(m.succeeded) as succeeded, sum(m.failed) as failed from public.sync_minutes m
        where m.minute >= date_trunc('minute', now()) - interval '5 minutes' and m.minute < date_trunc('minute', now())
        group by 1
      ) m on m.site_id = s.id
      where s.disconnected_at is null
    ),
    'failures', (
      select coalesce(jsonb_agg(jsonb_build_object('site', f.name, 'code', f.error_code, 'users', f.users) order by f.name, f.error_code), '[]')
      from (
        select s.name, r.error_code, count(*) as users
        from (
          select p.site_id, coalesce(p.error_code, 'unknown') as error_code from public.user_sync_state p
          where p.desired_version > p.synced_version and p.status in ('retrying', 'failed') limit 100000
        ) r join public.connected_sites s on s.id = r.site_id and s.disconnected_at is null
        group by 1, 2
        union all
        select s.name, s.error_code, c.failed + c.retrying
        from public.sync_site_counts() c join public.connected_sites s on s.id = c.site_id
        where s.health <> 'ok' and s.error_code is not null
      ) f
    ),
    'queue', (
      select jsonb_build_object('changes', coalesce(sum(jsonb_array_length(q.message -> 'ids')), 0),
        'ageSeconds', coalesce(extract(epoch from now() - min(q.enqueued_at)), 0))
      from pgmq.q_user_changes q
    ),
    'workers', (select count(*) from public.workers w where w.alive_until > now()),
    'alerts', (
      select coalesce(jsonb_object_agg(a.kind, a.open), '{}')
      from (select kind, count(*) as open from public.alerts where ended_at is null group by 1) a
    ));
$$;
revoke execute on function public.sync_metrics() from public, anon, authenticated, service_role;
grant execute on function public.sync_metrics() to service_role;

-- 20261128001000_take_over.sql

-- Sites that have users already. Nothing is written to one before somebody has said what becomes of its rows: which of them
-- are whose, which become users of the list, and which are left alone.

alter table public.connected_sites
  add column take_over text,
  add column shared boolean not null default false,
  add column owned_tables text[] not null default '{}',
  add constraint connected_sites_take_over_known check (take_over in ('look', 'waiting'));
comment on column public.connected_sites.take_over is
  'look: has to be looked at before the first row is written; waiting: has rows of its own, and is paused until somebody decides; null: nothing stands in the way.';
comment on column public.connected_sites.shared is
  'The table has rows that are not Roster''s: every row is written by its key (see site_row_keys), and none that is not Roster''s is written over.';

comment on column public.connected_sites.owned_tables is
  'Where this site''s users were written before, and nobody else''s (see site_table): whoever comes back there from a mistyped address has nothing to decide.';

-- The database and the table behind a site.
create function public.site_table(site public.connected_sites) returns text
language sql
immutable
set search_path = ''
as $$
  select concat_ws(' ', site.endpoint_url, coalesce(site.mapping ->> 'schema', 'public'), coalesce(site.mapping ->> 'table', 'user_profiles'));
$$;

-- The documented table as a mapping, as DEFAULT_MAPPING in lib/sync/core/mapping.ts has it; but when a row was made is the
-- site's to say, where the row was there before.
create function public.documented_mapping() returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_build_object('schema', 'public', 'table', 'user_profiles', 'match', 'id', 'columns', (
    select jsonb_agg(jsonb_build_object(
      'column', c.name, 'from', jsonb_build_object('kind', 'field', 'field', c.name),
      'onlyOnCreate', c.name = 'created_at', 'clearWhenEmpty', true) order by c.n)
    from unnest(array['id', 'clerk_user_id', 'email', 'full_name', 'role', 'team', 'department', 'created_at', 'updated_at'])
      with ordinality c(name, n)));
$$;

-- From which field of a user a mapping takes what identifies a row: id, email or clerk_user_id.
create function public.match_field(mapping jsonb) returns text
language sql
immutable
set search_path = ''
as $$
  select coalesce((
    select c -> 'from' ->> 'field' from jsonb_array_elements(mapping -> 'columns') c
    where c ->> 'column' = mapping ->> 'match' limit 1), 'id');
$$;

-- Another database or table behind a site has to be looked at first. A table that Roster shares stays one whose rows are
-- written by their keys, also when somebody goes back to the documented columns.
create function public.connected_sites_look() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if new.generation <> old.generation then
    new.owned_tables := array_remove(old.owned_tables, public.site_table(old));
    if old.credentials_sealed is not null and old.take_over is null and not old.shared then
      new.owned_tables := array_append(new.owned_tables, public.site_table(old));
    end if;
    new.shared := false;
  end if;
  if new.shared and new.mapping is null then
    new.mapping := public.documented_mapping();
  end if;
  if new.kind = 'supabase' and new.credentials_sealed is not null and new.status <> 'disconnecting'
    and (old.credentials_sealed is null or new.generation <> old.generation
      -- But for the mapping that a take-over gives to a site itself.
      or (old.take_over = 'waiting' and new.mapping is distinct from old.mapping and new.shared = old.shared)) then
    new.take_over := case when public.site_table(new) <> all (new.owned_tables) then 'look' end;
    if old.take_over = 'waiting' and old.status = 'paused' then
      new.status := 'active';
    end if;
  end if;
  return new;
end;
$$;
create trigger connected_sites_look before update of credentials_sealed, generation, mapping on public.connected_sites
  for each row when (
    old.credentials_sealed is distinct from new.credentials_sealed or old.generation <> new.generation
    or old.mapping is distinct from new.mapping)
  execute function public.connected_sites_look();

-- What is known of a site's rows, and what is being done about them. A row of this table stays: it is begun anew.
create table public.site_take_overs (
  site_id uuid primary key references public.connected_sites (id),
  phase text not null default 'scan',
  generation integer not null,
  mapping jsonb,
  pass integer not null default 1,
  cursor text not null default '',
  scanned bigint not null default 0,
  unlisted bigint not null default 0,
  groups jsonb not null default '{}',
  decisions jsonb,
  requested_by text,
  decided_by text,
  run_id uuid,
  linked bigint not null default 0,
  imported bigint not null default 0,
  left_alone bigint not null default 0,
  refused bigint not null default 0,
  failures integer not null default 0,
  retry_at timestamptz not null default now(),
  error_code text,
  error text,
  lease_id uuid,
  lease_worker text,
  lease_until timestamptz,
  started_at timestamptz not null default clock_timestamp(),
  scanned_at timestamptz,
  decided_at timestamptz,
  finished_at timestamptz,
  constraint site_take_overs_phase_known
    check (phase in ('scan', 'drop', 'ready', 'apply', 'clean', 'done', 'failed', 'forget'))
) with (fillfactor = 50);
create index site_take_overs_open_idx on public.site_take_overs (started_at)
  where phase in ('scan', 'drop', 'apply', 'clean', 'forget');
comment on column public.site_take_overs.phase is
  'scan: the site''s rows are read; drop: those of the pass before that are gone are forgotten; ready: somebody has to decide; apply: being done; clean: rows about which nothing has to be said any more are forgotten.';
comment on column public.site_take_overs.mapping is 'How the rows were read; another one makes them worthless.';
comment on column public.site_take_overs.pass is 'Counts the readings: a decision is applied to what a reading after it finds.';
comment on column public.site_take_overs.unlisted is 'Rows of nobody in the list beyond those that are kept here.';
comment on column public.site_take_overs.groups is 'How many rows are in which group, and how many users are only here.';
comment on column public.site_take_overs.decisions is '{group: link | import | leave}; what is not named is left alone.';

-- The site's rows: those that may be somebody's, and the first hundred thousand that are nobody's.
create table public.site_take_over_rows (
  site_id uuid not null,
  key text not null,
  pass integer not null,
  kind text not null,
  user_id text,
  fields jsonb not null,
  row_at timestamptz,
  reason text,
  problem text,
  decision text,
  decision_user text,
  outcome text,
  why text,
  primary key (site_id, key),
  constraint site_take_over_rows_kind_known
    check (kind in ('ours', 'same_id', 'same_email', 'same_clerk_id', 'only_there', 'conflicting')),
  constraint site_take_over_rows_decision_known check (decision in ('link', 'import', 'leave')),
  constraint site_take_over_rows_outcome_known check (outcome in ('linked', 'imported', 'left', 'refused'))
);
create index site_take_over_rows_kind_idx on public.site_take_over_rows (site_id, kind, key);
create index site_take_over_rows_outcome_idx on public.site_take_over_rows (site_id, outcome, key) where outcome is not null;
comment on column public.site_take_over_rows.key is 'The value of the match column.';
comment on column public.site_take_over_rows.user_id is 'Whose row it may be, when that is one user.';
comment on column public.site_take_over_rows.reason is 'Why a row is conflicting.';
comment on column public.site_take_over_rows.problem is 'Why the row could not become a user of the list.';

-- Who a row may be, and by what.
create table public.site_take_over_matches (
  site_id uuid not null,
  user_id text not null,
  key text not null,
  pass integer not null,
  matched_by text[] not null,
  primary key (site_id, user_id, key)
);
create index site_take_over_matches_key_idx on public.site_take_over_matches (site_id, key);

-- Users whose row at a site was left to the site: they are not sent there, or there would be two of them.
create table public.site_left_users (
  site_id uuid not null,
  user_id text not null,
  generation integer not null,
  key text not null,
  primary key (site_id, user_id)
);

alter table public.site_take_overs enable row level security;
alter table public.site_take_over_rows enable row level security;
alter table public.site_take_over_matches enable row level security;
alter table public.site_left_users enable row level security;
revoke all on public.site_take_overs, public.site_take_over_rows, public.site_take_over_matches, public.site_left_users
  from anon, authenticated, service_role;

-- Addresses with spaces around them, which only SQL can put into the list; all others are found by user_profiles_email_key.
create index user_profiles_untrimmed_email_idx on public.user_profiles (lower(btrim(email, E' \t\r\n')))
  where email <> btrim(email, E' \t\r\n');

-- What is known of a disconnected site's rows is forgotten; by workers, since there may be many.
create function public.site_take_over_forget() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.site_take_overs t set phase = 'forget', retry_at = now(), lease_id = null, lease_until = null where t.site_id = new.id;
  delete from public.site_left_users l where l.site_id = new.id;
  return null;
end;
$$;
create trigger connected_sites_take_over_forget after update of disconnected_at on public.connected_sites
  for each row when (old.disconnected_at is null and new.disconnected_at is not null)
  execute function public.site_take_over_forget();

-- What could not be read with the credentials before is tried again with others.
create function public.site_take_over_retry() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.site_take_overs t set retry_at = now() where t.site_id = new.id and t.retry_at > now();
  return null;
end;
$$;
create trigger connected_sites_take_over_retry after update of credentials_sealed on public.connected_sites
  for each row when (old.credentials_sealed is distinct from new.credentials_sealed)
  execute function public.site_take_over_retry();

-- Begins to read a site's rows, anew when that was done before.
create function public.take_over_begin(site public.connected_sites, by text) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.site_take_overs as t (site_id, generation, mapping, requested_by)
  values (site.id, site.generation, site.mapping, by)
  on conflict (site_id) do update set
    phase = 'scan', generation = excluded.generation, mapping = excluded.mapping, requested_by = excluded.requested_by,
    pass = t.pass + 1, cursor = '', scanned = 0, unlisted = 0, groups = '{}', decisions = null, decided_by = null, run_id = null,
    linked = 0, imported = 0, left_alone = 0, refused = 0, failures = 0, retry_at = now(), error_code = null, error = null,
    lease_id = null, lease_worker = null, lease_until = null,
    started_at = clock_timestamp(), scanned_at = null, decided_at = null, finished_at = null;
  perform nextval('public.sync_version_seq'); -- open pages follow it
end;
$$;

-- A worker has looked whether a leased site has rows, before it writes there for the first time. Where there are some, the
-- site waits for a decision. Returns whether the worker may write.
create function public.sync_looked(site uuid, lease uuid, has_rows boolean) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  target public.connected_sites;
begin
  select s.* into target from public.connected_sites s
  where s.id = site and s.lease_id = lease and s.lease_until > now() for no key update;
  if not found then
    return false;
  elsif target.take_over is null then
    return true;
  elsif not has_rows then
    update public.connected_sites s set take_over = null where s.id = site;
    return true;
  end if;
  update public.connected_sites s set take_over = 'waiting', status = 'paused',
    lease_id = null, lease_worker = null, lease_until = now(), updated_at = now()
  where s.id = site;
  if not exists (
    select from public.site_take_overs t
    where t.site_id = site and t.generation = target.generation and t.mapping is not distinct from target.mapping
      and t.phase not in ('done', 'failed', 'forget')
  ) then
    perform public.take_over_begin(target, null);
  end if;
  return false;
end;
$$;

-- Users who were left to a site are outside of it: their claims carry nothing to be written.
create function public.sync_claims_leave() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  left_there text[];
begin
  if not exists (select from public.site_left_users l where l.site_id = new.site_id) then
    return new;
  end if;
  select array_agg(l.user_id) into left_there
  from public.site_left_users l
  join public.connected_sites s on s.id = l.site_id and s.generation = l.generation
  join unnest(new.user_ids, new.upserts) t(id, upsert) on t.id = l.user_id and t.upsert
  where l.site_id = new.site_id;
  if left_there is not null then
    new.outside := left_there;
    new.upserts := array(
      select t.upsert and t.id <> all (left_there)
      from unnest(new.user_ids, new.upserts) with ordinality t(id, upsert, n) order by n);
  end if;
  return new;
end;
$$;
create trigger sync_claims_leave before insert on public.sync_claims
  for each row execute function public.sync_claims_leave();

revoke execute on function
  public.site_table(public.connected_sites), public.documented_mapping(), public.match_field(jsonb), public.connected_sites_look(), public.site_take_over_forget(),
  public.site_take_over_retry(),
  public.take_over_begin(public.connected_sites, text), public.sync_looked(uuid, uuid, boolean), public.sync_claims_leave()
from public, anon, authenticated, service_role;
grant execute on function public.sync_looked(uuid, uuid, boolean) to service_role;

-- 20261128001100_take_over_scan.sql

-- What workers ask while they read a site's rows for its take-over. Each function is one transaction, refused without the
-- lease, and safe to repeat.

-- Ends a take-over that cannot go on.
create function public.take_over_fail(site uuid, code text, reason text) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.site_take_overs t set phase = 'failed', finished_at = clock_timestamp(), error_code = code, error = reason,
    lease_id = null, lease_worker = null, lease_until = null
  where t.site_id = site;
  perform nextval('public.sync_version_seq'); -- open pages follow it
end;
$$;

-- The caller's take-over with its lease prolonged; null when the lease is lost, or the rows are not the site's any more,
-- because another database, table or mapping stands behind it.
create function public.take_over_hold(site uuid, lease uuid, seconds integer) returns public.site_take_overs
language plpgsql
security definer
set search_path = ''
as $$
declare
  run public.site_take_overs;
  target public.connected_sites;
begin
  update public.site_take_overs t set lease_until = now() + make_interval(secs => seconds)
  where t.site_id = site and t.lease_id = lease and t.lease_until > now()
  returning t.* into run;
  if run.site_id is null or run.phase = 'forget' then
    return run;
  end if;
  select s.* into target from public.connected_sites s where s.id = run.site_id;
  if target.status = 'disconnecting' or target.generation <> run.generation
    -- The take-over itself may have given the site a mapping that says the same.
    or (target.mapping is distinct from run.mapping and not (run.mapping is null and target.shared)) then
    perform public.take_over_fail(site, 'rows_outdated', case
      when target.status = 'disconnecting' then 'The site is being disconnected.'
      else 'The site''s credentials or mapping were changed meanwhile.' end);
    return null;
  end if;
  return run;
end;
$$;

-- Gives a take-over in which something is to be done to the worker for so many seconds, with what is needed to reach its
-- site; null when there is none.
create function public.sync_take_over_lease(worker text, seconds integer) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  run public.site_take_overs;
  site public.connected_sites;
  lease uuid;
begin
  loop
    select t.* into run from public.site_take_overs t
    where t.phase in ('scan', 'drop', 'apply', 'clean', 'forget') and t.retry_at <= now()
      and (t.lease_until is null or t.lease_until <= now())
    order by t.started_at limit 1
    for no key update skip locked;
    if not found then
      return null;
    end if;
    lease := gen_random_uuid();
    update public.site_take_overs t
    set lease_id = lease, lease_worker = worker, lease_until = now() + make_interval(secs => seconds)
    where t.site_id = run.site_id;
    run := public.take_over_hold(run.site_id, lease, seconds);
    continue when run.site_id is null; -- that one has ended
    select s.* into site from public.connected_sites s where s.id = run.site_id;
    return jsonb_build_object(
      'phase', run.phase, 'cursor', run.cursor, 'failures', run.failures, 'mapping', run.mapping,
      'site', jsonb_build_object(
        'id', site.id, 'name', site.name, 'kind', site.kind, 'leaseId', run.lease_id,
        'url', coalesce(site.endpoint_url, ''), 'credentials', coalesce(site.credentials_sealed, ''),
        'removalPolicy', site.removal_policy, 'removalColumn', site.removal_column));
  end loop;
end;
$$;

-- Who the given rows may be: [{"key", "id"?, "email"?, "clerkUserId"?}] as the site has them, matched by what identifies a
-- row ("id"), by e-mail address without case and spaces around it, and by Clerk id.
create function public.take_over_match(field text, page_rows jsonb) returns table (key text, user_id text, matched_by text[])
language sql
stable
security definer
set search_path = ''
as $$
  with given as materialized (
    select r ->> 'key' as key, nullif(r ->> 'id', '') as id, nullif(r ->> 'clerkUserId', '') as clerk, r ->> 'email' as email,
      nullif(lower(btrim(r ->> 'email', E' \t\r\n')), '') as address
    from jsonb_array_elements(page_rows) r
  )
  select f.key, f.user_id, array_agg(distinct f.matched_by order by f.matched_by)
  from (
    select g.key, u.id as user_id, 'id' as matched_by
    from given g cross join lateral (
      select x.id from public.user_profiles x
      -- A uuid column answers in lower case.
      where x.id = any (case when field = 'id' then array[g.key, upper(g.key)] else array[g.id, upper(g.id)] end) offset 0) u
    union all
    select g.key, u.id, 'id' from given g cross join lateral (
      select x.id from public.user_profiles x
      where field = 'email' and lower(x.email) = lower(g.key) and x.email = g.key offset 0) u
    union all
    select g.key, u.id, 'id' from given g cross join lateral (
      select x.id from public.user_profiles x where field = 'clerk_user_id' and x.clerk_user_id = g.key offset 0) u
    union all
    select g.key, u.id, 'email' from given g cross join lateral (
      select x.id from public.user_profiles x where lower(x.email) = g.address offset 0) u
    union all
    select g.key, u.id, 'email' from given g cross join lateral (
      select x.id from public.user_profiles x
      where lower(btrim(x.email, E' \t\r\n')) = g.address and x.email <> btrim(x.email, E' \t\r\n') offset 0) u
    union all
    select g.key, u.id, 'clerk_user_id' from given g cross join lateral (
      select x.id from public.user_profiles x where x.clerk_user_id = g.clerk offset 0) u
  ) f
  group by f.key, f.user_id;
$$;

-- Which of these users a site gets at all.
create function public.take_over_in_scope(scope jsonb, ids text[]) returns text[]
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  inside text[];
begin
  if scope is null then
    return ids;
  end if;
  execute 'select array_agg(u.id) from public.user_profiles u where u.id = any ($1) and ' || public.scope_condition(scope)
    into inside using ids;
  return coalesce(inside, '{}');
end;
$$;

-- Sorts a page of the site's rows: [{"key", "fields": {"id"?, "email", "clerk_user_id", …}, "at"?, "problem"?}] in the order in
-- which the site gave them, those that follow the cursor; [] when there are none. Returns {"kind": "lost"}, or {"kind":
-- "held", "phase", "cursor"}.
create function public.sync_take_over_page(site uuid, lease uuid, seconds integer, page_rows jsonb) returns jsonb
language plpgsql
security definer
set search_path = ''
-- A page is a thousand rows found by key, whatever the statistics of tables that have just grown say.
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  listed constant bigint := 100000; -- a site with a million users of its own should not fill the centre with them
  run public.site_take_overs;
  target public.connected_sites;
  field text;
  keys text[];
  people text[];
  inside text[];
  room bigint;
  more bigint;
begin
  run := public.take_over_hold(site, lease, seconds);
  if run.site_id is null or run.phase <> 'scan' then
    return jsonb_build_object('kind', 'lost');
  end if;
  select s.* into target from public.connected_sites s where s.id = site;
  field := public.match_field(run.mapping);
  keys := array(select e.r ->> 'key' from jsonb_array_elements(page_rows) with ordinality e(r, n) order by e.n);
  if cardinality(keys) = 0 then
    update public.site_take_overs t set phase = 'drop', cursor = '', failures = 0, error_code = null, error = null
    where t.site_id = site;
    return jsonb_build_object('kind', 'held', 'phase', 'drop', 'cursor', '');
  end if;

  insert into public.site_take_over_matches as m (site_id, user_id, key, pass, matched_by)
  select site, f.user_id, f.key, run.pass, f.matched_by
  from public.take_over_match(field, (
    select jsonb_agg(jsonb_build_object('key', r -> 'key', 'id', r -> 'fields' -> 'id', 'email', r -> 'fields' -> 'email',
      'clerkUserId', r -> 'fields' -> 'clerk_user_id')) from jsonb_array_elements(page_rows) r)) f
  order by f.user_id, f.key
  on conflict (site_id, user_id, key) do update set pass = excluded.pass, matched_by = excluded.matched_by;
  people := array(
    select distinct m.user_id from public.site_take_over_matches m
    where m.site_id = site and m.key = any (keys) and m.pass = run.pass);
  inside := public.take_over_in_scope(target.scope, people);
  room := greatest(0, listed - (
    select count(*) from (
      select from public.site_take_over_rows r where r.site_id = site and r.kind = 'only_there' and r.pass = run.pass limit listed) l));

  with given as (
    select e.n, e.r ->> 'key' as key, e.r -> 'fields' as fields, (e.r ->> 'at')::timestamptz as at, e.r ->> 'problem' as problem
    from jsonb_array_elements(page_rows) with ordinality e(r, n)
  ), seen as (
    select g.*, m.users, one.matched_by, u.status, m.users[1] as user_id,
      exists (
        select from public.site_row_keys k where k.site_id = site and k.generation = run.generation and k.key = g.key)
      or coalesce('id' = any (one.matched_by) and p.written and p.generation = run.generation
        and k.generation is distinct from run.generation, false) as ours,
      coalesce(p.written and p.generation = run.generation, false) as has_row
    from given g
    left join lateral (
      select array_agg(x.user_id order by x.user_id) as users
      from public.site_take_over_matches x where x.site_id = site and x.key = g.key and x.pass = run.pass
    ) m on true
    left join lateral (
      select x.matched_by from public.site_take_over_matches x where x.site_id = site and x.user_id = m.users[1] and x.key = g.key
    ) one on true
    left join lateral (select x.status from public.user_profiles x where x.id = m.users[1] offset 0) u on true
    left join lateral (
      select x.written, x.generation from public.user_sync_state x where x.user_id = m.users[1] and x.site_id = site offset 0) p on true
    left join lateral (
      select x.generation from public.site_row_keys x where x.site_id = site and x.user_id = m.users[1] offset 0) k on true
  ), judged as (
    select s.*, case
        when s.ours or s.users is null then null
        when cardinality(s.users) > 1 then 'several_users'
        when s.status <> 'active' then 'inactive'
        when s.user_id <> all (inside) then 'out_of_scope'
        when s.has_row then 'has_row'
      end as reason
    from seen s
  ), kinds as (
    select j.*, case
        when j.ours then 'ours'
        when j.users is null then 'only_there'
        when j.reason is not null then 'conflicting'
        when 'id' = any (j.matched_by) then 'same_id'
        when 'email' = any (j.matched_by) then 'same_email'
        else 'same_clerk_id' end as kind
    from judged j
  ), kept as (
    select k.*, row_number() over (partition by k.kind order by k.n) as nth from kinds k
  ), written as (
    insert into public.site_take_over_rows as r (site_id, key, pass, kind, user_id, fields, row_at, reason, problem)
    select site, k.key, run.pass, k.kind, case when cardinality(k.users) = 1 then k.user_id end, k.fields, k.at, k.reason, k.problem
    from kept k where k.kind <> 'only_there' or k.nth <= room
    on conflict (site_id, key) do update set
      pass = excluded.pass, kind = excluded.kind, user_id = excluded.user_id, fields = excluded.fields, row_at = excluded.row_at,
      reason = excluded.reason, problem = excluded.problem, outcome = null, why = null,
      -- What was decided the last time counts no longer.
      decision = case when run.decided_at is not null then r.decision end,
      decision_user = case when run.decided_at is not null then r.decision_user end
    returning 1
  )
  select cardinality(keys) - count(*) into more from written;
  -- Two rows for one user: a person has to say which of them it is.
  update public.site_take_over_rows r set kind = 'conflicting', reason = 'several_rows'
  where r.site_id = site and r.pass = run.pass and r.kind in ('same_id', 'same_email', 'same_clerk_id')
    and r.key = any (array(
      select o.key from unnest(people) p(id)
      cross join lateral (
        select m.key, count(*) over () as rows from public.site_take_over_matches m
        where m.site_id = site and m.user_id = p.id and m.pass = run.pass offset 0) o
      where o.rows > 1));

  update public.site_take_overs t set
    cursor = keys[cardinality(keys)], scanned = t.scanned + cardinality(keys), unlisted = t.unlisted + more,
    failures = 0, error_code = null, error = null
  where t.site_id = site;
  return jsonb_build_object('kind', 'held', 'phase', 'scan', 'cursor', keys[cardinality(keys)]);
end;
$$;

-- How many of the site's rows are in which group.
create function public.take_over_count(run public.site_take_overs) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce((
      select jsonb_object_agg(c.kind, c.rows) from (
        select r.kind, count(*) as rows from public.site_take_over_rows r where r.site_id = run.site_id group by r.kind) c), '{}')
    || jsonb_build_object('unimportable', (
      select count(*) from public.site_take_over_rows r
      where r.site_id = run.site_id and r.kind = 'only_there' and r.problem is not null));
$$;

-- Adds up how many users will be new at the site, so many users at a time. Returns whether all were looked at.
create function public.take_over_count_users(run public.site_take_overs, most integer) returns boolean
language plpgsql
security definer
set search_path = ''
-- User by user: all pairs that there are would be read otherwise.
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  site public.connected_sites;
  looked bigint;
  last text;
  added bigint;
begin
  select s.* into site from public.connected_sites s where s.id = run.site_id;
  execute format(
    'with looked as materialized (
       select * from public.user_profiles u where u.status = ''active'' and u.id > $3 order by u.id limit $4
     )
     select (select count(*) from looked), (select max(id) from looked), (
       select count(*) from looked u where %s
         and not exists (select from public.site_take_over_matches m where m.site_id = $1 and m.user_id = u.id offset 0)
         and not exists (select from public.user_sync_state p
           where p.user_id = u.id and p.site_id = $1 and p.generation = $2 and p.written offset 0))',
    coalesce(public.scope_condition(site.scope), 'true'))
  into looked, last, added using site.id, site.generation, run.cursor, most;
  update public.site_take_overs t set
    cursor = coalesce(last, t.cursor),
    groups = t.groups || jsonb_build_object('only_here', coalesce((t.groups ->> 'only_here')::bigint, 0) + added)
  where t.site_id = run.site_id;
  return looked < most;
end;
$$;

-- Lets a site's sync begin, or go on, and ends its take-over but for forgetting what was read.
create function public.take_over_release(site uuid) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.connected_sites s set
    take_over = null, status = case when s.take_over = 'waiting' and s.status = 'paused' then 'active' else s.status end,
    retry_at = least(s.retry_at, now()), updated_at = now()
  where s.id = site and s.take_over is not null;
  update public.site_take_overs t set phase = 'clean', cursor = '', finished_at = clock_timestamp() where t.site_id = site;
  perform nextval('public.sync_version_seq'); -- open pages follow it
end;
$$;

-- Gives a site back the next users who were left to it and have no row there any more: they are sent like any other.
-- Returns whether all were looked at.
create function public.take_over_return(run public.site_take_overs, most integer) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  ids constant text[] := array(
    select l.user_id from public.site_left_users l
    where l.site_id = run.site_id and l.user_id > run.cursor order by l.user_id limit most);
  returned text[];
begin
  with gone as (
    delete from public.site_left_users l
    where l.site_id = run.site_id and l.user_id = any (ids)
      and not exists (select from public.site_take_over_matches m where m.site_id = run.site_id and m.user_id = l.user_id)
    returning l.user_id
  )
  select array_agg(g.user_id) into returned from gone g;
  -- In the order in which fan-outs lock, or the two could deadlock.
  perform from public.user_sync_state p
  where p.site_id = run.site_id and p.user_id = any (returned) order by p.user_id for no key update;
  update public.user_sync_state p set
    desired_version = nextval('public.sync_version_seq'), status = 'pending', attempts = 0, due_at = now(), wanted_at = now()
  where p.site_id = run.site_id and p.user_id = any (returned);
  update public.site_take_overs t set cursor = coalesce(ids[cardinality(ids)], '') where t.site_id = run.site_id;
  return cardinality(ids) < most;
end;
$$;

-- Forgets rows that the last reading did not see, some thousand at a time; then the groups are counted, and what was
-- decided is done, or somebody is waited for. Returns whether that is so.
create function public.take_over_drop(run public.site_take_overs) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  most constant integer := 5000;
  dropped integer := 0;
  all_seen boolean;
begin
  if run.cursor = '' then
    delete from public.site_take_over_rows r where (r.site_id, r.key) in (
      select o.site_id, o.key from public.site_take_over_rows o where o.site_id = run.site_id and o.pass <> run.pass limit most);
    get diagnostics dropped = row_count;
    if dropped < most then
      delete from public.site_take_over_matches m where (m.site_id, m.user_id, m.key) in (
        select o.site_id, o.user_id, o.key from public.site_take_over_matches o
        where o.site_id = run.site_id and o.pass <> run.pass limit most);
      get diagnostics dropped = row_count;
    end if;
  end if;
  -- From here on the cursor is a user's id.
  if dropped = most then
    return false;
  elsif run.decided_at is null then
    all_seen := public.take_over_count_users(run, 50000); -- some 0.5 s
  else
    all_seen := public.take_over_return(run, most);
  end if;
  if not all_seen then
    return false;
  end if;
  update public.site_take_overs t set
    phase = case when t.decided_at is null then 'ready' else 'apply' end, cursor = '',
    scanned_at = coalesce(t.scanned_at, clock_timestamp()), groups = public.take_over_count(run)
      || jsonb_build_object('only_here', coalesce((t.groups ->> 'only_here')::bigint, 0))
  where t.site_id = run.site_id;
  if run.scanned = 0 and run.decided_at is null then
    perform public.take_over_release(run.site_id); -- its rows are gone: there is nothing to decide
  end if;
  perform nextval('public.sync_version_seq'); -- open pages follow it
  return true;
end;
$$;

-- The site could not be read: tried again after so many seconds; null: not until somebody asks. Also gives the take-over
-- back when its worker stops: no code, and at once.
create function public.sync_take_over_wait(site uuid, lease uuid, code text, reason text, retry_in double precision) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.site_take_overs t set
    lease_id = null, lease_worker = null, lease_until = null,
    failures = t.failures + (code is not null)::integer, error_code = code, error = reason,
    retry_at = case when code is null then now() else coalesce(now() + make_interval(secs => retry_in), 'infinity') end
  where t.site_id = site and t.lease_id = lease;
  if found and code is not null then
    perform nextval('public.sync_version_seq');
  end if;
end;
$$;

revoke execute on function
  public.take_over_fail(uuid, text, text), public.take_over_hold(uuid, uuid, integer), public.sync_take_over_lease(text, integer),
  public.take_over_match(text, jsonb), public.take_over_in_scope(jsonb, text[]),
  public.sync_take_over_page(uuid, uuid, integer, jsonb), public.take_over_count(public.site_take_overs),
  public.take_over_count_users(public.site_take_overs, integer),
  public.take_over_release(uuid), public.take_over_return(public.site_take_overs, integer),
  public.take_over_drop(public.site_take_overs), public.sync_take_over_wait(uuid, uuid, text, text, double precision)
from public, anon, authenticated, service_role;
grant execute on function
  public.sync_take_over_lease(text, integer), public.sync_take_over_page(uuid, uuid, integer, jsonb),
  public.sync_take_over_wait(uuid, uuid, text, text, double precision)
to service_role;

-- 20261128001200_take_over_apply.sql

-- What somebody decided about a site's rows, done some hundred at a time. Nothing is written to the site here: a linked row
-- is one that Roster owns from now on, and its pair is sent like any other.

-- A row whose turn it is, with what is to become of it.
create type public.take_over_pick as (
  key text, kind text, user_id text, fields jsonb, row_at timestamptz, problem text, decision text, outcome text, why text
);

-- A user of the list as a row of the site says it.
create function public.take_over_user(field text, pick public.take_over_pick) returns jsonb
language sql
volatile
set search_path = ''
as $$
  select jsonb_build_object(
    'id', named.id,
    'clerk_user_id', case when field = 'clerk_user_id' then pick.key
      else coalesce(nullif(btrim(pick.fields ->> 'clerk_user_id', E' \t\r\n'), ''), named.id) end,
    'email', btrim(pick.fields ->> 'email', E' \t\r\n'),
    'full_name', nullif(btrim(pick.fields ->> 'full_name', E' \t\r\n'), ''),
    'role', coalesce(nullif(btrim(pick.fields ->> 'role', E' \t\r\n'), ''), 'user'),
    'team', nullif(btrim(pick.fields ->> 'team', E' \t\r\n'), ''),
    'department', nullif(btrim(pick.fields ->> 'department', E' \t\r\n'), ''))
  from (
    select case when field = 'id' then pick.key else coalesce(nullif(pick.fields ->> 'id', ''), gen_random_uuid()::text) end as id
  ) named;
$$;

-- Makes users of the rows that are to be imported; with an outcome, and the user, where that was done.
create function public.take_over_import(site public.connected_sites, field text, picked public.take_over_pick[])
returns public.take_over_pick[]
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
as $$
declare
  judged public.take_over_pick[];
  people jsonb;
  inside text[];
begin
  select jsonb_object_agg(p.key, public.take_over_user(field, p)) into people
  from unnest(picked) p where p.decision = 'import' and p.problem is null;
  if people is null then
    people := '{}';
  end if;
  execute 'select array_agg(e.key) from jsonb_each($1) e
    cross join lateral jsonb_populate_record(null::public.user_profiles, e.value || ''{"status": "active"}'') u
    where ' || coalesce(public.scope_condition(site.scope), 'true') into inside using people;
  select array_agg(row(
      p.key, p.kind, n.person ->> 'id', p.fields, p.row_at, p.problem, p.decision, null, case
        when p.kind <> 'only_there' then 'Somebody in the list may be this person: link the row or leave it.'
        when p.problem is not null then p.problem
        when p.key <> all (coalesce(inside, '{}')) then
          'The site''s scope would leave this user out, and the row would be removed at once.'
        when n.nth > 1 then 'Another row of the site has the same e-mail address or Clerk id.'
        when exists (select from public.user_profiles u where u.id = n.person ->> 'id') then
          format('The list has another user with the id %s.', n.person ->> 'id')
        when exists (select from public.user_profiles u where lower(u.email) = lower(n.person ->> 'email')) then
          format('The e-mail address %s belongs to another user by now.', n.person ->> 'email')
        when exists (select from public.user_profiles u where u.clerk_user_id = n.person ->> 'clerk_user_id') then
          format('The Clerk id %s belongs to another user.', n.person ->> 'clerk_user_id')
      end)::public.take_over_pick order by p.key)
  into judged
  from unnest(picked) p
  left join (
    select e.key, e.value as person, greatest(
      row_number() over (partition by lower(e.value ->> 'email') order by e.key),
      row_number() over (partition by e.value ->> 'clerk_user_id' order by e.key)) as nth
    from jsonb_each(people) e
  ) n on n.key = p.key
  where p.decision = 'import';

  with made as (
    insert into public.user_profiles (id, clerk_user_id, email, full_name, role, team, department, updated_at)
    select u.id, u.clerk_user_id, u.email, u.full_name, u.role, u.team, u.department,
      -- Newer than the site's row, or the site's guard would keep its own.
      greatest(now(), j.row_at + interval '1 microsecond')
    from unnest(judged) j
    cross join lateral jsonb_populate_record(null::public.user_profiles, people -> j.key) u
    where j.why is null
    on conflict do nothing
    returning id
  )
  select array_agg(row(
      j.key, j.kind, j.user_id, j.fields, j.row_at, j.problem, j.decision,
      case when m.id is null then 'refused' else 'imported' end,
      case when m.id is null then coalesce(j.why, 'Somebody with this id, e-mail address or Clerk id was added just now.') end
    )::public.take_over_pick order by j.key)
  into judged
  from unnest(judged) j left join made m on m.id = j.user_id and j.why is null;
  return coalesce(judged, '{}');
end;
$$;

-- Says of the rows that are to be linked whether they can be, in outcome and why.
create function public.take_over_link(site public.connected_sites, picked public.take_over_pick[]) returns public.take_over_pick[]
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
as $$
declare
  judged public.take_over_pick[];
  inside text[];
begin
  inside := public.take_over_in_scope(site.scope, array(
    select p.user_id from unnest(picked) p where p.decision = 'link' and p.user_id is not null));
  select array_agg(row(
      w.key, w.kind, w.user_id, w.fields, w.row_at, w.problem, w.decision,
      case when w.why is null then 'linked' else 'refused' end, w.why)::public.take_over_pick order by w.key)
  into judged
  from (
    select p.key, p.kind, p.user_id, p.fields, p.row_at, p.problem, p.decision, case
      when p.user_id is null then 'Several users may be this one: say which.'
      when u.id is null then 'This user is not in the list any more.'
      when u.status <> 'active' then 'This user is inactive, so the row would be removed at once.'
      when u.id <> all (inside) then 'The site''s scope leaves this user out, so the row would be removed at once.'
      when p.nth > 1 or (s.written and s.generation = site.generation) or (k.generation = site.generation and k.key <> p.key)
        then 'This user has another row at the site.'
      when exists (select from public.sync_claims c where c.site_id = site.id and p.user_id = any (c.user_ids))
        then 'This user was on the way to the site just then.'
      when exists (
        select from public.site_row_keys x
        where x.site_id = site.id and x.generation = site.generation and x.key = p.key and x.user_id <> p.user_id)
        then 'This row is another user''s by now.'
    end as why
    from (
      select q.*, row_number() over (partition by q.user_id order by q.key) as nth from unnest(picked) q where q.decision = 'link'
    ) p
    left join public.user_profiles u on u.id = p.user_id
    left join public.user_sync_state s on s.user_id = p.user_id and s.site_id = site.id
    -- "offset 0": by the primary key, and not by the generation, which all keys of the site share.
    left join lateral (
      select x.generation, x.key from public.site_row_keys x where x.site_id = site.id and x.user_id = p.user_id offset 0) k on true
  ) w;
  return coalesce(judged, '{}');
end;
$$;

-- Makes rows Roster's own: from now on their users are written there, and taken away there.
create function public.take_over_own(site public.connected_sites, field text, owned public.take_over_pick[]) returns void
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
as $$
begin
  -- In the order in which fan-outs lock, or the two could deadlock.
  perform from public.user_sync_state p
  where p.site_id = site.id and p.user_id in (select o.user_id from unnest(owned) o) order by p.user_id for no key update;
  -- A site's guard keeps a row that is newer than what comes, and a Clerk id that only the site knows would be lost.
  update public.user_profiles u set
    version = case when o.row_at > u.updated_at then u.version + 1 else u.version end,
    updated_at = greatest(u.updated_at, o.row_at + interval '1 microsecond'),
    clerk_user_id = case when o.adopts then o.clerk else u.clerk_user_id end
  from (
    select p.user_id, p.row_at, c.id as clerk,
      coalesce(x.clerk_user_id = x.id and c.id not in (x.id, p.key)
        and not exists (select from public.user_profiles y where y.clerk_user_id = c.id), false) as adopts
    from unnest(owned) p
    cross join lateral (select nullif(btrim(p.fields ->> 'clerk_user_id'), '') as id) c
    join public.user_profiles x on x.id = p.user_id
    where p.outcome = 'linked'
  ) o
  where u.id = o.user_id and (o.adopts or o.row_at > u.updated_at);
  delete from public.site_left_users l using unnest(owned) o where l.site_id = site.id and l.user_id = o.user_id;
  delete from public.site_row_keys k using unnest(owned) o where k.site_id = site.id and k.user_id = o.user_id;
  insert into public.site_row_keys (site_id, user_id, generation, key)
  select site.id, o.user_id, site.generation, o.key from unnest(owned) o
  where field <> 'id' or o.key <> o.user_id;
  insert into public.user_sync_state as p (user_id, site_id, desired_version, generation, written)
  select o.user_id, site.id, nextval('public.sync_version_seq'), site.generation, true from unnest(owned) o
  order by o.user_id
  on conflict (user_id, site_id) do update set
    desired_version = excluded.desired_version,
    synced_version = case when p.generation = excluded.generation then p.synced_version else 0 end,
    generation = excluded.generation, written = true, row_updated_at = null, status = 'pending',
    attempts = 0, due_at = now(), error_code = null, error = null,
    wanted_at = case when p.desired_version > p.synced_version then p.wanted_at else now() end;
end;
$$;

-- Leaves users out of a site whose rows there stay the site's: with another row they would be there twice.
create function public.take_over_leave(site public.connected_sites, keys text[]) returns void
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
as $$
declare
  people text[];
begin
  with left_there as (
    insert into public.site_left_users as l (site_id, user_id, generation, key)
    select distinct on (m.user_id) site.id, m.user_id, site.generation, m.key
    from public.site_take_over_matches m
    left join public.user_sync_state p on p.user_id = m.user_id and p.site_id = site.id
    where m.site_id = site.id and m.key = any (keys)
      and not coalesce(p.written and p.generation = site.generation, false)
    order by m.user_id, m.key
    on conflict (site_id, user_id) do update set generation = excluded.generation, key = excluded.key
    returning l.user_id
  )
  select array_agg(t.user_id order by t.user_id) into people from left_there t;
  perform from public.user_sync_state p
  where p.site_id = site.id and p.user_id = any (people) order by p.user_id for no key update;
  update public.user_sync_state p set due_at = now(), attempts = 0
  where p.site_id = site.id and p.user_id = any (people) and p.desired_version > p.synced_version;
end;
$$;

-- From here on rows of a site are written by their keys, unless every row there is Roster's and has its user's id.
create function public.take_over_share(run public.site_take_overs) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  if run.unlisted > 0 or exists (
    select from public.site_take_over_rows r
    where r.site_id = run.site_id and r.kind in ('same_email', 'same_clerk_id', 'only_there', 'conflicting')
  ) or exists (
    select from public.site_take_over_rows r
    where r.site_id = run.site_id and r.kind = 'same_id' and coalesce(r.decision, run.decisions ->> 'same_id', 'leave') <> 'link'
  ) then
    -- A worker that has the site does not know of it yet: what it writes does not settle.
    update public.connected_sites s set shared = true, mapping = coalesce(s.mapping, public.documented_mapping()),
      lease_id = null, lease_worker = null, lease_until = now()
    where s.id = run.site_id and not s.shared;
  end if;
end;
$$;

-- Does what was decided about the next rows. Returns whether all are done, then the site's sync begins; null when users who
-- are to be linked are on their way to the site: what becomes of that is known in a moment.
create function public.take_over_apply(run public.site_take_overs) returns boolean
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
as $$
declare
  most constant integer := 500; -- some 100 ms
  site public.connected_sites;
  field text := public.match_field(run.mapping);
  picked public.take_over_pick[];
  done public.take_over_pick[];
begin
  if run.cursor = '' then
    perform public.take_over_share(run);
  end if;
  -- In the order in which workers lock: the site before its pairs.
  select s.* into site from public.connected_sites s where s.id = run.site_id for no key update;
  select array_agg(row(
      r.key, r.kind, case when d.decision = 'link' then coalesce(r.decision_user, r.user_id) else r.user_id end,
      r.fields, r.row_at, r.problem, d.decision, null, null)::public.take_over_pick order by r.key)
  into picked
  from (
    select * from public.site_take_over_rows o where o.site_id = run.site_id and o.key > run.cursor order by o.key limit most
  ) r
  cross join lateral (
    select case when r.kind <> 'ours' then coalesce(r.decision, run.decisions ->> r.kind, 'leave') end as decision
  ) d;
  if picked is null then
    perform public.take_over_release(run.site_id);
    return true;
  elsif exists (
    select from public.sync_claims c join unnest(picked) p on p.decision = 'link' and p.user_id = any (c.user_ids)
    -- An older batch is a dead worker's, at a site that nobody has written to since.
    where c.site_id = site.id and c.claimed_at > now() - interval '1 minute'
  ) then
    return null;
  end if;
  done := public.take_over_link(site, picked) || public.take_over_import(site, field, picked);
  perform public.take_over_own(site, field, array(
    select d::public.take_over_pick from unnest(done) d where d.outcome in ('linked', 'imported')));
  perform public.take_over_leave(site, array(select p.key from unnest(picked) p where p.kind <> 'ours'));
  update public.site_take_over_rows r set
    outcome = coalesce(d.outcome, 'left'), why = d.why, user_id = coalesce(d.user_id, r.user_id)
  from unnest(picked) p left join unnest(done) d on d.key = p.key
  where r.site_id = run.site_id and r.key = p.key and p.kind <> 'ours';
  update public.site_take_overs t set
    cursor = picked[cardinality(picked)].key,
    linked = t.linked + (select count(*) from unnest(done) d where d.outcome = 'linked'),
    imported = t.imported + (select count(*) from unnest(done) d where d.outcome = 'imported'),
    refused = t.refused + (select count(*) from unnest(done) d where d.outcome = 'refused'),
    left_alone = t.left_alone + (select count(*) from unnest(picked) p where p.decision = 'leave')
  where t.site_id = run.site_id;
  return false;
end;
$$;

-- Forgets rows about which nothing has to be said any more, some thousand at a time; all of them once the site is
-- disconnected. Returns whether that is done.
create function public.take_over_clean(run public.site_take_overs) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  most constant integer := 5000;
  gone integer;
begin
  delete from public.site_take_over_matches m where (m.site_id, m.user_id, m.key) in (
    select o.site_id, o.user_id, o.key from public.site_take_over_matches o where o.site_id = run.site_id limit most);
  get diagnostics gone = row_count;
  if gone < most then
    delete from public.site_take_over_rows r where (r.site_id, r.key) in (
      select o.site_id, o.key from public.site_take_over_rows o
      where o.site_id = run.site_id and (run.phase = 'forget' or o.outcome is distinct from 'refused') limit most);
    get diagnostics gone = row_count;
  end if;
  if gone = most then
    return false;
  elsif run.phase = 'forget' then
    delete from public.site_take_overs t where t.site_id = run.site_id;
  else
    update public.site_take_overs t set phase = 'done' where t.site_id = run.site_id;
  end if;
  return true;
end;
$$;

-- Does the next piece of what needs no look at the site. Returns {"kind": "lost"}, or {"kind": "held", "phase", "cursor",
-- "later"} with what comes next, and whether that has to wait a moment; "ready" and "done" are for nobody to go on with.
create function public.sync_take_over_step(site uuid, lease uuid, seconds integer) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  run public.site_take_overs;
  phase text;
  later boolean := false;
begin
  -- In the order in which requests lock: the site before its take-over. Not while rows are counted, which takes long.
  perform from public.connected_sites s
  where s.id = site and exists (
    select from public.site_take_overs t where t.site_id = site and (t.phase = 'apply' or (t.phase = 'drop' and t.scanned = 0)))
  for no key update;
  run := public.take_over_hold(site, lease, seconds);
  case run.phase
    when 'drop' then perform public.take_over_drop(run);
    when 'apply' then later := public.take_over_apply(run) is null;
    when 'clean', 'forget' then perform public.take_over_clean(run);
    else return jsonb_build_object('kind', 'lost');
  end case;
  select t.phase into phase from public.site_take_overs t where t.site_id = sync_take_over_step.site;
  if coalesce(phase, 'done') in ('ready', 'done') then
    update public.site_take_overs t set lease_id = null, lease_worker = null, lease_until = null
    where t.site_id = sync_take_over_step.site;
  end if;
  return jsonb_build_object('kind', 'held', 'phase', coalesce(phase, 'done'), 'cursor', '', 'later', later);
end;
$$;

revoke execute on function
  public.take_over_user(text, public.take_over_pick),
  public.take_over_import(public.connected_sites, text, public.take_over_pick[]),
  public.take_over_link(public.connected_sites, public.take_over_pick[]),
  public.take_over_own(public.connected_sites, text, public.take_over_pick[]),
  public.take_over_leave(public.connected_sites, text[]), public.take_over_share(public.site_take_overs),
  public.take_over_apply(public.site_take_overs), public.take_over_clean(public.site_take_overs),
  public.sync_take_over_step(uuid, uuid, integer)
from public, anon, authenticated, service_role;
grant execute on function public.sync_take_over_step(uuid, uuid, integer) to service_role;

-- 20261128001300_take_over_requests.sql

-- What people and scripts ask: what a site's rows are, looking at them, and deciding about them.

-- How the take-over of a site stands; null when there is no such site.
create function public.take_over_read(site_id uuid) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'siteId', s.id,
    'holds', s.take_over is not null,
    'state', case
      when t.site_id is null or t.phase = 'forget' then case when s.take_over is null then 'none' else 'scanning' end
      when t.phase in ('clean', 'done') then 'done'
      when t.phase in ('ready', 'failed') then t.phase
      when t.decided_at is not null then 'applying'
      else 'scanning' end,
    'step', case when t.phase = 'apply' then 'apply' else 'scan' end,
    'scanned', coalesce(t.scanned, 0), 'unlisted', coalesce(t.unlisted, 0),
    'groups', jsonb_build_object(
      'same_id', coalesce((t.groups ->> 'same_id')::bigint, 0), 'same_email', coalesce((t.groups ->> 'same_email')::bigint, 0),
      'same_clerk_id', coalesce((t.groups ->> 'same_clerk_id')::bigint, 0),
      'only_here', coalesce((t.groups ->> 'only_here')::bigint, 0),
      'only_there', coalesce((t.groups ->> 'only_there')::bigint, 0) + coalesce(t.unlisted, 0),
      'conflicting', coalesce((t.groups ->> 'conflicting')::bigint, 0)),
    'ours', coalesce((t.groups ->> 'ours')::bigint, 0),
    'unimportable', coalesce((t.groups ->> 'unimportable')::bigint, 0),
    'linked', coalesce(t.linked, 0), 'imported', coalesce(t.imported, 0), 'left', coalesce(t.left_alone, 0),
    'refused', coalesce(t.refused, 0),
    'runId', t.run_id, 'decidedBy', t.decided_by, 'errorCode', t.error_code, 'error', t.error,
    'startedAt', t.started_at, 'scannedAt', t.scanned_at, 'decidedAt', t.decided_at, 'finishedAt', t.finished_at)
  from public.connected_sites s left join public.site_take_overs t on t.site_id = s.id
  where s.id = take_over_read.site_id and s.disconnected_at is null;
$$;

-- A user of the list as a take-over shows it beside a row.
create function public.take_over_person(u public.user_profiles, matched_by text[]) returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_build_object('id', u.id, 'clerk_user_id', u.clerk_user_id, 'email', u.email, 'full_name', u.full_name,
    'role', u.role, 'team', u.team, 'department', u.department, 'status', u.status, 'matchedBy', coalesce(matched_by, '{}'));
$$;

-- Rows of a group ("refused": those that were refused), or users that are only here, in the order of keys or ids after one:
-- {"items": [{"rowId", "there", "users", "reason", "problem", "why"}], "last": where the next page begins, null at the end}.
-- So many are looked at in one call: a page may be short, and even empty, before the end.
create function public.take_over_items(site_id uuid, kind text, search text, after text, most integer) returns jsonb
language plpgsql
stable
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_variable
declare
  looked_at constant integer := 20000; -- some 100 ms
  site public.connected_sites;
  needle text := lower(coalesce(search, ''));
  answer jsonb;
begin
  select s.* into site from public.connected_sites s where s.id = site_id;
  if kind = 'only_here' then
    execute format(
      'with looked as materialized (
         select * from public.user_profiles u where u.status = ''active'' and u.id > $2 order by u.id limit $4
       ), found as materialized (
         select u.id from looked u
         where %s and position($3 in lower(concat_ws('' '', u.id, u.email, u.full_name))) > 0
           and not exists (select from public.site_take_over_matches m where m.site_id = $1 and m.user_id = u.id)
           and not exists (select from public.user_sync_state p
             where p.user_id = u.id and p.site_id = $1 and p.generation = $6 and p.written)
         order by u.id limit $5
       )
       select jsonb_build_object(
         ''items'', coalesce((
           select jsonb_agg(jsonb_build_object(''rowId'', null, ''kind'', ''only_here'', ''there'', null, ''reason'', null,
             ''problem'', null, ''why'', null, ''users'', jsonb_build_array(public.take_over_person(u, null))) order by u.id)
           from found f join public.user_profiles u on u.id = f.id), ''[]''),
         ''last'', case when (select count(*) from found) = $5 then (select max(id) from found)
           when (select count(*) from looked) = $4 then (select max(id) from looked) end)',
      coalesce(public.scope_condition(site.scope), 'true'))
    into answer using site_id, coalesce(after, ''), needle, looked_at, most, site.generation;
    return answer;
  end if;
  with looked as materialized (
    select r.* from public.site_take_over_rows r
    where r.site_id = site_id and r.key > coalesce(after, '')
      and case when kind = 'refused' then r.outcome = 'refused' else r.kind = kind end
    order by r.key limit looked_at
  ), found as (
    select l.*, p.users from looked l
    cross join lateral (
      select coalesce(jsonb_agg(public.take_over_person(u, o.matched_by) order by u.id), '[]') as users
      from (
        select m.user_id, m.matched_by from public.site_take_over_matches m where m.site_id = site_id and m.key = l.key
        union all
        select l.user_id, null where l.user_id is not null and not exists (
          select from public.site_take_over_matches m where m.site_id = site_id and m.key = l.key)
        limit 10
      ) o join public.user_profiles u on u.id = o.user_id
    ) p
    where needle = ''
      or position(needle in lower(concat_ws(' ', l.key, l.fields ->> 'email', l.fields ->> 'full_name'))) > 0
      or exists (select from jsonb_array_elements(p.users) e
        where position(needle in lower(concat_ws(' ', e ->> 'id', e ->> 'email', e ->> 'full_name'))) > 0)
    order by l.key limit most
  )
  select jsonb_build_object(
    'items', coalesce((select jsonb_agg(jsonb_build_object(
      'rowId', f.key, 'kind', f.kind, 'there', f.fields, 'users', f.users, 'reason', f.reason, 'problem', f.problem, 'why', f.why)
      order by f.key) from found f), '[]'),
    'last', case when (select count(*) from found) = most then (select max(key) from found)
      when (select count(*) from looked) = looked_at then (select max(key) from looked) end)
  into answer;
  return answer;
end;
$$;

-- Whether a site's rows can be read at all: null, or what stands in the way.
create function public.take_over_problem(site public.connected_sites) returns text
language sql
immutable
set search_path = ''
as $$
  select case
    when site.id is null then 'unknown'
    when site.kind = 'webhook' then 'webhook'
    when site.credentials_sealed is null then 'credentials'
    when site.status = 'disconnecting' then 'disconnecting' end;
$$;

-- Has a site's rows read, anew when that was done before; tries again at once where they could not be read. Returns {}, or {"problem": "unknown" | "webhook" | "credentials" |
-- "disconnecting" | "applying"}.
create function public.request_take_over_scan(site_id uuid) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  site public.connected_sites;
begin
  select s.* into site from public.connected_sites s
  where s.id = request_take_over_scan.site_id and s.disconnected_at is null for no key update;
  if public.take_over_problem(site) is not null then
    return jsonb_build_object('problem', public.take_over_problem(site));
  elsif exists (
    select from public.site_take_overs t where t.site_id = site.id and t.decided_at is not null and t.phase in ('scan', 'drop', 'apply')
  ) then
    -- Where the site could not be read, that is tried again.
    update public.site_take_overs t set retry_at = now() where t.site_id = site.id and t.retry_at > now();
    return case when found then '{}' else jsonb_build_object('problem', 'applying') end;
  end if;
  perform public.take_over_begin(site, public.roster_actor() ->> 'name');
  perform public.audit_write('site.take_over_scanned', 'site', site.id::text, site.name);
  return '{}';
end;
$$;

-- Decides about a site's rows: by group ({"same_id": "link", …}, what is not named is left alone), and about single rows
-- ([{"key", "decision", "userId"?}], userId for whose row it is). The rows are read once more and then it is done, by
-- workers. Returns {"runId"}, or {"problem": "unknown" | "webhook" | "credentials" | "disconnecting" | "none" | "scanning" |
-- "applying" | "rows", "keys"?: rows that are not there}.
create function public.request_take_over(site_id uuid, groups jsonb, rows jsonb) returns jsonb
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
as $$
declare
  site public.connected_sites;
  run public.site_take_overs;
  unknown text[];
  following uuid; -- the sync after it
begin
  -- In the order in which workers lock: the site first.
  select s.* into site from public.connected_sites s
  where s.id = request_take_over.site_id and s.disconnected_at is null for no key update;
  if public.take_over_problem(site) is not null then
    return jsonb_build_object('problem', public.take_over_problem(site));
  end if;
  select t.* into run from public.site_take_overs t where t.site_id = site.id for no key update;
  if run.site_id is null or run.phase in ('clean', 'done', 'failed', 'forget') then
    return jsonb_build_object('problem', case when site.take_over is null then 'none' else 'scanning' end);
  elsif run.phase <> 'ready' then
    return jsonb_build_object('problem', case when run.decided_at is null then 'scanning' else 'applying' end);
  elsif run.generation <> site.generation then
    return jsonb_build_object('problem', 'none');
  end if;
  unknown := array(
    select d.key from jsonb_to_recordset(rows) d(key text)
    where not exists (select from public.site_take_over_rows r where r.site_id = site.id and r.key = d.key and r.kind <> 'ours')
    limit 20);
  if cardinality(unknown) > 0 then
    return jsonb_build_object('problem', 'rows', 'keys', to_jsonb(unknown));
  end if;
  update public.site_take_over_rows r set
    decision = d.decision, decision_user = case when d.decision = 'link' then coalesce(d."userId", r.user_id) end
  from jsonb_to_recordset(rows) d(key text, decision text, "userId" text)
  where r.site_id = site.id and r.key = d.key;

  -- What the site is owed already is what follows the decision; a site that is synced already gets what is dirty.
  select f.run_id into following from public.sync_run_sites f
  where f.site_id = site.id and f.finished_at is null and f.user_id is null order by f.started_at limit 1;
  if following is null then
    following := (public.sync_start_full('site', array[site.id], 'take-over') ->> 'runId')::uuid;
    update public.sync_run_sites f set skip_confirmed = true where f.run_id = following;
  end if;
  update public.site_take_overs t set
    decisions = request_take_over.groups, decided_by = coalesce(public.roster_actor() ->> 'name', 'somebody'), decided_at = clock_timestamp(),
    run_id = following,
    phase = 'scan', pass = t.pass + 1, cursor = '', scanned = 0, unlisted = 0, failures = 0, retry_at = now(),
    error_code = null, error = null
  where t.site_id = site.id;
  perform public.audit_write('site.take_over_decided', 'site', site.id::text, site.name, null,
    jsonb_build_object('groups', request_take_over.groups, 'rows', jsonb_array_length(rows), 'counts', run.groups, 'run_id', following));
  perform nextval('public.sync_version_seq'); -- open pages follow it
  return jsonb_build_object('runId', following);
end;
$$;

revoke execute on function
  public.take_over_read(uuid), public.take_over_person(public.user_profiles, text[]),
  public.take_over_items(uuid, text, text, text, integer), public.take_over_problem(public.connected_sites),
  public.request_take_over_scan(uuid), public.request_take_over(uuid, jsonb, jsonb)
from public, anon, authenticated, service_role;
grant execute on function
  public.take_over_read(uuid), public.take_over_items(uuid, text, text, text, integer),
  public.request_take_over_scan(uuid), public.request_take_over(uuid, jsonb, jsonb)
to service_role;

-- 20261128001400_take_over_status.sql

-- What a pair waits for at a site that waits for its take-over.

-- As before; a site that waits for its take-over says so, which nobody has paused.
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
    when p.status = 'held' and u.status <> 'active' then 'More users than usual would be removed from this site within an hour'
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

-- 20261128003000_suspects.sql

-- Who waits, is retried or has failed was collected in one statement for all sites, which read everything of each of them.
-- The matrix asks site by site, and only where there can be some: lists of users and pairs do the same now.

-- 20261128003100_forget_pairs.sql

-- A disconnected site's pairs were deleted in one statement, which for a million users takes longer than a statement may:
-- such a site could not be disconnected. Now the first are, and workers go on with the others. Nobody sees what is left:
-- whatever shows pairs asks for sites that are connected.

alter table public.connected_sites add column forget_cursor text;
comment on column public.connected_sites.forget_cursor is
  'Once disconnected: the last user id whose pair was deleted; null when all are.';

-- Deletes the next pairs of sites that are disconnected. True when some may be left.
create function public.sync_forget_pairs() returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  -- Pairs of all sites that one step walks over: some 30 ms, and 0.5 s when all of them are to be deleted.
  walked constant integer := 50000;
  site public.connected_sites;
  upto text;
begin
  select s.* into site from public.connected_sites s where s.forget_cursor is not null
  order by s.disconnected_at limit 1 for no key update skip locked;
  if not found then
    return false;
  end if;
  select p.user_id into upto from public.user_sync_state p
  where p.user_id > site.forget_cursor order by p.user_id offset walked limit 1;
  -- In the order in which fan-outs lock, or the two could deadlock.
  perform from public.user_sync_state p
  where p.site_id = site.id and p.user_id > site.forget_cursor and (upto is null or p.user_id <= upto)
  order by p.user_id for update;
  delete from public.user_sync_state p
  where p.site_id = site.id and p.user_id > site.forget_cursor and (upto is null or p.user_id <= upto);
  update public.connected_sites s set forget_cursor = upto where s.id = site.id;
  return true;
end;
$$;

-- What is due from time to time: see sync_log_maintain and sync_forget_pairs. True when a step is left.
create function public.sync_maintain() returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform public.sync_log_maintain();
  return public.sync_forget_pairs();
end;
$$;

revoke execute on function public.sync_forget_pairs(), public.sync_maintain() from public, anon, authenticated;
grant execute on function public.sync_maintain() to service_role;

-- 20261128003200_removal_policy.sql

-- Another removal policy locked every row that Roster wrote at the site, and read the pairs of all sites to find them: with
-- a million users that takes longer than a statement may.

create index user_sync_state_outside_idx on public.user_sync_state (site_id, user_id)
  where written and status in ('removed', 'out_of_scope');

-- 20261128004000_search_text.sql

-- What searches compare is kept with each user. It was put together again for every row that a search looked at, which took
-- most of its time; and an index that holds it beside the order can be walked without looking at the rows at all.

-- Longer names and addresses are found and sorted by their beginnings: an index takes 2.7 kB.
alter table public.user_profiles
  add column search_name text not null generated always as (lower(left(coalesce(full_name, email), 100))) stored,
  add column search_text text not null generated always as (
    lower(left(email, 254) || ' ' || left(coalesce(full_name, ''), 150))) stored;
comment on column public.user_profiles.search_name is 'By what lists are sorted by name.';
comment on column public.user_profiles.search_text is 'What searches look into; it begins with the e-mail address, so lists by that are in its order.';

drop index public.user_profiles_search_idx;
drop index public.user_profiles_name_idx;
create index user_profiles_search_idx on public.user_profiles using gin (search_text extensions.gin_trgm_ops);
create index user_profiles_name_idx on public.user_profiles (search_name, id) include (search_text);
create index user_profiles_email_order_idx on public.user_profiles (search_text, id);

-- A user as callers get it.
create function public.user_told(one public.user_profiles) returns jsonb
language sql
stable
set search_path = ''
as $$
  select to_jsonb(one) - '{search_name,search_text}'::text[];
$$;
revoke execute on function public.user_told(public.user_profiles) from public, anon, authenticated;
grant execute on function public.user_told(public.user_profiles) to service_role;

-- The condition that a search finds a row called u with search_text; "true" for none. Three characters and more are found
-- anywhere in the e-mail address and name, fewer at the beginning of a word, which is all that trigrams can find.
create function public.user_searched(search text) returns text
language sql
immutable
set search_path = ''
as $$
  select case
    when coalesce(search, '') = '' then 'true'
    when length(search) < 3 then format('u.search_text like any (%L)', array[p.pattern || '%', '% ' || p.pattern || '%'])
    else format('u.search_text like %L', '%' || p.pattern || '%')
  end
  from (select public.like_literally(lower(search)) as pattern) p;
$$;

-- The condition for the fields of a query {"status", "role", "team", "department"} (all optional) on a row called u.
create function public.user_filtered(query jsonb) returns text
language sql
immutable
set search_path = ''
as $$
  select coalesce(string_agg(format('u.%I = %L', f.field, query ->> f.field), ' and '), 'true')
  from unnest(array['status', 'role', 'team', 'department']) f(field) where query ->> f.field is not null;
$$;

revoke execute on function public.user_searched(text), public.user_filtered(jsonb) from public, anon, authenticated;
grant execute on function public.user_searched(text), public.user_filtered(jsonb) to service_role;

-- 20261128004100_searching.sql

-- Finding some of a million users in any order, with any search, within any filter, in about the same time. There are two
-- ways: walking in the order until enough are met, and finding all who match by index and sorting them. The first is
-- short when they are many, unless they all come late in the order; the second when they are few. A sample says which.

-- How many rows user_pick is to walk over before it finds all who match instead: null for no limit, 0 for not at all. About
-- a thousand users, in some thirty places, tell how many match and how far into the order they begin: a real count, which
-- no outdated statistics mislead. row_cost: of a row that is walked over, in µs.
create function public.user_walk_length(
  key_column text, direction text, place text, conditions text, row_cost real, max_users integer
) returns integer
language plpgsql
stable
set search_path = ''
as $$
declare
  looked constant integer := 1000;
  users real := (select c.reltuples from pg_catalog.pg_class c where c.oid = 'public.user_profiles'::regclass);
  each real := users / looked; -- how many one of the sample stands for
  all_cost real; -- of finding all: those whom the sample has, and what the index costs by itself
  met integer;
  rows_seen integer;
  first_met integer;
begin
  if users < 5 * looked then
    return null;
  end if;
  execute format(
    'select count(*), count(*) filter (where s.met), min(s.n) filter (where s.met) from (
       select %s as met, row_number() over (order by u.%s %s) as n
       from public.user_profiles u tablesample system (%s) repeatable (0) where %s
     ) s', conditions, key_column, direction, (100.0 * looked / users)::numeric(8, 5), place)
    into rows_seen, met, first_met;
  all_cost := 15000 + 1.2 * met * each;
  if met > 0 and first_met * each * row_cost <= all_cost then
    return least(3 * first_met * each + 2000, 1e9)::integer; -- they begin near enough
  elsif met > 0 and first_met < 5 * rows_seen / met and rows_seen * max_users / met * row_cost < all_cost / 2 then
    -- Near, if they are spread evenly, and a try costs little. Names at the end of the alphabet are not: of users
    -- who are, the first comes that late once in 150 times (e^-5).
    return (all_cost / 2 / row_cost)::integer;
  end if;
  return 0;
end;
$$;

-- The ids that begin with what is searched, as a condition on a row called u; null when there are none.
create function public.user_id_searched(search text) returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  few constant integer := 1000; -- compared faster than the beginnings of all ids; more are soon met
  pattern text := public.like_literally(lower(search)) || '%';
  ids text[];
begin
  -- In the order of the index by which they are found, or the planner might hope to meet so many in another one.
  execute format('select array(select u.id from public.user_profiles u where lower(u.id) like %L
    order by lower(u.id) using operator(pg_catalog.~<~) limit %s)', pattern, few + 1) into ids;
  return case when ids = '{}' then null when cardinality(ids) > few then format('lower(u.id) like %L', pattern)
    else format('u.id = any (%L)', ids) end;
end;
$$;

-- Users who match a query (see user_conditions; also "syncStatus" and "siteId", see user_in_state), sorted by
-- "created_at", "updated_at", "full_name" or "email", descending with "-" in front, after the row with [sort key, id].
create function public.user_pick(query jsonb, sort text, after jsonb, max_users integer)
returns table (key jsonb, id text)
language plpgsql
stable
set search_path = ''
set enable_seqscan = off
as $$
declare
  direction text := case when left(sort, 1) = '-' then 'desc' else 'asc' end;
  sorted_by text := ltrim(sort, '-');
  key_column text := case sorted_by when 'full_name' then 'search_name' when 'email' then 'search_text'
    when 'updated_at' then 'updated_at' else 'created_at' end;
  by_words boolean := sorted_by in ('full_name', 'email');
  search text := coalesce(query ->> 'search', '');
  -- The index by name or e-mail has what is searched, so that no row is looked at.
  index_only boolean := by_words and search <> '';
  -- Signs that this database takes for none of a word are in no index.
  loose boolean := length(search) > 2 and extensions.show_trgm(search) = '{}';
  searched text := public.user_searched(search);
  parts text[] := public.user_search_parts(search);
  filtered text := public.user_filtered(query);
  state text := query ->> 'syncStatus';
  site uuid := query ->> 'siteId';
  in_state text := 'true';
  place text := 'true';
  walk integer;
  ids text[];
  found_keys jsonb[];
  found_ids text[];
begin
  if cardinality(parts) > 1 then
    searched := format('(%s or %s)', searched, parts[2]);
  end if;
  if state is not null then
    ids := public.sync_suspects(state, site);
    -- A value, so that it is asked user by user and no further than to the end of the page.
    in_state := format('(select true from public.user_sync_status v where v.user_id = u.id and v.status = %L%s limit 1)',
      state, case when site is null then '' else format(' and v.site_id = %L', site) end);
    if state in ('removed', 'kept') then
      filtered := filtered || ' and u.status = ''inactive''';
    end if;
  end if;
  if after is not null then
    place := format('(u.%s, u.id) %s (%L::%s, %L)', key_column, case direction when 'desc' then '<' else '>' end,
      after ->> 0, case when by_words then 'text' else 'timestamptz' end, after ->> 1);
  end if;
  if ids is null then
    -- Roles, teams and departments have indexes in the order of created_at.
    if (search <> '' or (filtered <> 'true' and sorted_by <> 'created_at'))
      and not (loose and index_only and filtered = 'true') then
      walk := public.user_walk_length(key_column, direction, place, searched || ' and ' || filtered,
        case when not index_only then 2 when filtered <> 'true' then 1 else 0.2 end, max_users);
    end if;
    if walk is distinct from 0 then
      execute public.user_walk_sql(key_column, direction, place, searched, filtered, in_state, walk, index_only, max_users)
        into found_keys, found_ids;
      if walk is null or cardinality(found_ids) = max_users then
        return query select * from unnest(found_keys, found_ids);
        return;
      end if;
    end if;
  end if;
  -- What no index finds is looked for among those whom the filter leaves.
  return query select unnest(s.found_keys), unnest(s.found_ids) from public.user_sorted(key_column, direction,
    case when loose and filtered <> 'true' then format('(select * from public.user_profiles u where %s offset 0)', filtered)
      else 'public.user_profiles' end,
    parts, format('%s and %s', filtered, place), in_state, ids, max_users) s;
end;
$$;

-- The statement of user_pick that walks: over all who follow, or the first "walk" of them. With index_only the index has
-- what is searched, and only who is found there is looked at.
create function public.user_walk_sql(
  key_column text, direction text, place text, searched text, filtered text, in_state text, walk integer, index_only boolean,
  max_users integer
) returns text
language sql
immutable
set search_path = ''
as $$
  select format(
    'select array_agg(to_jsonb(p.key)), array_agg(p.id) from (
       select u.%1$s as key, u.id from (
         select %2$s from public.user_profiles u where %3$s order by u.%1$s %4$s, u.id %4$s %5$s
       ) u cross join lateral (select u.id as id) found where %6$s and %7$s
       order by u.%1$s %4$s, u.id %4$s limit %8$s
     ) p', key_column,
    case when index_only and key_column = 'search_text' then 'u.search_text, u.id'
      when index_only then 'u.search_name, u.search_text, u.id' else 'u.*' end,
    place, direction,
    -- A limit beyond everybody keeps the planner from another way.
    case when walk is null and not index_only then '' else 'limit ' || coalesce(walk, 2000000000) end,
    searched,
    case when index_only and (filtered <> 'true' or in_state <> 'true')
      then format('(select true from public.user_profiles u where u.id = found.id and %s and %s)', filtered, in_state)
      else filtered || ' and ' || in_state end,
    max_users);
$$;

drop function public.user_page(text, text, text, integer, text[]);

revoke execute on function
  public.user_walk_length(text, text, text, text, real, integer), public.user_id_searched(text), public.user_pick(jsonb, text, jsonb, integer),
  public.user_walk_sql(text, text, text, text, text, text, integer, boolean, integer)
from public, anon, authenticated;
grant execute on function
  public.user_walk_length(text, text, text, text, real, integer), public.user_id_searched(text), public.user_pick(jsonb, text, jsonb, integer),
  public.user_walk_sql(text, text, text, text, text, text, integer, boolean, integer)
to service_role;

-- 20261128004200_searched_states.sql

-- Pairs and users in a state whom a search finds. Of the many who may be in that state those were asked who are not even
-- meant, and the list of them was sorted again for every few.

-- Everybody of whom sites may have rows, in the list and gone from it, as searches compare them.
create view public.user_people with (security_invoker = true) as
select u.id, u.full_name, u.email, u.status, u.version, u.search_text from public.user_profiles u
union all
select d.id, d.full_name, d.email, 'deleted', 0, lower(left(d.email, 254) || ' ' || left(coalesce(d.full_name, ''), 150))
from public.deleted_users d;
revoke all on public.user_people from anon, authenticated, service_role;
grant select on public.user_people to service_role;

-- Users who may be in a state and whom a search may find, sorted, from one on: a superset, to be checked. Null when there
-- are too many to collect.
create function public.sync_candidates(suspects text[], search text, first_id text) returns text[]
language plpgsql
stable
set search_path = ''
as $$
declare
  few constant integer := 5000; -- looked at in the time in which those whom a search finds are
  many constant integer := 20000;
  found_ids text[];
begin
  if search <> '' and (suspects is null or cardinality(suspects) > few) then
    found_ids := public.user_collect(jsonb_build_object('search', search), many);
  end if;
  if suspects is null and found_ids is null then
    return null;
  end if;
  return array(
    select distinct i.id from unnest(coalesce(found_ids, suspects)) i(id)
    where i.id >= first_id and (found_ids is null or suspects is null or i.id in (select s.id from unnest(suspects) s(id)))
    order by i.id);
end;
$$;

revoke execute on function public.sync_candidates(text[], text, text) from public, anon, authenticated;
grant execute on function public.sync_candidates(text[], text, text) to service_role;

-- 20261128005000_user_jobs.sql

-- Changing many users goes on without the page that asked for it: it is a job at the centre, which workers carry out in
-- steps. Each step is one transaction that changes some users and moves the job's cursor, so any worker goes on where
-- another died, and nobody is changed twice.

create table public.user_jobs (
  id uuid primary key default gen_random_uuid(),
  state text not null default 'running',
  actor jsonb not null,
  input jsonb not null,
  total integer not null,
  cursor text,
  page_size integer not null default 2000,
  matched integer not null default 0,
  changed integer not null default 0,
  refused integer not null default 0,
  failures integer not null default 0,
  error text,
  lease_id uuid,
  lease_until timestamptz,
  retry_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  dismissed_at timestamptz,
  constraint user_jobs_state_known check (state in ('running', 'done', 'cancelled', 'failed')),
  constraint user_jobs_finished check ((state = 'running') = (finished_at is null))
);
create index user_jobs_running_idx on public.user_jobs (created_at) where state = 'running';
create index user_jobs_finished_idx on public.user_jobs (finished_at) where state <> 'running';

comment on table public.user_jobs is 'Changes of many users, which workers carry out; kept for a week after their end.';
comment on column public.user_jobs.actor is 'Who asked for it, for the audit log; see roster_actor.';
comment on column public.user_jobs.input is '{"ids"} or {"query"}: who, and {"change"}: what; see user_change_many.';
comment on column public.user_jobs.total is 'How many were to be changed when it was asked for.';
comment on column public.user_jobs.cursor is 'The last user who was looked at; null before the first.';
comment on column public.user_jobs.page_size is 'Users of a step; halved when a step fails, which may be for its size.';
comment on column public.user_jobs.refused is 'Users who were asked for by id and are not in the list.';
comment on column public.user_jobs.dismissed_at is 'When somebody took what came of it off the list; null while it is told.';
comment on column public.user_jobs.failures is 'Steps that failed in a row.';

alter table public.user_jobs enable row level security;
revoke all on public.user_jobs from anon, authenticated, service_role;

-- A job as it is told: how far it is, and what came of it.
create function public.user_job_told(job public.user_jobs) returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'id', job.id, 'kind', job.kind, 'state', job.state, 'requestedBy', coalesce(job.actor ->> 'name', ''),
    'total', job.total, 'matched', job.matched, 'changed', job.changed,
    'unchanged', job.matched - job.changed - job.created - case job.kind when 'import' then job.refused else 0 end,
    'refused', job.refused, 'error', job.error, 'createdAt', job.created_at, 'finishedAt', job.finished_at)
    || case job.kind
      when 'import' then jsonb_build_object('file', job.input -> 'file', 'created', job.created)
      else jsonb_build_object('change', job.input -> 'change') end;
$$;

-- Puts down what is to be done to whom ("ids", or everybody who matches "query"; see user_change_many) and how many they
-- are.
create function public.user_job_create(ids text[], query jsonb, change jsonb, total integer) returns jsonb
language sql
security definer
set search_path = ''
as $$
  insert into public.user_jobs as j (kind, actor, input, total)
  values (
    'change',
    public.roster_actor(),
    jsonb_build_object('change', user_job_create.change) || case
      when ids is null then jsonb_build_object('query', user_job_create.query)
      else jsonb_build_object('ids', to_jsonb(array(select distinct i.id from unnest(ids) i(id)))) end,
    case when ids is null then user_job_create.total else (select count(distinct i.id) from unnest(ids) i(id)) end)
  returning public.user_job_told(j);
$$;

create function public.user_job_read(job uuid) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select public.user_job_told(j) from public.user_jobs j where j.id = user_job_read.job and public.user_job_started(j);
$$;

-- Those that go on, and those that ended within a day and were not taken off the list; the newest first.
create function public.user_job_list(max_jobs integer) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(jsonb_agg(public.user_job_told(j) order by j.created_at desc, j.id), '[]')
  from (
    select l.* from public.user_jobs l
    where public.user_job_started(l)
      and (l.state = 'running' or (l.finished_at > now() - interval '1 day' and l.dismissed_at is null))
    order by l.created_at desc, l.id limit max_jobs
  ) j;
$$;

-- Ends a job between two steps; what is done stays done. Returns the job as it is then, null for one that is unknown.
create function public.user_job_cancel(job uuid) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.user_jobs j set
    state = 'cancelled', finished_at = clock_timestamp(), lease_id = null, lease_until = null, retry_at = now()
  where j.id = user_job_cancel.job and j.state = 'running';
  return public.user_job_read(job);
end;
$$;

-- Takes what came of a job off the list. Returns the job, null for one that is unknown.
create function public.user_job_dismiss(job uuid) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.user_jobs j set dismissed_at = now()
  where j.id = user_job_dismiss.job and j.state <> 'running' and j.dismissed_at is null;
  return public.user_job_read(job);
end;
$$;

-- Gives the job that has waited longest to a worker for so many seconds, as {"id", "leaseId"}; null when there is none. One
-- whose step is on its way is locked and passed over, even when that step has outlived its lease.
create function public.sync_user_job_lease(seconds integer) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  job public.user_jobs;
begin
  select j.* into job from public.user_jobs j
  where j.retry_at <= now() and (j.lease_until is null or j.lease_until <= now())
  order by j.state <> 'running', j.created_at limit 1 for no key update skip locked;
  if not found then
    return null;
  end if;
  update public.user_jobs j set lease_id = gen_random_uuid(), lease_until = now() + make_interval(secs => seconds)
  where j.id = job.id returning j.* into job;
  return jsonb_build_object('id', job.id, 'leaseId', job.lease_id);
end;
$$;

-- Does a job's next step in the name of whoever asked, moves its cursor and prolongs the lease. Returns "more", "done", or
-- "lost" when the job is somebody else's. A step tells {"matched", "created", "changed", "refused": how many, "last":
-- where to go on, null when nothing is left}.
create function public.sync_user_job_step(job uuid, lease uuid, seconds integer) returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  held public.user_jobs;
  page jsonb;
  ended boolean;
begin
  select j.* into held from public.user_jobs j
  where j.id = job and j.lease_id = lease and j.lease_until > now() and j.retry_at <= now() for no key update;
  if not found then
    return 'lost';
  elsif held.state <> 'running' then
    return public.user_job_clean(held, seconds);
  end if;
  -- For roster_actor, until this transaction ends.
  perform set_config('request.headers', json_build_object(
    'x-roster-actor', encode(convert_to(held.actor::text, 'utf8'), 'base64'))::text, true);
  page := case held.kind when 'import' then public.user_import_page(held) else public.user_change_page(held) end;
  ended := page ->> 'last' is null;
  update public.user_jobs j set
    cursor = coalesce(page ->> 'last', j.cursor),
    matched = j.matched + (page ->> 'matched')::integer,
    created = j.created + (page ->> 'created')::integer,
    changed = j.changed + (page ->> 'changed')::integer,
    refused = j.refused + (page ->> 'refused')::integer,
    failures = 0,
    error = null,
    state = case when ended then 'done' else 'running' end,
    finished_at = case when ended then clock_timestamp() end,
    lease_id = case when ended then null else j.lease_id end,
    lease_until = case when not ended then clock_timestamp() + make_interval(secs => seconds) end
  where j.id = held.id;
  return case when ended then 'done' else 'more' end;
end;
$$;

-- Gives a job back: at once when a worker stops (no reason), or for another attempt after a step failed, with half as many
-- users or lines. After ten failures in a row it has failed for good.
create function public.sync_user_job_give_back(job uuid, lease uuid, reason text) returns void
language sql
security definer
set search_path = ''
as $$
  update public.user_jobs j set
    lease_id = null,
    lease_until = null,
    error = reason,
    failures = j.failures + case when reason is null then 0 else 1 end,
    page_size = case when reason is null then j.page_size else greatest(50, j.page_size / 2) end,
    retry_at = case when reason is null or j.failures >= 9 then now() else now() + make_interval(secs => least(60, 2 ^ j.failures)) end,
    state = case when reason is not null and j.failures >= 9 then 'failed' else 'running' end,
    finished_at = case when reason is not null and j.failures >= 9 then clock_timestamp() end
  where j.id = job and j.lease_id = lease and j.state = 'running';
$$;

revoke execute on function
  public.user_job_told(public.user_jobs), public.user_job_create(text[], jsonb, jsonb, integer), public.user_job_read(uuid),
  public.user_job_list(integer), public.user_job_cancel(uuid), public.user_job_dismiss(uuid), public.sync_user_job_lease(integer),
  public.sync_user_job_step(uuid, uuid, integer), public.sync_user_job_give_back(uuid, uuid, text)
from public, anon, authenticated, service_role;
grant execute on function
  public.user_job_create(text[], jsonb, jsonb, integer), public.user_job_read(uuid), public.user_job_list(integer),
  public.user_job_cancel(uuid), public.user_job_dismiss(uuid), public.sync_user_job_lease(integer),
  public.sync_user_job_step(uuid, uuid, integer), public.sync_user_job_give_back(uuid, uuid, text)
to service_role;

-- 20261128010000_verify_keyed.sql

-- Comparing sites whose rows do not stand under the users' ids: those with a mapping, and those where rows were linked to
-- users (site_row_keys). The worker says whose a row is and what it should be, since mappings are applied there; what that
-- means is judged here, by the same rules as everywhere.

-- Whether rows of this site are found by their keys.
create function public.site_keyed(site public.connected_sites) returns boolean
language sql
stable
set search_path = ''
as $$
  select site.mapping is not null or exists (
    select from public.site_row_keys k where k.site_id = site.id and k.generation = site.generation);
$$;

alter table public.site_verifications
  add column mapping jsonb,
  add column keyed boolean not null default false;
comment on column public.site_verifications.keyed is 'Rows are found by their keys, see site_keyed; by the mapping that the site had when this began.';

-- Whose rows a compared site has under these keys, or under which keys these users' rows stand: [{"id", "key", "user":
-- the list's row, null when there is none}]. field is what the site's match column is filled from: where nothing is
-- recorded of a user, the row stands under that. Only with the verification's lease.
create function public.sync_verify_owners(verification uuid, lease uuid, field text, keys text[], users text[]) returns jsonb
language sql
stable
security definer
set search_path = ''
set enable_seqscan = off
as $$
  with run as (
    select t.site_id, t.generation from public.site_verifications t
    where t.id = verification and t.lease_id = lease and t.lease_until > now() and t.finished_at is null
  ), recorded as (
    select k.user_id as id, k.key from run r
    join public.site_row_keys k on k.site_id = r.site_id and k.generation = r.generation
    where k.key = any (keys) or k.user_id = any (users)
  ), guessed as (
    select g.id, g.key from run r cross join (
      select u.id, u.id as key from public.user_profiles u where field = 'id' and u.id = any (keys)
      union all
      select u.id, u.clerk_user_id from public.user_profiles u where field = 'clerk_user_id' and u.clerk_user_id = any (keys)
      union all
      select u.id, u.email from public.user_profiles u
      where field = 'email' and lower(u.email) in (select lower(e) from unnest(keys) e) and u.email = any (keys)
      union all
      select u.id, case field when 'id' then u.id when 'email' then u.email else u.clerk_user_id end
      from public.user_profiles u where u.id = any (users)
    ) g
    where not exists (
      select from public.site_row_keys k where k.site_id = r.site_id and k.generation = r.generation
        and (k.user_id = g.id or k.key = g.key))
  )
  select coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'key', f.key, 'user', to_jsonb(u))), '[]')
  from (select * from recorded union select * from guessed) f
  left join public.user_profiles u on u.id = f.id;
$$;

-- Compares a page of a keyed site's rows: [{"id": whose it is, or its key and "stranger" when it is nobody's, "key", "fields":
-- [{"name", "here", "there"}] in which it differs, or all that it has, "comparedWith", "active"?, "updated_at"}]; [] when
-- there are no more. reached is the key of the last one. Answers as sync_verify_page does; missing rows are looked for
-- user by user afterwards, since keys are in no order that the list knows.
create function public.sync_verify_keyed_page(
  verification uuid, lease uuid, seconds integer, began timestamptz, page_rows jsonb, reached text
) returns jsonb
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  run public.site_verifications;
  site public.connected_sites;
  counts jsonb;
  step jsonb;
begin
  run := public.verify_hold(verification, lease, seconds);
  if run.id is null then
    return jsonb_build_object('kind', 'lost');
  end if;
  select s.* into site from public.connected_sites s where s.id = run.site_id;
  if run.in_order then
    update public.site_verifications t set in_order = false where t.id = run.id returning t.* into run;
  end if;
  -- A stranger's key may be the id of a user whose row is another one.
  select jsonb_agg(case when e.r ? 'stranger' and (
      exists (select from public.user_profiles u where u.id = e.r ->> 'id')
      or exists (select from public.deleted_users d where d.id = e.r ->> 'id'))
    then e.r || jsonb_build_object('id', 'row ' || (e.r ->> 'id')) else e.r end order by e.n) into page_rows
  from jsonb_array_elements(page_rows) with ordinality e(r, n);
  counts := public.verify_judge(run, site, began, coalesce(page_rows, '[]'),
    array(select distinct unnest(c.user_ids) from public.sync_claims c where c.site_id = site.id));
  step := jsonb_build_object('phase', case when page_rows is null then 'pairs' else 'rows' end,
    'cursor', coalesce(reached, run.cursor), 'lookedTo', '');
  perform public.verify_advance(run.id, counts, step);
  perform public.verify_prune(site.id);
  return public.verify_answer(step, null);
end;
$$;

revoke execute on function
  public.site_keyed(public.connected_sites), public.sync_verify_owners(uuid, uuid, text, text[], text[]),
  public.sync_verify_keyed_page(uuid, uuid, integer, timestamptz, jsonb, text)
from public, anon, authenticated, service_role;
grant execute on function
  public.sync_verify_owners(uuid, uuid, text, text[], text[]),
  public.sync_verify_keyed_page(uuid, uuid, integer, timestamptz, jsonb, text)
to service_role;

-- 20261128011000_plans.sql

-- Plans: what an action would do at each site, found by comparing with the sites, and then done exactly so or not at all.

create table public.plans (
  id uuid primary key default gen_random_uuid(),
  action text not null,
  input jsonb not null,
  state text not null default 'planning',
  requested_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  users_mark jsonb not null default '{}',
  report jsonb not null default '{}',
  run_id uuid,
  applied_by jsonb,
  moved text[],
  following boolean not null default false,
  constraint plans_action_known check (action in ('sync_all', 'scope', 'mapping', 'removal', 'bulk', 'import')),
  constraint plans_state_known check (state in ('draft', 'planning', 'ready', 'checking', 'applied', 'refused', 'failed'))
);
create index plans_created_at_idx on public.plans (created_at);
create index plans_following_idx on public.plans (ended_at) where following;
comment on column public.plans.state is 'draft: users are being added to it; planning: sites are being compared; checking: they are once more, before it is applied.';
comment on column public.plans.users_mark is 'What the users in reach were before the comparing began; see plan_users_mark.';
comment on column public.plans.report is 'Of a bulk edit or an import: what becomes of the users in the list.';
comment on column public.plans.applied_by is 'Who applies it, for the audit log; a worker does the last step.';
comment on column public.plans.following is 'It is applied, and its run is told how far the sites are; see plan_follow.';
comment on column public.plans.moved is 'Why it was refused, or what could not be read.';

-- A site of a plan, as it is to be, and how far it has been compared.
create table public.plan_sites (
  plan_id uuid not null references public.plans (id) on delete cascade,
  site_id uuid not null,
  name text not null,
  mark jsonb not null,
  generation integer not null,
  scope jsonb,
  mapping jsonb,
  removal_policy text not null,
  removal_column text,
  match_field text not null,
  redo_removals boolean not null default false,
  moves boolean not null default false,
  phase text not null default 'rows',
  cursor text not null default '',
  page integer not null default 0,
  looked bigint not null default 0,
  found bigint not null default 0,
  creates bigint not null default 0,
  updates bigint not null default 0,
  removes bigint not null default 0,
  departures bigint not null default 0,
  skips jsonb not null default '{}',
  fields jsonb not null default '{}',
  problem text,
  failures integer not null default 0,
  retry_at timestamptz not null default now(),
  lease_id uuid,
  lease_until timestamptz,
  primary key (plan_id, site_id),
  constraint plan_sites_phase_known check (phase in ('rows', 'done'))
) with (fillfactor = 50);
create index plan_sites_waiting_idx on public.plan_sites (retry_at) where phase = 'rows';
comment on column public.plan_sites.mark is 'The site''s settings when the plan was made; see plan_site_mark.';
comment on column public.plan_sites.moves is 'Another table than now: where that has rows, a take-over comes first.';
comment on column public.plan_sites.found is 'Rows there of the users who were looked at.';
comment on column public.plan_sites.departures is 'Of the removals those that the removal guard counts.';
comment on column public.plan_sites.problem is 'Why nothing can be said of this site.';

-- What was seen of a page of users, as a digest: so much is enough to know whether it is still so.
create table public.plan_pages (
  plan_id uuid not null,
  site_id uuid not null,
  n integer not null,
  digest text not null,
  marks text[],
  primary key (plan_id, site_id, n),
  foreign key (plan_id, site_id) references public.plan_sites (plan_id, site_id) on delete cascade
);
comment on column public.plan_pages.marks is 'Of the first pages one for each user, so that it can be said who moved.';

create table public.plan_samples (
  plan_id uuid not null,
  site_id uuid not null,
  kind text not null,
  user_id text not null,
  email text not null,
  reason text,
  fields jsonb not null,
  primary key (plan_id, site_id, kind, user_id),
  foreign key (plan_id, site_id) references public.plan_sites (plan_id, site_id) on delete cascade,
  constraint plan_samples_kind_known check (kind in ('create', 'update', 'remove', 'skip'))
);

-- Users that a bulk edit or an import changes, as they are to be.
create table public.plan_changes (
  plan_id uuid not null references public.plans (id) on delete cascade,
  user_id text not null,
  becomes jsonb not null,
  was timestamptz,
  primary key (plan_id, user_id)
);
comment on column public.plan_changes.was is 'updated_at of the row it is made from; null for a new user.';

alter table public.plans enable row level security;
alter table public.plan_sites enable row level security;
alter table public.plan_pages enable row level security;
alter table public.plan_samples enable row level security;
alter table public.plan_changes enable row level security;
revoke all on public.plans, public.plan_sites, public.plan_pages, public.plan_samples, public.plan_changes
  from anon, authenticated, service_role;

-- What a plan rests on at a site, apart from its rows.
create function public.plan_site_mark(site public.connected_sites) returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'status', site.status, 'take-over', site.take_over, 'database', site.generation, 'credentials', site.credentials_sealed is not null,
    'mapping', site.mapping, 'scope', site.scope,
    'removal policy', jsonb_build_array(site.removal_policy, site.removal_column),
    'removal guard', jsonb_build_array(site.removal_guard, site.removal_guard_percent, site.removal_guard_at_least),
    'held removals', (select count(*) from public.site_removals r where r.site_id = site.id and r.state = 'held'));
$$;

-- The users a plan rests on: all of them, or those it changes and, where they were chosen by a filter, whom that chooses.
-- Rows never go back to an earlier updated_at, so an equal sum means that none was touched.
create function public.plan_users_mark(plan public.plans) returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  condition text := 'true';
  mark jsonb;
begin
  if plan.action in ('bulk', 'import') then
    if not plan.input ? 'query' then
      return '{}';
    end if;
    condition := public.plan_filter(plan.input -> 'query');
    execute format('select jsonb_build_object(''users'', count(*), ''sum'', sum(hashtextextended(u.id, 0))) from public.user_profiles u where %s',
      condition) into mark;
    return mark;
  end if;
  select jsonb_build_object('users', count(*), 'sum', sum(hashtextextended(u.id, (extract(epoch from u.updated_at) * 1000000)::bigint)))
  into mark from public.user_profiles u;
  return mark;
end;
$$;

-- A filter of users as a condition on a user_profiles row called u; see user_find.
create function public.plan_filter(query jsonb) returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  state constant text := query ->> 'syncStatus';
  site constant uuid := (query ->> 'siteId')::uuid;
  -- Otherwise every user would be looked at to find the few who failed.
  suspects constant text[] := case when state is not null then public.sync_suspects(state, site) end;
begin
  return public.user_conditions(query)
    || case when state is null then '' else ' and ' || public.user_in_state(state, site) end
    || case when suspects is null then '' else format(' and u.id = any (%L::text[])', suspects) end;
end;
$$;

-- What moved at the centre since a plan was made, in sentences; none when nothing did.
create function public.plan_moved(plan public.plans) returns text[]
language plpgsql
stable
set search_path = ''
as $$
declare
  moved text[] := '{}';
  named constant integer := 10;
begin
  moved := moved || array(
    select format('%s: its %s changed.', t.name, e.key)
    from public.plan_sites t
    join public.connected_sites s on s.id = t.site_id and s.disconnected_at is null
    -- Once for each site: what is held there is counted.
    cross join lateral (select public.plan_site_mark(s) as mark offset 0) now
    cross join lateral jsonb_each(t.mark) e
    where t.plan_id = plan.id and now.mark -> e.key is distinct from e.value
    order by t.name, e.key limit named);
  moved := moved || array(
    select format('%s is no longer connected.', t.name) from public.plan_sites t
    where t.plan_id = plan.id and not exists (
      select from public.connected_sites s where s.id = t.site_id and s.disconnected_at is null)
    order by t.name limit named);
  if plan.action in ('bulk', 'import') then
    moved := moved || array(
      select format('The list: %s was changed.', coalesce(u.email, c.becomes ->> 'email'))
      from public.plan_changes c left join public.user_profiles u on u.id = c.user_id
      where c.plan_id = plan.id and c.was is distinct from u.updated_at order by c.user_id limit named);
    moved := moved || array(
      select format('The list: %s belongs to somebody else by now.', c.becomes ->> 'email')
      from public.plan_changes c join public.user_profiles u on lower(u.email) = lower(c.becomes ->> 'email') and u.id <> c.user_id
      where c.plan_id = plan.id and not exists (
        select from public.plan_changes o where o.plan_id = plan.id and o.user_id = u.id)
      limit named);
    if exists (
      select from public.connected_sites s
      where s.disconnected_at is null and s.created_at > plan.created_at
    ) then
      moved := moved || 'A site was added.'::text;
    end if;
  end if;
  if public.plan_users_mark(plan) is distinct from plan.users_mark then
    moved := moved || case
      when plan.action = 'bulk' then array['The list: other users match by now.']
      else coalesce(nullif(array(
        select format('The list: %s was changed.', u.email) from public.user_profiles u
        where u.updated_at > plan.created_at order by u.updated_at desc limit named), '{}'),
        array['The list: users were removed.'])
    end;
  end if;
  return moved;
end;
$$;

revoke execute on function
  public.plan_site_mark(public.connected_sites), public.plan_users_mark(public.plans), public.plan_filter(jsonb),
  public.plan_moved(public.plans)
from public, anon, authenticated, service_role;

-- 20261128012000_plan_steps.sql

-- What workers ask while they compare a plan's sites: page by page of users in the order of ids, any worker at any time.
-- The same pages are read again before a plan is applied; the list may not change in between, so they hold the same users.

-- The caller's site of a plan with its lease prolonged; null when it is lost, or the plan has ended.
create function public.plan_hold(plan uuid, site uuid, lease uuid, seconds integer) returns public.plan_sites
language plpgsql
security definer
set search_path = ''
as $$
declare
  held public.plan_sites;
begin
  update public.plan_sites t set lease_until = now() + make_interval(secs => seconds)
  where t.plan_id = plan and t.site_id = site and t.lease_id = lease and t.lease_until > now() and t.phase = 'rows'
    and exists (select from public.plans p where p.id = plan and p.state in ('planning', 'checking'))
  returning t.* into held;
  return held;
end;
$$;

-- As before, and plans that nobody needs are dropped first.
create function public.sync_plan_lease(seconds integer) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  held public.plan_sites;
  plan public.plans;
  site public.connected_sites;
begin
  perform public.plan_forget();
  perform public.plan_follow();
  loop
    select t.* into held from public.plan_sites t join public.plans p on p.id = t.plan_id
    where t.phase = 'rows' and t.retry_at <= now() and p.state in ('planning', 'checking')
      and (t.lease_until is null or t.lease_until <= now())
    order by p.state, p.created_at, t.site_id limit 1 -- "checking" comes first
    for no key update of t skip locked;
    if not found then
      return null;
    end if;
    update public.plan_sites t set lease_id = gen_random_uuid(), lease_until = now() + make_interval(secs => seconds)
    where t.plan_id = held.plan_id and t.site_id = held.site_id returning t.* into held;
    select p.* into plan from public.plans p where p.id = held.plan_id;
    select s.* into site from public.connected_sites s where s.id = held.site_id;
    exit when site.credentials_sealed is not null;
    perform public.sync_plan_wait(plan.id, site.id, held.lease_id, 'disconnected', 'The site was disconnected meanwhile.', null);
  end loop;
  return jsonb_build_object(
    'planId', plan.id, 'failures', held.failures,
    'passesConfirmed', plan.action = 'sync_all' and not coalesce((plan.input ->> 'force')::boolean, false),
    'countsStrangers', plan.action in ('sync_all', 'scope', 'mapping'),
    'site', jsonb_build_object(
      'id', site.id, 'name', site.name, 'kind', site.kind, 'leaseId', held.lease_id, 'url', site.endpoint_url,
      'credentials', site.credentials_sealed, 'removalPolicy', held.removal_policy, 'removalColumn', held.removal_column,
      'mapping', held.mapping));
end;
$$;

-- These users as the plan would have them; who is gone from the list counts as inactive.
create function public.plan_people(plan public.plans, ids text[]) returns setof public.user_profiles
language plpgsql
stable
set search_path = ''
as $$
begin
  if plan.action in ('bulk', 'import') then
    return query select (jsonb_populate_record(u, c.becomes)).*
    from public.plan_changes c left join public.user_profiles u on u.id = c.user_id
    where c.plan_id = plan.id and c.user_id = any (ids);
  else
    return query select u.* from public.user_profiles u where u.id = any (ids);
    return query
    select d.id, d.clerk_user_id, d.email, d.full_name, d.role, d.team, d.department, 'inactive'::text, d.created_at,
      d.updated_at, 1::bigint, '', '' -- nobody searches here
    from public.deleted_users d where d.id = any (ids);
  end if;
end;
$$;

-- The next users to be compared at a site: {"kind": "page", "upto": the last id that was looked at, null at the end, "users":
-- [{"user": the row as it is to be, "inScope", "there": Roster wrote it, "foreign": a row under the key is the site's, "confirmed", "departure": "open" | "held" |
-- "allowed" | null, "key": under which its row stands, "taken": that is another user's row}]}, or {"kind": "lost"}.
create function public.sync_plan_page(plan uuid, site uuid, lease uuid, seconds integer) returns jsonb
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  held public.plan_sites := public.plan_hold(plan, site, lease, seconds);
  asked public.plans;
  target public.connected_sites;
  -- Removals are looked for among everybody, and are few.
  wide constant integer := 5000;
  narrow constant integer := 500;
  ids text[];
  users jsonb;
begin
  if held.plan_id is null then
    return jsonb_build_object('kind', 'lost');
  end if;
  select p.* into asked from public.plans p where p.id = plan;
  select s.* into target from public.connected_sites s where s.id = site;
  if asked.action in ('bulk', 'import') then
    ids := array(select c.user_id from public.plan_changes c
      where c.plan_id = plan and c.user_id > held.cursor order by c.user_id limit narrow);
  elsif asked.action = 'removal' or held.redo_removals then
    ids := array(
      select i.id from (
        (select u.id from public.user_profiles u where u.id > held.cursor order by u.id limit wide)
        union all
        (select d.id from public.deleted_users d where d.id > held.cursor order by d.id limit wide)
      ) i order by i.id limit case asked.action when 'removal' then wide else narrow end);
  else
    ids := array(select u.id from public.user_profiles u
      where u.id > held.cursor and u.status = 'active' order by u.id limit narrow);
  end if;
  execute format(
    'with people as (
      select u.id, to_jsonb(u) as row, u.status = ''active'' as active, u.updated_at,
        case %1$L when ''id'' then u.id when ''email'' then u.email else u.clerk_user_id end as wanted,
        u.status = ''active'' and %2$s and not exists (
          select from public.site_left_users l where l.site_id = $4 and l.user_id = u.id and l.generation = $3) as inside
      from public.plan_people($1, $2) u
    )
    select jsonb_agg(jsonb_build_object(
      ''user'', x.row, ''inScope'', x.inside, ''there'', t.there, ''departure'', coalesce(d.departure, case
        when $6 in (''bulk'', ''import'') and (not x.active or (not x.inside and exists (
          select from public.user_profiles u where u.id = x.id and u.status = ''active'' and %2$s))) then ''open'' end),
      ''confirmed'', $6 not in (''bulk'', ''import'') and coalesce(p.generation = $3 and p.synced_version >= p.desired_version and p.status = ''synced''
        and p.row_updated_at = x.updated_at, false),
      ''key'', coalesce(k.key, x.wanted), ''foreign'', $8 and k.key is null and not t.there,
      ''taken'', (k.key is null or %1$L <> ''id'') and exists (
        select from public.site_row_keys o
        where o.site_id = $4 and o.generation = $3 and o.key = x.wanted and o.user_id <> x.id)) order by x.id)
    from people x
    left join public.user_sync_state p on p.user_id = x.id and p.site_id = $4
    cross join lateral (select coalesce(p.written and (p.generation = $3 or $5), false) as there) t
    left join public.site_row_keys k on k.site_id = $4 and k.user_id = x.id and k.generation = $3
    left join lateral (
      select coalesce(nullif(r.state, ''approved''), case when r.state is null then ''open'' else ''allowed'' end) as departure
      from public.departures e
      left join public.site_removals r on r.site_id = $4 and r.user_id = e.user_id and r.departed_at = e.departed_at
      where e.site_id = $4 and e.user_id = x.id
    ) d on true
    where case when $6 in (''bulk'', ''import'') then true
      when $6 = ''removal'' then t.there and (not x.active or p.status = ''out_of_scope'')
      else x.active or (t.there and $7) end',
    held.match_field, coalesce(public.scope_condition(held.scope), 'true'))
  into users using asked, ids, held.generation, site, target.kind = 'webhook', asked.action, held.redo_removals,
    target.shared and not held.moves;
  return jsonb_build_object('kind', 'page', 'upto', ids[cardinality(ids)], 'users', coalesce(users, '[]'));
end;
$$;

-- Which of these keys are rows of users whom Roster wrote there: they give way when another user needs what they have.
create function public.sync_plan_ours(plan uuid, site uuid, lease uuid, keys text[]) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(jsonb_agg(e), '[]') from unnest(keys) e
  where exists (
    select from public.plan_sites t where t.plan_id = plan and t.site_id = site and t.lease_id = lease and (
      exists (select from public.site_row_keys k where k.site_id = site and k.generation = t.generation and k.key = e)
      or (exists (select from public.user_sync_state p where p.user_id = e and p.site_id = site and p.written)
        -- With a row under another key, this one is the site's.
        and not exists (
          select from public.site_row_keys k where k.site_id = site and k.user_id = e and k.generation = t.generation))));
$$;

-- A plan ends when all its sites have been compared: it is ready, or it is applied.
create function public.plan_advance(plan uuid) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  one public.plans;
begin
  select p.* into one from public.plans p where p.id = plan for no key update;
  if exists (select from public.plan_sites t where t.plan_id = plan and t.phase = 'rows') then
    return;
  end if;
  if one.state = 'planning' then
    update public.plans p set state = case
      when exists (select from public.plan_sites t where t.plan_id = plan and t.problem is null)
        or not exists (select from public.plan_sites t where t.plan_id = plan) then 'ready' else 'failed' end
    where p.id = plan;
  elsif one.state = 'checking' then
    begin
      perform public.plan_release(one);
    exception
      when lock_not_available or deadlock_detected then
        raise; -- the worker tries again
      when query_canceled then
        -- Tried again, it would take as long, and everybody who writes users would wait for it each time.
        perform public.plan_refuse(plan, array['It would take longer than a statement of the database may: plan for fewer sites or users.']);
      when others then
        perform public.plan_refuse(plan, array[format('It could not be done: %s', sqlerrm)]);
    end;
  end if;
end;
$$;

-- As before; plan_forget drops its pages.
create function public.plan_refuse(plan uuid, reasons text[]) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  one public.plans;
begin
  update public.plans p set state = 'refused', moved = reasons, ended_at = now()
  where p.id = plan and p.state in ('ready', 'checking') returning p.* into one;
  if not found then
    return;
  end if;
  update public.sync_runs r set finished_at = now(), cancelled_at = now() where r.id = one.run_id and r.finished_at is null;
  perform set_config('request.headers', public.plan_headers(one), true) where one.applied_by is not null;
  perform public.audit_write('plan.refused', 'plan', one.id::text, one.action, null, jsonb_build_object('moved', reasons));
end;
$$;

-- The request headers under which a worker ends what somebody asked for; see roster_actor.
create function public.plan_headers(plan public.plans) returns text
language sql
stable
set search_path = ''
as $$
  select json_build_object('x-roster-actor', encode(convert_to(plan.applied_by::text, 'utf8'), 'base64'))::text;
$$;

-- Records a page that was compared: seen is {"users", "found", "digest", "marks": [one for each user], "emails": theirs,
-- "create", "update", "remove", "departures", "skip": {reason: count}, "fields": {column: count}, "samples": [{"kind",
-- "userId", "email", "reason"?, "fields"}]}; upto as the page said. At the end (upto null) seen is {"strangers": rows there
-- of nobody who was looked at, or null}. While checking, the page has to be as it was. Returns whether the lease is held and
-- the site goes on.
create function public.sync_plan_record(plan uuid, site uuid, lease uuid, seconds integer, upto text, seen jsonb) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  named_pages constant integer := 10; -- of 500 users each
  samples constant integer := 20;
  held public.plan_sites := public.plan_hold(plan, site, lease, seconds);
  asked public.plans;
  kept public.plan_pages;
  moved text[];
begin
  if held.plan_id is null then
    return false;
  end if;
  select p.* into asked from public.plans p where p.id = plan;
  if asked.state = 'checking' then
    select g.* into kept from public.plan_pages g where g.plan_id = plan and g.site_id = site and g.n = held.page;
    if (upto is null) <> (kept.digest is null) or (upto is not null and kept.digest <> seen ->> 'digest') then
      moved := array(
        select format('%s: the row of %s changed.', held.name, m.email)
        from rows from (unnest(kept.marks), jsonb_array_elements_text(seen -> 'marks'), jsonb_array_elements_text(seen -> 'emails'))
          m(before, after, email)
        where kept.marks is not null and m.before is distinct from m.after and m.email is not null limit 20);
      perform public.plan_refuse(plan, coalesce(nullif(moved, '{}'), array[
        format('%s: rows of users after “%s” changed.', held.name, coalesce((
          select u.email from public.user_profiles u where u.id = held.cursor), 'the first'))]));
      return false;
    end if;
    update public.plan_sites t set page = t.page + 1, cursor = coalesce(upto, t.cursor), failures = 0,
      phase = case when upto is null then 'done' else 'rows' end
    where t.plan_id = plan and t.site_id = site;
    if upto is null then
      perform public.plan_advance(plan);
    end if;
    return upto is not null;
  end if;

  if upto is null then
    perform public.plan_site_done(held, (seen ->> 'strangers')::bigint);
    perform public.plan_advance(plan);
    return false;
  end if;
  insert into public.plan_pages (plan_id, site_id, n, digest, marks)
  values (plan, site, held.page, seen ->> 'digest',
    case when held.page < named_pages then array(select jsonb_array_elements_text(seen -> 'marks')) end);
  update public.plan_sites t set
    page = t.page + 1, cursor = upto, failures = 0,
    looked = t.looked + (seen ->> 'users')::bigint, found = t.found + (seen ->> 'found')::bigint,
    creates = t.creates + (seen ->> 'create')::bigint, updates = t.updates + (seen ->> 'update')::bigint,
    removes = t.removes + (seen ->> 'remove')::bigint, departures = t.departures + (seen ->> 'departures')::bigint,
    skips = coalesce(public.verify_sum(t.skips, seen -> 'skip'), '{}'),
    fields = coalesce(public.verify_sum(t.fields, seen -> 'fields'), '{}')
  where t.plan_id = plan and t.site_id = site;
  insert into public.plan_samples (plan_id, site_id, kind, user_id, email, reason, fields)
  select plan, site, n.kind, n."userId", n.email, n.reason, n.fields
  from (
    select s.*, row_number() over (partition by s.kind) as n
    from jsonb_to_recordset(seen -> 'samples') s(kind text, "userId" text, email text, reason text, fields jsonb)
  ) n
  where n.n <= samples - (
    select count(*) from public.plan_samples o where o.plan_id = plan and o.site_id = site and o.kind = n.kind);
  return true;
end;
$$;

-- A site's part of a plan is complete. Removals that the guard would hold are none until somebody approves them.
create function public.plan_site_done(held public.plan_sites, strangers bigint) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  site public.connected_sites;
  recent bigint;
begin
  select s.* into site from public.connected_sites s where s.id = held.site_id;
  select count(*) into recent from public.site_removals r
  where r.site_id = site.id and r.state in ('allowed', 'held') and r.since > now() - interval '1 hour';
  if held.departures > 0 and site.removal_guard and held.removal_policy <> 'keep'
    and public.sync_removals_too_many(site, recent + held.departures, public.sync_site_users(site)) then
    held.removes := held.removes - held.departures;
    held.skips := public.verify_sum(held.skips, jsonb_build_object('held', held.departures));
    update public.plan_samples p set kind = 'skip', reason = 'held'
    where p.plan_id = held.plan_id and p.site_id = held.site_id and p.kind = 'remove' and p.reason = 'departed'
      and not exists (
        select from public.plan_samples o
        where o.plan_id = p.plan_id and o.site_id = p.site_id and o.kind = 'skip' and o.user_id = p.user_id);
  end if;
  if held.moves and strangers > 0 then
    -- Nothing is written to a table that has rows before somebody has said what becomes of them.
    held.creates := 0;
    held.updates := 0;
    held.skips := jsonb_build_object('take_over', held.looked);
    held.fields := '{}';
    delete from public.plan_samples p where p.plan_id = held.plan_id and p.site_id = held.site_id;
  end if;
  if strangers - held.found > 0 then
    held.skips := public.verify_sum(held.skips, jsonb_build_object('left_alone', strangers - held.found));
  end if;
  update public.plan_sites t set phase = 'done', creates = held.creates, updates = held.updates, removes = held.removes,
    skips = held.skips, fields = held.fields, lease_id = null, lease_until = null
  where t.plan_id = held.plan_id and t.site_id = held.site_id;
end;
$$;

-- The site could not be read: tried again after so many seconds, three times in a row; null: not again. Without a code it is
-- given back for any worker to go on.
create function public.sync_plan_wait(plan uuid, site uuid, lease uuid, code text, reason text, retry_in double precision) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  held public.plan_sites;
  asked public.plans;
begin
  update public.plan_sites t set lease_id = null, lease_until = null, failures = t.failures + (code is not null)::integer,
    retry_at = now() + make_interval(secs => least(coalesce(retry_in, 0), 5))
  where t.plan_id = plan and t.site_id = site and t.lease_id = lease and t.phase = 'rows' returning t.* into held;
  if not found or code is null or (retry_in is not null and held.failures < 3) then
    return;
  end if;
  select p.* into asked from public.plans p where p.id = plan;
  if asked.state = 'checking' then
    perform public.plan_refuse(plan, array[format('%s could not be read again: %s', held.name, reason)]);
    return;
  end if;
  delete from public.plan_pages g where g.plan_id = plan and g.site_id = site;
  delete from public.plan_samples p where p.plan_id = plan and p.site_id = site;
  update public.plan_sites t set phase = 'done', problem = reason, creates = 0, updates = 0, removes = 0, skips = '{}', fields = '{}'
  where t.plan_id = plan and t.site_id = site;
  perform public.plan_advance(plan);
end;
$$;

-- As before; the sites are locked before the users, and plan_forget drops its pages.
create function public.plan_release(plan public.plans) returns void
language plpgsql
security definer
set search_path = ''
set lock_timeout = '3s' -- while this waits for the users, everybody who writes them waits for this
as $$
declare
  moved text[];
  sites uuid[];
  one public.plan_sites;
  made uuid;
begin
  perform set_config('request.headers', public.plan_headers(plan), true);
  select array_agg(t.site_id order by t.site_id) into sites
  from public.plan_sites t where t.plan_id = plan.id and t.problem is null;
  -- In the order in which a take-over locks: the site before users.
  perform from public.connected_sites s where s.id = any (sites) order by s.id for no key update;
  lock table public.user_profiles in share row exclusive mode;
  moved := public.plan_moved(plan) || array(
    select 'Its run was cancelled.' from public.sync_runs r where r.id = plan.run_id and r.cancelled_at is not null);
  if moved <> '{}' then
    perform public.plan_refuse(plan.id, moved);
    return;
  end if;
  select t.* into one from public.plan_sites t where t.plan_id = plan.id limit 1;
  case plan.action
    when 'sync_all' then
      made := (public.sync_start_full('all', coalesce(sites, '{}'), plan.requested_by) ->> 'runId')::uuid;
      update public.sync_run_sites r set skip_confirmed = not coalesce((plan.input ->> 'force')::boolean, false)
      where r.run_id = made;
    when 'scope' then
      made := (public.site_set_scope(one.site_id, one.scope) ->> 'runId')::uuid;
    when 'mapping' then
      made := (public.site_set_mapping(one.site_id, one.mapping, one.removal_policy, one.removal_column) ->> 'runId')::uuid;
    when 'removal' then
      perform public.site_set_removal(one.site_id, one.removal_policy, one.removal_column);
      update public.user_sync_state p set run_id = plan.run_id
      where p.site_id = one.site_id and p.desired_version > p.synced_version and p.written and p.wanted_at = now(); -- just now
    else
      perform public.plan_write_users(plan);
  end case;
  if made is not null then
    perform public.plan_adopt(plan.run_id, made);
    delete from public.plan_changes c where c.plan_id = plan.id;
  else
    -- Such changes go their usual way; the run is told how far they are.
    insert into public.sync_run_sites (run_id, site_id, user_id, total)
    select plan.run_id, t.site_id, '', t.creates + t.updates + t.removes from public.plan_sites t
    where t.plan_id = plan.id and t.problem is null;
  end if;
  update public.plans p set state = 'applied', ended_at = now(), following = made is null where p.id = plan.id;
  perform public.audit_write('plan.applied', 'plan', plan.id::text, plan.action, null,
    jsonb_build_object('run_id', plan.run_id));
end;
$$;

-- Tells the runs of plans that changed users, or what becomes of who left, how far the sites are. Looks at so many pairs at
-- most; a site that is done is not looked at again. In a run of a plan the "user" of a site is '': all that are planned.
create function public.plan_follow() returns void
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  looked integer := 0;
  plan public.plans;
  target public.sync_run_sites;
  ended uuid[] := '{}';
  waiting bigint;
  stuck bigint;
begin
  for plan in select p.* from public.plans p where p.following order by p.ended_at for no key update skip locked limit 10 loop
    -- In the order in which a run is cancelled.
    perform from public.sync_runs r where r.id = plan.run_id for no key update;
    for target in
      select r.* from public.sync_run_sites r where r.run_id = plan.run_id and r.finished_at is null order by r.site_id
    loop
      exit when looked > 50000;
      if plan.action = 'removal' then
        select count(*) filter (where p.due_at < 'infinity'), count(*) filter (where p.due_at = 'infinity') into waiting, stuck
        from public.user_sync_state p
        where p.site_id = target.site_id and p.desired_version > p.synced_version and p.run_id = plan.run_id;
      else
        select count(*) filter (where not s.stuck and not s.landed), count(*) filter (where s.stuck) into waiting, stuck
        from public.plan_changes c
        join public.user_profiles u on u.id = c.user_id
        left join public.user_sync_state p on p.user_id = c.user_id and p.site_id = target.site_id
        cross join lateral (
          select coalesce(p.desired_version > p.synced_version and p.due_at = 'infinity', false) as stuck,
            case when p.user_id is null then u.status <> 'active' else p.desired_version <= p.synced_version
              and (p.row_updated_at = u.updated_at or p.status in ('removed', 'kept', 'out_of_scope')) end as landed
        ) s
        where c.plan_id = plan.id;
        looked := looked + (plan.report ->> 'changed')::integer;
      end if;
      update public.sync_run_sites r set
        failed = least(stuck, r.total), succeeded = greatest(r.total - waiting - stuck, 0),
        finished_at = case when waiting = 0 or plan.ended_at < now() - interval '1 hour' then now() end
      where r.run_id = target.run_id and r.site_id = target.site_id;
    end loop;
    if not exists (select from public.sync_run_sites r where r.run_id = plan.run_id and r.finished_at is null) then
      ended := ended || plan.run_id;
      update public.plans p set following = false where p.id = plan.id;
      delete from public.plan_changes c where c.plan_id = plan.id;
    end if;
  end loop;
  if ended <> '{}' then
    perform public.sync_finish_runs(ended);
  end if;
end;
$$;

-- The run that was promised becomes the one that was started.
create function public.plan_adopt(promised uuid, made uuid) returns void
language sql
security definer
set search_path = ''
as $$
  update public.sync_runs r set finished_at = m.finished_at, started_at = m.started_at
  from public.sync_runs m where r.id = promised and m.id = made;
  update public.sync_run_sites r set run_id = promised where r.run_id = made;
  delete from public.sync_runs r where r.id = made;
$$;

-- Changes and creates the users of a plan.
create function public.plan_write_users(plan public.plans) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.user_profiles u set
    clerk_user_id = c.becomes ->> 'clerk_user_id', email = c.becomes ->> 'email', full_name = c.becomes ->> 'full_name',
    role = c.becomes ->> 'role', team = c.becomes ->> 'team', department = c.becomes ->> 'department',
    status = c.becomes ->> 'status',
    version = case when plan.action = 'bulk' and plan.input -> 'change' = '{}' then u.version + 1 else u.version end
  from public.plan_changes c
  where c.plan_id = plan.id and u.id = c.user_id;
  insert into public.user_profiles (id, clerk_user_id, email, full_name, role, team, department, status)
  select c.user_id, c.becomes ->> 'clerk_user_id', c.becomes ->> 'email', c.becomes ->> 'full_name', c.becomes ->> 'role',
    c.becomes ->> 'team', c.becomes ->> 'department', c.becomes ->> 'status'
  from public.plan_changes c where c.plan_id = plan.id and c.was is null;
end;
$$;

revoke execute on function
  public.plan_hold(uuid, uuid, uuid, integer), public.sync_plan_lease(integer), public.plan_people(public.plans, text[]),
  public.sync_plan_page(uuid, uuid, uuid, integer), public.sync_plan_ours(uuid, uuid, uuid, text[]), public.plan_advance(uuid),
  public.plan_refuse(uuid, text[]), public.plan_headers(public.plans),
  public.sync_plan_record(uuid, uuid, uuid, integer, text, jsonb), public.plan_site_done(public.plan_sites, bigint),
  public.sync_plan_wait(uuid, uuid, uuid, text, text, double precision), public.plan_release(public.plans),
  public.plan_follow(), public.plan_adopt(uuid, uuid), public.plan_write_users(public.plans)
from public, anon, authenticated, service_role;
grant execute on function
  public.sync_plan_lease(integer), public.sync_plan_page(uuid, uuid, uuid, integer),
  public.sync_plan_ours(uuid, uuid, uuid, text[]), public.sync_plan_record(uuid, uuid, uuid, integer, text, jsonb),
  public.sync_plan_wait(uuid, uuid, uuid, text, text, double precision)
to service_role;

-- 20261128013000_plan_requests.sql

-- What people and scripts ask: a plan, what it says, and to apply it.

-- Drops what nobody needs any more: plans of last week, all but the newest hundred, and the pages of those that have ended.
-- A plan for every site has a page for each 500 users of each: so many are dropped at once (some 100 ms), by whoever makes a
-- plan or compares a site, which adds fewer. A plan goes when its pages are gone.
create function public.plan_forget() returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  most_pages constant integer := 20000;
  most_plans constant integer := 20; -- each with up to 5,000 users, and 80 samples a site
  kept constant integer := 100;
begin
  update public.plans p set state = 'refused', ended_at = now(), moved = array[
    case when p.created_at < now() - interval '1 day' then 'It is more than a day old.'
      else format('More than %s plans were made since.', kept) end]
  where p.state in ('draft', 'planning', 'ready') and (p.created_at < now() - interval '1 day'
    or p.id not in (select n.id from public.plans n order by n.created_at desc limit kept));
  delete from public.plan_pages g where (g.plan_id, g.site_id, g.n) in (
    select o.plan_id, o.site_id, o.n from public.plans p join public.plan_pages o on o.plan_id = p.id
    where p.state in ('applied', 'refused', 'failed') limit most_pages for update of o skip locked);
  delete from public.plans p where p.id in (
    select o.id from public.plans o
    where o.state in ('applied', 'refused', 'failed') and not o.following and (o.created_at < now() - interval '7 days'
      or o.id not in (select n.id from public.plans n order by n.created_at desc limit kept))
      and not exists (select from public.plan_pages g where g.plan_id = o.id)
    order by o.created_at limit most_plans for update of o skip locked);
end;
$$;

-- Begins a plan. input is what the action would take: {"siteIds"?, "force"} | {"siteId", "scope"} | {"siteId", "mapping",
-- "removalPolicy", "removalColumn"} | {"siteId", "removalPolicy", "removalColumn"} | {"ids" or "query", "change"} | {} for an
-- import, whose users follow by plan_add_users and plan_start. Returns {"id"}, or {"problem": "unknown" | "too_many"}.
create function public.plan_create(action text, input jsonb, requested_by text) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  plan public.plans;
  only_site constant uuid := (input ->> 'siteId')::uuid;
  site_ids constant uuid[] := case when input ? 'siteIds'
    then array(select e::uuid from jsonb_array_elements_text(input -> 'siteIds') e) end;
  becoming constant jsonb := nullif(input -> 'mapping', 'null');
begin
  perform public.plan_forget();
  insert into public.plans (action, input, requested_by, state)
  values (plan_create.action, plan_create.input, plan_create.requested_by, 'draft') returning * into plan;
  insert into public.plan_sites (plan_id, site_id, name, mark, generation, scope, mapping, removal_policy, removal_column,
    match_field, redo_removals, moves, problem)
  select plan.id, s.id, s.name, public.plan_site_mark(s), s.generation + a.moves::integer,
    case plan.action when 'scope' then nullif(input -> 'scope', 'null') else s.scope end,
    a.mapping, a.policy, a.policy_column,
    public.match_field(a.mapping),
    plan.action = 'mapping' and not a.moves and (a.policy, a.policy_column) is distinct from (s.removal_policy, s.removal_column),
    a.moves,
    case
      when s.credentials_sealed is null then 'The site has no credentials yet.'
      when s.take_over is not null and not a.moves then 'The site waits for its take-over: nothing is written before.'
      when s.status = 'paused' then 'The site is paused: what changes waits until it is resumed.'
      when s.status = 'disconnecting' then 'The site is being disconnected.'
    end
  from public.connected_sites s
  cross join lateral (
    select
      case plan.action when 'mapping' then becoming else s.mapping end as mapping,
      case when plan.action in ('mapping', 'removal') then input ->> 'removalPolicy' else s.removal_policy end as policy,
      case when plan.action in ('mapping', 'removal') then input ->> 'removalColumn' else s.removal_column end as policy_column,
      plan.action = 'mapping' and public.site_place(s.mapping) <> public.site_place(becoming) as moves
  ) a
  where s.disconnected_at is null and case
    when plan.action = 'sync_all' then s.status = 'active' and s.credentials_sealed is not null
      and (site_ids is null or s.id = any (site_ids))
    when plan.action in ('bulk', 'import') then true
    else s.id = only_site end;
  if only_site is not null and not found then
    delete from public.plans p where p.id = plan.id;
    return jsonb_build_object('problem', 'unknown');
  end if;
  update public.plan_sites t set phase = 'done' where t.plan_id = plan.id and t.problem is not null;
  if plan.action = 'bulk' and not public.plan_add_bulk(plan) then
    delete from public.plans p where p.id = plan.id;
    return jsonb_build_object('problem', 'too_many');
  end if;
  if plan.action <> 'import' then
    perform public.plan_start(plan.id, null);
  end if;
  return jsonb_build_object('id', plan.id);
end;
$$;

-- Most users of a planned bulk edit or import: they are written by one statement, far below the 8 s timeout.
create function public.plan_most_changes() returns integer
language sql
immutable
set search_path = ''
as $$
  select 5000;
$$;

-- Adds whom a bulk edit changes. False when they are too many.
create function public.plan_add_bulk(plan public.plans) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  change constant jsonb := plan.input -> 'change';
  matched text[];
  changed integer;
begin
  if plan.input ? 'query' then
    execute format('select array_agg(f.id) from (select u.id from public.user_profiles u where %s limit %s) f',
      public.plan_filter(plan.input -> 'query'), public.plan_most_changes() + 1) into matched;
  else
    matched := array(select u.id from public.user_profiles u
      where u.id in (select jsonb_array_elements_text(plan.input -> 'ids')) limit public.plan_most_changes() + 1);
  end if;
  if cardinality(matched) > public.plan_most_changes() then
    return false;
  end if;
  insert into public.plan_changes (plan_id, user_id, becomes, was)
  select plan.id, u.id, b.becomes, u.updated_at
  from public.user_profiles u
  cross join lateral (
    select public.user_profiles_fields(u) || (
      select coalesce(jsonb_object_agg(e.key, e.value), '{}') from jsonb_each(change) e
      where e.key in ('team', 'department') or e.value <> 'null') as becomes
  ) b
  where u.id = any (matched) and (change = '{}' or b.becomes <> public.user_profiles_fields(u));
  get diagnostics changed = row_count;
  update public.plans p set report = jsonb_build_object('matched', coalesce(cardinality(matched), 0), 'changed', changed)
  where p.id = plan.id;
  return true;
end;
$$;

-- Adds users of an import to a plan: [a line's fields as user_import takes them, "outcome" ("created" | "updated"), "userId"?].
create function public.plan_add_users(plan_id uuid, list jsonb) returns void
language sql
security definer
set search_path = ''
as $$
  insert into public.plan_changes (plan_id, user_id, becomes, was)
  select p.id, i.id,
    case when u.id is not null then public.user_profiles_fields(u) else jsonb_build_object(
      'id', i.id, 'clerk_user_id', i.id, 'full_name', null, 'role', 'user', 'team', null, 'department', null, 'status', 'active',
      'created_at', now(), 'updated_at', now()) end
    || (
      select coalesce(jsonb_object_agg(e.key, e.value), '{}') from jsonb_each(l.given) e
      where e.key in ('full_name', 'team', 'department')
        or (e.key in ('clerk_user_id', 'email', 'role', 'status') and e.value <> 'null')),
    u.updated_at
  from public.plans p
  cross join jsonb_array_elements(list) l(given)
  cross join lateral (select coalesce(l.given ->> 'userId', gen_random_uuid()::text) as id) i
  left join public.user_profiles u on u.id = i.id and l.given ->> 'outcome' = 'updated'
  where p.id = plan_add_users.plan_id and p.state = 'draft' and p.action = 'import'
  on conflict do nothing;
$$;

-- Has a plan's sites compared. What the users are now is noted first: whatever changes from here on is noticed.
create function public.plan_start(plan_id uuid, report jsonb) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  plan public.plans;
begin
  update public.plans p set
    users_mark = public.plan_users_mark(p), report = coalesce(plan_start.report, p.report), state = 'planning'
  where p.id = plan_start.plan_id and p.state = 'draft' returning p.* into plan;
  if not found then
    return;
  end if;
  perform public.audit_write('plan.made', 'plan', plan.id::text, plan.action, null,
    case when plan.action in ('bulk', 'import') then jsonb_build_object('users', plan.report) else plan.input end);
  perform public.plan_advance(plan.id);
end;
$$;

-- A plan as the API shows it; null when there is none.
create function public.plan_read(plan_id uuid) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'id', p.id, 'action', p.action, 'state', case p.state when 'draft' then 'planning' else p.state end,
    'requestedBy', p.requested_by, 'createdAt', p.created_at, 'runId', case when p.state in ('checking', 'applied') then p.run_id end,
    'report', p.report, 'moved', coalesce(to_jsonb(p.moved), '[]'),
    'sites', coalesce((
      select jsonb_agg(jsonb_build_object(
        'siteId', t.site_id, 'site', t.name, 'done', t.phase = 'done', 'looked', t.looked,
        'create', t.creates, 'update', t.updates, 'remove', t.removes,
        'skip', (select coalesce(sum(e.value::bigint), 0) from jsonb_each_text(t.skips) e),
        'skipped', t.skips, 'updatedFields', t.fields, 'problem', t.problem,
        'samples', coalesce((
          select jsonb_agg(jsonb_build_object(
            'kind', m.kind, 'userId', m.user_id, 'email', m.email, 'reason', m.reason, 'fields', m.fields) order by m.kind, m.user_id)
          from public.plan_samples m
          where m.plan_id = p.id and m.site_id = t.site_id and p.state <> 'planning'), '[]')) order by lower(t.name), t.site_id)
      from public.plan_sites t where t.plan_id = p.id), '[]'))
  from public.plans p where p.id = plan_read.plan_id;
$$;

-- How far a plan is, for who waits for it: {"state", "moved"}.
create function public.plan_state(plan_id uuid) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object('state', p.state, 'moved', coalesce(to_jsonb(p.moved), '[]'))
  from public.plans p where p.id = plan_state.plan_id;
$$;

-- Begins to apply a plan: what it rests on at the centre is looked at now, the sites are read again, and then it is done.
-- Returns {"runId", "action"}, or {"problem": "unknown" | the state it is in}, or {"moved": [why not]}.
create function public.plan_apply(plan_id uuid, requested_by text) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  plan public.plans;
  reasons text[];
begin
  select p.* into plan from public.plans p where p.id = plan_apply.plan_id for no key update;
  if not found then
    return jsonb_build_object('problem', 'unknown');
  elsif plan.state <> 'ready' then
    return jsonb_build_object('problem', plan.state);
  end if;
  reasons := case when plan.created_at < now() - interval '1 day' then array['It is more than a day old.']
    else public.plan_moved(plan) end;
  if reasons <> '{}' then
    perform public.plan_refuse(plan.id, reasons);
    return jsonb_build_object('moved', to_jsonb(reasons));
  end if;
  insert into public.sync_runs (kind, requested_by)
  values (case when plan.action in ('sync_all', 'bulk', 'import') then 'all' else 'site' end, plan_apply.requested_by)
  returning id into plan.run_id;
  update public.plans p set state = 'checking', run_id = plan.run_id, applied_by = public.roster_actor() where p.id = plan.id;
  update public.plan_sites t set phase = 'rows', cursor = '', page = 0, failures = 0, retry_at = now(),
    lease_id = null, lease_until = null
  where t.plan_id = plan.id and t.problem is null;
  perform public.plan_advance(plan.id);
  return jsonb_build_object('runId', plan.run_id);
end;
$$;

-- Ends a sync of all users, and answers as request_cancel_run; "changed": it is a plan's whose users are changed already, so
-- that what the sites get is their change, whatever becomes of the run.
create function public.request_run_end(run_id uuid) returns text
language sql
security definer
set search_path = ''
as $$
  select case
    when exists (select from public.plans p where p.run_id = request_run_end.run_id and p.following) then 'changed'
    else public.request_cancel_run(request_run_end.run_id) end;
$$;

revoke execute on function public.request_cancel_run(uuid) from service_role;
revoke execute on function
  public.request_run_end(uuid), public.plan_forget(), public.plan_create(text, jsonb, text), public.plan_most_changes(), public.plan_add_bulk(public.plans),
  public.plan_add_users(uuid, jsonb), public.plan_start(uuid, jsonb), public.plan_read(uuid), public.plan_state(uuid),
  public.plan_apply(uuid, text)
from public, anon, authenticated, service_role;
grant execute on function
  public.request_run_end(uuid), public.plan_create(text, jsonb, text), public.plan_add_users(uuid, jsonb), public.plan_start(uuid, jsonb),
  public.plan_read(uuid), public.plan_state(uuid), public.plan_apply(uuid, text)
to service_role;

-- 20261128020000_log_pages.sql

-- The log of a full sync by pages. Most attempts there ever are belong to full syncs, a thousand to a batch that differ in
-- the user alone: one row with arrays instead of a thousand with five index entries each.
-- `user_sync_log` is what it was to everybody who reads it: one row per pair and attempt, now a view of both tables.

alter table public.user_sync_log rename to user_sync_log_rows;

-- A draw is a block of ids, whose last one is the row's or the page's. The attempts of a page have those up to it.
alter sequence public.user_sync_log_id_seq increment by 1024;

-- Ordered as ids are everywhere, by the database's collation.
create type public.user_id_range as range (subtype = text);
revoke execute on function
  public.user_id_range(text, text), public.user_id_range(text, text, text), public.user_id_multirange(),
  public.user_id_multirange(public.user_id_range), public.user_id_multirange(variadic public.user_id_range[])
from public, anon, authenticated, service_role;

create table public.user_sync_log_pages (
  id bigint not null default nextval('public.user_sync_log_id_seq'),
  created_at timestamptz not null default clock_timestamp(),
  run_id uuid not null,
  site_id uuid not null,
  site text not null,
  users public.user_id_range not null,
  user_ids text[] not null,
  emails text[] not null,
  attempts integer[] not null,
  duration_ms integer not null,
  primary key (id, created_at),
  constraint user_sync_log_pages_fits_block check (cardinality(user_ids) between 1 and 1024)
) partition by range (created_at);
comment on table public.user_sync_log_pages is 'Batches of full syncs whose users all landed. users: from the first to the last of user_ids.';
-- To compress a page costs more than to write it.
alter table public.user_sync_log_pages
  alter column user_ids set storage external, alter column emails set storage external, alter column attempts set storage external;
create index user_sync_log_pages_site_idx on public.user_sync_log_pages (site_id, id);
create index user_sync_log_pages_run_idx on public.user_sync_log_pages (run_id, id);
-- A page is a stretch of the list: those around a user are, but for who was passed over, the ones that this user is in.
create index user_sync_log_pages_users_idx on public.user_sync_log_pages using gist (users);
create table public.user_sync_log_pages_default partition of public.user_sync_log_pages default;
alter table public.user_sync_log_pages enable row level security;
alter table public.user_sync_log_pages_default enable row level security;
revoke all on public.user_sync_log_pages, public.user_sync_log_pages_default from anon, authenticated, service_role;
grant select on public.user_sync_log_pages to service_role;

create view public.user_sync_log with (security_invoker = true) as
select l.id, l.created_at, l.run_id, l.site_id, l.site, l.user_id, l.email, l.operation, l.trigger, l.status,
  l.error_code, l.error, l.attempt, l.duration_ms
from public.user_sync_log_rows l
union all
select p.id - cardinality(p.user_ids) + t.n, p.created_at, p.run_id, p.site_id, p.site, t.user_id, t.email, 'upsert', 'full',
  'success', null, null, t.attempt, p.duration_ms
from public.user_sync_log_pages p
cross join lateral unnest(p.user_ids, p.emails, p.attempts) with ordinality t(user_id, email, attempt, n);
comment on view public.user_sync_log is 'One row per pair and attempt; the log outlives users, sites and runs.';
revoke all on public.user_sync_log from anon, authenticated, service_role;
grant select on public.user_sync_log to service_role;

create function public.sync_minutes_count_pages() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.sync_minutes as m (minute, site_id, succeeded, failed)
  select date_trunc('minute', n.created_at), n.site_id, sum(cardinality(n.user_ids)), 0
  from new_rows n group by 1, 2 order by 1, 2
  on conflict (minute, site_id) do update set succeeded = m.succeeded + excluded.succeeded;
  return null;
end;
$$;
create trigger user_sync_log_pages_minutes after insert on public.user_sync_log_pages
  referencing new table as new_rows for each statement execute function public.sync_minutes_count_pages();

-- Makes a week's partition of a part of the log, unless it is there. Rows of that week in the part's default partition
-- move over: otherwise the new partition would be refused.
create function public.sync_log_make_week(part regclass, prefix text, week date) returns integer
language plpgsql
set search_path = ''
as $$
declare
  name constant text := prefix || to_char(week, 'YYYYMMDD');
begin
  if to_regclass('public.' || name) is not null then
    return 0;
  end if;
  execute format('create temporary table user_sync_log_moved on commit drop as select * from public.%I where false', prefix || 'default');
  execute format(
    'with gone as (delete from public.%I where created_at >= %L and created_at < %L returning *)
     insert into user_sync_log_moved select * from gone', prefix || 'default', week, week + 7);
  execute format('create table public.%I partition of %s for values from (%L) to (%L)', name, part, week, week + 7);
  execute format('alter table public.%I enable row level security', name);
  execute format('revoke all on public.%I from anon, authenticated', name);
  -- Into the partition itself: through the table they would be counted as new attempts.
  execute format('insert into public.%I select * from user_sync_log_moved', name);
  drop table user_sync_log_moved;
  return 1;
end;
$$;

-- Drops a part's partitions that are wholly older than so many days. Returns how many.
create function public.sync_log_drop_weeks(part regclass, prefix text, kept_days integer) returns integer
language plpgsql
set search_path = ''
as $$
declare
  name text;
  dropped integer := 0;
begin
  for name in
    select c.relname from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = part and c.relname ~ ('^' || prefix || '\d{8}$')
      and to_date(right(c.relname, 8), 'YYYYMMDD') + 7 <= now() - make_interval(days => kept_days)
  loop
    execute format('drop table public.%I', name);
    dropped := dropped + 1;
  end loop;
  execute format('delete from public.%I where created_at < %L', prefix || 'default', now() - make_interval(days => kept_days));
  return dropped;
end;
$$;

select public.sync_log_maintain();

-- Attempts in pages, newest first, from one id to before another (null: no bound). Of the filter of sync_log_find this looks
-- at what a page can differ in; its other fields are the caller's.
create function public.sync_log_in_pages(filter jsonb, first_id bigint, end_id bigint, max_entries integer)
returns setof public.user_sync_log
language plpgsql
stable
set search_path = ''
as $$
declare
  block constant integer := 1024;
  wanted constant text := filter ->> 'userId';
  conditions text;
  page public.user_sync_log_pages;
  given integer;
  room integer := max_entries;
begin
  if filter ->> 'status' <> 'success' or filter ->> 'errorCode' is not null then
    return;
  end if;
  -- What is null is not wanted, and left out.
  select string_agg(c.condition, ' and ') into conditions
  from (values
    ('true'),
    ('p.site_id = ' || quote_literal((filter ->> 'siteId')::uuid)),
    ('p.run_id = ' || quote_literal((filter ->> 'runId')::uuid)),
    ('p.users @> ' || quote_literal(wanted) || '::text'),
    ('p.created_at >= ' || quote_literal((filter ->> 'from')::timestamptz)),
    ('p.created_at < ' || quote_literal((filter ->> 'to')::timestamptz)),
    ('p.id >= ' || first_id),
    ('p.id < ' || end_id + block)
  ) c (condition);
  for page in execute format('select p.* from public.user_sync_log_pages p where %s order by p.id desc', conditions) loop
    return query
      select page.id - cardinality(page.user_ids) + t.n, page.created_at, page.run_id, page.site_id, page.site, t.user_id, t.email,
        'upsert', 'full', 'success', null::text, null::text, t.attempt, page.duration_ms
      from unnest(page.user_ids, page.emails, page.attempts) with ordinality t(user_id, email, attempt, n)
      where (wanted is null or t.user_id = wanted)
        and (first_id is null or page.id - cardinality(page.user_ids) + t.n >= first_id)
        and (end_id is null or page.id - cardinality(page.user_ids) + t.n < end_id)
      order by t.n desc limit room;
    get diagnostics given = row_count;
    room := room - given;
    exit when room <= 0;
  end loop;
end;
$$;

-- Attempts, newest first, before an id. The filter has, each of them optional, "userId", "siteId", "status", "errorCode",
-- "runId", "from" (the first moment that is wanted), "to" (the first that is not) and "after" (an id).
drop function public.sync_log_find(jsonb, bigint, integer);
create function public.sync_log_find(filter jsonb, before bigint, max_entries integer)
returns setof public.user_sync_log
language plpgsql
stable
set search_path = ''
as $$
declare
  slack constant interval := '1 second';
  conditions text := 'true';
  pair record;
  first_id bigint := (filter ->> 'after')::bigint + 1;
  end_id bigint := before;
begin
  for pair in
    select * from (values
      ('userId', 'user_id', 'text'), ('siteId', 'site_id', 'uuid'), ('status', 'status', 'text'),
      ('errorCode', 'error_code', 'text'), ('runId', 'run_id', 'uuid')
    ) known (name, field, kind)
    where filter ->> known.name is not null
  loop
    conditions := conditions || format(' and l.%I = %L::%s', pair.field, filter ->> pair.name, pair.kind);
  end loop;
  if filter ->> 'from' is not null then
    conditions := conditions || format(' and l.created_at >= %L', (filter ->> 'from')::timestamptz);
    first_id := greatest(first_id, public.sync_log_id_at((filter ->> 'from')::timestamptz - slack));
  end if;
  if filter ->> 'to' is not null then
    conditions := conditions || format(' and l.created_at < %L', (filter ->> 'to')::timestamptz);
    end_id := least(end_id, public.sync_log_id_at((filter ->> 'to')::timestamptz + slack));
  end if;
  if first_id is not null then
    conditions := conditions || format(' and l.id >= %s', first_id);
  end if;
  if end_id is not null then
    conditions := conditions || format(' and l.id < %s', end_id);
  end if;
  return query execute format(
    'select e.* from (
       (select l.* from public.user_sync_log_rows l where %1$s order by l.id desc limit %2$s)
       union all
       select p.* from public.sync_log_in_pages($1, $2, $3, %2$s) p
     ) e order by e.id desc limit %2$s', conditions, max_entries) using filter, first_id, end_id;
end;
$$;

revoke execute on function
  public.sync_minutes_count_pages(), public.sync_log_make_week(regclass, text, date),
  public.sync_log_drop_weeks(regclass, text, integer), public.sync_log_in_pages(jsonb, bigint, bigint, integer),
  public.sync_log_find(jsonb, bigint, integer)
from public, anon, authenticated;
grant execute on function
  public.sync_log_in_pages(jsonb, bigint, bigint, integer), public.sync_log_find(jsonb, bigint, integer)
to service_role;

-- 20261128020100_settle_parts.sql

-- Settling in parts, and the usual case by itself: everybody in a batch landed. Then the claim knows who it was, and the
-- worker names nobody; nothing is joined, and a page of a full sync is one row of the log.

-- Outcomes that name users beside what the claim knows of them.
create function public.sync_settling(claimed public.sync_claims, outcomes jsonb) returns public.sync_outcome[]
language sql
stable
set search_path = ''
as $$
  select array_agg(row(
      c.user_id, c.version, c.upsert, c.why, c.attempt, c.run_id, c.row_time,
      o.kind, coalesce(o."durationMs", 0), o."errorCode", o.error, o."retryIn"
    )::public.sync_outcome order by c.user_id) -- one lock order for all
  from unnest(claimed.user_ids, claimed.versions, claimed.upserts, claimed.triggers, claimed.attempts, claimed.run_ids,
      claimed.row_times)
    c(user_id, version, upsert, why, attempt, run_id, row_time)
  join (
    select g.*, id from jsonb_to_recordset(outcomes)
      g("userIds" text[], "userId" text, kind text, "durationMs" integer, "errorCode" text, error text,
        "retryIn" double precision),
      unnest(coalesce(g."userIds", array[g."userId"])) id
  ) o on o.id = c.user_id;
$$;

-- The log of outcomes that name users.
create function public.sync_settle_log(target public.connected_sites, claimed public.sync_claims, settling public.sync_outcome[])
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  if claimed.emails is null then
    claimed.emails := array(
      select coalesce(u.email, d.email) from unnest(claimed.user_ids) with ordinality c(id, n)
      left join public.user_profiles u on u.id = c.id left join public.deleted_users d on d.id = c.id
      order by c.n);
  end if;
  insert into public.user_sync_log_rows
    (run_id, site_id, site, user_id, email, operation, trigger, status, error_code, error, attempt, duration_ms)
  select t.run_id, target.id, target.name, t.user_id, nullif(e.email, ''),
    case when t.upsert then 'upsert' else 'remove' end, t.why,
    case when t.kind in ('upserted', 'removed', 'deactivated') then 'success' else 'failed' end,
    t.error_code, t.error, t.attempt, t.duration_ms
  from unnest(settling) t
  left join unnest(claimed.user_ids, claimed.emails) e(id, email) on e.id = t.user_id
  where t.kind in ('upserted', 'removed', 'deactivated', 'failed') or (t.kind = 'returned' and t.error_code is not null);
end;
$$;

-- Counts a batch in the runs that it belongs to. Users that came back untried count as nothing.
create function public.sync_settle_runs(
  target public.connected_sites, claimed public.sync_claims, settling public.sync_outcome[], site_failed boolean
) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  finished uuid[];
begin
  -- A page of a full sync counts when all of it was tried; otherwise the cursor stays and the page comes again.
  if claimed.full_run_id is not null and not exists (select from unnest(settling) t where t.kind = 'returned') then
    update public.sync_run_sites r set
      cursor = claimed.full_cursor,
      succeeded = r.succeeded + claimed.full_fresh
        + (select count(*) from unnest(settling) t where t.kind <> 'failed'),
      failed = r.failed + (select count(*) from unnest(settling) t where t.kind = 'failed')
    where r.run_id = claimed.full_run_id and r.site_id = target.id;
  end if;
  with done as (
    update public.sync_run_sites r set
      finished_at = now(),
      succeeded = (t.kind <> 'failed')::integer,
      failed = (t.kind = 'failed')::integer
    from unnest(settling) t
    where r.user_id = t.user_id and r.site_id = target.id and r.finished_at is null and r.version <= t.version
      and t.kind <> 'returned'
    returning r.run_id
  ), unanswered as (
    -- "The site does not answer" is an answer for everybody who waits for this site; the pairs go on being tried.
    update public.sync_run_sites r set finished_at = now(), failed = 1
    where site_failed and r.site_id = target.id and r.user_id <> '' and r.finished_at is null -- '' is a plan's, see plan_follow
      and not exists (
        select from unnest(settling) t where t.user_id = r.user_id and r.version <= t.version and t.kind <> 'returned')
    returning r.run_id
  )
  select array_agg(run_id) into finished from (select run_id from done union select run_id from unanswered) ended;
  if finished is not null then
    perform public.sync_finish_runs(finished);
  end if;
end;
$$;

alter table public.sync_claims add column unpaired boolean not null default false;
comment on column public.sync_claims.unpaired is 'None of these users had a pair at the site: their states can be inserted, unless one has come up since.';

-- States of users who landed, whether they had one or not.
create function public.sync_settle_landed_states(target public.connected_sites, claimed public.sync_claims) returns void
language sql
security definer
set search_path = ''
as $$
  insert into public.user_sync_state as p
    (user_id, site_id, desired_version, synced_version, generation, status, written, attempted_at, synced_at, row_updated_at)
  select t.user_id, target.id, t.version, t.version, target.generation, 'synced', true, now(), now(), t.row_time
  from unnest(claimed.user_ids, claimed.versions, claimed.row_times) t(user_id, version, row_time)
  order by t.user_id -- one lock order for all
  on conflict (user_id, site_id) do update set
    desired_version = greatest(p.desired_version, excluded.desired_version),
    synced_version = greatest(
      excluded.synced_version, case when p.generation = excluded.generation then p.synced_version else 0 end),
    generation = excluded.generation,
    written = true,
    wanted_at = case when p.desired_version > p.synced_version then p.wanted_at else now() end,
    attempted_at = excluded.attempted_at,
    synced_at = excluded.synced_at,
    row_updated_at = excluded.row_updated_at,
    -- What moved on while the batch was on its way stays as it is, but for what the site now has.
    status = case when p.desired_version > excluded.desired_version then p.status else 'synced' end,
    attempts = case when p.desired_version > excluded.desired_version then p.attempts else 0 end,
    due_at = case when p.desired_version > excluded.desired_version then p.due_at else now() end,
    run_id = case when p.desired_version > excluded.desired_version then p.run_id end,
    error_code = case when p.desired_version > excluded.desired_version then p.error_code end,
    error = case when p.desired_version > excluded.desired_version then p.error end;
$$;

-- States, log and runs of a batch that landed as a whole: what sync_settle_states, sync_settle_log and sync_settle_runs do
-- with outcomes that are all "upserted".
create function public.sync_settle_landed(target public.connected_sites, claimed public.sync_claims, duration_ms integer)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  block constant integer := 1024; -- entries in a page of the log, at most
  users constant integer := cardinality(claimed.user_ids);
  finished uuid[];
begin
  if claimed.unpaired then
    begin
      -- In half the time of what asks for each whether it is there. A page is in the order in which all lock.
      insert into public.user_sync_state
        (user_id, site_id, desired_version, synced_version, generation, status, written, attempted_at, synced_at, row_updated_at)
      select t.user_id, target.id, t.version, t.version, target.generation, 'synced', true, now(), now(), t.row_time
      from unnest(claimed.user_ids, claimed.versions, claimed.row_times) t(user_id, version, row_time);
    exception when unique_violation then
      perform public.sync_settle_landed_states(target, claimed);
    end;
  else
    perform public.sync_settle_landed_states(target, claimed);
  end if;

  if claimed.full_run_id is not null then
    insert into public.user_sync_log_pages (run_id, site_id, site, users, user_ids, emails, attempts, duration_ms)
    select claimed.full_run_id, target.id, target.name,
      -- In the order of their ids, as pages of full syncs are.
      public.user_id_range(claimed.user_ids[n], claimed.user_ids[least(n + block - 1, users)], '[]'),
      claimed.user_ids[n:n + block - 1], claimed.emails[n:n + block - 1], claimed.attempts[n:n + block - 1],
      sync_settle_landed.duration_ms
    from generate_series(1, users, block) n;
  else
    insert into public.user_sync_log_rows (run_id, site_id, site, user_id, email, operation, trigger, status, attempt, duration_ms)
    select t.run_id, target.id, target.name, t.user_id, nullif(t.email, ''), 'upsert', t.why, 'success', t.attempt,
      sync_settle_landed.duration_ms
    from unnest(claimed.run_ids, claimed.user_ids, claimed.emails, claimed.triggers, claimed.attempts)
      t(run_id, user_id, email, why, attempt);
  end if;

  if claimed.full_run_id is not null then
    update public.sync_run_sites r set
      cursor = claimed.full_cursor, succeeded = r.succeeded + claimed.full_fresh + users
    where r.run_id = claimed.full_run_id and r.site_id = target.id;
  end if;
  if not exists (
    select from public.sync_run_sites r where r.site_id = target.id and r.finished_at is null and r.user_id is not null
  ) then
    return;
  end if;
  with done as (
    update public.sync_run_sites r set finished_at = now(), succeeded = 1, failed = 0
    from unnest(claimed.user_ids, claimed.versions) t(user_id, version)
    where r.user_id = t.user_id and r.site_id = target.id and r.finished_at is null and r.version <= t.version
    returning r.run_id
  )
  select array_agg(distinct run_id) into finished from done;
  if finished is not null then
    perform public.sync_finish_runs(finished);
  end if;
end;
$$;

-- The lease that ended with its last settle, so that a repetition of that settle is known as one.
alter table public.connected_sites add column released_lease_id uuid;

-- Whether a leased site has anything left to do now.
create function public.sync_site_has_more(site uuid) returns boolean
language sql
stable
security definer
set search_path = ''
set enable_seqscan = off
as $$
  select coalesce(public.sync_site_due_at(site) <= now(), false)
    or exists (select from public.sync_run_sites r where r.site_id = site and r.finished_at is null and r.user_id is null)
    or exists (select from public.sync_claims c where c.site_id = site);
$$;

-- What a batch says of its site, and the end of the lease where that is asked for.
create function public.sync_settle_site(site uuid, site_failure jsonb, landed boolean, release boolean) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  if site_failure is not null then
    update public.connected_sites s set
      health = site_failure ->> 'health',
      failures = s.failures + 1,
      error_code = site_failure ->> 'errorCode',
      error = site_failure ->> 'error',
      retry_at = coalesce(now() + make_interval(secs => (site_failure ->> 'retryIn')::double precision), 'infinity')
    where s.id = site;
  elsif landed or release then
    update public.connected_sites s set
      health = case when landed then 'ok' else s.health end,
      failures = case when landed then 0 else s.failures end,
      error_code = case when not landed then s.error_code end,
      error = case when not landed then s.error end,
      retry_at = case when landed then now() else s.retry_at end,
      last_synced_at = case when landed then now() else s.last_synced_at end,
      released_lease_id = case when release then s.lease_id else s.released_lease_id end,
      -- As sync_release_site does it.
      lease_id = case when not release then s.lease_id end,
      lease_worker = case when not release then s.lease_worker end,
      lease_until = case when release then now() else s.lease_until end
    where s.id = site;
  end if;
end;
$$;

-- Records what came of a claimed batch: states, log, runs and the site's health, once.
-- outcomes: [{"userIds", "kind", "durationMs", "errorCode"?, "error"?, "retryIn"?}], kind one of
--   upserted, removed   the site's answer named the row (or the row is known to be gone)
--   deactivated, kept   the site's removal policy left the row there
--   skipped             nothing had to be sent
--   failed              this user's row was refused; retryIn in seconds, absent: not until changed or retried by hand
--   returned            the site could not take it now: stays dirty, costs the user no attempt; error absent: not tried
-- or, when everybody in the claim was upserted, {"users": how many, "kind": "upserted", "durationMs"}.
-- site_failure: null when the site did its part, otherwise {"health": "degraded"|"blocked", "errorCode", "error",
-- "retryIn"?} with retryIn in seconds, absent: not until a person acts.
-- release: gives the lease back with it, when nothing else is to be done at the site ("released": true).
-- Returns {"settled": true}, or {"settled": false} when the lease is no longer the caller's: then nothing is recorded
-- but that these users' rows are in doubt, since a late write may have put an old row over a newer one. With "who": true
-- nothing is recorded yet: a number is not enough, and the caller has to name the users.
drop function public.sync_settle(uuid, uuid, uuid, jsonb, jsonb);
create function public.sync_settle(
  site uuid, lease uuid, claim uuid, outcomes jsonb, site_failure jsonb default null, release boolean default false
) returns jsonb
language plpgsql
security definer
set search_path = ''
-- Users are looked up one by one: the planner may take a table that is just being filled for a small one.
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  whole constant integer := (outcomes ->> 'users')::integer; -- null for an array
  target public.connected_sites;
  claimed public.sync_claims;
  settling public.sync_outcome[];
  landed boolean;
begin
  select s.* into target from public.connected_sites s where s.id = site for no key update;
  if target.released_lease_id = lease then
    return jsonb_build_object('settled', true, 'released', true); -- that answer was lost
  end if;
  if target.lease_id is distinct from lease or target.lease_until <= now() then
    if whole is not null then
      return jsonb_build_object('settled', false, 'who', true);
    end if;
    perform public.sync_mark_in_doubt(site, array_agg(u.id),
      array_agg(o ->> 'kind' in ('upserted', 'failed', 'returned')), null)
    from jsonb_array_elements(outcomes) o,
      jsonb_array_elements_text(coalesce(o -> 'userIds', jsonb_build_array(o -> 'userId'))) u(id)
    having count(*) > 0;
    delete from public.sync_claims c where c.id = claim;
    return jsonb_build_object('settled', false);
  end if;
  delete from public.sync_claims c
  where c.id = claim and (whole is null or (whole = cardinality(c.user_ids) and c.emails is not null and site_failure is null))
  returning * into claimed;
  if not found then
    -- Settled before, that answer was lost; or it takes more than a number.
    return case when exists (select from public.sync_claims c where c.id = claim)
      then jsonb_build_object('settled', false, 'who', true) else jsonb_build_object('settled', true) end;
  end if;

  if whole is not null then
    perform public.sync_settle_landed(target, claimed, (outcomes ->> 'durationMs')::integer);
    landed := true;
  else
    settling := public.sync_settling(claimed, outcomes);
    landed := exists (select from unnest(settling) t where t.kind in ('upserted', 'removed', 'deactivated'));
    perform public.sync_settle_states(target, settling);
    if claimed.outside is not null then
      update public.user_sync_state p set status = 'out_of_scope'
      where p.site_id = site and p.user_id = any (claimed.outside)
        and p.status in ('removed', 'kept') and p.desired_version <= p.synced_version;
    end if;
    perform public.sync_settle_log(target, claimed, settling);
    perform public.sync_settle_runs(target, claimed, settling, site_failure is not null);
  end if;
  release := release and site_failure is null and not public.sync_site_has_more(site);
  perform public.sync_settle_site(site, site_failure, landed, release);
  return jsonb_build_object('settled', true, 'released', release);
end;
$$;

revoke execute on function
  public.sync_settling(public.sync_claims, jsonb),
  public.sync_settle_log(public.connected_sites, public.sync_claims, public.sync_outcome[]),
  public.sync_settle_runs(public.connected_sites, public.sync_claims, public.sync_outcome[], boolean),
  public.sync_settle_landed_states(public.connected_sites, public.sync_claims),
  public.sync_settle_landed(public.connected_sites, public.sync_claims, integer),
  public.sync_site_has_more(uuid), public.sync_settle_site(uuid, jsonb, boolean, boolean),
  public.sync_settle(uuid, uuid, uuid, jsonb, jsonb, boolean)
from public, anon, authenticated;
grant execute on function public.sync_settle(uuid, uuid, uuid, jsonb, jsonb, boolean) to service_role;

-- 20261128020200_claim_parts.sql

-- Claiming in parts, so that what changes one of them need not repeat the others: what is due, and pages of full syncs.
-- And rows as the site's API takes them, made by PostgreSQL, which the worker passes on without looking into them.

-- A row of a site's documented table.
create type public.site_row as (
  id text, clerk_user_id text, email text, full_name text, role text, team text, department text,
  created_at timestamptz, updated_at timestamptz
);

-- A batch of active users as rows: {"kind": "rows", "claimId", "userIds", "triggers", "attempts", "runIds", "written", "rows"},
-- arrays in the same order; for a page of a full sync "triggers" and "runIds" are what all have in common. "rows" comes last,
-- so that it can be cut off.
create function public.sync_claimed_rows(c public.sync_claims, written boolean[], rows json) returns json
language sql
immutable
set search_path = ''
as $$
  select json_build_object('kind', 'rows', 'claimId', c.id, 'userIds', c.user_ids, 'attempts', c.attempts,
    'triggers', case when c.full_run_id is null then to_json(c.triggers) else '"full"' end,
    'runIds', case when c.full_run_id is null then to_json(c.run_ids) else to_json(c.full_run_id) end,
    'written', written, 'rows', rows);
$$;

-- Writes down a batch as a claim of its site. whole: with nobody left to the site, since rows would have them.
create function public.sync_claim_write(claim public.sync_claims, whole boolean) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  is_whole boolean;
begin
  insert into public.sync_claims as c values (claim.*) returning c.outside is null into is_whole;
  if whole and not is_whole then
    raise exception 'Somebody was left to the site meanwhile: claim again';
  end if;
end;
$$;

-- Records a batch and returns it as sync_claim does. users: columns as sync_claimed has them, or rows.
create function public.sync_claim_record(
  target public.connected_sites, claim public.sync_claims, written boolean[], users json, as_rows boolean
) returns json
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform public.sync_claim_write(claim, as_rows);
  if as_rows then
    return public.sync_claimed_rows(claim, written, users);
  end if;
  return public.sync_claimed(claim.id, claim, written,
    case when target.scope is null then users else public.sync_claim_scope(claim, target.scope, users) end);
end;
$$;

create function public.sync_claim_dirty(
  target public.connected_sites, max_users integer, as_rows boolean, little boolean, send_brought boolean,
  out answer json, out claim_id uuid, out brought_ids text[], out brought_versions bigint[]
)
language plpgsql
security definer
set search_path = ''
-- A table that is just being filled looks small to the planner, which would then read all of it for each user. "offset 0"
-- has users looked up one by one.
set enable_seqscan = off
as $$
declare
  claim public.sync_claims;
  written boolean[];
  users json;
begin
  with due as materialized (
    select p.user_id, p.desired_version, p.attempts + 1 as attempt, p.run_id,
      -- Another webhook URL may well be the same receiver: who leaves has to leave there too.
      p.written and (p.generation = target.generation or target.kind = 'webhook') as there,
      case when p.attempts > 0 then 'retry' when p.run_id is null then 'change'
        -- One row by its key, and not "exists", for which all of them may be read.
        when (select r.user_id is null from public.sync_run_sites r where r.run_id = p.run_id and r.site_id = p.site_id) then 'full'
        else 'manual' end as why,
      case when p.generation = target.generation and p.run_id is null then p.row_updated_at end as landed_at
    from public.user_sync_state p
    where p.site_id = target.id and p.desired_version > p.synced_version and p.due_at <= now()
      and p.user_id not in (select unnest(c.user_ids) from public.sync_claims c where c.site_id = target.id)
    order by p.due_at, p.user_id
    limit max_users + little::integer
  ), looked as (
    select due.*, coalesce(u.status = 'active' and u.updated_at = due.landed_at, false) as brought,
      coalesce(u.status, 'deleted') as status,
      coalesce(u.clerk_user_id, d.clerk_user_id, due.user_id) as clerk_user_id, coalesce(u.email, d.email, '') as email,
      coalesce(u.full_name, d.full_name) as full_name, coalesce(u.role, d.role, '') as role,
      coalesce(u.team, d.team) as team, coalesce(u.department, d.department) as department,
      coalesce(u.created_at, d.created_at, now()) as created_at, coalesce(u.updated_at, d.updated_at, now()) as updated_at
    from due
    left join lateral (select * from public.user_profiles x where x.id = due.user_id offset 0) u on true
    left join lateral (select * from public.deleted_users x where x.id = due.user_id and u.id is null offset 0) d on true
    offset 0
  )
  select array_agg(user_id), array_agg(desired_version), array_agg(l.status = 'active'), array_agg(why), array_agg(attempt),
    array_agg(run_id), array_agg(updated_at), array_agg(email), array_agg(there),
    case when as_rows then
      json_agg(row(user_id, clerk_user_id, email, full_name, role, team, department, created_at, updated_at)::public.site_row)
        filter (where as_rows)
    else
      json_build_object('clerk_user_id', array_agg(clerk_user_id), 'email', array_agg(email), 'full_name', array_agg(full_name),
        'role', array_agg(role), 'team', array_agg(team), 'department', array_agg(department), 'status', array_agg(l.status),
        'created_at', array_agg(created_at), 'updated_at', array_agg(updated_at))
    end,
    array_agg(user_id) filter (where brought), array_agg(desired_version) filter (where brought)
  into claim.user_ids, claim.versions, claim.upserts, claim.triggers, claim.attempts,
    claim.run_ids, claim.row_times, claim.emails, written, users,
    brought_ids, brought_versions
  from looked l;
  if claim.user_ids is null or (brought_ids is not null and not send_brought)
    or (little and (cardinality(claim.user_ids) > max_users or false = any (claim.upserts))) then
    return;
  end if;
  if as_rows and false = any (claim.upserts) then
    select d.* into answer, claim_id, brought_ids, brought_versions
    from public.sync_claim_dirty(target, max_users, false, little, send_brought) d;
    return;
  end if;
  claim.id := gen_random_uuid();
  claim.site_id := target.id;
  claim.lease_id := target.lease_id;
  claim.full_fresh := 0;
  claim.claimed_at := clock_timestamp();
  claim.unpaired := false;
  claim_id := claim.id;
  answer := public.sync_claim_record(target, claim, written, users, as_rows);
end;
$$;

-- Claims what is due at a leased site. Null when nothing is, {"kind": "empty"} when deciding about removals took its time.
create function public.sync_claim_due(target public.connected_sites, max_users integer, as_rows boolean) returns json
language plpgsql
security definer
set search_path = ''
as $$
declare
  began constant timestamptz := clock_timestamp();
  due record;
begin
  loop
    loop
      select d.* into due from public.sync_claim_dirty(target, max_users, as_rows, false, false) d;
      exit when due.brought_ids is null;
      -- A change that a batch brought there before it was fanned out: nothing is left to send.
      update public.user_sync_state p set synced_version = p.desired_version, status = 'synced'
      from unnest(due.brought_ids, due.brought_versions) b(id, version), public.user_profiles u
      where p.user_id = any (due.brought_ids) and p.site_id = target.id and p.user_id = b.id and u.id = b.id and u.status = 'active'
        -- While this waited for a lock, a newer change may have been fanned out, of which u knows nothing.
        and p.desired_version = b.version
        and p.row_updated_at = u.updated_at and p.generation = target.generation and p.run_id is null;
      if not found then -- what changed meanwhile is sent: that is never wrong
        select d.* into due from public.sync_claim_dirty(target, max_users, as_rows, false, true) d;
        exit;
      end if;
    end loop;
    if due.claim_id is null or public.sync_removals_pass(target, due.claim_id) then
      return due.answer;
    end if;
    delete from public.sync_claims c where c.id = due.claim_id;
    if clock_timestamp() > began + interval '1 second' then
      return json_build_object('kind', 'empty'); -- what is held by now stays so; the site is still ready
    end if;
  end loop;
end;
$$;

-- Whether a pair need not be sent by a full sync: confirmed since that began, or as the list has the user where that is
-- enough; or its removal is held, which waits for a person.
-- Without a search path, which would keep it from being inlined; it names nothing that one could change.
create function public.sync_is_fresh(
  p public.user_sync_state, generation integer, full_run public.sync_run_sites, updated_at timestamptz
) returns boolean
language sql
immutable
as $$
  select coalesce(
    p.generation = sync_is_fresh.generation and (
      p.synced_version >= p.desired_version and p.status = 'synced'
        and (p.synced_at >= full_run.started_at or (full_run.skip_confirmed and p.row_updated_at = sync_is_fresh.updated_at))
      or p.status = 'held' and p.desired_version > p.synced_version),
    false);
$$;

-- How far the next page of a full sync that skips goes: to the user at whom it has max_users to send, or over so many users
-- as are looked at in one step. `users`: how many that are where none is to be sent, else null.
create function public.sync_page_end(
  target public.connected_sites, full_run public.sync_run_sites, after text, max_users integer, looked_at integer,
  out last text, out users bigint
)
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
declare
  stale text[];
begin
  -- In one scan: a second one for the end of a step took 0.5 µs a user.
  select max(s.id), count(*), coalesce(array_agg(s.id) filter (where not s.fresh), '{}') into last, users, stale
  from (
    select u.id, public.sync_is_fresh(p, target.generation, full_run, u.updated_at) as fresh
    from (
      select id, updated_at from public.user_profiles where status = 'active' and id > after order by id limit looked_at
    ) u
    left join lateral (
      select * from public.user_sync_state x where x.user_id = u.id and x.site_id = target.id offset 0
    ) p on true
    offset 0
  ) s;
  if stale <> '{}' then
    users := null;
    last := case when cardinality(stale) > max_users then stale[max_users] else last end;
  end if;
end;
$$;

-- Claims the users of a full sync after one, but for those who are fresh. Null when all are, or nobody is left.
create function public.sync_claim_users(
  target public.connected_sites, full_run public.sync_run_sites, after text, last text, most integer, as_rows boolean,
  out answer json, out page_end text, out fresh_users bigint
)
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
declare
  -- Drawn before the rows are read: what a smaller number announced is in them.
  drawn constant bigint := nextval('public.sync_version_seq');
  claim public.sync_claims;
  written boolean[];
  users json;
begin
  select array_agg(id) filter (where not fresh), array_agg(attempt) filter (where not fresh),
    array_agg(updated_at) filter (where not fresh), array_agg(email) filter (where not fresh),
    array_agg(there) filter (where not fresh), not bool_or(paired),
    case when as_rows then
      json_agg(row(id, clerk_user_id, email, full_name, role, team, department, created_at, updated_at)::public.site_row)
        filter (where not fresh and as_rows)
    else
      json_build_object(
        'clerk_user_id', array_agg(clerk_user_id) filter (where not fresh and not as_rows),
        'email', array_agg(email) filter (where not fresh),
        'full_name', array_agg(full_name) filter (where not fresh and not as_rows),
        'role', array_agg(role) filter (where not fresh and not as_rows),
        'team', array_agg(team) filter (where not fresh and not as_rows),
        'department', array_agg(department) filter (where not fresh and not as_rows),
        'status', array_agg(s.status) filter (where not fresh and not as_rows),
        'created_at', array_agg(created_at) filter (where not fresh and not as_rows),
        'updated_at', array_agg(updated_at) filter (where not fresh))
    end,
    max(id), count(*) filter (where fresh)
  into claim.user_ids, claim.attempts, claim.row_times, claim.emails, written, claim.unpaired, users, page_end, fresh_users
  from (
    select u.*, coalesce(p.attempts, 0) + 1 as attempt, p.user_id is not null as paired,
      coalesce(p.written and p.generation = target.generation, false) as there,
      public.sync_is_fresh(p, target.generation, full_run, u.updated_at) as fresh
    from (
      select * from public.user_profiles x
      where x.status = 'active' and x.id > after and (sync_claim_users.last is null or x.id <= sync_claim_users.last)
      order by x.id limit most
    ) u
    left join lateral (
      select * from public.user_sync_state x where x.user_id = u.id and x.site_id = target.id offset 0
    ) p on true
    offset 0
  ) s;
  if claim.user_ids is null then
    return;
  end if;
  claim.id := gen_random_uuid();
  claim.site_id := target.id;
  claim.lease_id := target.lease_id;
  claim.versions := array_fill(drawn, array[cardinality(claim.user_ids)]);
  claim.upserts := array_fill(true, array[cardinality(claim.user_ids)]);
  claim.triggers := array_fill('full'::text, array[cardinality(claim.user_ids)]);
  claim.run_ids := array_fill(full_run.run_id, array[cardinality(claim.user_ids)]);
  claim.full_run_id := full_run.run_id;
  claim.full_cursor := page_end;
  claim.full_fresh := fresh_users;
  claim.claimed_at := clock_timestamp();
  answer := public.sync_claim_record(target, claim, written, users, as_rows);
end;
$$;

-- What tells a page of a full sync from others: whoever has its rows with the same digest has them as they are. A user's
-- updated_at moves with everything that sites receive (user_profiles_stamp).
create function public.sync_page_digest(user_ids text[], row_times timestamptz[]) returns text
language sql
immutable
set search_path = ''
as $$
  select encode(sha256(array_send(user_ids) || array_send(row_times)), 'base64');
$$;

-- Claims the next users of a full sync as sync_claim_users does, where none of them has a pair at the site, which is what a
-- first sync is made of: nothing is known of any, so all are sent for the first time. Returns {"kind": "page", "claimId",
-- "digest", "users": how many, "runId", "userIds", "rows"}, the last two null where the caller has them; null when somebody has
-- a pair.
create function public.sync_claim_new_users(
  target public.connected_sites, full_run public.sync_run_sites, after text, most integer, rows_known boolean
) returns json
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
declare
  -- Drawn before the rows are read: what a smaller number announced is in them.
  drawn constant bigint := nextval('public.sync_version_seq');
  claim public.sync_claims;
  rows json;
  users integer;
begin
  if rows_known then
    select array_agg(u.id), array_agg(u.updated_at), array_agg(u.email) into claim.user_ids, claim.row_times, claim.emails
    from (
      select x.id, x.updated_at, x.email from public.user_profiles x
      where x.status = 'active' and x.id > after order by x.id limit most
    ) u;
  else
    select array_agg(u.id), array_agg(u.updated_at), array_agg(u.email),
      json_agg(row(id, clerk_user_id, email, full_name, role, team, department, created_at, updated_at)::public.site_row)
    into claim.user_ids, claim.row_times, claim.emails, rows
    from (
      select * from public.user_profiles x where x.status = 'active' and x.id > after order by x.id limit most
    ) u;
  end if;
  users := cardinality(claim.user_ids);
  if users is null or exists (
    select from public.user_sync_state p
    where p.user_id > after and p.user_id <= claim.user_ids[users] and p.site_id = target.id
  ) then
    return null;
  end if;
  claim.id := gen_random_uuid();
  claim.site_id := target.id;
  claim.lease_id := target.lease_id;
  claim.versions := array_fill(drawn, array[users]);
  claim.upserts := array_fill(true, array[users]);
  claim.triggers := array_fill('full'::text, array[users]);
  claim.attempts := array_fill(1, array[users]);
  claim.run_ids := array_fill(full_run.run_id, array[users]);
  claim.full_run_id := full_run.run_id;
  claim.full_cursor := claim.user_ids[users];
  claim.full_fresh := 0;
  claim.claimed_at := clock_timestamp();
  claim.unpaired := true;
  perform public.sync_claim_write(claim, true);
  return json_build_object('kind', 'page', 'claimId', claim.id, 'digest', public.sync_page_digest(claim.user_ids, claim.row_times),
    'users', users, 'runId', full_run.run_id, 'userIds', case when not rows_known then claim.user_ids end, 'rows', rows);
end;
$$;

-- The rows of a page that was claimed without them. Null when they are not what they were: then the claim is given up, of
-- which nothing was sent.
create function public.sync_page_rows(site uuid, lease uuid, claim uuid) returns json
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
declare
  claimed public.sync_claims;
  rows json;
  users bigint;
begin
  select c.* into claimed from public.sync_claims c where c.id = claim and c.site_id = site and c.lease_id = lease;
  select json_agg(row(u.id, u.clerk_user_id, u.email, u.full_name, u.role, u.team, u.department, u.created_at, u.updated_at)
      ::public.site_row order by t.n), count(*)
  into rows, users
  from unnest(claimed.user_ids, claimed.row_times) with ordinality t(id, row_time, n)
  cross join lateral (
    select * from public.user_profiles x where x.id = t.id and x.updated_at = t.row_time and x.status = 'active' offset 0
  ) u;
  if users = cardinality(claimed.user_ids) then
    return rows;
  end if;
  delete from public.sync_claims c where c.id = claimed.id;
  return null;
end;
$$;

-- Claims the next page of a leased site's oldest full sync. Ends those at whose end it arrives.
create function public.sync_claim_page(
  target public.connected_sites, max_users integer, as_rows boolean, rows_known boolean
) returns json
language plpgsql
security definer
set search_path = ''
as $$
declare
  looked_at constant integer := greatest(10000, max_users); -- users in one step of skipping, some 50 ms
  began constant timestamptz := clock_timestamp();
  -- Whether somebody has a pair at the site is read from the pairs of all sites: with more of them, user by user is quicker.
  few_sites constant boolean := (
    select count(*) <= 20 from (select from public.connected_sites s where s.disconnected_at is null limit 21) counted);
  full_run public.sync_run_sites;
  open_cursor text;
  after text;
  skip record;
  page record;
  answer json;
begin
  loop
    select r.* into full_run from public.sync_run_sites r
    where r.site_id = target.id and r.finished_at is null and r.user_id is null
    order by r.started_at, r.run_id limit 1;
    if not found or clock_timestamp() > began + interval '2 seconds' then
      return json_build_object('kind', 'empty'); -- what was skipped is remembered; the site is still ready
    end if;
    select max(c.full_cursor) into open_cursor from public.sync_claims c
    where c.site_id = target.id and c.full_run_id = full_run.run_id;
    after := coalesce(open_cursor, full_run.cursor);

    if full_run.skip_confirmed then
      select e.* into skip from public.sync_page_end(target, full_run, after, max_users, looked_at) e;
      if skip.users is null then
        select c.* into page from public.sync_claim_users(target, full_run, after, skip.last, looked_at, as_rows) c;
      else
        select null::json as answer, skip.last as page_end, skip.users as fresh_users into page;
      end if;
    else
      if as_rows and few_sites then
        answer := public.sync_claim_new_users(target, full_run, after, max_users, rows_known);
        if answer is not null then
          return answer;
        end if;
      end if;
      select c.* into page from public.sync_claim_users(target, full_run, after, null, max_users, as_rows) c;
    end if;
    if page.answer is not null then
      if target.scope is null or public.sync_removals_pass(target, (page.answer ->> 'claimId')::uuid) then
        return page.answer;
      end if;
      delete from public.sync_claims c where c.id = (page.answer ->> 'claimId')::uuid;
      continue; -- what is held by now is passed over
    end if;
    if open_cursor is not null then
      return json_build_object('kind', 'empty'); -- a page is on its way; ask again when it has settled
    end if;
    if page.page_end is not null then
      update public.sync_run_sites r set cursor = page.page_end, succeeded = r.succeeded + page.fresh_users
      where r.run_id = full_run.run_id and r.site_id = target.id;
    else
      update public.sync_run_sites r set finished_at = now(), total = r.succeeded + r.failed
      where r.run_id = full_run.run_id and r.site_id = target.id;
      perform public.sync_finish_runs(array[full_run.run_id]);
    end if;
  end loop;
end;
$$;

-- The next batch for a leased site: dirty pairs that are due, or else the next page of its oldest full sync. Users in a
-- batch that has not settled yet are left out, and so are removals that are held. Returns {"kind": "users", …} as
-- sync_claimed builds it (a user's status is deleted when the row is gone, out_of_scope when the site does not get this
-- user), {"kind": "empty"}, or {"kind": "lost"} without the lease.
-- as_rows: where all are active and the site gets everybody, {"kind": "rows", …} as sync_claimed_rows has it or
-- {"kind": "page", …} as sync_claim_new_users has it; rows_known: then without the rows, which sync_page_rows gives.
drop function public.sync_claim(uuid, uuid, integer);
create function public.sync_claim(
  site uuid, lease uuid, max_users integer, as_rows boolean default false, rows_known boolean default false
) returns json
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
set plan_cache_mode = force_generic_plan
as $$
declare
  target public.connected_sites;
begin
  select s.* into target from public.connected_sites s
  where s.id = site and s.lease_id = lease and s.lease_until > now() and s.status = 'active' and s.disconnected_at is null;
  if not found then
    return json_build_object('kind', 'lost');
  end if;
  -- Rows are for sites that get everybody and have nobody's own.
  as_rows := as_rows and target.scope is null and target.mapping is null
    and not exists (select from public.site_left_users l where l.site_id = target.id);
  return coalesce(
    public.sync_claim_due(target, max_users, as_rows), public.sync_claim_page(target, max_users, as_rows, rows_known));
end;
$$;

revoke execute on function
  public.sync_claimed_rows(public.sync_claims, boolean[], json),
  public.sync_claim_record(public.connected_sites, public.sync_claims, boolean[], json, boolean),
  public.sync_claim_dirty(public.connected_sites, integer, boolean, boolean, boolean),
  public.sync_claim_due(public.connected_sites, integer, boolean),
  public.sync_is_fresh(public.user_sync_state, integer, public.sync_run_sites, timestamptz),
  public.sync_page_end(public.connected_sites, public.sync_run_sites, text, integer, integer),
  public.sync_claim_users(public.connected_sites, public.sync_run_sites, text, text, integer, boolean),
  public.sync_page_digest(text[], timestamptz[]),
  public.sync_claim_write(public.sync_claims, boolean),
  public.sync_claim_new_users(public.connected_sites, public.sync_run_sites, text, integer, boolean),
  public.sync_page_rows(uuid, uuid, uuid),
  public.sync_claim_page(public.connected_sites, integer, boolean, boolean),
  public.sync_claim(uuid, uuid, integer, boolean, boolean)
from public, anon, authenticated;
grant execute on function
  public.sync_page_rows(uuid, uuid, uuid), public.sync_claim(uuid, uuid, integer, boolean, boolean)
to service_role;

-- 20261128020300_lease_with_claim.sql

-- What a site waits for comes with its lease when that is little: an edit at four sites takes one call less to each.

-- The first claim of a site just leased: all that is due there, unless that is more than so many users or needs a decision.
-- Null then: sync_claim says. It locks no pair, since one transaction leases several sites, and fan-outs lock in another order.
create function public.sync_claim_little(target public.connected_sites, max_users integer) returns json
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- A new site is looked at first, one in trouble is probed with one user; a scope and removals are judged by sync_claim.
  if target.status <> 'active' or target.take_over is not null or target.failures > 0 or target.scope is not null
    or exists (select from public.site_removals r where r.site_id = target.id and r.state = 'held') then
    return null;
  end if;
  return (select d.answer from public.sync_claim_dirty(target, max_users, false, true, false) d);
end;
$$;

-- Gives ready sites to the worker for so many seconds, those that have waited longest first, as sync_leased_site has them;
-- with "claim", as sync_claim answers, where no more than claim_up_to users are due.
-- A lease that ran out is taken over, and what its worker had on its way is in doubt: of such sites one in a call, because
-- marking pairs of several would lock them in another order than fan-outs do, and the two could deadlock.
-- Returns [] when nothing is ready; fewer than max_sites may leave some.
drop function public.sync_lease_sites(text, integer, integer);
create function public.sync_lease_sites(worker text, seconds integer, max_sites integer, claim_up_to integer default 0) returns json
language plpgsql
security definer
set search_path = ''
as $$
declare
  turn uuid[];
  in_doubt uuid[];
  leased public.connected_sites[];
  answer json;
begin
  turn := array(
    select s.id from public.connected_sites s
    where public.sync_site_ready(s)
    order by s.lease_until nulls first
    limit max_sites
    for no key update skip locked);
  if cardinality(turn) = 0 then
    return '[]';
  end if;
  in_doubt := array(select distinct c.site_id from public.sync_claims c where c.site_id = any (turn) order by 1);
  turn := array(select id from unnest(turn) id where id <> all (in_doubt[2:]));
  perform public.sync_mark_in_doubt(c.site_id, c.user_ids, c.upserts, c.run_ids)
  from public.sync_claims c where c.site_id = in_doubt[1];
  delete from public.sync_claims c where c.site_id = in_doubt[1];
  with given as (
    update public.connected_sites s
    set lease_id = gen_random_uuid(), lease_worker = worker, lease_until = now() + make_interval(secs => seconds)
    where s.id = any (turn)
    returning s as site
  )
  select array_agg(given.site) into leased from given;
  -- By hand: jsonb takes ten times as long, and json cannot be added to.
  select json_agg((left(public.sync_leased_site(s)::text, -1) || coalesce(', "claim": ' || c.claim::text, '') || '}')::json)
  into answer
  from unnest(leased) s
  cross join lateral (
    select case when claim_up_to > 0 then public.sync_claim_little(s, claim_up_to) end as claim) c;
  return answer;
end;
$$;

revoke execute on function
  public.sync_claim_little(public.connected_sites, integer), public.sync_lease_sites(text, integer, integer, integer)
from public, anon, authenticated;
grant execute on function public.sync_lease_sites(text, integer, integer, integer) to service_role;

-- 20261128030000_side_work.sql

-- An idle worker asks one question a second: what waits for the loops beside the one that writes is in its answer, and
-- they ask for nothing that is not there.

-- Which loops beside the engine have something to do: verify, take_over, plan, job. The conditions are those of their leases.
create function public.sync_side_work() returns text[]
language sql
stable
set search_path = ''
as $$
  select array_remove(array[
    case when exists (
        select from public.site_verifications t
        where t.finished_at is null and t.retry_at <= now() and (t.lease_until is null or t.lease_until <= now()))
      or exists (
        select from public.connected_sites s join public.site_verify v on v.site_id = s.id
        where s.disconnected_at is null and s.status = 'active' and s.kind = 'supabase' and s.credentials_sealed is not null
          and s.health = 'ok' and s.last_synced_at is not null
          and coalesce((select max(t.started_at) from public.site_verifications t where t.site_id = s.id), s.created_at)
            < now() - make_interval(mins => v.every_minutes))
      then 'verify' end,
    case when exists (
        select from public.site_take_overs t
        where t.phase in ('scan', 'drop', 'apply', 'clean', 'forget') and t.retry_at <= now()
          and (t.lease_until is null or t.lease_until <= now()))
      then 'take_over' end,
    case when exists (select from public.plans p where p.following)
      or exists (
        select from public.plan_sites t join public.plans p on p.id = t.plan_id
        where t.phase = 'rows' and t.retry_at <= now() and p.state in ('planning', 'checking')
          and (t.lease_until is null or t.lease_until <= now()))
      then 'plan' end,
    case when public.user_jobs_due() then 'job' end], null);
$$;

revoke execute on function public.sync_side_work(), public.sync_fan_out(integer) from public, anon, authenticated;
grant execute on function public.sync_fan_out(integer) to service_role;

-- 20261129000100_plans_of_small_tables.sql

-- A session keeps the plan that it made while a table was empty, until the table is analyzed, a minute or more after a
-- first sync has filled it. What a worker asks in that minute read all pairs for each site: 1.5 s a lease with 100,000 of
-- them. So all that workers call finds pairs and users by their indexes, whatever the tables looked like (sync_claim_dirty
-- and sync_settle do so already).

alter function public.sync_mark_in_doubt(uuid, text[], boolean[], uuid[]) set enable_seqscan = off;
alter function public.sync_claim_due(public.connected_sites, integer, boolean) set enable_seqscan = off;
alter function public.sync_claim_removals(uuid, uuid, integer) set enable_seqscan = off;
alter function public.sync_mark_removals(public.connected_sites, integer) set enable_seqscan = off;
alter function public.sync_removals_pass(public.connected_sites, uuid) set enable_seqscan = off;
alter function public.sync_removals_hold(public.connected_sites, text[]) set enable_seqscan = off;
alter function public.sync_settle_states(public.connected_sites, public.sync_outcome[]) set enable_seqscan = off;
alter function public.sync_settle_states(public.connected_sites, public.sync_outcome[]) set plan_cache_mode = force_custom_plan;
alter function public.sync_settle_log(public.connected_sites, public.sync_claims, public.sync_outcome[]) set enable_seqscan = off;
alter function public.sync_record_newest(uuid, uuid, jsonb) set enable_seqscan = off;
alter function public.sync_row_keys(uuid, uuid, text[], text[]) set enable_seqscan = off;
alter function public.sync_record_row_keys(uuid, uuid, jsonb) set enable_seqscan = off;
-- Of one user, asked for by the dashboard and by scripts. They go through all sites, without an index, which older versions
-- of PostgreSQL take for so much work then that they would compile it.
alter function public.sync_user_start(text, text) set enable_seqscan = off;
alter function public.sync_user_start(text, text) set jit = off;
alter function public.sync_retry(text, uuid) set enable_seqscan = off;
alter function public.sync_retry(text, uuid) set jit = off;
alter function public.request_sync_pair(text, uuid, text) set enable_seqscan = off;

-- When the first of a site's dirty pairs is due; null when there is none. In the order of the index of what is due: asked
-- whether there is one, PostgreSQL may take any index of a table that looks empty.
create function public.sync_site_due_at(site uuid) returns timestamptz
language sql
stable
set search_path = ''
set enable_seqscan = off
as $$
  select p.due_at from public.user_sync_state p
  where p.site_id = site and p.desired_version > p.synced_version
  order by p.due_at limit 1;
$$;

revoke execute on function public.sync_site_due_at(uuid) from public, anon, authenticated;

-- 20261129000200_one_lease.sql

-- sync_lease_sites leases one site as well.
drop function public.sync_lease_site(text, integer);

-- 20261129000300_late_names.sql

-- What was slow with a million users: searches for names at the end of the alphabet, and the matrix of those in a state that
-- most are in.

-- Nobody in user_profiles is deleted: with this the planner sees from the table's constraint that it need not look.
alter function public.sync_people_in_state(text, uuid[], text, text, integer) set constraint_exclusion = on;

-- 20261129002000_import_jobs.sql

-- An import goes on without the page that asked for it, as a job like a change of many users. Its lines are sent in pages,
-- each a transaction, and only when all have arrived may it start.

alter table public.user_jobs
  add column kind text not null default 'change',
  add column stored integer not null default 0,
  add column created integer not null default 0,
  drop constraint user_jobs_state_known,
  drop constraint user_jobs_finished,
  add constraint user_jobs_kind_known check (kind in ('change', 'import')),
  add constraint user_jobs_state_known check (state in ('uploading', 'discarded', 'running', 'done', 'cancelled', 'failed')),
  add constraint user_jobs_finished check ((state in ('uploading', 'running')) = (finished_at is null));

comment on table public.user_jobs is 'Changes of many users and imports, which workers carry out; kept for a week after their end.';
comment on column public.user_jobs.state is 'uploading: lines of an import still come; discarded: they never all came, and are being deleted.';
comment on column public.user_jobs.input is 'A change: {"ids"} or {"query"}: who, and {"change"}: what; see user_change_many. An import: {"file", "columns"}.';
comment on column public.user_jobs.total is 'How many users were to be changed when it was asked for, or lines of the file.';
comment on column public.user_jobs.stored is 'Lines of an import that have arrived.';
comment on column public.user_jobs.cursor is 'The last user or line that was looked at, or the last line that has arrived; null before the first.';
comment on column public.user_jobs.refused is 'Users who were asked for by id and are not in the list, or lines that could not be taken.';
comment on column public.user_jobs.retry_at is 'When a worker has to look at it next: for a step, to give up an upload, or to delete what is kept no longer.';

-- There are as many as people started in a week: only looking for what is due has to cost nothing.
drop index public.user_jobs_running_idx, public.user_jobs_finished_idx;
create index user_jobs_due_idx on public.user_jobs (retry_at);
update public.user_jobs j set retry_at = j.finished_at + interval '7 days' where j.finished_at is not null;

create table public.user_job_lines (
  job_id uuid not null references public.user_jobs (id) on delete cascade,
  line integer not null,
  cells jsonb not null,
  given jsonb,
  reason text,
  primary key (job_id, line),
  constraint user_job_lines_judged check (given is not null or reason is not null)
);
-- To find the first line about the same user. Of one column each: the table fills and empties faster than statistics follow,
-- and by an empty one's the planner would walk through all lines of the job, with job_id alone.
create index user_job_lines_email_idx on public.user_job_lines ((job_id::text || lower(given ->> 'email'))) where given is not null;
create index user_job_lines_id_idx on public.user_job_lines ((job_id::text || (given ->> 'id'))) where given ? 'id';
create index user_job_lines_clerk_idx on public.user_job_lines ((job_id::text || (given ->> 'clerk_user_id')))
  where given ? 'clerk_user_id';
create index user_job_lines_refused_idx on public.user_job_lines (job_id, line) where reason is not null;

comment on table public.user_job_lines is 'Lines of imports: those that wait, until they are imported, and those that were refused, as long as the job is kept.';
comment on column public.user_job_lines.line is 'Its number in the file, counted from 1 with the header.';
comment on column public.user_job_lines.cells is 'As the file has them, for the file of refused lines.';
comment on column public.user_job_lines.given is 'The fields as user_import takes them; null when they cannot be read.';
comment on column public.user_job_lines.reason is 'Why it is refused; null while it waits.';

alter table public.user_job_lines enable row level security;
revoke all on public.user_job_lines from anon, authenticated, service_role;

-- Whether a job is one that people hear of: an upload is its sender's own affair.
create function public.user_job_started(job public.user_jobs) returns boolean
language sql
immutable
set search_path = ''
as $$
  select job.state not in ('uploading', 'discarded');
$$;

alter table public.user_jobs alter column kind drop default;

-- Imports that go on, or have ended and are still kept; the newest first.
create function public.user_import_list(max_jobs integer) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(jsonb_agg(public.user_job_told(j) order by j.created_at desc, j.id), '[]')
  from (
    select l.* from public.user_jobs l
    where l.kind = 'import' and public.user_job_started(l)
    order by l.created_at desc, l.id limit max_jobs
  ) j;
$$;

-- Moves when the jobs that are told are other ones.
create function public.user_jobs_mark() returns timestamptz
language sql
stable
set search_path = ''
as $$
  select max(greatest(j.created_at, j.finished_at, j.dismissed_at)) from public.user_jobs j where public.user_job_started(j);
$$;

-- Begins an import of so many lines; "columns": [{"name", "field"}] of the file. Returns its id.
create function public.user_import_create(file text, columns jsonb, total integer) returns uuid
language sql
security definer
set search_path = ''
as $$
  insert into public.user_jobs as j (kind, state, actor, input, total, page_size, retry_at)
  values ('import', 'uploading', public.roster_actor(), jsonb_build_object('file', file, 'columns', columns), total, 1000,
    now() + interval '1 hour')
  returning j.id;
$$;

-- What an import's file is called and its columns are: {"file", "columns"}; null for one that is unknown.
create function public.user_import_read(job uuid) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select j.input from public.user_jobs j where j.id = user_import_read.job and j.kind = 'import' and j.state <> 'discarded';
$$;

-- Refuses lines of an import after a line about whose user another one comes first.
create function public.user_import_refuse_repeated(job uuid, after_line integer) returns void
language sql
set search_path = ''
set enable_seqscan = off -- see the indexes
as $$
  update public.user_job_lines l set reason = r.reason
  from (
    select n.line, case
      when e.line < n.line then format('Line %s has the same e-mail address.', e.line)
      when i.line < n.line then format('Line %s has the same id.', i.line)
      when c.line < n.line then format('Line %s has the same Clerk id.', c.line) end as reason
    from public.user_job_lines n
    cross join lateral (
      select min(o.line) as line from public.user_job_lines o
      where o.given is not null and o.job_id::text || lower(o.given ->> 'email') = n.job_id::text || lower(n.given ->> 'email')) e
    cross join lateral (
      select min(o.line) as line from public.user_job_lines o
      where o.given ? 'id' and o.job_id::text || (o.given ->> 'id') = n.job_id::text || (n.given ->> 'id')) i
    cross join lateral (
      select min(o.line) as line from public.user_job_lines o
      where o.given ? 'clerk_user_id'
        and o.job_id::text || (o.given ->> 'clerk_user_id') = n.job_id::text || (n.given ->> 'clerk_user_id')) c
    where n.job_id = job and n.line > after_line and n.given is not null
  ) r
  where l.job_id = job and l.line > after_line and l.line = r.line and r.reason is not null;
$$;

-- Adds a page of lines, [{"line", "cells", "given" or "reason"}] in the order of the file, behind the first so many of them.
-- A page that has arrived before changes nothing. Returns {"stored"}, or {"problem": "unknown" | "closed" | "elsewhere"}.
create function public.user_import_add(job uuid, behind integer, lines jsonb) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  held public.user_jobs;
  added constant integer := jsonb_array_length(lines);
  last_line integer;
begin
  select j.* into held from public.user_jobs j where j.id = job and j.kind = 'import' for no key update;
  last_line := coalesce(held.cursor::integer, 0);
  if held.id is null or held.state = 'discarded' then
    return jsonb_build_object('problem', 'unknown');
  elsif held.state <> 'uploading' then
    return jsonb_build_object('problem', 'closed');
  elsif behind + added <= held.stored then
    return jsonb_build_object('stored', held.stored);
  elsif behind <> held.stored or behind + added > held.total or (lines -> 0 ->> 'line')::integer <= last_line then
    return jsonb_build_object('problem', 'elsewhere');
  end if;
  insert into public.user_job_lines (job_id, line, cells, given, reason)
  select held.id, (l.value ->> 'line')::integer, l.value -> 'cells', l.value -> 'given', l.value ->> 'reason'
  from jsonb_array_elements(lines) l;
  perform public.user_import_refuse_repeated(held.id, last_line);
  update public.user_jobs j set
    stored = j.stored + added,
    refused = j.refused + (
      select count(*) from public.user_job_lines l where l.job_id = held.id and l.line > last_line and l.reason is not null),
    cursor = lines -> -1 ->> 'line',
    retry_at = now() + interval '1 hour'
  where j.id = held.id returning j.* into held;
  return jsonb_build_object('stored', held.stored);
end;
$$;

-- Hands an import over to the workers, in the name of whoever asks. Twice is the same as once. Returns the job, or
-- {"problem": "unknown" | "incomplete"}.
create function public.user_import_start(job uuid) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  held public.user_jobs;
begin
  select j.* into held from public.user_jobs j where j.id = job and j.kind = 'import' for no key update;
  if held.id is null or held.state = 'discarded' then
    return jsonb_build_object('problem', 'unknown');
  elsif held.state <> 'uploading' then
    return public.user_job_told(held);
  elsif held.stored < held.total then
    return jsonb_build_object('problem', 'incomplete');
  end if;
  update public.user_jobs j set
    state = 'running', actor = public.roster_actor(), created_at = now(), retry_at = now(), cursor = null, matched = j.refused
  where j.id = held.id returning j.* into held;
  perform public.audit_write('users.import_started', 'users', null, held.input ->> 'file', null,
    jsonb_build_object('lines', held.total));
  return public.user_job_told(held);
end;
$$;

-- Gives up an import that was not started. False for one that is unknown or was started.
create function public.user_import_discard(job uuid) returns boolean
language sql
security definer
set search_path = ''
as $$
  with gone as (
    update public.user_jobs j set state = 'discarded', finished_at = clock_timestamp(), retry_at = now()
    where j.id = user_import_discard.job and j.state = 'uploading' returning 1
  )
  select exists (select from gone);
$$;

-- Lines of an import that were refused, after a line: [{"line", "cells", "reason"}].
create function public.user_import_refused(job uuid, after_line integer, max_lines integer) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('line', r.line, 'cells', r.cells, 'reason', r.reason) order by r.line), '[]')
  from (
    select l.line, l.cells, l.reason from public.user_job_lines l
    where l.job_id = job and l.line > after_line and l.reason is not null
    order by l.line limit max_lines
  ) r;
$$;

revoke execute on function
  public.user_job_started(public.user_jobs), public.user_import_list(integer), public.user_jobs_mark(),
  public.user_import_create(text, jsonb, integer), public.user_import_read(uuid),
  public.user_import_refuse_repeated(uuid, integer), public.user_import_add(uuid, integer, jsonb),
  public.user_import_start(uuid), public.user_import_discard(uuid), public.user_import_refused(uuid, integer, integer)
from public, anon, authenticated, service_role;
grant execute on function
  public.user_import_list(integer), public.user_import_create(text, jsonb, integer), public.user_import_read(uuid),
  public.user_import_add(uuid, integer, jsonb), public.user_import_start(uuid), public.user_import_discard(uuid),
  public.user_import_refused(uuid, integer, integer)
to service_role;

-- 20261129002100_import_steps.sql

-- What a worker does about a job in one step: change users, import lines, or delete lines that are kept no longer.

-- It keeps lines in a temporary table, which belongs to whoever came first in a session: now that steps import as well, it
-- always is the same one.
alter function public.user_import(jsonb, boolean) security definer;

-- A step of a change; see sync_user_job_step for what it returns.
create function public.user_change_page(held public.user_jobs) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  page jsonb := public.user_change_many(
    case when held.input ? 'ids' then array(select jsonb_array_elements_text(held.input -> 'ids')) end,
    coalesce(held.input -> 'query', '{}'), held.input -> 'change', held.cursor, held.page_size);
begin
  return page || jsonb_build_object('created', 0, 'refused', case
    when page ->> 'last' is null and held.input ? 'ids' then held.total - held.matched - (page ->> 'matched')::integer
    else 0 end);
end;
$$;

-- Imports lines one by one, for at most 3 s: what the database refuses (a rule of its own) is a line's failure and no other's.
-- Returns what user_import returns, of the lines it came to.
create function public.user_import_each(list jsonb) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  started constant timestamptz := clock_timestamp();
  outcomes jsonb := '[]';
  one jsonb;
begin
  for one in select value from jsonb_array_elements(list) loop
    exit when clock_timestamp() > started + interval '3 seconds';
    begin
      outcomes := outcomes || public.user_import(jsonb_build_array(one), false);
    exception when integrity_constraint_violation or data_exception or raise_exception then
      outcomes := outcomes || jsonb_build_object(
        'line', one -> 'line', 'outcome', 'rejected', 'message', format('The central database refuses it: %s.', rtrim(sqlerrm, '.')));
    end;
  end loop;
  return outcomes;
end;
$$;

-- A step of an import; see sync_user_job_step for what it returns.
create function public.user_import_page(held public.user_jobs) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  list jsonb;
  outcomes jsonb;
  last_line integer;
begin
  select coalesce(jsonb_agg(w.given || jsonb_build_object('line', w.line) order by w.line), '[]') into list
  from (
    select l.line, l.given from public.user_job_lines l
    where l.job_id = held.id and l.line > coalesce(held.cursor::integer, 0) and l.reason is null
    order by l.line limit held.page_size
  ) w;
  begin
    outcomes := public.user_import(list, false);
  exception when integrity_constraint_violation or data_exception or raise_exception then
    outcomes := public.user_import_each(list);
  end;
  last_line := (outcomes -> -1 ->> 'line')::integer;
  update public.user_job_lines l set reason = o.message
  from jsonb_to_recordset(outcomes) o(line integer, outcome text, message text)
  where l.job_id = held.id and l.line > coalesce(held.cursor::integer, 0) and l.line <= last_line
    and l.line = o.line and o.outcome = 'rejected';
  -- Nobody needs them any more.
  delete from public.user_job_lines l
  where l.job_id = held.id and l.line > coalesce(held.cursor::integer, 0) and l.line <= last_line and l.reason is null;
  return (
    select jsonb_build_object(
      'matched', count(*),
      'created', count(*) filter (where o.outcome = 'created'),
      'changed', count(*) filter (where o.outcome = 'updated'),
      'refused', count(*) filter (where o.outcome = 'rejected'),
      'last', case when count(*) = held.page_size or count(*) < jsonb_array_length(list) then last_line::text end)
    from jsonb_to_recordset(outcomes) o(outcome text));
end;
$$;

-- Deletes lines, 5,000 a step: of an import that has ended those that it did not come to; of one that was never started,
-- or ended a week ago, all of them. Then jobs that ended a week ago are forgotten.
create function public.user_job_clean(held public.user_jobs, seconds integer) returns text
language plpgsql
set search_path = ''
as $$
declare
  page constant integer := 5000;
  everything constant boolean := held.state = 'discarded' or coalesce(held.finished_at <= now() - interval '7 days', false);
  after_line integer := 0;
  deleted integer;
begin
  if held.state = 'uploading' then
    -- Nothing came for an hour.
    update public.user_jobs j set state = 'discarded', finished_at = clock_timestamp() where j.id = held.id;
    return 'more';
  end if;
  if held.kind = 'import' and not everything then
    after_line := coalesce(held.cursor::integer, 0);
  end if;
  delete from public.user_job_lines l where l.ctid = any (array(
    select w.ctid from public.user_job_lines w
    where w.job_id = held.id and w.line > after_line and (everything or w.reason is null)
    order by w.line limit page));
  get diagnostics deleted = row_count;
  if deleted = page then
    update public.user_jobs j set lease_until = clock_timestamp() + make_interval(secs => seconds) where j.id = held.id;
    return 'more';
  elsif everything then
    delete from public.user_jobs j where j.id = held.id;
  else
    update public.user_jobs j set retry_at = j.finished_at + interval '7 days', lease_id = null, lease_until = null
    where j.id = held.id;
  end if;
  return 'done';
end;
$$;

revoke execute on function
  public.user_change_page(public.user_jobs), public.user_import_each(jsonb), public.user_import_page(public.user_jobs),
  public.user_job_clean(public.user_jobs, integer)
from public, anon, authenticated, service_role;

-- 20261129002200_job_marks.sql

-- Workers and open pages hear of jobs of every kind.

-- Whether a job waits for a worker; the condition is that of its lease.
create function public.user_jobs_due() returns boolean
language sql
stable
set search_path = ''
as $$
  select exists (
    select from public.user_jobs j where j.retry_at <= now() and (j.lease_until is null or j.lease_until <= now()));
$$;

revoke execute on function public.user_jobs_due() from public, anon, authenticated, service_role;

-- 20261129004000_plan_ends.sql

-- How plans end: what they were made of goes in pieces, and what applies one waits in the order of everybody else.

-- 20261130001000_scope_departures.sql

-- Who left the scope of a site because somebody changed the user. A mistake that gives hundreds of users another department
-- is not repeated at the sites that get one department: the removal guard holds it back, as it does when users leave the list.
-- Whom a site loses because its scope was changed goes as before: that is somebody's word about this site, who saw who goes.

alter table public.connected_sites add column scope_version integer not null default 1;
comment on column public.connected_sites.scope_version is 'Counts changes of the scope. What was noted by an older one counts no more.';

-- One row is one departure from one site's scope; `departed_at` tells it from an earlier one, as in user_departures. It ends
-- when the user is in the scope again.
create table public.scope_departures (
  site_id uuid not null,
  user_id text not null,
  scope_version integer not null,
  departed_at timestamptz not null,
  before jsonb not null,
  after jsonb not null,
  primary key (site_id, user_id)
);
comment on column public.scope_departures.before is 'The fields by which the user left, those that the scope looks at, as they were.';
comment on column public.scope_departures.after is 'The same fields as that change left them.';
create index scope_departures_user_idx on public.scope_departures (user_id);
alter table public.scope_departures enable row level security;
revoke all on public.scope_departures from anon, authenticated, service_role;
grant select on public.scope_departures to service_role;

alter table public.site_removals add column outside boolean not null default false;
comment on column public.site_removals.outside is 'The user left the site''s scope, and not the list.';
create index site_removals_outside_idx on public.site_removals (site_id) where state = 'held' and outside;

-- Everybody whom a site is to lose because of what happened to the user: by leaving the list, which is at every site, or its scope.
create view public.departures with (security_invoker = true) as
select s.id as site_id, d.user_id, d.departed_at, d.before, d.after, false as outside
from public.user_departures d cross join public.connected_sites s
union all
select o.site_id, o.user_id, o.departed_at, o.before, o.after, true
from public.scope_departures o
join public.connected_sites s on s.id = o.site_id and s.scope_version = o.scope_version
where not exists (select from public.user_departures d where d.user_id = o.user_id);
revoke all on public.departures from anon, authenticated, service_role;
grant select on public.departures to service_role;

-- The columns of a user that a scope looks at.
create function public.scope_columns(scope jsonb) returns text[]
language sql
immutable
set search_path = ''
as $$
  select coalesce(array_agg(distinct case f #>> '{}' when 'emailDomain' then 'email' else f #>> '{}' end), '{}')
  from jsonb_path_query(scope, 'strict $.**.field') f;
$$;

-- What scopes can look at of a user, whatever the status: the domain of the e-mail address, role, team, department.
create function public.scope_kind(one public.user_profiles) returns text[]
language sql
immutable
set search_path = ''
as $$
  select array[lower(split_part(one.email, '@', -1)), one.role, one.team, one.department];
$$;

-- Notes who left the scope of which site, and who is back in it, whoever did it and however many at once. Whether users are
-- active does not matter here: who comes back to the list under other rules is judged by what the sites had.
create function public.scope_departures_note() returns trigger
language plpgsql
security definer -- whoever may write users may have it noted
set search_path = ''
as $$
declare
  left_at constant timestamptz := clock_timestamp();
  sites uuid[];
  conditions text;
begin
  if not exists (select from public.connected_sites s where s.scope is not null and s.disconnected_at is null) then
    return null;
  end if;
  if tg_op = 'UPDATE' then
    -- Back in the list, but not yet in the scope: that is a departure of now.
    update public.scope_departures d set departed_at = left_at
    where d.user_id = any (array(
      select n.id from new_rows n where n.status = 'active' intersect select o.id from old_rows o where o.status <> 'active'));
    -- Not as a join: its plan is kept from the first edit in a session, and one for one row takes half a minute for ten thousand.
    if not exists (
      select n.id, n.email, n.role, n.team, n.department from new_rows n
      except select o.id, o.email, o.role, o.team, o.department from old_rows o
    ) then
      return null;
    end if;
  elsif not exists (select from public.user_departures d join new_rows n on n.id = d.user_id where d.before ? 'email') then
    return null; -- nobody comes back who was deleted
  end if;
  select array_agg(s.id order by s.id), string_agg(public.scope_condition(s.scope), ', ' order by s.id) into sites, conditions
  from public.connected_sites s where s.scope is not null and s.disconnected_at is null;
  -- One statement for all sites, in which every kind of user is judged once: those whom one edit changes are much alike.
  execute format(
    'with moved as materialized (
      select m.*, public.scope_kind(m.was) as was_kind, public.scope_kind(m.becomes) as becomes_kind from (%s) m
    ), kinds as (
      select m.was_kind as kind from moved m union select m.becomes_kind from moved m
    ), judged as materialized (
      select u.kind, array[%s] as inside
      from (
        select k.kind, ''@'' || k.kind[1] as email, k.kind[2] as role, k.kind[3] as team, k.kind[4] as department, ''active''::text as status
        from kinds k offset 0
      ) u
    ), crossed as materialized (
      select p.was_kind, p.becomes_kind, s.id as site_id, b.inside[s.n] as inside
      from (select distinct m.was_kind, m.becomes_kind from moved m) p
      join judged w on w.kind = p.was_kind
      join judged b on b.kind = p.becomes_kind and b.inside <> w.inside
      cross join unnest($1) with ordinality s(id, n)
      where w.inside[s.n] <> b.inside[s.n]
    ), changed as materialized (
      select m.was, m.becomes, (m.becomes).id as user_id, c.site_id, c.inside
      from moved m join crossed c on c.was_kind = m.was_kind and c.becomes_kind = m.becomes_kind
    ), back as (
      delete from public.scope_departures d using changed c
      where c.inside and d.user_id = c.user_id and d.site_id = c.site_id
    )
    insert into public.scope_departures (site_id, user_id, scope_version, departed_at, before, after)
    select s.id, c.user_id, s.scope_version, $2, f.before, f.after
    from changed c
    join (select x.id, x.scope_version, public.scope_columns(x.scope) as columns from public.connected_sites x where x.id = any ($1) offset 0) s
      on s.id = c.site_id
    cross join lateral (
      select jsonb_object_agg(f.field, f.was) as before, jsonb_object_agg(f.field, f.becomes) as after
      from (values (''email'', (c.was).email, (c.becomes).email), (''role'', (c.was).role, (c.becomes).role),
        (''team'', (c.was).team, (c.becomes).team), (''department'', (c.was).department, (c.becomes).department)) f(field, was, becomes)
      where f.field = any (s.columns) and f.was is distinct from f.becomes
    ) f
    where not c.inside
    on conflict (site_id, user_id) do update set scope_version = excluded.scope_version,
      departed_at = excluded.departed_at, before = excluded.before, after = excluded.after',
    case tg_op
      when 'UPDATE' then 'select o::public.user_profiles as was, n::public.user_profiles as becomes
        from old_rows o join new_rows n on n.id = o.id
        where (o.email, o.role, o.team, o.department) is distinct from (n.email, n.role, n.team, n.department)'
      else 'select jsonb_populate_record(n::public.user_profiles, d.before) as was, n::public.user_profiles as becomes
        from new_rows n join public.user_departures d on d.user_id = n.id where d.before ? ''email'''
    end, conditions) using sites, left_at;
  return null;
end;
$$;

-- Their names come after user_profiles_after_*, as those of user_profiles_departures_* do and for the same reason, and before
-- these, which forget what a deleted user was.
create trigger user_profiles_at_scopes_insert after insert on public.user_profiles
  referencing new table as new_rows for each statement execute function public.scope_departures_note();
create trigger user_profiles_at_scopes_update after update on public.user_profiles
  referencing old table as old_rows new table as new_rows for each statement execute function public.scope_departures_note();
alter table public.user_profiles enable always trigger user_profiles_at_scopes_insert;
alter table public.user_profiles enable always trigger user_profiles_at_scopes_update;

revoke execute on function
  public.scope_columns(jsonb), public.scope_kind(public.user_profiles), public.scope_departures_note()
from public, anon, authenticated, service_role;

-- 20261130001100_scope_removals.sql

-- The removal guard, for all departures: as before, with who left a site's scope among those who left the list.

-- Departures of users whom the site has, about which nothing was decided there: their pairs are dirty, or the news of
-- them is still in the queue. Messages are older than the departures they announce; see user_departures_note.
drop function public.sync_removals_undecided(public.connected_sites);
-- Departures of users whom the site has, about which nothing was decided there: their pairs are dirty, or the news of
-- them is still in the queue. Messages are older than the departures they announce; see user_departures_note.
create function public.sync_removals_undecided(site public.connected_sites)
returns table (user_id text, departed_at timestamptz, outside boolean)
language plpgsql
stable
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
  announced constant timestamptz := (select min(q.enqueued_at) from pgmq.q_user_changes q);
  waiting constant bigint := (
    select coalesce(sum(t.pairs), 0) from public.sync_tallies t where t.site_id = site.id and t.dirty and t.status <> 'held');
  gone constant bigint := (select coalesce(sum(t.users), 0) from public.user_tallies t where t.status <> 'active');
begin
  return query
  with found as (
    -- What is held, or was given up, is never undecided: news of its user makes it due.
    select d.user_id, d.departed_at, d.outside
    from public.user_sync_state p
    cross join lateral (
      select * from public.departures x where x.site_id = p.site_id and x.user_id = p.user_id limit 1
    ) d
    where waiting <= greatest(gone, 20000)
      and p.site_id = site.id and p.desired_version > p.synced_version and p.due_at < 'infinity' and public.sync_pair_there(p, site)
    union
    -- Pair by pair through the primary key: what the planner makes of a join depends on statistics that are old just when
    -- very many leave at once.
    select d.user_id, d.departed_at, d.outside
    from public.departures d
    cross join lateral (
      select p.* from public.user_sync_state p where p.user_id = d.user_id and p.site_id = site.id limit 1
    ) p
    where d.site_id = site.id and public.sync_pair_there(p, site)
      and (d.departed_at >= announced or (waiting > greatest(gone, 20000) and p.desired_version > p.synced_version))
  )
  select f.user_id, f.departed_at, f.outside from found f
  where not exists (
    select from public.site_removals r
    where r.site_id = site.id and r.user_id = f.user_id and r.departed_at = f.departed_at);
end;
$$;

create or replace function public.sync_removals_hold(site public.connected_sites, ids text[]) returns void
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
declare
  held text[];
  runs uuid[];
  present integer;
begin
  perform public.sync_removals_lock(array[site.id]);
  select array_agg(r.user_id) into held
  from public.site_removals r
  join public.departures d on d.site_id = r.site_id and d.user_id = r.user_id and d.departed_at = r.departed_at
  cross join lateral ( -- through the primary key, as in sync_removals_undecided
    select p.* from public.user_sync_state p where p.user_id = r.user_id and p.site_id = r.site_id limit 1
  ) p
  where r.site_id = site.id and r.state = 'held' and r.user_id = any (ids)
    and (p.desired_version > p.synced_version or r.outside) and public.sync_pair_there(p, site)
    and (p.status <> 'held' or p.due_at < 'infinity');
  if held is null then
    return;
  end if;
  -- Another address may have been saved for an endpoint since this claim began.
  select s.generation into present from public.connected_sites s where s.id = site.id and s.kind = 'webhook';
  perform from public.user_sync_state p
  where p.site_id = site.id and p.user_id = any (held) order by p.user_id for no key update; -- as everybody locks pairs
  update public.user_sync_state p set
    desired_version = case when p.desired_version > p.synced_version then p.desired_version else nextval('public.sync_version_seq') end,
    wanted_at = case when p.desired_version > p.synced_version then p.wanted_at else now() end,
    status = 'held', due_at = 'infinity', attempts = 0, error_code = null, error = null,
    generation = coalesce(present, p.generation),
    synced_at = case when p.generation = coalesce(present, p.generation) then p.synced_at end,
    row_updated_at = case when p.generation = coalesce(present, p.generation) then p.row_updated_at end
  where p.site_id = site.id and p.user_id = any (held);
  -- Open pages look at this number to see that states have changed.
  perform nextval('public.sync_version_seq');
  with ended as (
    update public.sync_run_sites r set finished_at = now(), failed = 1
    where r.site_id = site.id and r.user_id = any (held) and r.finished_at is null
    returning r.run_id
  )
  select array_agg(distinct run_id) into runs from ended;
  if runs is not null then
    perform public.sync_finish_runs(runs);
  end if;
end;
$$;

-- Whether one of these active users is in a site's scope by now. Whose row was left to the site is outside anyway.
create function public.sync_back_in_scope(site public.connected_sites, ids text[]) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  back boolean := false;
begin
  if ids is not null and site.scope is not null then
    execute 'select exists (
      select from public.user_profiles u where u.id = any ($1) and u.status = ''active'' and ' || public.scope_condition(site.scope) || '
        and not exists (select from public.site_left_users l where l.site_id = $2 and l.user_id = u.id and l.generation = $3))'
    into back using ids, site.id, site.generation;
  end if;
  return back;
end;
$$;

-- Whether a claim may leave as it is. False when removals in it are held, which are no longer due then, or when a user
-- came back meanwhile: the caller gives it up and claims again. Looked at in the claim itself, so that nothing comes between.
-- Only departures are guarded: rows that nobody ever listed go because somebody said so, and so do those that the site's
-- scope leaves out since it was changed.
create or replace function public.sync_removals_pass(site public.connected_sites, claim uuid) returns boolean
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
declare
  leaving text[];
  strangers text[];
begin
  if exists (select from public.site_removals r where r.site_id = site.id and r.state = 'held') then
    delete from public.site_removals r
    where r.site_id = site.id and r.state = 'held' and r.user_id = any (array( -- not as a join, which read all that is held for each
      select t.user_id from public.sync_claims c, unnest(c.user_ids, c.upserts) t(user_id, upsert) where c.id = claim and t.upsert));
  end if;
  if not site.removal_guard or site.removal_policy = 'keep' then
    return true;
  end if;
  select array_agg(t.user_id), array_agg(t.user_id) filter (where t.user_id = any (c.outside)) into leaving, strangers
  from public.sync_claims c, unnest(c.user_ids, c.upserts) t(user_id, upsert)
  cross join lateral (
    select p.* from public.user_sync_state p where p.user_id = t.user_id and p.site_id = site.id limit 1
  ) p
  where c.id = claim and not t.upsert and public.sync_pair_there(p, site);
  if leaving is null then
    return true;
  end if;
  if exists (select from public.sync_removals_open(site, leaving) o where o.state is null) then
    leaving := leaving || public.sync_removals_decide(site, leaving);
  end if;
  perform public.sync_removals_hold(site, leaving);
  return not exists (select from public.sync_removals_open(site, leaving))
    and not exists (
      select from public.user_profiles u where u.id = any (leaving) and u.status = 'active' and u.id <> all (coalesce(strangers, '{}')))
    and not public.sync_back_in_scope(site, strangers);
end;
$$;

-- Ends holds at these sites whose departure is over, of these users unless null: their pairs go their way again.
create function public.sync_removals_end(sites uuid[], ids text[]) returns void
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
declare
  ended_sites uuid[];
  ended_users text[];
begin
  perform public.sync_removals_lock(sites);
  with ended as (
    delete from public.site_removals r
    where r.site_id = any (sites) and r.state = 'held' and (ids is null or r.user_id = any (ids)) and not exists (
      select from public.departures d where d.site_id = r.site_id and d.user_id = r.user_id and d.departed_at = r.departed_at)
    returning r.site_id, r.user_id
  )
  select array_agg(e.site_id), array_agg(e.user_id) into ended_sites, ended_users from ended e;
  perform from public.user_sync_state p join unnest(ended_sites, ended_users) e(site_id, user_id) using (user_id, site_id)
  order by p.user_id, p.site_id for no key update of p;
  update public.user_sync_state p set status = 'pending', due_at = now()
  from unnest(ended_sites, ended_users) e(site_id, user_id)
  where p.user_id = e.user_id and p.site_id = e.site_id and p.status = 'held';
  perform nextval('public.sync_version_seq');
end;
$$;

-- Another scope is somebody's word about whom the site gets: of what was noted by the old one, departures whose removal is
-- held stay so while the new scope leaves these users out as well, since nobody decided about them; the others are over.
create function public.connected_sites_rescope() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if tg_when = 'BEFORE' then
    new.scope_version := old.scope_version + 1;
    return new;
  end if;
  perform public.sync_removals_lock(array[new.id]);
  if new.scope is not null then
    execute 'update public.scope_departures d set scope_version = $1
      from public.site_removals r, public.user_profiles u
      where d.site_id = $2 and r.site_id = $2 and r.user_id = d.user_id and r.departed_at = d.departed_at and r.state = ''held''
        and u.id = d.user_id and not ' || public.scope_condition(new.scope) using new.scope_version, new.id;
  end if;
  delete from public.scope_departures d where d.site_id = new.id and d.scope_version <> new.scope_version;
  perform public.sync_removals_end(array[new.id], null);
  return null;
end;
$$;
create trigger connected_sites_rescope before update of scope on public.connected_sites
  for each row when (old.scope is distinct from new.scope) execute function public.connected_sites_rescope();
create trigger connected_sites_rescoped after update of scope on public.connected_sites
  for each row when (old.scope is distinct from new.scope) execute function public.connected_sites_rescope();

revoke execute on function
  public.sync_removals_undecided(public.connected_sites), public.sync_back_in_scope(public.connected_sites, text[]),
  public.sync_removals_end(uuid[], text[]), public.connected_sites_rescope()
from public, anon, authenticated, service_role;

-- 20261130001200_scope_claims.sql

-- Claims of sites with a scope: removals among them are guarded too, and pages of a full sync meet them as well.

-- 20261130001300_scope_removal_requests.sql

-- What people do about removals that are held, of users who left the list or a site's scope. Departures are looked up one by
-- one, as in sync_removals_undecided: what the planner makes of a join took a minute when 20,000 were held all of a sudden.

-- A field as it was before a departure; as it is, where somebody changed it since then.
drop function public.users_restore(text[]);
drop function public.field_restored(public.user_departures, text, text);
create function public.field_restored(before jsonb, after jsonb, field text, present text) returns text
language sql
immutable
set search_path = ''
as $$
  select case when before ? field and after ->> field is not distinct from present then before ->> field else present end;
$$;

-- Puts users back as they were before they left: the list, and the scope of this site (of any when null) where their removal
-- is held. Of what was changed several times the last change is undone. Fails when another user has one's e-mail address or
-- Clerk id by now.
create function public.users_restore(site uuid, ids text[]) returns void
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
begin
  with notes as (
    select d.user_id, d.departed_at, d.before, d.after, true as gone from public.user_departures d where d.user_id = any (ids)
    union all
    select d.user_id, d.departed_at, d.before, d.after, false
    from public.scope_departures d
    join public.site_removals r on r.site_id = d.site_id and r.user_id = d.user_id and r.state = 'held'
    join public.connected_sites s on s.id = d.site_id and s.scope_version = d.scope_version and s.disconnected_at is null
    where d.user_id = any (ids) and (users_restore.site is null or d.site_id = users_restore.site)
  ), fields as (
    select distinct on (n.user_id, f.key) n.user_id, f.key, f.value as before, n.after -> f.key as after
    from notes n cross join jsonb_each(n.before) f
    order by n.user_id, f.key, n.departed_at desc
  ), was as (
    select f.user_id, jsonb_object_agg(f.key, f.before) as before, jsonb_object_agg(f.key, f.after) as after,
      exists (select from notes n where n.user_id = f.user_id and n.gone) as gone
    from fields f group by f.user_id
  )
  update public.user_profiles u set
    status = case when w.gone then 'active' else u.status end,
    email = public.field_restored(w.before, w.after, 'email', u.email),
    clerk_user_id = public.field_restored(w.before, w.after, 'clerk_user_id', u.clerk_user_id),
    full_name = public.field_restored(w.before, w.after, 'full_name', u.full_name),
    role = public.field_restored(w.before, w.after, 'role', u.role),
    team = public.field_restored(w.before, w.after, 'team', u.team),
    department = public.field_restored(w.before, w.after, 'department', u.department)
  from was w
  where w.user_id = u.id;
  insert into public.user_profiles (id, clerk_user_id, email, full_name, role, team, department, status, created_at)
  select g.id, public.field_restored(d.before, d.after, 'clerk_user_id', g.clerk_user_id),
    public.field_restored(d.before, d.after, 'email', g.email), public.field_restored(d.before, d.after, 'full_name', g.full_name),
    public.field_restored(d.before, d.after, 'role', g.role), public.field_restored(d.before, d.after, 'team', g.team),
    public.field_restored(d.before, d.after, 'department', g.department), 'active', g.created_at
  from public.deleted_users g join public.user_departures d on d.user_id = g.id
  where g.id = any (ids) and not exists (select from public.user_profiles u where u.id = g.id);
end;
$$;

revoke execute on function
  public.users_restore(uuid, text[]), public.field_restored(jsonb, jsonb, text, text)
from public, anon, authenticated, service_role;

-- 20261130001400_scope_removal_lists.sql

-- Removals that are held because of a scope, where states are shown, counted and planned.

-- 20261130001500_scope_preview_held.sql

-- A preview said that another scope removes users whose removal is held, which it does not.

-- 20261130002000_word_beginnings.sql

-- One or two letters are looked for at the beginnings of words, by no index: who is rarely or nobody was found by looking at
-- everybody, and within a role at each of its users. An index of beginnings takes 6 bytes a user; making it for a million, 3 s.

-- Each word of what is searched as its first two letters and its first one. The cost says that comparing with this takes
-- longer than finding by its index, which no planner would think of a function.
create function public.user_beginnings(search_text text) returns text[]
language plpgsql
immutable
strict
parallel safe
cost 1000
set search_path = ''
as $$
begin
  return string_to_array(regexp_replace(search_text, '(([^ ])[^ ]?)[^ ]*', '\1 \2', 'g'), ' ');
end;
$$;
create index user_profiles_beginnings_idx on public.user_profiles using gin (public.user_beginnings(search_text));

-- What user_searched says, as an index can answer it: for finding users. Checking whether one is meant is what that is for.
create function public.user_search_indexed(search text) returns text
language sql
immutable
set search_path = ''
as $$
  select case when s.beginning ~ '^[^ ]{1,2}$' then format('public.user_beginnings(u.search_text) @> %L', array[s.beginning])
    else public.user_searched(search) end
  from (select lower(search) as beginning) s;
$$;

-- Whom a search finds, as conditions on a row called u of which exactly one is true of each of them; {true} for none. By
-- themselves indexes answer them; joined by "or" each row that is found would be compared again.
create function public.user_search_parts(search text) returns text[]
language plpgsql
stable
set search_path = ''
as $$
declare
  by_id text;
begin
  if coalesce(search, '') = '' then
    return '{true}';
  end if;
  by_id := public.user_id_searched(search);
  return array[public.user_search_indexed(search)] || case when by_id is not null
    then array[format('%s and not %s', by_id, public.user_searched(search))] end;
end;
$$;

-- The first users in an order of all who meet one of "parts" and the other conditions, as user_pick wants them. "offset 0"
-- keeps the planner from walking in that order. Whose state counts, is asked in order: of the first thousand at first,
-- since sorting all of them takes as long as finding them.
create function public.user_sorted(
  key_column text, direction text, source text, parts text[], conditions text, in_state text, ids text[], max_users integer,
  out found_keys jsonb[], out found_ids text[]
)
language plpgsql
stable
set search_path = ''
set enable_seqscan = off -- the sample has said how many match; the planner's guess may be twice that
set max_parallel_workers_per_gather = 0
as $$
declare
  found_rows text := (
    select string_agg(format('select u.%s as key, u.id, u.status from %s u where %s and %s', key_column, source, p.part, conditions)
      || case when ids is not null then ' and u.id = any ($1)' else '' end, ' union all ')
    from unnest(parts) p(part));
  most integer;
  sorted integer;
begin
  foreach most in array case when in_state = 'true' then array[max_users] else array[greatest(1000, max_users), 2000000000] end loop
    execute format(
      'with sorted as materialized (
         select * from (select * from (%1$s) u offset 0) u order by u.key %2$s, u.id %2$s limit %3$s
       )
       select array_agg(to_jsonb(p.key)), array_agg(p.id), (select count(*) from sorted) from (
         select u.key, u.id from sorted u where %4$s order by u.key %2$s, u.id %2$s limit %5$s
       ) p', found_rows, direction, most, in_state, max_users)
      into found_keys, found_ids, sorted using ids;
    exit when cardinality(found_ids) = max_users or sorted < most;
  end loop;
end;
$$;

revoke execute on function
  public.user_beginnings(text), public.user_search_indexed(text), public.user_search_parts(text),
  public.user_sorted(text, text, text, text[], text, text, text[], integer)
from public, anon, authenticated;
grant execute on function
  public.user_beginnings(text), public.user_search_indexed(text), public.user_search_parts(text),
  public.user_sorted(text, text, text, text[], text, text, text[], integer)
to service_role;

-- 20261130002100_suspects_counted.sql

-- Whether those who may be in a state are few enough to collect was asked of sync_site_counts, which also looks for the oldest
-- waiting pair of each site: 13,000 rows with 100 sites, each time somebody was looked for within a state.

-- What a pair is that nothing has been tried for, by the health of its site.
create function public.sync_open_state(health text) returns text
language sql
immutable
set search_path = ''
as $$
  select case health when 'blocked' then 'failed' when 'degraded' then 'retrying' else 'pending' end;
$$;

-- How many pairs sync_suspects_at would have to collect, from the tallies.
create function public.sync_suspects_counted(wanted text, sites uuid[]) returns bigint
language sql
stable
set search_path = ''
as $$
  select coalesce(sum(case
    when wanted = c.open and c.status <> 'disconnecting' then greatest(c.waiting, a.users - c.settled)
    when wanted = c.open then c.waiting
    when c.health <> 'blocked' then c.refused else 0 end), 0)::bigint
  from (
    select s.status, s.health, public.sync_open_state(s.health) as open,
      coalesce(sum(t.pairs) filter (where t.dirty and t.status <> 'held'), 0) as waiting,
      coalesce(sum(t.pairs) filter (where t.dirty and t.status = wanted and wanted <> 'pending'), 0) as refused,
      coalesce(sum(t.pairs) filter (
        where not t.dirty and t.status in ('synced', 'different', 'missing', 'out_of_scope')), 0) as settled
    from public.connected_sites s
    left join public.sync_tallies t on t.site_id = s.id and t.generation = s.generation
    where s.disconnected_at is null and s.credentials_sealed is not null and (sites is null or s.id = any (sites))
    group by s.id
  ) c
  cross join (select coalesce(sum(t.users), 0) as users from public.user_tallies t where t.status = 'active') a;
$$;

-- Users who may be in a state at a site: see sync_suspects_at, which asks site by site, and only where there can be some. In
-- one statement everything of each site would be read.
create function public.sync_suspects_of(wanted text, site public.connected_sites, most integer) returns text[]
language plpgsql
stable
set search_path = ''
as $$
declare
  suspects text[] := '{}';
  cursor text;
begin
  if wanted in ('kept', 'held') then
    return array(
      select p.user_id from public.user_sync_state p where wanted = 'kept' and p.site_id = site.id and p.status = 'kept' limit most)
      || array(
      select p.user_id from public.user_sync_state p where wanted = 'held' and p.site_id = site.id and p.status = 'held' limit most);
  elsif wanted = public.sync_open_state(site.health) then
    -- Also of a site in trouble: a removal that is held says so.
    suspects := array(
      select p.user_id from public.user_sync_state p
      where p.site_id = site.id and p.desired_version > p.synced_version and p.status <> 'held' limit most);
    cursor := (select min(r.cursor) from public.sync_run_sites r
      where r.site_id = site.id and r.finished_at is null and r.user_id is null);
    -- Active users whom a full sync has not come to yet may have no pair; it goes by id.
    if cursor is not null then
      suspects := suspects || array(
        select u.id from public.user_profiles u
        where u.status = 'active' and u.id > cursor
          and not exists (select from public.user_sync_state p where p.user_id = u.id and p.site_id = site.id)
        limit most);
    end if;
  elsif wanted <> 'pending' and site.health <> 'blocked' then
    suspects := array(
      select p.user_id from public.user_sync_state p
      where p.site_id = site.id and p.status = wanted and p.status in ('retrying', 'failed')
        and p.desired_version > p.synced_version limit most);
  end if;
  return suspects;
end;
$$;

revoke execute on function
  public.sync_suspects_counted(text, uuid[]), public.sync_open_state(text),
  public.sync_suspects_of(text, public.connected_sites, integer)
from public, anon, authenticated;
grant execute on function
  public.sync_suspects_counted(text, uuid[]), public.sync_open_state(text),
  public.sync_suspects_of(text, public.connected_sites, integer)
to service_role;

-- 20261130002200_searches_in_states.sql

-- Users and pairs in a state whom a search finds: of those who are too many to collect 20,000 were collected to learn that,
-- 2,000 were looked for where the first hundred filled the page, and all were where those in that state are few.

-- About how many users meet conditions on a row called u, from a sample of a thousand; null where users are few.
create function public.user_guess(conditions text) returns real
language plpgsql
stable
set search_path = ''
as $$
declare
  looked constant integer := 1000;
  users real := (select c.reltuples from pg_catalog.pg_class c where c.oid = 'public.user_profiles'::regclass);
  met integer;
begin
  if users < 5 * looked then
    return null;
  end if;
  execute format('select count(*) from public.user_profiles u tablesample system (%s) repeatable (0) where %s',
    (100.0 * looked / users)::numeric(8, 5), conditions) into met;
  return met * users / looked;
end;
$$;
revoke execute on function public.user_guess(text) from public, anon, authenticated;
grant execute on function public.user_guess(text) to service_role;

-- Users in a state at one of these sites (at any when null), by id, after one; see sync_people. Looks at a few at a time,
-- more where these were not enough, and no further than to the end of the page.
create or replace function public.sync_people_in_state(
  wanted text, sites uuid[], search text, after text, max_users integer
) returns jsonb
language plpgsql
stable
set search_path = ''
set constraint_exclusion = on -- nobody in user_profiles is deleted
as $$
declare
  step integer := 150;
  most constant integer := 2400;
  conditions text := public.user_conditions(jsonb_build_object('search', search))
    || case when wanted in ('removed', 'kept') then ' and u.status <> ''active''' else '' end;
  last_seen text := coalesce(after, '');
  ids text[] := public.sync_candidates(public.sync_suspects_at(wanted, sites), search, last_seen);
  seen integer := 0;
  candidates text[];
  found_page jsonb;
  answer jsonb := '[]';
begin
  loop
    if ids is not null then
      candidates := ids[seen + 1:seen + step];
      seen := seen + step;
    else
      execute format(
        'select array(select i.id from (
           (select u.id from public.user_profiles u where %1$s and u.id > $1 order by u.id limit $2)
           union all
           (select u.id from public.user_people u where u.status = ''deleted'' and %1$s and u.id > $1 order by u.id limit $2)
         ) i order by i.id limit $2)', conditions) into candidates using last_seen, step;
      last_seen := candidates[step];
    end if;
    -- The state as a value, so that it is asked in order and no further than to the end of the page.
    execute format(
      'select jsonb_agg(to_jsonb(page) order by page.user_id) from (
         select '''' as key, u.id as user_id, u.full_name, u.email, u.status, u.version
         from (
           select * from public.user_people u where u.id = any ($1) and u.id > $5 and %s order by u.id offset 0
         ) u
         where (select true from public.user_sync_status v
           where v.user_id = u.id and v.status = $2 and ($3 is null or v.site_id = any ($3)) limit 1)
         order by u.id limit $4
       ) page', conditions)
      into found_page
      using candidates, wanted, sites, max_users - jsonb_array_length(answer), coalesce(after, '');
    answer := answer || coalesce(found_page, '[]');
    exit when jsonb_array_length(answer) >= max_users or cardinality(candidates) < step;
    step := least(4 * step, most);
  end loop;
  return answer;
end;
$$;

-- 20261130003000_ended_runs.sql

-- A run whose full syncs were ended by a newer run at some sites only had finished while it went on at the others.

-- Ends the full syncs that stand still at sites in trouble, since a newer one will do all of their work, and the runs that
-- have nothing else left. Returns the sites that users may depend on to come there at all.
create function public.sync_end_standing(sites uuid[]) returns uuid[]
language sql
security definer
set search_path = ''
as $$
  with ended as (
    update public.sync_run_sites r set finished_at = now(), failed = greatest(r.total - r.succeeded, 0)
    from public.connected_sites s
    where r.site_id = any (sites) and r.finished_at is null and r.user_id is null and s.id = r.site_id and s.health <> 'ok'
    returning r.run_id, r.site_id, r.owed
  ), finished as (
    update public.sync_runs r set finished_at = now()
    where r.id in (select run_id from ended) and not exists (
      select from public.sync_run_sites t where t.run_id = r.id and t.finished_at is null
        -- What is ended just now is not seen as such yet.
        and not exists (select from ended e where e.run_id = t.run_id and e.site_id = t.site_id))
  )
  select coalesce(array_agg(e.site_id) filter (where e.owed), '{}') from ended e;
$$;

revoke execute on function public.sync_end_standing(uuid[]) from public, anon, authenticated;

-- 20261130004000_imports_in_turn.sql

-- Imports of the same people at the same moment would each find nobody and make everybody: the second failed as a whole by a
-- constraint, or both waited for each other. Now they write one after the other, a page each time, and who comes second
-- finds who is there.

alter function public.user_import(jsonb, boolean) rename to user_import_alone;

-- Takes lines of an import, [{"line", field: value}], or only tells what would become of them: [{"line", "outcome": "created" |
-- "updated" | "unchanged" | "rejected", "userId", "message"}] in the order of the lines.
create function public.user_import(list jsonb, preview boolean) returns jsonb
language plpgsql
security definer -- as user_import_alone, whose temporary table belongs to whoever came first in a session
set search_path = ''
as $$
begin
  if not preview then
    perform pg_advisory_xact_lock(hashtext('roster.user_import'));
  end if;
  return public.user_import_alone(list, preview);
end;
$$;

revoke execute on function public.user_import_alone(jsonb, boolean) from service_role;
revoke execute on function public.user_import(jsonb, boolean) from public, anon, authenticated;
grant execute on function public.user_import(jsonb, boolean) to service_role;

-- 20261130004100_status_of_news.sql

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

-- 20261130004200_plans_of_lists.sql

-- A site that has been added since the tables were analyzed has no pairs for the planner, so it read all that there are of it
-- once more for each user of a page: with 26,000 users, who of them such a site waits for took 20 s, and now takes 0.2 s.

alter function public.sync_pairs(text, uuid, text, text, uuid, integer) set enable_material = off;
alter function public.sync_pairs(text, uuid, text, text, uuid, integer) set enable_seqscan = off;
alter function public.sync_pairs(text, uuid, text, text, uuid, integer) set jit = off; -- see plans_of_small_tables

-- Planned for itself each time: a session that has listed pairs five times would keep one plan for every search, state and
-- place, and with what is forbidden above that is a bad one. With 19 million pairs a page took 0.4 to 3 s of processor time,
-- planned for itself 3 to 120 ms.
alter function public.sync_pairs(text, uuid, text, text, uuid, integer) set plan_cache_mode = force_custom_plan;

-- 20261130004300_times_of_users.sql

-- A time that is none, or beyond the years that ISO 8601 spells with four digits, can be written by SQL. With "infinity" a
-- user could not be made newer any more, so no change of it was sent, and no page of the list could end at such a user.

create function public.user_profiles_bound() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.created_at := least(greatest(new.created_at, '0001-01-01 00:00Z'), '9998-12-31 00:00Z');
  new.updated_at := least(greatest(new.updated_at, '0001-01-01 00:00Z'), '9998-12-31 00:00Z');
  return new;
end;
$$;
revoke execute on function public.user_profiles_bound() from public, anon, authenticated, service_role;

-- Fires before user_profiles_stamp, since triggers do so in the order of their names, and leaves a year to be newer in.
create trigger user_profiles_bound before insert or update of created_at, updated_at on public.user_profiles
  for each row when (
    not (new.created_at between '0001-01-01 00:00Z' and '9998-12-31 00:00Z' and new.updated_at between '0001-01-01 00:00Z' and '9998-12-31 00:00Z'))
  execute function public.user_profiles_bound();
alter table public.user_profiles enable always trigger user_profiles_bound;

-- 20261130005000_rows_before_and_after.sql

-- A session keeps the plans of its triggers. One that had edited one user compared each row before a statement with each row
-- after it: 4,000 users by one statement took 17 s, and would have run into the 8 s of hosted projects; now they take 1 s. What was
-- and what is are brought together by sorting, and other tables are looked up by their keys, whatever came first.

alter function public.user_profiles_after_insert() set enable_hashjoin = off;
alter function public.user_profiles_after_insert() set enable_mergejoin = off;

-- 20261201000000_returned_users.sql

-- Users who were deactivated, then deleted and then put in the list again with another team left the sites that get their old
-- team unguarded: what is known of a departure was only what deactivating had changed. Who is deleted is remembered whole.

create function public.user_departures_complete() returns trigger
language plpgsql
security definer -- whoever may delete users may have it noted
set search_path = ''
set enable_hashjoin = off -- see rows_before_and_after
set enable_mergejoin = off
as $$
begin
  update public.user_departures d set before = public.user_profiles_fields(o::public.user_profiles) || d.before
  from old_rows o where d.user_id = o.id and o.status <> 'active';
  return null;
end;
$$;

create trigger user_profiles_departures_deleted after delete on public.user_profiles
  referencing old table as old_rows for each statement execute function public.user_departures_complete();
alter table public.user_profiles enable always trigger user_profiles_departures_deleted;

revoke execute on function public.user_departures_complete() from public, anon, authenticated, service_role;

-- Who is gone already.
update public.user_departures d set before = to_jsonb(g) - '{id,created_at,updated_at,deleted_at}'::text[] || d.before
from public.deleted_users g
where g.id = d.user_id and not d.before ? 'email';

-- 20261201000100_nothing_to_take_away.sql

-- Whoever leaves the list while a site is away that never had them stood as failed there, until the site answered: counted,
-- shown and alerted about, though there is nothing to be done. It is settled when the change is fanned out.

-- Settles pairs that were just made dirty in this transaction, of users who are not active, at sites that never had them
-- and have no worker. A batch that is still on its way there, from when they were active, can only be marked in doubt.
create function public.sync_settle_never_there(ids text[]) returns void
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
declare
  away constant uuid[] := array(
    select s.id from public.connected_sites s
    where s.disconnected_at is null and s.status <> 'disconnecting' and (s.health <> 'ok' or s.status <> 'active')
      and (s.lease_until is null or s.lease_until <= now() - interval '10 seconds')); -- longer than statements may take
  leavers text[];
begin
  if away = '{}' then
    return;
  end if;
  leavers := array(
    select c.id from unnest(ids) c(id)
    left join lateral (select u.status from public.user_profiles u where u.id = c.id offset 0) u on true
    where u.status is distinct from 'active');
  if leavers = '{}' then
    return;
  end if;
  update public.user_sync_state p set synced_version = p.desired_version, status = 'removed', run_id = null
  where p.user_id = any (leavers) and p.site_id = any (away) and not p.written
    and not exists (select from public.sync_claims c where c.site_id = p.site_id and p.user_id = any (c.user_ids))
    -- A run that waits for this user is told by a worker.
    and not exists (
      select from public.sync_run_sites r where r.site_id = p.site_id and r.user_id = p.user_id and r.finished_at is null);
  delete from public.user_sync_state p
  where p.user_id = any (leavers) and p.site_id = any (away) and not p.written and p.desired_version <= p.synced_version
    and not exists (select from public.user_profiles u where u.id = p.user_id);
end;
$$;
revoke execute on function public.sync_settle_never_there(text[]) from public, anon, authenticated, service_role;

-- 20261201000200_retry_of_newer.sql

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

-- 20261201000300_held_at_endpoints.sql

-- Another address of an endpoint may well be the same receiver, so removals are held there as before. But such a pair kept the
-- number of the old address: the full sync at the new one met it on every page, could neither remove nor pass over it, and
-- never went on; and the counts of the site called it pending. A pair that is held belongs to the endpoint as it is now.

update public.user_sync_state p set generation = s.generation, synced_at = null, row_updated_at = null
from public.connected_sites s
where s.id = p.site_id and s.kind = 'webhook' and p.status = 'held' and p.generation <> s.generation;

-- 20261201000400_interrupted_full_syncs.sql

-- Users of a full sync who are sent again, because a worker died or the site was away for a moment, passed for users whom a
-- person had asked for one by one, before whom newer rows of a site give way: Sync All Users wrote over what somebody had
-- changed there, whenever a batch of it was interrupted. They are the full sync's as before.

-- 20261201000500_fan_out_by_pairs.sql

-- A fan-out took 20 messages of up to 500 users at once, however many sites there are: 10,000 users who changed by one statement
-- were a million pairs at a hundred sites. That took longer than a statement may, each time again, and no change of anybody
-- reached any site any more. Now it takes as many users as make some ten thousand pairs.

-- How many of the next messages have no more than so many users together; one at least.
create function public.sync_messages_of(most_users integer, max_messages integer) returns integer
language sql
volatile -- it looks at the clock
security definer
set search_path = ''
as $$
  select greatest(1, count(*) filter (where m.users <= most_users))::integer
  from (
    select sum(jsonb_array_length(q.message -> 'ids')) over (order by q.msg_id) as users
    from (
      select x.msg_id, x.message from pgmq.q_user_changes x
      where x.vt <= clock_timestamp() order by x.msg_id limit max_messages
    ) q
  ) m;
$$;
revoke execute on function public.sync_messages_of(integer, integer) from public, anon, authenticated, service_role;

-- 20261201000600_many_held.sql

-- Where very many removals are held. 2,000 users were put back at once, however many sites there are: at a hundred, that are
-- 200,000 pairs, which took longer than a statement may, so just the largest mistakes could not be undone. And each page of what is
-- held, and each step of a decision, looked at all that is held, 1 s for 100,000: sites came first in their plans.

create index site_removals_held_user_idx on public.site_removals (user_id, site_id) where state = 'held';

-- 20261201000700_retry_in_pages.sql

-- Retrying a site, or everything, wrote every pair that waits there in one statement, also those that wait for nothing but the
-- site: with some hundred thousand of them that took longer than a statement may, and the site was not tried at all. Now what
-- was refused is made due page by page, and the others are due as soon as the site is tried.

-- Makes the next pairs due that were refused or wait after a failure; at this site, or at all when null. Returns how many.
create function public.sync_retry_page(site_id uuid, most integer) returns bigint
language sql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
set jit = off -- see plans_of_small_tables
as $$
  with picked as materialized (
    select r.user_id, r.site_id
    from public.connected_sites s
    cross join lateral (
      select p.user_id, p.site_id from public.user_sync_state p
      where p.site_id = s.id and p.desired_version > p.synced_version and p.due_at > now() and p.status in ('retrying', 'failed')
      limit most
    ) r
    where s.disconnected_at is null and (sync_retry_page.site_id is null or s.id = sync_retry_page.site_id)
    limit most
  ), waiting as materialized (
    select p.user_id, p.site_id from public.user_sync_state p join picked k on k.user_id = p.user_id and k.site_id = p.site_id
    order by p.user_id, p.site_id -- as sync_mark_dirty does, or the two could deadlock
    for no key update of p
  ), again as (
    update public.user_sync_state p set due_at = now(), attempts = 0
    from waiting w where p.user_id = w.user_id and p.site_id = w.site_id
    returning 1
  )
  select count(*) from again;
$$;

-- Tries again what failed or waits after a failure: one pair, one user, one site, or (both null) everything. What is held
-- waits for a person. Returns how many pairs that are; without a user, 50,000 of them are made due, see sync_retry_page.
create or replace function public.sync_retry(user_id text, site_id uuid) returns bigint
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see plans_of_small_tables
set jit = off
as $$
declare
  pairs bigint;
begin
  -- In the order in which workers lock: the site before its pairs.
  perform from public.connected_sites s
  where s.disconnected_at is null and (sync_retry.site_id is null or s.id = sync_retry.site_id)
  order by s.id for no key update;
  if sync_retry.user_id is null then
    select coalesce(sum(t.pairs), 0)::bigint into pairs
    from public.connected_sites s join public.sync_tallies t on t.site_id = s.id
    where s.disconnected_at is null and (sync_retry.site_id is null or s.id = sync_retry.site_id)
      and t.dirty and (t.status in ('retrying', 'failed') or (s.health <> 'ok' and t.status <> 'held'));
    perform public.sync_retry_page(sync_retry.site_id, 50000);
  else
    with waiting as materialized (
      select p.user_id, p.site_id
      from public.user_sync_state p
      join public.connected_sites s on s.id = p.site_id
      where s.disconnected_at is null and p.desired_version > p.synced_version and p.user_id = sync_retry.user_id
        and (p.status in ('retrying', 'failed') or (s.health <> 'ok' and p.status <> 'held'))
        and (sync_retry.site_id is null or p.site_id = sync_retry.site_id)
      order by p.user_id, p.site_id for no key update of p
    ), again as (
      update public.user_sync_state p set due_at = now(), attempts = 0
      from waiting w where p.user_id = w.user_id and p.site_id = w.site_id
      returning 1
    )
    select count(*) into pairs from again;
  end if;
  update public.connected_sites s set retry_at = now()
  where s.disconnected_at is null and s.retry_at > now() and (sync_retry.site_id is null or s.id = sync_retry.site_id);
  return pairs;
end;
$$;

drop function public.request_retry(text, uuid);

-- See sync_retry. Without a user, call it again with go_on while it returned 50,000 or more: it makes as many more due, and
-- returns how many those were.
create function public.request_retry(user_id text, site_id uuid, go_on boolean default false) returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  pairs bigint;
begin
  if go_on then
    return public.sync_retry_page(request_retry.site_id, 50000);
  end if;
  pairs := public.sync_retry(user_id, site_id);
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

revoke execute on function
  public.sync_retry_page(uuid, integer), public.request_retry(text, uuid, boolean)
from public, anon, authenticated, service_role;
grant execute on function public.request_retry(text, uuid, boolean) to service_role;

-- 20261201000800_leavers_among_many.sql

-- Who leaves was looked for among everybody who ever left: with 200,000 inactive users, one who was deactivated took 0.6 s at
-- every site, a minute at a hundred. Those about whom nothing is decided are found from what a site waits for, which is less.

create index scope_departures_departed_at_idx on public.scope_departures (site_id, departed_at);

-- 20261201000900_unanswered_at_shared_sites.sql

-- A shared site that did not answer was taken for having each user of the batch from Roster. A row of the site's own under the
-- key of one of them was written over when the site came back, and taken away when that user left. It is told by what it holds,
-- as after a worker's death.

create or replace function public.sync_settle_states(target public.connected_sites, settling public.sync_outcome[]) returns void
language sql
security definer
set search_path = ''
set enable_seqscan = off -- see plans_of_small_tables
set plan_cache_mode = force_custom_plan
as $$
  insert into public.user_sync_state as p
    (user_id, site_id, desired_version, synced_version, generation, status, written, attempts, due_at, attempted_at,
     synced_at, row_updated_at, run_id, error_code, error)
  select t.user_id, target.id, t.version,
    case when t.kind in ('failed', 'returned') then 0 else t.version end,
    target.generation,
    case t.kind
      when 'upserted' then 'synced'
      when 'removed' then 'removed'
      when 'deactivated' then 'removed'
      when 'skipped' then 'removed'
      when 'kept' then 'kept'
      when 'failed' then case when t.retry_in is null then 'failed' else 'retrying' end
      else 'pending'
    end,
    -- An attempt without an answer may have landed. At a shared site the row may be the site's own, see sync_mark_in_doubt.
    t.kind in ('upserted', 'deactivated', 'kept') or (t.kind = 'returned' and t.upsert and not target.shared),
    case when t.kind = 'failed' then t.attempt else 0 end,
    case when t.kind = 'failed' then coalesce(now() + make_interval(secs => t.retry_in), 'infinity') else now() end,
    case when t.kind not in ('skipped', 'kept') then now() end,
    case when t.kind in ('upserted', 'removed', 'deactivated') then now() end,
    case when t.kind = 'upserted' then t.row_time end,
    -- What comes again is still what this run asked for.
    case when t.kind = 'returned' then t.run_id end,
    case when t.kind = 'failed' then t.error_code end,
    case when t.kind = 'failed' then t.error end
  from unnest(settling) t
  where t.kind <> 'returned' or t.error_code is not null
  order by t.user_id
  on conflict (user_id, site_id) do update set
    desired_version = greatest(p.desired_version, excluded.desired_version),
    synced_version = greatest(
      excluded.synced_version, case when p.generation = excluded.generation then p.synced_version else 0 end),
    generation = excluded.generation,
    -- A removal takes back what was written before it was claimed, not what was put in doubt since.
    written = excluded.written
      or ((excluded.status not in ('removed', 'kept') or p.desired_version > excluded.desired_version)
        and p.written and (p.generation = excluded.generation or target.kind = 'webhook')),
    wanted_at = case when p.desired_version > p.synced_version then p.wanted_at else now() end,
    attempted_at = coalesce(excluded.attempted_at, p.attempted_at),
    -- A refused row leaves the site what it had.
    row_updated_at = case
      when excluded.status in ('retrying', 'failed') then p.row_updated_at else excluded.row_updated_at end,
    synced_at = coalesce(excluded.synced_at, case when p.generation = excluded.generation then p.synced_at end),
    (status, attempts, due_at, run_id, error_code, error) = (
      select p.status, p.attempts, p.due_at, coalesce(p.run_id, excluded.run_id), p.error_code, p.error
      where p.desired_version > excluded.desired_version or excluded.status = 'pending'
      union all
      select excluded.status, excluded.attempts, excluded.due_at, null, excluded.error_code, excluded.error
      where p.desired_version <= excluded.desired_version and excluded.status <> 'pending'
    );

  -- A user whose row is gone from the list needs no pair once the site's is gone too. A row that stays there is
  -- remembered: the site's removal policy may change, and the user may come back.
  delete from public.user_sync_state p
  using unnest(settling) t
  where p.user_id = t.user_id and p.site_id = target.id and t.kind in ('removed', 'skipped')
    and p.desired_version <= p.synced_version
    and not exists (select from public.user_profiles u where u.id = p.user_id);
$$;

reset check_function_bodies;
