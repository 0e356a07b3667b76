-- The engine's five moves, each one transaction: fan out, lease, claim, settle, give back.
-- Called by workers through the API with the secret key; "security definer" because they also reach pgmq and the
-- claims, to which the API role has no rights of its own.

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

-- Whether a worker could do something at this site now. Takes the site's columns so that it stays inlinable.
create function public.sync_site_ready(site public.connected_sites) returns boolean
language sql
stable
set search_path = ''
as $$
  select site.disconnected_at is null
    and site.status = 'active'
    and site.credentials_sealed is not null
    and site.retry_at <= now()
    and (site.lease_until is null or site.lease_until <= now())
    and (
      exists (
        select from public.user_sync_state p
        where p.site_id = site.id and p.desired_version > p.synced_version and p.due_at <= now()
      )
      or exists (
        select from public.sync_run_sites r
        where r.site_id = site.id and r.finished_at is null and r.user_id is null
      )
      or exists (select from public.sync_claims c where c.site_id = site.id)
      or (site.kind = 'supabase' and site.last_synced_at is not null
        and (site.inspected_at is null or site.inspected_at < now() - interval '1 hour'))
    );
$$;

-- Turns queued changes into dirty pairs: reads up to max_messages messages, marks, deletes them, all in one
-- transaction, so any number of workers may call it at once. Also a worker's one cheap question when idle.
-- Returns {"users": how many changed, "more": whether messages may be left, "ready": whether a site waits for a worker}.
create function public.sync_fan_out(max_messages integer default 20) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  message_ids bigint[];
  changed text[];
begin
  select array_agg(m.msg_id), array_agg(distinct ids.id)
    into message_ids, changed
  from pgmq.read('user_changes', 60, max_messages) m
  cross join lateral jsonb_array_elements_text(m.message -> 'ids') ids(id);
  if message_ids is not null then
    perform public.sync_mark_dirty(changed);
    perform pgmq.delete('user_changes', array(select distinct unnest(message_ids)));
  end if;
  return jsonb_build_object(
    'users', coalesce(cardinality(changed), 0),
    'more', coalesce((select count(distinct id) from unnest(message_ids) id) >= max_messages, false),
    'ready', exists (select from public.connected_sites s where public.sync_site_ready(s))
  );
end;
$$;

-- Records that the named users' rows may or may not have reached the site, and has them sent again, for the same runs.
create function public.sync_mark_in_doubt(site uuid, ids text[], upserts boolean[], runs uuid[]) returns void
language sql
security definer
set search_path = ''
as $$
  insert into public.user_sync_state as p (user_id, site_id, desired_version, generation, written, run_id)
  select d.id, s.id, nextval('public.sync_version_seq'), s.generation, d.upsert, d.run
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
-- Returns null when nothing is ready, otherwise the site with what is needed to reach it.
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
    'url', site.endpoint_url, 'credentials', site.credentials_sealed,
    'previousCredentials', (
      select coalesce(jsonb_agg(p.secret -> 'sealed'), '[]')
      from jsonb_array_elements(site.previous_secrets) p(secret) where (p.secret ->> 'until')::timestamptz > now()),
    'inspect', site.kind = 'supabase' and site.last_synced_at is not null
      and (site.inspected_at is null or site.inspected_at < now() - interval '1 hour'),
    'removalPolicy', site.removal_policy, 'removalColumn', site.removal_column, 'failures', site.failures
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
      select p.user_id from public.user_sync_state p
      where p.site_id = site and p.desired_version > p.synced_version and p.due_at <= now()
        and p.user_id not in (select unnest(c.user_ids) from public.sync_claims c where c.site_id = site)
      order by p.due_at, p.user_id
      limit max_users
    )
    update public.user_sync_state p set synced_version = p.desired_version, status = 'synced'
    from due, public.user_profiles u
    where p.user_id = due.user_id and p.site_id = site and u.id = p.user_id and u.status = 'active'
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

-- A user's outcome beside what the claim knows of it; lives only inside sync_settle.
create type public.sync_outcome as (
  user_id text, version bigint, upsert boolean, why text, attempt integer, run_id uuid, row_time timestamptz,
  kind text, duration_ms integer, error_code text, error text, retry_in double precision
);

