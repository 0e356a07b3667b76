-- Disconnecting a site and taking the users away first. While that goes on the site's status is "disconnecting": all that
-- is sent there are removals, and when none is left the site is disconnected.

alter table public.connected_sites
  drop constraint connected_sites_status_known,
  add constraint connected_sites_status_known check (status in ('active', 'paused', 'disconnecting')),
  add column removal_cursor text,
  add column rows_to_remove bigint,
  add constraint connected_sites_rows_when_disconnecting check ((status = 'disconnecting') = (rows_to_remove is not null));

comment on column public.connected_sites.removal_cursor is
  'While disconnecting: the last user id whose row was marked for removal; null when all are.';
comment on column public.connected_sites.rows_to_remove is
  'While disconnecting: how many rows Roster had there when it began, for a progress bar.';

-- Begins to take Roster's rows away from a site, which is disconnected when none is left, at once when there are none.
-- Nothing is marked here: a million rows would take longer than a request may. Returns "disconnecting", "disconnected",
-- or null when there is no such site.
create function public.site_disconnect_removing(site_id uuid) returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  target public.connected_sites;
  runs uuid[];
begin
  select s.* into target from public.connected_sites s
  where s.id = site_disconnect_removing.site_id and s.disconnected_at is null for no key update;
  if not found then
    return null;
  elsif target.credentials_sealed is null then
    perform public.site_disconnect(target.id);
    return 'disconnected';
  elsif target.status = 'disconnecting' then
    return 'disconnecting';
  end if;
  -- A worker that has the site goes on with the batch on its way and gets no other one.
  update public.connected_sites s set
    status = 'disconnecting', removal_cursor = '', retry_at = case when s.health = 'degraded' then now() else s.retry_at end,
    rows_to_remove = (
      select coalesce(sum(t.pairs), 0) from public.sync_tallies t
      where t.site_id = s.id and (t.dirty or t.status in ('synced', 'kept')))
  where s.id = target.id;
  with ended as (
    update public.sync_run_sites r set finished_at = now(), total = r.succeeded + r.failed
    where r.site_id = target.id and r.finished_at is null
    returning r.run_id
  )
  select array_agg(run_id) into runs from ended;
  perform public.sync_finish_runs(coalesce(runs, '{}'));
  return 'disconnecting';
end;
$$;

-- Marks the rows of the next users at a leased site that is being disconnected for removal, in the order of ids.
create function public.sync_mark_removals(target public.connected_sites, max_users integer) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  page text[];
begin
  page := array(
    select p.user_id from public.user_sync_state p
    where p.site_id = target.id and p.user_id > target.removal_cursor
    order by p.user_id limit max_users);
  -- In the order in which fan-outs lock, or the two could deadlock.
  perform from public.user_sync_state p
  where p.site_id = target.id and p.user_id = any (page) order by p.user_id for update;
  update public.user_sync_state p set
    desired_version = nextval('public.sync_version_seq'), status = 'pending', attempts = 0, due_at = now(), wanted_at = now()
  where p.site_id = target.id and p.user_id = any (page) and p.written and p.desired_version <= p.synced_version;
  update public.connected_sites s set
    removal_cursor = case when cardinality(page) = max_users then page[max_users] end
  where s.id = target.id;
end;
$$;

-- The next batch for a leased site that is being disconnected: the users it may have, each as if deleted from the list.
-- When none is left, the site is disconnected. Answers as sync_claim does; "lost" also when it was cancelled or is over.
create function public.sync_claim_removals(site uuid, lease uuid, max_users integer) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  page_users constant integer := 2000; -- marked in some 50 ms, and more than a batch
  target public.connected_sites;
  claim_id uuid;
  items jsonb;
