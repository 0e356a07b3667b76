-- Settling in parts, and the usual case by itself: everybody in a batch landed. Then the claim knows who it was, and the
-- worker names nobody; nothing is joined, and a page of a full sync is one row of the log.

-- Outcomes that name users beside what the claim knows of them.
create function public.sync_settling(claimed public.sync_claims, outcomes jsonb) returns public.sync_outcome[]
language sql
stable
set search_path = ''
as $$
  select array_agg(row(
      c.user_id, c.version, c.upsert, c.why, c.attempt, c.run_id, c.row_time,
      o.kind, coalesce(o."durationMs", 0), o."errorCode", o.error, o."retryIn"
    )::public.sync_outcome order by c.user_id) -- one lock order for all
  from unnest(claimed.user_ids, claimed.versions, claimed.upserts, claimed.triggers, claimed.attempts, claimed.run_ids,
      claimed.row_times)
    c(user_id, version, upsert, why, attempt, run_id, row_time)
  join (
    select g.*, id from jsonb_to_recordset(outcomes)
      g("userIds" text[], "userId" text, kind text, "durationMs" integer, "errorCode" text, error text,
        "retryIn" double precision),
      unnest(coalesce(g."userIds", array[g."userId"])) id
  ) o on o.id = c.user_id;
$$;

-- The log of outcomes that name users.
create function public.sync_settle_log(target public.connected_sites, claimed public.sync_claims, settling public.sync_outcome[])
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  if claimed.emails is null then
    claimed.emails := array(
      select coalesce(u.email, d.email) from unnest(claimed.user_ids) with ordinality c(id, n)
      left join public.user_profiles u on u.id = c.id left join public.deleted_users d on d.id = c.id
      order by c.n);
  end if;
  insert into public.user_sync_log_rows
    (run_id, site_id, site, user_id, email, operation, trigger, status, error_code, error, attempt, duration_ms)
  select t.run_id, target.id, target.name, t.user_id, nullif(e.email, ''),
    case when t.upsert then 'upsert' else 'remove' end, t.why,
    case when t.kind in ('upserted', 'removed', 'deactivated') then 'success' else 'failed' end,
    t.error_code, t.error, t.attempt, t.duration_ms
  from unnest(settling) t
  left join unnest(claimed.user_ids, claimed.emails) e(id, email) on e.id = t.user_id
  where t.kind in ('upserted', 'removed', 'deactivated', 'failed') or (t.kind = 'returned' and t.error_code is not null);
end;
$$;

-- Counts a batch in the runs that it belongs to. Users that came back untried count as nothing.
create function public.sync_settle_runs(
  target public.connected_sites, claimed public.sync_claims, settling public.sync_outcome[], site_failed boolean
) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  finished uuid[];
begin
  -- A page of a full sync counts when all of it was tried; otherwise the cursor stays and the page comes again.
  if claimed.full_run_id is not null and not exists (select from unnest(settling) t where t.kind = 'returned') then
    update public.sync_run_sites r set
      cursor = claimed.full_cursor,
      succeeded = r.succeeded + claimed.full_fresh
        + (select count(*) from unnest(settling) t where t.kind <> 'failed'),
      failed = r.failed + (select count(*) from unnest(settling) t where t.kind = 'failed')
    where r.run_id = claimed.full_run_id and r.site_id = target.id;
  end if;
  with done as (
    update public.sync_run_sites r set
      finished_at = now(),
      succeeded = (t.kind <> 'failed')::integer,
      failed = (t.kind = 'failed')::integer
    from unnest(settling) t
    where r.user_id = t.user_id and r.site_id = target.id and r.finished_at is null and r.version <= t.version
      and t.kind <> 'returned'
    returning r.run_id
  ), unanswered as (
    -- "The site does not answer" is an answer for everybody who waits for this site; the pairs go on being tried.
    update public.sync_run_sites r set finished_at = now(), failed = 1
    where site_failed and r.site_id = target.id and r.user_id <> '' and r.finished_at is null -- '' is a plan's, see plan_follow
      and not exists (
        select from unnest(settling) t where t.user_id = r.user_id and r.version <= t.version and t.kind <> 'returned')
    returning r.run_id
  )
  select array_agg(run_id) into finished from (select run_id from done union select run_id from unanswered) ended;
  if finished is not null then
    perform public.sync_finish_runs(finished);
  end if;
