-- The next batch for a leased site.

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
  public.sync_finish_runs(uuid[]),
  public.sync_claim(uuid, uuid, integer)
from public, anon, authenticated;
grant execute on function
  public.sync_claim(uuid, uuid, integer)
to service_role;
