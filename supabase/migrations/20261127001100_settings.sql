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

-- As before, but for the retention, which is the setting's unless it is given.
create or replace function public.sync_log_maintain(retention_days integer default null) returns jsonb
language plpgsql
security definer -- makes and drops tables
set search_path = ''
as $$
declare
  week date;
  name text;
  made integer := 0;
  dropped integer := 0;
  kept_days integer := coalesce(retention_days, (select s.log_days from public.roster_settings s));
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
      and to_date(right(c.relname, 8), 'YYYYMMDD') + 7 <= now() - make_interval(days => kept_days)
  loop
    execute format('drop table public.%I', name);
    dropped := dropped + 1;
  end loop;
  delete from public.user_sync_log_default where created_at < now() - make_interval(days => kept_days);
  delete from public.sync_minutes where minute < now() - make_interval(days => kept_days);
  perform public.sync_tally_compact();
  return jsonb_build_object('made', made, 'dropped', dropped);
end;
$$;