begin
  loop
    -- Locked: cancelling waits for the claim, and the claim sees whether it was cancelled.
    select s.* into target from public.connected_sites s
    where s.id = site and s.lease_id = lease and s.lease_until > now() and s.status = 'disconnecting'
      and s.disconnected_at is null
    for no key update;
    if not found then
      return jsonb_build_object('kind', 'lost');
    end if;

    with due as (
      select p.user_id, p.desired_version, p.attempts + 1 as attempt, p.run_id,
        -- Another webhook URL may well be the same receiver.
        p.written and (p.generation = target.generation or target.kind = 'webhook') as there,
        case when p.attempts > 0 then 'retry' when p.run_id is not null then 'manual' else 'change' end as why
      from public.user_sync_state p
      where p.site_id = site and p.desired_version > p.synced_version and p.due_at <= now()
        and p.user_id not in (select unnest(c.user_ids) from public.sync_claims c where c.site_id = site)
      order by p.due_at, p.user_id
      limit max_users
    ), batch as (
      select due.*, coalesce(to_jsonb(u), to_jsonb(d), jsonb_build_object(
          'id', due.user_id, 'clerk_user_id', due.user_id, 'email', '', 'full_name', null, 'role', '', 'team', null,
          'department', null, 'created_at', now(), 'updated_at', now())) || '{"status": "deleted"}' as profile
      from due
      left join public.user_profiles u on u.id = due.user_id
      left join public.deleted_users d on d.id = due.user_id
    ), claimed as (
      insert into public.sync_claims
        (site_id, lease_id, user_ids, versions, upserts, triggers, attempts, run_ids, row_times)
      select site, lease, array_agg(user_id), array_agg(desired_version), array_agg(false), array_agg(why),
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

    if target.removal_cursor is not null then
      perform public.sync_mark_removals(target, page_users);
    elsif exists (select from public.sync_claims c where c.site_id = site) or exists (
      select from public.user_sync_state p where p.site_id = site and p.desired_version > p.synced_version
    ) then
      return jsonb_build_object('kind', 'empty'); -- on its way, waiting to be tried again, or refused
    else
      perform public.site_disconnect(site);
      return jsonb_build_object('kind', 'lost');
    end if;
  end loop;
end;
$$;

-- Whether a worker could do something at this site now. Takes the site's columns so that it stays inlinable.
create or replace function public.sync_site_ready(site public.connected_sites) returns boolean
language sql
stable
set search_path = ''
as $$
  select site.disconnected_at is null
    and site.status in ('active', 'disconnecting')
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
      or (site.status = 'active' and site.kind = 'supabase' and site.last_synced_at is not null
        and (site.inspected_at is null or site.inspected_at < now() - interval '1 hour'))
      -- Rows are left to be marked, or none is left at all and the end has to be made.
      or (site.status = 'disconnecting' and (site.removal_cursor is not null or not exists (
        select from public.user_sync_state p where p.site_id = site.id and p.desired_version > p.synced_version)))
    );
$$;

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
    'failures', site.failures
  );
end;
$$;

-- Changes what is given, leaves what is null. False when there is no such site. Another status than "disconnecting"
-- cancels that: everybody is sent there again.
create or replace function public.site_update(site_id uuid, name text, url text, status text) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  target public.connected_sites;
begin
  select s.* into target from public.connected_sites s
  where s.id = site_update.site_id and s.disconnected_at is null for no key update;
  if not found then
    return false;
  end if;
  update public.connected_sites s set
    name = coalesce(site_update.name, s.name),
    url = coalesce(site_update.url, s.url),
    status = coalesce(site_update.status, s.status),
    removal_cursor = case when site_update.status is null then s.removal_cursor end,
    rows_to_remove = case when site_update.status is null then s.rows_to_remove end
  where s.id = target.id;
  if target.status = 'disconnecting' and site_update.status is not null then
    perform public.sync_start_full('site', array[target.id], 'cancelled');
  end if;
  return true;
end;
$$;

-- Saves sealed credentials and has everybody sent there. Another URL is another database: what the old one had counts
-- no longer. A batch that is on its way to the old one will not settle. With keep_previous the secret that is replaced goes
-- on signing for 24 hours beside the new one. False when there is no such site. Nobody is sent to a site that is being
-- disconnected.
create or replace function public.site_set_credentials(
  site_id uuid, endpoint_url text, sealed text, key_last_four text, keep_previous boolean default false
) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  now_is text;
begin
  update public.connected_sites s set
    generation = case when s.endpoint_url is distinct from site_set_credentials.endpoint_url then s.generation + 1 else s.generation end,
    endpoint_url = site_set_credentials.endpoint_url,
    previous_secrets = case when keep_previous then public.site_retire_secret(s) else s.previous_secrets end,
    credentials_sealed = sealed,
    key_last_four = site_set_credentials.key_last_four,
    health = 'ok', failures = 0, error_code = null, error = null, retry_at = now(),
    lease_id = null, lease_worker = null, lease_until = null
  where s.id = site_set_credentials.site_id and s.disconnected_at is null
  returning s.status into now_is;
  if not found then
    return false;
  elsif now_is <> 'disconnecting' then
    perform public.sync_start_full('site', array[site_set_credentials.site_id], 'credentials');
  end if;
  return true;
end;
$$;

-- What a worker could do now: changes not yet fanned out, dirty pairs that are due and full syncs that go on, at sites
-- that are neither paused nor waiting. Returns {"changes", "pairs", "fullSyncs"}.
create or replace function public.sync_backlog() returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  with ready as (
    select s.id from public.connected_sites s
    where s.disconnected_at is null and s.status in ('active', 'disconnecting') and s.credentials_sealed is not null
      and s.retry_at <= now()
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
  public.site_disconnect_removing(uuid),
  public.sync_mark_removals(public.connected_sites, integer),
  public.sync_claim_removals(uuid, uuid, integer)
from public, anon, authenticated;
grant execute on function
  public.site_disconnect_removing(uuid),
  public.sync_claim_removals(uuid, uuid, integer)
to service_role;
