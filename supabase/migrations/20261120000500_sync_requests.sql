-- What people and scripts ask for: credentials, manual syncs, progress, counts.

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

-- The signing secrets that were replaced, with the present one among them for 24 hours. Four at most: every one adds a
-- signature to a header of limited length.
create function public.site_retire_secret(site public.connected_sites) returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(jsonb_agg(kept.secret order by (kept.secret ->> 'until')::timestamptz desc), '[]')
  from (
    select p.secret
    from jsonb_array_elements(
      jsonb_build_array(jsonb_build_object('sealed', site.credentials_sealed, 'until', now() + interval '24 hours'))
      || site.previous_secrets
    ) p(secret)
    where p.secret ->> 'sealed' is not null and (p.secret ->> 'until')::timestamptz > now()
    order by (p.secret ->> 'until')::timestamptz desc
    limit 4
  ) kept;
$$;

-- Saves sealed credentials and has everybody sent there. Another URL is another database: what the old one had counts
-- no longer. A batch that is on its way to the old one will not settle. With keep_previous the secret that is replaced goes
-- on signing for 24 hours beside the new one. False when there is no such site.
create function public.site_set_credentials(
  site_id uuid, endpoint_url text, sealed text, key_last_four text, keep_previous boolean default false
) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.connected_sites s set
    generation = case when s.endpoint_url is distinct from site_set_credentials.endpoint_url then s.generation + 1 else s.generation end,
    endpoint_url = site_set_credentials.endpoint_url,
    previous_secrets = case when keep_previous then public.site_retire_secret(s) else s.previous_secrets end,
    credentials_sealed = sealed,
    key_last_four = site_set_credentials.key_last_four,
    health = 'ok', failures = 0, error_code = null, error = null, retry_at = now(),
    lease_id = null, lease_worker = null, lease_until = null
  where s.id = site_set_credentials.site_id and s.disconnected_at is null;
  if not found then
    return false;
  end if;
  perform public.sync_start_full('site', array[site_set_credentials.site_id], 'credentials');
  return true;
end;
$$;

-- The site was seen to work: tried again at once.
create function public.site_unblock(site_id uuid) returns void
language sql
security definer
set search_path = ''
as $$
  update public.connected_sites s set health = 'ok', failures = 0, error_code = null, error = null, retry_at = now()
  where s.id = site_unblock.site_id and s.disconnected_at is null and s.health <> 'ok';
$$;

-- Sets what a removal does at a site and has it done to the users who are already inactive or gone.
create function public.site_set_removal(site_id uuid, policy text, deactivate_column text) returns boolean
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
  update public.user_sync_state p set
    desired_version = nextval('public.sync_version_seq'), status = 'pending', attempts = 0, due_at = now(), wanted_at = now()
  where p.site_id = site_set_removal.site_id and p.written
    and not exists (select from public.user_profiles u where u.id = p.user_id and u.status = 'active');
  return true;
end;
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

-- Disconnects a site: its credentials are wiped and nothing is sent there again. Rows at the site stay, and so does the
-- log. False when there is no such site.
create function public.site_disconnect(site_id uuid) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  runs uuid[];
begin
  update public.connected_sites s set
    disconnected_at = now(), credentials_sealed = null, key_last_four = null, previous_secrets = '[]',
    lease_id = null, lease_worker = null, lease_until = null
  where s.id = site_disconnect.site_id and s.disconnected_at is null;
  if not found then
    return false;
  end if;
  with ended as (
    update public.sync_run_sites r set finished_at = now(), total = r.succeeded + r.failed
    where r.site_id = site_disconnect.site_id and r.finished_at is null
    returning r.run_id
  )
  select array_agg(run_id) into runs from ended;
  perform public.sync_finish_runs(coalesce(runs, '{}'));
  delete from public.sync_claims c where c.site_id = site_disconnect.site_id;
  delete from public.user_sync_state p where p.site_id = site_disconnect.site_id;
  return true;
end;
$$;

-- Makes the list as it stands the newest there is, page by page in the order of ids: every user is sent to every site
-- again and wins over whatever newer row is there. For a central database that was restored from an older backup.
-- Returns the id to go on after, null at the end.
create function public.sync_assert_page(after text, page_size integer) returns text
language sql
security definer
set search_path = ''
as $$
  with page as (
    select u.id from public.user_profiles u where u.id > coalesce(after, '') order by u.id limit page_size
  ), touched as (
    update public.user_profiles u set
      version = u.version + 1,
      updated_at = greatest(u.updated_at, (
        select max(n.site_updated_at) + interval '1 microsecond' from public.site_newer_rows n where n.user_id = u.id))
    from page where u.id = page.id
    returning u.id
  )
  select max(id) from touched;
