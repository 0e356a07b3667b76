-- Settling with less work: outcomes come in groups that share all but the user, and the log takes its e-mail addresses
-- from the claim instead of looking each of them up. Workers of before, which are still running when this is applied, name
-- one user in each outcome ("userId").

-- Records what came of a claimed batch: states, log, runs and the site's health, once.
-- outcomes: [{"userIds", "kind", "durationMs", "errorCode"?, "error"?, "retryIn"?}], kind one of
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
