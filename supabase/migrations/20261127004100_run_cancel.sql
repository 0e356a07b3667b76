-- Cancelling a sync of all users, and the list of syncs.

alter table public.sync_runs add column cancelled_at timestamptz;
create index sync_runs_full_idx on public.sync_runs (started_at desc, id desc) where kind <> 'user';
create index sync_runs_user_idx on public.sync_runs (started_at desc, id desc) where kind = 'user';

alter table public.sync_run_sites add column owed boolean not null default false;
comment on column public.sync_run_sites.owed is
  'Full sync: users may depend on it to come to this site at all, as after new credentials. It goes on when its run is cancelled.';
-- Of what is under way now nobody knows any more.
update public.sync_run_sites r set owed = true where r.finished_at is null and r.user_id is null;

-- Starts a full sync of the given sites as one run: a cursor per site, however many users there are.
create or replace function public.sync_start_full(kind text, sites uuid[], requested_by text) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  run uuid;
  users bigint := (select count(*) from public.user_profiles where status = 'active');
  owed_sites uuid[];
begin
  -- In the order in which workers lock: the site before its runs.
  perform from public.connected_sites s where s.id = any (sites) order by s.id for no key update;
  -- A site in trouble has an older full sync standing still: the new one does all of its work, so that one ends here.
  with ended as (
    update public.sync_run_sites r set finished_at = now(), failed = greatest(r.total - r.succeeded, 0)
    from public.connected_sites s
    where r.site_id = any (sites) and r.finished_at is null and r.user_id is null and s.id = r.site_id and s.health <> 'ok'
    returning r.run_id, r.site_id, r.owed
  ), finished as (
    update public.sync_runs r set finished_at = now()
    where r.id in (select run_id from ended) and not exists (
      select from public.sync_run_sites t where t.run_id = r.id and t.finished_at is null
        and t.site_id <> all (sites))
  )
  select array_agg(e.site_id) filter (where e.owed) into owed_sites from ended e;

  insert into public.sync_runs (kind, requested_by, finished_at)
  values (sync_start_full.kind, sync_start_full.requested_by, case when cardinality(sites) = 0 then now() end)
  returning id into run;
  insert into public.sync_run_sites (run_id, site_id, total, owed)
  select run, id, users, sync_start_full.kind = 'site' or id = any (coalesce(owed_sites, '{}')) from unnest(sites) id;
  -- Asking by hand is a reason to try a site again at once.
  update public.connected_sites s set retry_at = now() where s.id = any (sites) and s.retry_at > now();
  return jsonb_build_object('runId', run, 'users', users, 'sites', cardinality(sites));
end;
$$;

-- Ends a sync of all users: no further page is claimed, what is on its way settles and is counted. What is owed to a site
-- goes on from the same place as a sync of that site. Returns null when there is no such run, its kind when that cannot be
-- cancelled, otherwise "finished" or "cancelled".
create function public.request_cancel_run(run_id uuid) returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  one public.sync_runs;
  owing public.sync_run_sites;
  going_on uuid;
begin
  -- In the order in which workers lock: the sites before their runs.
  perform from public.connected_sites s
  where s.id in (select r.site_id from public.sync_run_sites r where r.run_id = request_cancel_run.run_id)
  order by s.id for no key update;
  select r.* into one from public.sync_runs r where r.id = request_cancel_run.run_id for no key update;
  if not found then
    return null;
  elsif one.kind <> 'all' then
    return one.kind;
  elsif one.finished_at is not null then
    return 'finished';
  end if;
  for owing in
    select r.* from public.sync_run_sites r
    where r.run_id = one.id and r.finished_at is null and r.owed order by r.site_id
  loop
    insert into public.sync_runs (kind, requested_by) values ('site', one.requested_by) returning id into going_on;
    -- With its time of start: who was confirmed there since need not be sent again.
    insert into public.sync_run_sites (run_id, site_id, cursor, total, started_at, owed)
    values (going_on, owing.site_id, owing.cursor, greatest(owing.total - owing.succeeded - owing.failed, 0),
      owing.started_at, true);
    update public.sync_claims c set full_run_id = going_on where c.full_run_id = one.id and c.site_id = owing.site_id;
  end loop;
  update public.sync_run_sites r set finished_at = now() where r.run_id = one.id and r.finished_at is null;
  update public.sync_runs r set finished_at = now(), cancelled_at = now() where r.id = one.id;
  perform public.audit_write('sync.cancelled', 'run', one.id::text, null, null,
    (select jsonb_build_object('succeeded', sum(r.succeeded), 'failed', sum(r.failed), 'total', sum(r.total))
      from public.sync_run_sites r where r.run_id = one.id));
  return 'cancelled';