$$;

-- The end of asserting the list: what was noticed is dealt with. With remove_unknown the rows that sites were seen to
-- have of users whom the list does not know, written since the list's last sync, are removed there.
-- Returns how many such rows there are.
create function public.sync_assert_finish(remove_unknown boolean) returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  unknown bigint;
begin
  -- In the order in which workers lock: the site before its rows.
  perform from public.connected_sites s where s.disconnected_at is null order by s.id for no key update;
  -- Where no known row is newer, unknown ones are users of the site's own: nobody was told of them, nobody meant them.
  delete from public.site_newer_rows n
  where not exists (select from public.site_newer_rows k where k.site_id = n.site_id and k.known);
  if remove_unknown then
    insert into public.user_sync_state as p (user_id, site_id, desired_version, generation, written)
    select n.user_id, n.site_id, nextval('public.sync_version_seq'), s.generation, true
    from public.site_newer_rows n join public.connected_sites s on s.id = n.site_id
    where not n.known and not exists (select from public.user_profiles u where u.id = n.user_id)
    on conflict (user_id, site_id) do update set
      desired_version = excluded.desired_version, written = true, status = 'pending', due_at = now(), attempts = 0;
  end if;
  select count(*) into unknown from public.site_newer_rows n where not n.known;
  delete from public.site_newer_rows;
  update public.connected_sites s set inspected_at = null where s.disconnected_at is null;
  return unknown;
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

-- Counts for the dashboard's first page and header.
create function public.sync_overview() returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'users', (
      select jsonb_build_object(
        'active', count(*) filter (where u.status = 'active'), 'inactive', count(*) filter (where u.status = 'inactive'))
      from public.user_profiles u
    ),
    'sites', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'siteId', s.id, 'site', s.name, 'pending', coalesce(c.pending, 0), 'synced', coalesce(c.synced, 0),
        'removed', coalesce(c.removed, 0), 'retrying', coalesce(c.retrying, 0), 'failed', coalesce(c.failed, 0),
        'oldestPendingAt', c.oldest
      ) order by lower(s.name)), '[]')
      from public.connected_sites s
      left join (
        select v.site_id,
          count(*) filter (where v.status = 'pending') as pending,
          count(*) filter (where v.status = 'synced') as synced,
          count(*) filter (where v.status in ('removed', 'kept')) as removed,
          count(*) filter (where v.status = 'retrying') as retrying,
          count(*) filter (where v.status = 'failed') as failed,
          min(v.waiting_since) as oldest
        from public.user_sync_status v group by v.site_id
      ) c on c.site_id = s.id and s.credentials_sealed is not null
      where s.disconnected_at is null
    ),
    'newerRows', (
      select coalesce(jsonb_agg(jsonb_build_object('siteId', n.site_id, 'site', s.name, 'known', n.known, 'unknown', n.unknown)), '[]')
      from (
        select site_id, count(*) filter (where known) as known, count(*) filter (where not known) as unknown
        from public.site_newer_rows group by site_id having bool_or(known)
      ) n join public.connected_sites s on s.id = n.site_id and s.disconnected_at is null
    ),
    'waitingChanges', (select coalesce(sum(jsonb_array_length(q.message -> 'ids')), 0) from pgmq.q_user_changes q),
    'runId', (
      select r.id from public.sync_runs r
      where r.finished_at is null and r.kind <> 'user' order by r.started_at desc limit 1
    )
  );
$$;

revoke execute on function
  public.sync_start_full(text, uuid[], text),
  public.sync_all_start(uuid[], text),
  public.sync_user_start(text, text),
  public.sync_run(uuid),
  public.site_set_credentials(uuid, text, text, text, boolean),
  public.site_retire_secret(public.connected_sites),
  public.site_unblock(uuid),
  public.site_disconnect(uuid),
  public.site_set_removal(uuid, text, text),
  public.sync_retry(text, uuid),
  public.sync_assert_page(text, integer),
  public.sync_assert_finish(boolean),
  public.sync_backlog(),
  public.sync_overview()
from public, anon, authenticated;
grant execute on function
  public.sync_all_start(uuid[], text),
  public.sync_user_start(text, text),
  public.sync_run(uuid),
  public.site_set_credentials(uuid, text, text, text, boolean),
  public.site_unblock(uuid),
  public.site_disconnect(uuid),
  public.site_set_removal(uuid, text, text),
  public.sync_retry(text, uuid),
  public.sync_assert_page(text, integer),
  public.sync_assert_finish(boolean),
  public.sync_backlog(),
  public.sync_overview()
to service_role;
