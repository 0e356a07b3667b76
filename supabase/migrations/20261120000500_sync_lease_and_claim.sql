-- A site's turn, and the next batch for it. Each function is one transaction; "security definer" because they write
-- claims and states, to which the API role has no rights of its own.

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
  public.sync_mark_in_doubt(uuid, text[], boolean[], uuid[]),
  public.sync_lease_site(text, integer),
  public.sync_renew_lease(uuid, uuid, integer),
  public.sync_release_site(uuid, uuid),
  public.sync_record_newest(uuid, uuid, jsonb),
  public.sync_finish_runs(uuid[]),
  public.sync_claim(uuid, uuid, integer)
from public, anon, authenticated;
grant execute on function
  public.sync_lease_site(text, integer),
  public.sync_renew_lease(uuid, uuid, integer),
  public.sync_release_site(uuid, uuid),
  public.sync_record_newest(uuid, uuid, jsonb),
  public.sync_claim(uuid, uuid, integer)
to service_role;
