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

-- Users by name, after [name key, id], as [{"key", "user_id", "full_name", "email", "status", "version"}]: everybody, or
-- those a search matches, or those in a state at one of these sites (at any when null). Among the latter are users whose
-- row is gone while a site still has to be told, with status "deleted".
create function public.sync_people(wanted text, sites uuid[], search text, after jsonb, max_users integer) returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  few constant integer := 2000; -- see user_find
  conditions text := public.user_conditions(jsonb_build_object('search', search));
  in_state text;
  ids text[];
  suspects text[];
  site uuid;
  answer jsonb;
begin
  if search <> '' then
    ids := public.user_collect(jsonb_build_object('search', search), few);
  end if;
  if wanted is not null then
    if ids is null then
      foreach site in array coalesce(sites, array[null::uuid]) loop
        suspects := public.sync_suspects(wanted, site);
        if suspects is null then
          ids := null;
          exit;
        end if;
        ids := ids || suspects;
      end loop;
    end if;
    in_state := format('exists (select from public.user_sync_status v where v.user_id = u.id and v.status = %L', wanted)
      || case when sites is null then ')' else format(' and v.site_id = any (%L::uuid[]))', sites) end;
    conditions := conditions || ' and ' || in_state
      || case when wanted in ('removed', 'kept') then ' and u.status <> ''active''' else '' end;
  end if;
  if ids is not null then
    conditions := conditions || ' and u.id = any ($1)';
  end if;
  if after is not null then
    conditions := conditions
      || format(' and (lower(coalesce(u.full_name, u.email)), u.id) > (%L, %L)', after ->> 0, after ->> 1);
  end if;
  execute format(
    'select jsonb_agg(to_jsonb(page) order by page.key, page.user_id) from (
       select * from ((select lower(coalesce(u.full_name, u.email)) as key, u.id as user_id, u.full_name, u.email, u.status, u.version
         from public.user_profiles u where %1$s
         order by lower(coalesce(u.full_name, u.email)), u.id limit %2$s)
       %3$s) found
       order by key, user_id limit %2$s
     ) page',
    conditions, max_users,
    case when wanted is not null then format(
      'union all (
         select lower(coalesce(u.full_name, u.email)), u.id, u.full_name, u.email, u.status, 0
         from (select d.*, ''deleted'' as status from public.deleted_users d) u where %1$s
         order by lower(coalesce(u.full_name, u.email)), u.id limit %2$s)', conditions, max_users)
    else '' end) into answer using ids;
  return coalesce(answer, '[]');
end;
$$;

revoke execute on function
  public.sync_log_id_at(timestamptz), public.sync_log_find(jsonb, bigint, integer),
  public.sync_people(text, uuid[], text, jsonb, integer)
from public, anon, authenticated;
grant execute on function
  public.sync_log_id_at(timestamptz), public.sync_log_find(jsonb, bigint, integer),
  public.sync_people(text, uuid[], text, jsonb, integer)
to service_role;
