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