end;
$$;

alter table public.sync_claims add column unpaired boolean not null default false;
comment on column public.sync_claims.unpaired is 'None of these users had a pair at the site: their states can be inserted, unless one has come up since.';

-- States of users who landed, whether they had one or not.
create function public.sync_settle_landed_states(target public.connected_sites, claimed public.sync_claims) returns void
language sql
security definer
set search_path = ''
as $$
  insert into public.user_sync_state as p
    (user_id, site_id, desired_version, synced_version, generation, status, written, attempted_at, synced_at, row_updated_at)
  select t.user_id, target.id, t.version, t.version, target.generation, 'synced', true, now(), now(), t.row_time
  from unnest(claimed.user_ids, claimed.versions, claimed.row_times) t(user_id, version, row_time)
  order by t.user_id -- one lock order for all
  on conflict (user_id, site_id) do update set
    desired_version = greatest(p.desired_version, excluded.desired_version),
    synced_version = greatest(
      excluded.synced_version, case when p.generation = excluded.generation then p.synced_version else 0 end),
    generation = excluded.generation,
    written = true,
    wanted_at = case when p.desired_version > p.synced_version then p.wanted_at else now() end,
    attempted_at = excluded.attempted_at,
    synced_at = excluded.synced_at,
    row_updated_at = excluded.row_updated_at,
    -- What moved on while the batch was on its way stays as it is, but for what the site now has.
    status = case when p.desired_version > excluded.desired_version then p.status else 'synced' end,
    attempts = case when p.desired_version > excluded.desired_version then p.attempts else 0 end,
    due_at = case when p.desired_version > excluded.desired_version then p.due_at else now() end,
    run_id = case when p.desired_version > excluded.desired_version then p.run_id end,
    error_code = case when p.desired_version > excluded.desired_version then p.error_code end,
    error = case when p.desired_version > excluded.desired_version then p.error end;
$$;

-- States, log and runs of a batch that landed as a whole: what sync_settle_states, sync_settle_log and sync_settle_runs do
-- with outcomes that are all "upserted".
create function public.sync_settle_landed(target public.connected_sites, claimed public.sync_claims, duration_ms integer)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  block constant integer := 1024; -- entries in a page of the log, at most
  users constant integer := cardinality(claimed.user_ids);
  finished uuid[];
