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
select public.sync_log_maintain();

-- As before: an id from which on entries are not older than a moment, give or take a second.
create or replace function public.sync_log_id_at(moment timestamptz) returns bigint
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
