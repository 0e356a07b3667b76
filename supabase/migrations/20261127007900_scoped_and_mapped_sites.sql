-- The engine at sites with a scope or a mapping: what these add to functions that were there before.

-- Gives one ready site to the worker for so many seconds, the one that has waited longest first.
-- A lease that ran out is taken over, and what its worker had on its way is in doubt.
-- Returns null when nothing is ready, otherwise the site with what is needed to reach it. With "disconnecting" only
-- sync_claim_removals gives batches, and rows are deleted there whatever the site does when a user leaves.
create or replace function public.sync_lease_site(worker text, seconds integer) returns jsonb
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
    'failures', site.failures, 'mapping', site.mapping
  );
end;
$$;

-- The next batch for a leased site: dirty pairs that are due, or else the next page of its oldest full sync, less the
-- users who were confirmed there since that sync began. Users in a batch that has not settled yet are left out. Returns {"kind": "batch", "claimId", "items": [{userId, trigger,
-- attempt, runId, written, user}]} (user with status deleted when its row is gone), {"kind": "empty"}, or {"kind": "lost"} without the lease.
create or replace function public.sync_claim(site uuid, lease uuid, max_users integer) returns jsonb
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
    if target.scope is not null then
      items := public.sync_claim_scope(claim_id, target.scope, items);
    end if;
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
      if target.scope is not null then
      items := public.sync_claim_scope(claim_id, target.scope, items);
    end if;
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
create or replace function public.sync_settle(site uuid, lease uuid, claim uuid, outcomes jsonb, site_failure jsonb default null)
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
  if claimed.outside is not null then
    update public.user_sync_state p set status = 'out_of_scope'
    where p.site_id = site and p.user_id = any (claimed.outside)
      and p.status in ('removed', 'kept') and p.desired_version <= p.synced_version;
  end if;
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

-- Sets what a removal does at a site and has it done to the users who are already inactive or gone.
create or replace function public.site_set_removal(site_id uuid, policy text, deactivate_column text) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.connected_sites s set removal_policy = policy, removal_column = deactivate_column
  where s.id = site_set_removal.site_id and s.disconnected_at is null;
  if not found then
    return false;
  end if;
  -- In the order in which fan-outs lock, or the two could deadlock.
  perform from public.user_sync_state p
  where p.site_id = site_set_removal.site_id and p.written order by p.user_id for update;
  update public.user_sync_state p set
    desired_version = nextval('public.sync_version_seq'), status = 'pending', attempts = 0, due_at = now(), wanted_at = now()
  where p.site_id = site_set_removal.site_id and p.written
    and not exists (select from public.user_profiles u where u.id = p.user_id and u.status = 'active' and p.status <> 'out_of_scope');
  return true;
end;
$$;

-- Says which of these users' rows at a leased site may lose a value to another user: those that Roster is going to write
-- or delete there by itself. Their pairs become dirty and due in this transaction, so whatever happens next, each of
-- these rows is put right. Returns their ids as a JSON array; none when the lease is no longer the caller's.
create or replace function public.sync_displace(site uuid, lease uuid, users text[]) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  ours text[];
begin
  select array_agg(h.id) into ours
  from unnest(users) h(id)
  join public.connected_sites s on s.id = site and s.lease_id = lease and s.lease_until > now()
  where (exists (select from public.user_profiles u where u.id = h.id and u.status = 'active')
      -- Roster would not put the row of somebody outside the scope right again.
      and not exists (select from public.user_sync_state p where p.site_id = s.id and p.user_id = h.id and p.status = 'out_of_scope'))
    or (s.removal_policy = 'delete'
      and exists (select from public.user_sync_state p where p.site_id = s.id and p.user_id = h.id and p.written));
  if ours is null then
    return '[]';
  end if;
  perform public.sync_mark_in_doubt(site, ours, array_fill(true, array[cardinality(ours)]), null);
  update public.user_sync_state p set status = 'pending', attempts = 0, due_at = now(), error_code = null, error = null
  where p.site_id = site and p.user_id = any (ours);
  return to_jsonb(ours);
end;
$$;

-- How many users are in which state at each connected site, from the tallies; a site without credentials has none.
-- "missing" are active users whose pair does not exist yet: before the first full sync came to them; nobody is missing at
-- a site that is being disconnected.
-- oldest_waiting looks at the 200 pairs that fall due first, which are the oldest but for users who were refused.
create or replace function public.sync_site_counts()
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
      coalesce(sum(t.pairs) filter (where not t.dirty and t.status = 'out_of_scope'), 0) as outside,
      coalesce(sum(t.pairs) filter (where t.dirty and t.status = 'failed'), 0) as failed,
      coalesce(sum(t.pairs) filter (where t.dirty and t.status = 'retrying'), 0) as retrying,
      coalesce(sum(t.pairs) filter (where t.dirty), 0) as dirty
    from public.connected_sites s
    left join public.sync_tallies t on t.site_id = s.id and t.generation = s.generation
    where s.disconnected_at is null and s.credentials_sealed is not null
    group by s.id
  ), waiting as (
    select c.*, c.dirty - c.failed - c.retrying
      + case when c.status = 'disconnecting' then 0 else greatest(0, a.users - c.synced - c.outside - c.dirty) end as open
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
