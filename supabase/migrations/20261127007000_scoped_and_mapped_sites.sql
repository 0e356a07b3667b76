-- The engine at sites with a scope or a mapping: what these add to functions that were there before.

-- A leased site as a worker gets it, with what is needed to reach it. One that is being disconnected has its rows deleted.
create or replace function public.sync_leased_site(site public.connected_sites) returns jsonb
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
    'inspect', site.status = 'active' and site.kind = 'supabase' and site.last_synced_at is not null
      and (site.inspected_at is null or site.inspected_at < now() - interval '1 hour'),
    'removalPolicy', case when site.status = 'disconnecting' then 'delete' else site.removal_policy end,
    'removalColumn', case when site.status <> 'disconnecting' then site.removal_column end,
    'failures', site.failures, 'mapping', site.mapping);
$$;

-- The next batch for a leased site: dirty pairs that are due, or else the next page of its oldest full sync, less the
-- users who were confirmed there since that sync began, or at all where that is enough. Users in a batch that has not
-- settled yet are left out. Returns {"kind": "users", …} as sync_claimed builds it (a user's status is deleted when the
-- row is gone, out_of_scope when the site does not get this user), {"kind": "empty"}, or {"kind": "lost"} without the lease.
create or replace function public.sync_claim(site uuid, lease uuid, max_users integer) returns json
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
  if claimed.user_ids is not null then
    insert into public.sync_claims
      (id, site_id, lease_id, user_ids, versions, upserts, triggers, attempts, run_ids, row_times, emails)
    values (claimed.id, site, lease, claimed.user_ids, claimed.versions, claimed.upserts, claimed.triggers,
      claimed.attempts, claimed.run_ids, claimed.row_times, claimed.emails);
    if target.scope is not null then
      users := public.sync_claim_scope(claimed, target.scope, users);
    end if;
    return public.sync_claimed(claimed.id, claimed, written, users);
  end if;

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

-- Records what came of a claimed batch, see 20261127005200_settle_groups.sql; who is outside the scope is said so.
create or replace function public.sync_settle(site uuid, lease uuid, claim uuid, outcomes jsonb, site_failure jsonb default null)
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

-- As before; users outside a site's scope are not waited for.
create or replace function public.sync_site_counts()
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
      coalesce(sum(t.pairs) filter (where t.dirty), 0) as dirty
    from public.connected_sites s
    left join public.sync_tallies t on t.site_id = s.id and t.generation = s.generation
    where s.disconnected_at is null and s.credentials_sealed is not null
    group by s.id
  ), waiting as (
    select c.*, c.dirty - c.failed - c.retrying
      + case when c.status = 'disconnecting' then 0 else greatest(0, a.users - c.synced - c.otherwise - c.outside - c.dirty) end as open
    from counted c cross join active a
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
        where p.site_id = w.id and p.desired_version > p.synced_version
        order by p.due_at, p.user_id limit 200
      ) o),
      (select min(r.started_at) from public.sync_run_sites r
        where r.site_id = w.id and r.finished_at is null and r.user_id is null)
    )
  from waiting w;
$$;
