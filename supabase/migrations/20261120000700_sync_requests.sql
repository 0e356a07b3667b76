-- What people and scripts ask for: manual syncs, their progress, and trying again what failed.

-- Starts a full sync of the given sites as one run: a cursor per site, however many users there are.
create function public.sync_start_full(kind text, sites uuid[], requested_by text) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  run uuid;
  users bigint := (select count(*) from public.user_profiles where status = 'active');
begin
  -- In the order in which workers lock: the site before its runs.
  perform from public.connected_sites s where s.id = any (sites) order by s.id for no key update;
  -- A site in trouble has an older full sync standing still: the new one does all of its work, so that one ends here.
  with ended as (
    update public.sync_run_sites r set finished_at = now(), failed = greatest(r.total - r.succeeded, 0)
    from public.connected_sites s
    where r.site_id = any (sites) and r.finished_at is null and r.user_id is null and s.id = r.site_id and s.health <> 'ok'
    returning r.run_id
  )
  update public.sync_runs r set finished_at = now()
  where r.id in (select run_id from ended) and not exists (
    select from public.sync_run_sites t where t.run_id = r.id and t.finished_at is null
      and t.site_id <> all (sites));

  insert into public.sync_runs (kind, requested_by, finished_at)
  values (sync_start_full.kind, sync_start_full.requested_by, case when cardinality(sites) = 0 then now() end)
  returning id into run;
  insert into public.sync_run_sites (run_id, site_id, total)
  select run, id, users from unnest(sites) id;
  -- Asking by hand is a reason to try a site again at once.
  update public.connected_sites s set retry_at = now() where s.id = any (sites) and s.retry_at > now();
  return jsonb_build_object('runId', run, 'users', users, 'sites', cardinality(sites));
end;
$$;

-- Sync All Users: every active site with credentials, or those of them in site_ids.
-- Returns {"runId", "users", "sites"}: how many users go to how many sites.
create function public.sync_all_start(site_ids uuid[], requested_by text) returns jsonb
language sql
security definer
set search_path = ''
as $$
  select public.sync_start_full('all', array(
    select s.id from public.connected_sites s
    where s.disconnected_at is null and s.status = 'active' and s.credentials_sealed is not null
      and (site_ids is null or s.id = any (site_ids))
    order by s.id
  ), requested_by);
$$;

-- Has one user sent to every site again. Sites without credentials count as failed at once, paused ones are left out.
-- Returns the run's id, or null when there is no such user.
create function public.sync_user_start(user_id text, requested_by text) returns uuid
language plpgsql
security definer
set search_path = ''
as $$
declare
  run uuid;
begin
  if not exists (select from public.user_profiles u where u.id = sync_user_start.user_id) then
    return null;
  end if;
  -- In the order in which workers lock: the site before its pairs.
  perform from public.connected_sites s
  where s.disconnected_at is null and s.status = 'active' order by s.id for no key update;
  insert into public.sync_runs (kind, user_id, requested_by)
  values ('user', sync_user_start.user_id, sync_user_start.requested_by) returning id into run;
  perform public.sync_mark_dirty(array[sync_user_start.user_id]);
  update public.user_sync_state p set run_id = run where p.user_id = sync_user_start.user_id;
  insert into public.sync_run_sites (run_id, site_id, user_id, version, total, failed, finished_at)
  select run, s.id, sync_user_start.user_id, p.desired_version, 1,
    (s.credentials_sealed is null)::integer, case when s.credentials_sealed is null then now() end
  from public.connected_sites s
  left join public.user_sync_state p on p.user_id = sync_user_start.user_id and p.site_id = s.id
  where s.disconnected_at is null and s.status = 'active';
  update public.connected_sites s set retry_at = now()
  where s.disconnected_at is null and s.status = 'active' and s.retry_at > now();
  perform public.sync_finish_runs(array[run]);
  return run;
end;
$$;

