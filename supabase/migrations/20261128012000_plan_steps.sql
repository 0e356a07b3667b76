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

-- Gives one site of a plan to a worker for so many seconds, with what is needed to reach it; those for which somebody waits
-- first. Null when there is nothing to do.
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
      ''user'', x.row, ''inScope'', x.inside, ''there'', t.there, ''departure'', coalesce(d.departure, case when $6 in (''bulk'', ''import'') and not x.active then ''open'' end),
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
      from public.user_departures e
      left join public.site_removals r on r.site_id = $4 and r.user_id = e.user_id and r.departed_at = e.departed_at
      where e.user_id = x.id
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

-- Refuses a plan: nothing was written.
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
  delete from public.plan_pages g where g.plan_id = plan;
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

-- Does what was planned, in one transaction that nobody can come between: users are locked against changes and the sites
-- against new settings, and if anything moved nothing is done.
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
  lock table public.user_profiles in share row exclusive mode;
  select array_agg(t.site_id order by t.site_id) into sites
  from public.plan_sites t where t.plan_id = plan.id and t.problem is null;
  perform from public.connected_sites s where s.id = any (sites) order by s.id for no key update;
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
  delete from public.plan_pages g where g.plan_id = plan.id;
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