begin
  if claimed.unpaired then
    begin
      -- In half the time of what asks for each whether it is there. A page is in the order in which all lock.
      insert into public.user_sync_state
        (user_id, site_id, desired_version, synced_version, generation, status, written, attempted_at, synced_at, row_updated_at)
      select t.user_id, target.id, t.version, t.version, target.generation, 'synced', true, now(), now(), t.row_time
      from unnest(claimed.user_ids, claimed.versions, claimed.row_times) t(user_id, version, row_time);
    exception when unique_violation then
      perform public.sync_settle_landed_states(target, claimed);
    end;
  else
    perform public.sync_settle_landed_states(target, claimed);
  end if;

  if claimed.full_run_id is not null then
    insert into public.user_sync_log_pages (run_id, site_id, site, users, user_ids, emails, attempts, duration_ms)
    select claimed.full_run_id, target.id, target.name,
      -- In the order of their ids, as pages of full syncs are.
      public.user_id_range(claimed.user_ids[n], claimed.user_ids[least(n + block - 1, users)], '[]'),
      claimed.user_ids[n:n + block - 1], claimed.emails[n:n + block - 1], claimed.attempts[n:n + block - 1],
      sync_settle_landed.duration_ms
    from generate_series(1, users, block) n;
  else
    insert into public.user_sync_log_rows (run_id, site_id, site, user_id, email, operation, trigger, status, attempt, duration_ms)
    select t.run_id, target.id, target.name, t.user_id, nullif(t.email, ''), 'upsert', t.why, 'success', t.attempt,
      sync_settle_landed.duration_ms
    from unnest(claimed.run_ids, claimed.user_ids, claimed.emails, claimed.triggers, claimed.attempts)
      t(run_id, user_id, email, why, attempt);
  end if;

  if claimed.full_run_id is not null then
    update public.sync_run_sites r set
      cursor = claimed.full_cursor, succeeded = r.succeeded + claimed.full_fresh + users
    where r.run_id = claimed.full_run_id and r.site_id = target.id;
  end if;
  if not exists (
    select from public.sync_run_sites r where r.site_id = target.id and r.finished_at is null and r.user_id is not null
  ) then
    return;
  end if;
  with done as (
    update public.sync_run_sites r set finished_at = now(), succeeded = 1, failed = 0
    from unnest(claimed.user_ids, claimed.versions) t(user_id, version)
    where r.user_id = t.user_id and r.site_id = target.id and r.finished_at is null and r.version <= t.version
    returning r.run_id
  )
  select array_agg(distinct run_id) into finished from done;
  if finished is not null then
    perform public.sync_finish_runs(finished);
  end if;
end;
$$;

-- The lease that ended with its last settle, so that a repetition of that settle is known as one.
alter table public.connected_sites add column released_lease_id uuid;

-- Whether a leased site has anything left to do now.
create function public.sync_site_has_more(site uuid) returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (
      select from public.user_sync_state p
      where p.site_id = site and p.desired_version > p.synced_version and p.due_at <= now())
    or exists (select from public.sync_run_sites r where r.site_id = site and r.finished_at is null and r.user_id is null)
    or exists (select from public.sync_claims c where c.site_id = site);
$$;

-- What a batch says of its site, and the end of the lease where that is asked for.
create function public.sync_settle_site(site uuid, site_failure jsonb, landed boolean, release boolean) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  if site_failure is not null then
    update public.connected_sites s set
      health = site_failure ->> 'health',
      failures = s.failures + 1,
      error_code = site_failure ->> 'errorCode',
      error = site_failure ->> 'error',
      retry_at = coalesce(now() + make_interval(secs => (site_failure ->> 'retryIn')::double precision), 'infinity')
    where s.id = site;
  elsif landed or release then
    update public.connected_sites s set
      health = case when landed then 'ok' else s.health end,
      failures = case when landed then 0 else s.failures end,
      error_code = case when not landed then s.error_code end,
      error = case when not landed then s.error end,
      retry_at = case when landed then now() else s.retry_at end,
      last_synced_at = case when landed then now() else s.last_synced_at end,
      released_lease_id = case when release then s.lease_id else s.released_lease_id end,
      -- As sync_release_site does it.
      lease_id = case when not release then s.lease_id end,
      lease_worker = case when not release then s.lease_worker end,
      lease_until = case when release then now() else s.lease_until end
    where s.id = site;
  end if;
end;
$$;

