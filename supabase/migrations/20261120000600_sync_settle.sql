-- What came of a batch: states, log, runs and the site's health, in one transaction.

-- A user's outcome beside what the claim knows of it; lives only inside sync_settle.
create type public.sync_outcome as (
  user_id text, version bigint, upsert boolean, why text, attempt integer, run_id uuid, row_time timestamptz,
  kind text, duration_ms integer, error_code text, error text, retry_in double precision
);

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

revoke execute on function
  public.sync_settle_states(public.connected_sites, public.sync_outcome[]),
  public.sync_settle(uuid, uuid, uuid, jsonb, jsonb)
from public, anon, authenticated;
grant execute on function
  public.sync_settle(uuid, uuid, uuid, jsonb, jsonb)
to service_role;