-- Records what came of a claimed batch: states, log, runs and the site's health, once.
-- outcomes: [{"userId", "kind", "durationMs", "errorCode"?, "error"?, "retryIn"?}], kind one of
--   upserted, removed   the site's answer named the row (or the row is known to be gone)
--   deactivated, kept   the site's removal policy left the row there
--   skipped             nothing had to be sent
--   failed              this user's row was refused; retryIn in seconds, absent: not until changed or retried by hand
--   returned            the site could not take it now: stays dirty, costs the user no attempt; error absent: not tried
-- site_failure: null when the site did its part, otherwise {"health": "degraded"|"blocked", "errorCode", "error",
-- "retryIn"?} with retryIn in seconds, absent: not until a person acts.
-- Returns {"settled": true}, or {"settled": false} when the lease is no longer the caller's: then nothing is recorded
-- but that these users' rows are in doubt, since a late write may have put an old row over a newer one.
create function public.sync_settle(site uuid, lease uuid, claim uuid, outcomes jsonb, site_failure jsonb default null)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  target public.connected_sites;
  claimed public.sync_claims;
  settling public.sync_outcome[];
  finished uuid[];
begin
  select s.* into target from public.connected_sites s where s.id = site for no key update;
  if target.lease_id is distinct from lease or target.lease_until <= now() then
    perform public.sync_mark_in_doubt(site, array_agg(o ->> 'userId'),
      array_agg(o ->> 'kind' in ('upserted', 'failed', 'returned')), null)
    from jsonb_array_elements(outcomes) o
    having count(*) > 0;
    delete from public.sync_claims c where c.id = claim;
    return jsonb_build_object('settled', false);
  end if;
  delete from public.sync_claims c where c.id = claim returning * into claimed;
  if not found then
    return jsonb_build_object('settled', true); -- settled before; that answer was lost
  end if;

  select array_agg(row(
      c.user_id, c.version, c.upsert, c.why, c.attempt, c.run_id, c.row_time,
      o.kind, coalesce(o."durationMs", 0), o."errorCode", o.error, o."retryIn"
    )::public.sync_outcome order by c.user_id) -- one lock order for all
  into settling
  from unnest(claimed.user_ids, claimed.versions, claimed.upserts, claimed.triggers, claimed.attempts, claimed.run_ids,
      claimed.row_times)
    c(user_id, version, upsert, why, attempt, run_id, row_time)
  join jsonb_to_recordset(outcomes)
    o("userId" text, kind text, "durationMs" integer, "errorCode" text, error text, "retryIn" double precision)
    on o."userId" = c.user_id;

  perform public.sync_settle_states(target, settling);
  insert into public.user_sync_log
    (run_id, site_id, site, user_id, email, operation, trigger, status, error_code, error, attempt, duration_ms)
  select t.run_id, site, target.name, t.user_id, coalesce(u.email, d.email),
    case when t.upsert then 'upsert' else 'remove' end, t.why,
    case when t.kind in ('upserted', 'removed', 'deactivated') then 'success' else 'failed' end,
    t.error_code, t.error, t.attempt, t.duration_ms
  from unnest(settling) t
  left join public.user_profiles u on u.id = t.user_id
  left join public.deleted_users d on d.id = t.user_id
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

revoke execute on function
  public.sync_mark_dirty(text[]),
  public.sync_site_ready(public.connected_sites),
  public.sync_fan_out(integer),
  public.sync_mark_in_doubt(uuid, text[], boolean[], uuid[]),
  public.sync_lease_site(text, integer),
  public.sync_renew_lease(uuid, uuid, integer),
  public.sync_release_site(uuid, uuid),
  public.sync_record_newest(uuid, uuid, jsonb),
  public.sync_claim(uuid, uuid, integer),
  public.sync_finish_runs(uuid[]),
  public.sync_settle(uuid, uuid, uuid, jsonb, jsonb),
  public.sync_settle_states(public.connected_sites, public.sync_outcome[])
from public, anon, authenticated;
grant execute on function
  public.sync_fan_out(integer),
  public.sync_lease_site(text, integer),
  public.sync_renew_lease(uuid, uuid, integer),
  public.sync_release_site(uuid, uuid),
  public.sync_record_newest(uuid, uuid, jsonb),
  public.sync_claim(uuid, uuid, integer),
  public.sync_settle(uuid, uuid, uuid, jsonb, jsonb)
to service_role;