-- Records what came of a claimed batch: states, log, runs and the site's health, once.
-- outcomes: [{"userIds", "kind", "durationMs", "errorCode"?, "error"?, "retryIn"?}], kind one of
--   upserted, removed   the site's answer named the row (or the row is known to be gone)
--   deactivated, kept   the site's removal policy left the row there
--   skipped             nothing had to be sent
--   failed              this user's row was refused; retryIn in seconds, absent: not until changed or retried by hand
--   returned            the site could not take it now: stays dirty, costs the user no attempt; error absent: not tried
-- or, when everybody in the claim was upserted, {"users": how many, "kind": "upserted", "durationMs"}.
-- site_failure: null when the site did its part, otherwise {"health": "degraded"|"blocked", "errorCode", "error",
-- "retryIn"?} with retryIn in seconds, absent: not until a person acts.
-- release: gives the lease back with it, when nothing else is to be done at the site ("released": true).
-- Returns {"settled": true}, or {"settled": false} when the lease is no longer the caller's: then nothing is recorded
-- but that these users' rows are in doubt, since a late write may have put an old row over a newer one. With "who": true
-- nothing is recorded yet: a number is not enough, and the caller has to name the users.
drop function public.sync_settle(uuid, uuid, uuid, jsonb, jsonb);
create function public.sync_settle(
  site uuid, lease uuid, claim uuid, outcomes jsonb, site_failure jsonb default null, release boolean default false
) returns jsonb
language plpgsql
security definer
set search_path = ''
-- Users are looked up one by one: the planner may take a table that is just being filled for a small one.
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  whole constant integer := (outcomes ->> 'users')::integer; -- null for an array
  target public.connected_sites;
  claimed public.sync_claims;
  settling public.sync_outcome[];
  landed boolean;
begin
  select s.* into target from public.connected_sites s where s.id = site for no key update;
  if target.released_lease_id = lease then
    return jsonb_build_object('settled', true, 'released', true); -- that answer was lost
  end if;
  if target.lease_id is distinct from lease or target.lease_until <= now() then
    if whole is not null then
      return jsonb_build_object('settled', false, 'who', true);
    end if;
    perform public.sync_mark_in_doubt(site, array_agg(u.id),
      array_agg(o ->> 'kind' in ('upserted', 'failed', 'returned')), null)
    from jsonb_array_elements(outcomes) o,
      jsonb_array_elements_text(coalesce(o -> 'userIds', jsonb_build_array(o -> 'userId'))) u(id)
    having count(*) > 0;
    delete from public.sync_claims c where c.id = claim;
    return jsonb_build_object('settled', false);
  end if;
  delete from public.sync_claims c
  where c.id = claim and (whole is null or (whole = cardinality(c.user_ids) and c.emails is not null and site_failure is null))
  returning * into claimed;
  if not found then
    -- Settled before, that answer was lost; or it takes more than a number.
    return case when exists (select from public.sync_claims c where c.id = claim)
      then jsonb_build_object('settled', false, 'who', true) else jsonb_build_object('settled', true) end;
  end if;

  if whole is not null then
    perform public.sync_settle_landed(target, claimed, (outcomes ->> 'durationMs')::integer);
    landed := true;
  else
    settling := public.sync_settling(claimed, outcomes);
    landed := exists (select from unnest(settling) t where t.kind in ('upserted', 'removed', 'deactivated'));
    perform public.sync_settle_states(target, settling);
    if claimed.outside is not null then
      update public.user_sync_state p set status = 'out_of_scope'
      where p.site_id = site and p.user_id = any (claimed.outside)
        and p.status in ('removed', 'kept') and p.desired_version <= p.synced_version;
    end if;
    perform public.sync_settle_log(target, claimed, settling);
    perform public.sync_settle_runs(target, claimed, settling, site_failure is not null);
  end if;
  release := release and site_failure is null and not public.sync_site_has_more(site);
  perform public.sync_settle_site(site, site_failure, landed, release);
  return jsonb_build_object('settled', true, 'released', release);
end;
$$;

revoke execute on function
  public.sync_settling(public.sync_claims, jsonb),
  public.sync_settle_log(public.connected_sites, public.sync_claims, public.sync_outcome[]),
  public.sync_settle_runs(public.connected_sites, public.sync_claims, public.sync_outcome[], boolean),
  public.sync_settle_landed_states(public.connected_sites, public.sync_claims),
  public.sync_settle_landed(public.connected_sites, public.sync_claims, integer),
  public.sync_site_has_more(uuid), public.sync_settle_site(uuid, jsonb, boolean, boolean),
  public.sync_settle(uuid, uuid, uuid, jsonb, jsonb, boolean)
from public, anon, authenticated;
grant execute on function public.sync_settle(uuid, uuid, uuid, jsonb, jsonb, boolean) to service_role;