-- Progress of a run in pairs, in all and per site; null when there is no such run.
create function public.sync_run(run_id uuid) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'id', r.id,
    'kind', r.kind,
    'total', coalesce(sum(greatest(t.total, t.succeeded + t.failed)), 0),
    'succeeded', coalesce(sum(t.succeeded), 0),
    'failed', coalesce(sum(t.failed), 0),
    'pending', coalesce(sum(greatest(t.total - t.succeeded - t.failed, 0)), 0),
    'startedAt', r.started_at,
    'finishedAt', r.finished_at,
    'sites', coalesce(jsonb_agg(jsonb_build_object(
      'siteId', s.id, 'site', s.name, 'total', greatest(t.total, t.succeeded + t.failed), 'succeeded', t.succeeded,
      'failed', t.failed, 'finishedAt', t.finished_at
    ) order by s.name) filter (where s.id is not null), '[]')
  ))
  from public.sync_runs r
  left join public.sync_run_sites t on t.run_id = r.id
  left join public.connected_sites s on s.id = t.site_id
  where r.id = sync_run.run_id
  group by r.id;
$$;

-- Tries again what failed or waits after a failure: one pair, one user, one site, or (both null) everything.
-- Returns how many pairs that are.
create function public.sync_retry(user_id text, site_id uuid) returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  pairs bigint;
begin
  -- In the order in which workers lock: the site before its pairs.
  perform from public.connected_sites s
  where s.disconnected_at is null and (sync_retry.site_id is null or s.id = sync_retry.site_id)
  order by s.id for no key update;
  with waiting as materialized (
    select p.user_id, p.site_id
    from public.user_sync_state p
    join public.connected_sites s on s.id = p.site_id
    where s.disconnected_at is null and p.desired_version > p.synced_version
      and (p.status in ('retrying', 'failed') or s.health <> 'ok')
      and (sync_retry.user_id is null or p.user_id = sync_retry.user_id)
      and (sync_retry.site_id is null or p.site_id = sync_retry.site_id)
    order by p.user_id, p.site_id -- as sync_mark_dirty does, or the two could deadlock
    for no key update of p
  ), again as (
    update public.user_sync_state p set due_at = now(), attempts = 0
    from waiting w where p.user_id = w.user_id and p.site_id = w.site_id
    returning 1
  )
  select count(*) into pairs from again;
  update public.connected_sites s set retry_at = now()
  where s.disconnected_at is null and s.retry_at > now() and (sync_retry.site_id is null or s.id = sync_retry.site_id);
  return pairs;
end;
$$;

-- What a worker could do now: changes not yet fanned out, dirty pairs that are due and full syncs that go on, at sites
-- that are neither paused nor waiting. Returns {"changes", "pairs", "fullSyncs"}.
create function public.sync_backlog() returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  with ready as (
    select s.id from public.connected_sites s
    where s.disconnected_at is null and s.status = 'active' and s.credentials_sealed is not null and s.retry_at <= now()
  )
  select jsonb_build_object(
    'changes', (select coalesce(sum(jsonb_array_length(q.message -> 'ids')), 0) from pgmq.q_user_changes q),
    'pairs', (
      select count(*) from public.user_sync_state p join ready on ready.id = p.site_id
      where p.desired_version > p.synced_version and p.due_at <= now()
    ),
    'fullSyncs', (
      select count(*) from public.sync_run_sites r join ready on ready.id = r.site_id
      where r.finished_at is null and r.user_id is null
    )
  );
$$;

revoke execute on function
  public.sync_start_full(text, uuid[], text),
  public.sync_all_start(uuid[], text),
  public.sync_user_start(text, text),
  public.sync_run(uuid),
  public.sync_retry(text, uuid),
  public.sync_backlog()
from public, anon, authenticated;
grant execute on function
  public.sync_all_start(uuid[], text),
  public.sync_user_start(text, text),
  public.sync_run(uuid),
  public.sync_retry(text, uuid),
  public.sync_backlog()
to service_role;