end;
$$;

-- Progress of a run in pairs, in all and per site; null when there is no such run. A cancelled one has finished when what
-- was on its way has settled; a batch whose worker died is not waited for longer than a minute.
create or replace function public.sync_run(run_id uuid) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'id', r.id,
    'kind', r.kind,
    'userId', r.user_id,
    'requestedBy', r.requested_by,
    'total', coalesce(sum(greatest(t.total, t.succeeded + t.failed)), 0),
    'succeeded', coalesce(sum(t.succeeded), 0),
    'failed', coalesce(sum(t.failed), 0),
    'pending', case when r.cancelled_at is not null then 0
      else coalesce(sum(greatest(t.total - t.succeeded - t.failed, 0)), 0) end,
    'startedAt', r.started_at,
    'finishedAt', case when r.cancelled_at is not null and exists (
      select from public.sync_claims c where c.full_run_id = r.id and c.claimed_at > now() - interval '1 minute'
    ) then null else r.finished_at end,
    'cancelledAt', r.cancelled_at,
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

-- Syncs of one user, or all the others, newest first, after the one with a time and an id: [as sync_run has it].
create function public.sync_run_list(of_users boolean, before timestamptz, before_id uuid, max_runs integer) returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  answer jsonb;
begin
  -- Spelled out, so that each case has its partial index.
  execute format(
    'select jsonb_agg(public.sync_run(r.id) order by r.started_at desc, r.id desc) from (
       select r.id, r.started_at from public.sync_runs r
       where r.kind %s ''user'' and ($1 is null or (r.started_at, r.id) < ($1, $2))
       order by r.started_at desc, r.id desc limit $3
     ) r', case when of_users then '=' else '<>' end) into answer using before, before_id, max_runs;
  return coalesce(answer, '[]');
end;
$$;

-- Has one user sent to one site again. Returns the run's id, or null when there is no such user or site.
create function public.request_sync_pair(user_id text, site_id uuid, requested_by text) returns uuid
language plpgsql
security definer
set search_path = ''
as $$
declare
  run uuid;
  target public.connected_sites;
  wanted bigint;
begin
  -- In the order in which workers lock: the site before its pairs.
  select s.* into target from public.connected_sites s
  where s.id = request_sync_pair.site_id and s.disconnected_at is null for no key update;
  if not found or not exists (select from public.user_profiles u where u.id = request_sync_pair.user_id) then
    return null;
  end if;
  insert into public.sync_runs (kind, user_id, requested_by)
  values ('user', request_sync_pair.user_id, request_sync_pair.requested_by) returning id into run;
  if target.credentials_sealed is not null then
    insert into public.user_sync_state as p (user_id, site_id, desired_version, generation, run_id)
    values (request_sync_pair.user_id, target.id, nextval('public.sync_version_seq'), target.generation, run)
    on conflict on constraint user_sync_state_pkey do update set
      desired_version = excluded.desired_version,
      status = 'pending',
      attempts = 0,
      due_at = now(),
      wanted_at = case when p.desired_version > p.synced_version then p.wanted_at else now() end,
      error_code = null,
      error = null,
      run_id = excluded.run_id
    returning p.desired_version into wanted;
  end if;
  insert into public.sync_run_sites (run_id, site_id, user_id, version, total, failed, finished_at)
  values (run, target.id, request_sync_pair.user_id, wanted, 1,
    (wanted is null)::integer, case when wanted is null then now() end);
  update public.connected_sites s set retry_at = now() where s.id = target.id and s.retry_at > now();
  perform public.sync_finish_runs(array[run]);
  perform public.audit_write('sync.user_started', 'user', u.id, u.email, null,
    jsonb_build_object('run_id', run, 'site_id', target.id))
  from public.user_profiles u where u.id = request_sync_pair.user_id;
  return run;
end;
$$;

revoke execute on function
  public.request_cancel_run(uuid), public.sync_run_list(boolean, timestamptz, uuid, integer),
  public.request_sync_pair(text, uuid, text)
from public, anon, authenticated;
grant execute on function
  public.request_cancel_run(uuid), public.sync_run_list(boolean, timestamptz, uuid, integer),
  public.request_sync_pair(text, uuid, text)
to service_role;
