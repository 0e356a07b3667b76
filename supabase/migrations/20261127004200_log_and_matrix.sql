-- The log by cause and by time, and the users of the matrix, at once however many there are.

-- Failures are few among the attempts, so these cost the log next to nothing.
create index user_sync_log_site_failed_idx on public.user_sync_log (site_id, id) where status = 'failed';
create index user_sync_log_error_idx on public.user_sync_log (error_code, id) where error_code is not null;

-- An id from which on entries are not older than a moment, give or take a second. Ids and times are drawn together, so
-- they go up together, and some twenty looks find the place without an index on the time.
create function public.sync_log_id_at(moment timestamptz) returns bigint
language plpgsql
stable
set search_path = ''
as $$
declare
  low bigint := 0;
  high bigint := (select coalesce(max(l.id), 0) + 1 from public.user_sync_log l);
  middle bigint;
  found_at timestamptz;
begin
  while low < high loop
    middle := (low + high) / 2;
    select l.created_at into found_at from public.user_sync_log l where l.id >= middle order by l.id limit 1;
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

-- Users who are waiting, retried, failed or kept at one of these sites (at any when null), but for what changes meanwhile.
-- Null when there are too many to collect, and for other states: walking through the users finds some at once.
create function public.sync_suspects_at(wanted text, sites uuid[]) returns text[]
language plpgsql
stable
set search_path = ''
as $$
declare
  many constant integer := 100000; -- see sync_suspects
  suspects text[];
  site record;
begin
  if wanted not in ('pending', 'retrying', 'failed', 'kept') or exists (
    select from public.connected_sites s
    where wanted = 'failed' and s.credentials_sealed is null and s.disconnected_at is null
      and (sites is null or s.id = any (sites))
  ) then
    return null;
  end if;
  if (
    select coalesce(sum(case wanted when 'pending' then c.pending when 'retrying' then c.retrying else c.failed end), 0)
    from public.sync_site_counts() c where wanted <> 'kept' and (sites is null or c.site_id = any (sites))
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
    elsif wanted = site.open then
      suspects := suspects || array(
        select p.user_id from public.user_sync_state p
        where p.site_id = site.id and p.desired_version > p.synced_version limit many);
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

-- Users in a state at one of these sites (at any when null), by id, after one; see sync_people. Looks at a few at a time,
-- and no further than to the end of the page.
create function public.sync_people_in_state(wanted text, sites uuid[], search text, after text, max_users integer)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  step constant integer := 150;
  conditions text := public.user_conditions(jsonb_build_object('search', search));
  ids text[] := public.sync_suspects_at(wanted, sites);
  last_seen text := coalesce(after, '');
  candidates text[];
  found_page jsonb;
  answer jsonb := '[]';
begin
  if ids is null and search <> '' then
    ids := public.user_collect(jsonb_build_object('search', search), 20000);
  end if;
  if wanted in ('removed', 'kept') then
    conditions := conditions || ' and u.status <> ''active''';
  end if;
  loop
    if ids is not null then
      candidates := array(select distinct i.id from unnest(ids) i(id) where i.id > last_seen order by i.id limit step);
    else
      execute format(
        'select array(select i.id from (
           (select u.id from public.user_profiles u where %1$s and u.id > $1 order by u.id limit $2)
           union all
           (select u.id from public.deleted_users u where u.id > $1 order by u.id limit $2)
         ) i order by i.id limit $2)', conditions) into candidates using last_seen, step;
    end if;
    execute format(
      'with u as materialized (
         select p.id, p.full_name, p.email, p.status, p.version from public.user_profiles p where p.id = any ($1)
         union all
         select d.id, d.full_name, d.email, ''deleted'', 0 from public.deleted_users d where d.id = any ($1)
       )
       select jsonb_agg(to_jsonb(page) order by page.user_id) from (
         select '''' as key, u.id as user_id, u.full_name, u.email, u.status, u.version
         from u where %s and exists (
           select from public.user_sync_status v
           where v.user_id = u.id and v.status = $2 and ($3 is null or v.site_id = any ($3)))
         order by u.id limit $4
       ) page', conditions)
      into found_page using candidates, wanted, sites, max_users - jsonb_array_length(answer);
    answer := answer || coalesce(found_page, '[]');
    exit when jsonb_array_length(answer) >= max_users or cardinality(candidates) < step;
    last_seen := candidates[step];
  end loop;
  return answer;
end;
$$;

-- Users after [sort key, id], as [{"key", "user_id", "full_name", "email", "status", "version"}]: everybody or those a search
-- matches, by name, or those in a state at one of these sites (at any when null), by id. Among the latter are users whose
-- row is gone while a site still has to be told, with status "deleted".
create function public.sync_people(wanted text, sites uuid[], search text, after jsonb, max_users integer) returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  few constant integer := 6000; -- found by index and sorted in some 20 ms; more are soon met by walking in order
  key constant text := 'lower(coalesce(u.full_name, u.email))';
  conditions text := public.user_conditions(jsonb_build_object('search', search));
  ids text[];
  answer jsonb;
begin
  if wanted is not null then
    return public.sync_people_in_state(wanted, sites, search, after ->> 1, max_users);
  end if;
  if search <> '' then
    ids := public.user_collect(jsonb_build_object('search', search), few);
  end if;
  if ids is not null then
    conditions := conditions || ' and u.id = any ($1)';
  end if;
  if after is not null then
    conditions := conditions || format(' and (%s, u.id) > (%L, %L)', key, after ->> 0, after ->> 1);
  end if;
  execute format(
    'select jsonb_agg(to_jsonb(page) order by page.key, page.user_id) from (
       select %1$s as key, u.id as user_id, u.full_name, u.email, u.status, u.version
       from public.user_profiles u where %2$s order by %1$s, u.id limit %3$s
     ) page', key, conditions, max_users) into answer using ids;
  return coalesce(answer, '[]');
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
