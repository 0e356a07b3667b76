-- The removal guard: what is asked at every claim, before a user is taken away from a site.

-- Whether the pair's row is at the site, as sync_claim sees it: another webhook URL may well be the same receiver.
-- Without a search path, which would keep it from being inlined; it names nothing that one could change.
create function public.sync_pair_there(p public.user_sync_state, site public.connected_sites) returns boolean
language sql
immutable
as $$
  select p.written and (p.generation = site.generation or site.kind = 'webhook');
$$;

-- Departures of users whom the site has, about which nothing was decided there: their pairs are dirty, or the news of
-- them is still in the queue. Messages are older than the departures they announce; see user_departures_note.
create function public.sync_removals_undecided(site public.connected_sites)
returns table (user_id text, departed_at timestamptz)
language sql
stable
set search_path = ''
as $$
  with found as (
    -- Pair by pair through the primary key: what the planner makes of a join depends on statistics that are old just when
    -- very many leave at once.
    select d.user_id, d.departed_at
    from public.user_departures d
    cross join lateral (
      select p.* from public.user_sync_state p where p.user_id = d.user_id and p.site_id = site.id limit 1
    ) p
    where public.sync_pair_there(p, site) and (p.desired_version > p.synced_version
      or d.departed_at >= (select min(q.enqueued_at) from pgmq.q_user_changes q))
  )
  select f.user_id, f.departed_at from found f
  where not exists (
    select from public.site_removals r
    where r.site_id = site.id and r.user_id = f.user_id and r.departed_at = f.departed_at);
$$;

-- How many users the site has.
create function public.sync_site_users(site public.connected_sites) returns bigint
language sql
stable
set search_path = ''
as $$
  select coalesce((
      select sum(t.pairs) from public.sync_tallies t
      where t.site_id = site.id and t.generation = site.generation and t.status = 'synced' and not t.dirty), 0)::bigint
    + (
      select count(*) from public.user_sync_state p
      where p.site_id = site.id and p.desired_version > p.synced_version and public.sync_pair_there(p, site));
$$;

-- One after the other at a site: what two claims decide at once could be too much together, and a claim may hold what a
-- person has just approved. Taken before any pair is locked.
create function public.sync_removals_lock(sites uuid[]) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtext('roster.removals'), hashtext(id::text))
  from (select distinct unnest(sites) as id order by 1) s;
end;
$$;

-- Whether so many removals within an hour are too many for a site with so many users.
create function public.sync_removals_too_many(site public.connected_sites, removals bigint, users bigint) returns boolean
language sql
immutable
set search_path = ''
as $$
  select removals > site.removal_guard_at_least and removals * 100 > users * site.removal_guard_percent;
$$;

-- Decides about departures that nothing was decided about at this site, those of `leaving` among them. Judged is all that
-- is undecided: together with the removals of the last hour it is within the threshold, or it is held. Removals that a
-- person approved do not count. Returns the users about whom it decided.
create function public.sync_removals_decide(site public.connected_sites, leaving text[]) returns text[]
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan -- plans that know how long the arrays are
as $$
declare
  -- So many rows are written in a fraction of the statement timeout. What is left counts again with what is decided now.
  most constant integer := 5000;
  recent bigint;
  ids text[];
  times timestamptz[];
  verdict text;
  decided text[];
begin
  perform public.sync_removals_lock(array[site.id]);
  select count(*) into recent from public.site_removals r
  where r.site_id = site.id and r.state in ('allowed', 'held') and r.since > now() - interval '1 hour';
  -- Once so many are held that no count could say otherwise, nothing is counted: tallies say how many users there are at most.
  if public.sync_removals_too_many(site, recent, (
    select coalesce(sum(t.pairs), 0)::bigint from public.sync_tallies t where t.site_id = site.id
  )) then
    with open as (
      select d.user_id, d.departed_at
      from public.sync_removals_open(site, leaving) o join public.user_departures d on d.user_id = o.user_id
      where o.state is null
    ), written as (
      insert into public.site_removals as r (site_id, user_id, departed_at, state)
      select site.id, o.user_id, o.departed_at, 'held' from open o order by o.user_id
      on conflict (site_id, user_id) do update set
        departed_at = excluded.departed_at, state = excluded.state, since = now()
      returning r.user_id
    )
    select array_agg(w.user_id) into decided from written w;
    return decided;
  end if;
  select array_agg(u.user_id), array_agg(u.departed_at) into ids, times from public.sync_removals_undecided(site) u;
  verdict := case
    when public.sync_removals_too_many(site, recent + coalesce(cardinality(ids), 0), public.sync_site_users(site))
    then 'held' else 'allowed' end;
  with picked as (
    select o.id, o.departed_at from unnest(ids, times) o(id, departed_at) join unnest(leaving) l(id) on l.id = o.id
    union
    (select o.id, o.departed_at from unnest(ids, times) o(id, departed_at) limit most)
  ), written as (
    insert into public.site_removals as r (site_id, user_id, departed_at, state)
    select site.id, k.id, k.departed_at, verdict from picked k order by k.id
    on conflict (site_id, user_id) do update set
      departed_at = excluded.departed_at, state = excluded.state, since = now()
    returning r.user_id
  )
  select array_agg(w.user_id) into decided from written w;
  return decided;
end;
$$;

-- Puts pairs on hold whose removals are held, and answers who waits for them, of these users.
create function public.sync_removals_hold(site public.connected_sites, ids text[]) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  held text[];
  runs uuid[];
begin
  perform public.sync_removals_lock(array[site.id]);
  select array_agg(r.user_id) into held
  from public.site_removals r
  join public.user_departures d on d.user_id = r.user_id and d.departed_at = r.departed_at
  cross join lateral ( -- through the primary key, as in sync_removals_undecided
    select p.* from public.user_sync_state p where p.user_id = r.user_id and p.site_id = r.site_id limit 1
  ) p
  where r.site_id = site.id and r.state = 'held' and r.user_id = any (ids)
    and p.desired_version > p.synced_version and public.sync_pair_there(p, site)
    and (p.status <> 'held' or p.due_at < 'infinity');
  if held is null then
    return;
  end if;
  perform from public.user_sync_state p
  where p.site_id = site.id and p.user_id = any (held) order by p.user_id for no key update; -- as everybody locks pairs
  update public.user_sync_state p set status = 'held', due_at = 'infinity', attempts = 0, error_code = null, error = null
  where p.site_id = site.id and p.user_id = any (held) and p.desired_version > p.synced_version;
  -- Open pages look at this number to see that states have changed.
  perform nextval('public.sync_version_seq');
  with ended as (
    update public.sync_run_sites r set finished_at = now(), failed = 1
    where r.site_id = site.id and r.user_id = any (held) and r.finished_at is null
    returning r.run_id
  )
  select array_agg(distinct run_id) into runs from ended;
  if runs is not null then
    perform public.sync_finish_runs(runs);
  end if;
end;
$$;

-- Of these users, those whose row is at the site and must not be taken away now: their departure is held, or nothing was
-- decided about it (null).
create function public.sync_removals_open(site public.connected_sites, ids text[])
returns table (user_id text, state text)
language sql
stable
set search_path = ''
as $$
  select d.user_id, r.state
  from public.user_departures d
  cross join lateral (
    select p.* from public.user_sync_state p where p.user_id = d.user_id and p.site_id = site.id limit 1
  ) p
  left join public.site_removals r on r.site_id = site.id and r.user_id = d.user_id and r.departed_at = d.departed_at
  where d.user_id = any (ids) and public.sync_pair_there(p, site) and coalesce(r.state, 'held') = 'held';
$$;

-- Whether a claim may leave as it is. False when removals in it are held, which are no longer due then, or when a user
-- came back meanwhile: the caller gives it up and claims again. Looked at in the claim itself, so that nothing comes between.
-- Only departures from the list are guarded: rows that nobody ever listed go because somebody said so.
create function public.sync_removals_pass(site public.connected_sites, claim uuid) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  leaving text[];
begin
  if exists (select from public.site_removals r where r.site_id = site.id and r.state = 'held') then
    delete from public.site_removals r using public.sync_claims c, unnest(c.user_ids, c.upserts) t(user_id, upsert)
    where c.id = claim and t.upsert and r.site_id = site.id and r.user_id = t.user_id and r.state = 'held';
  end if;
  if not site.removal_guard or site.removal_policy = 'keep' then
    return true;
  end if;
  select array_agg(t.user_id) into leaving
  from public.sync_claims c, unnest(c.user_ids, c.upserts) t(user_id, upsert)
  where c.id = claim and not t.upsert and t.user_id <> all (coalesce(c.outside, '{}')); -- a scope is somebody's word
  if leaving is null then
    return true;
  end if;
  if exists (select from public.sync_removals_open(site, leaving) o where o.state is null) then
    leaving := leaving || public.sync_removals_decide(site, leaving);
  end if;
  perform public.sync_removals_hold(site, leaving);
  return not exists (select from public.sync_removals_open(site, leaving))
    and not exists (select from public.user_profiles u where u.id = any (leaving) and u.status = 'active');
end;
$$;

-- The next batch for a leased site: dirty pairs that are due, or else the next page of its oldest full sync, less the
-- users who were confirmed there since that sync began, or at all where that is enough. Users in a batch that has not
-- settled yet are left out, and so are removals that are held. Returns {"kind": "users", …} as sync_claimed builds it (a
-- user's status is deleted when the row is gone, out_of_scope when the site does not get this user), {"kind": "empty"}, or
-- {"kind": "lost"} without the lease.
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
    exit when claimed.user_ids is null;
    insert into public.sync_claims
      (id, site_id, lease_id, user_ids, versions, upserts, triggers, attempts, run_ids, row_times, emails)
    values (claimed.id, site, lease, claimed.user_ids, claimed.versions, claimed.upserts, claimed.triggers,
      claimed.attempts, claimed.run_ids, claimed.row_times, claimed.emails);
    if target.scope is not null then
      users := public.sync_claim_scope(claimed, target.scope, users);
    end if;
    if public.sync_removals_pass(target, claimed.id) then
      return public.sync_claimed(claimed.id, claimed, written, users);
    end if;
    delete from public.sync_claims c where c.id = claimed.id;
    if clock_timestamp() > began + interval '1 second' then
      return json_build_object('kind', 'empty'); -- what is held by now stays so; the site is still ready
    end if;
  end loop;

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

-- Says which of these users' rows at a leased site may lose a value to another user: those that Roster is going to write
-- or delete there by itself, so not those whose removal is held. Their pairs become dirty and due in this transaction, so
-- whatever happens next, each of these rows is put right. Returns their ids as a JSON array; none when the lease is no
-- longer the caller's.
create or replace function public.sync_displace(site uuid, lease uuid, users text[]) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  target public.connected_sites;
  ours text[];
begin
  select s.* into target from public.connected_sites s
  where s.id = site and s.lease_id = lease and s.lease_until > now();
  if not found then
    return '[]';
  end if;
  if target.removal_guard and target.removal_policy = 'delete'
    and exists (select from public.sync_removals_open(target, users) o where o.state is null) then
    perform public.sync_removals_decide(target, users);
  end if;
  select array_agg(h.id) into ours
  from unnest(users) h(id)
  where (exists (select from public.user_profiles u where u.id = h.id and u.status = 'active')
      -- Roster would not put the row of somebody outside the scope right again.
      and not exists (select from public.user_sync_state p where p.site_id = site and p.user_id = h.id and p.status = 'out_of_scope'))
    or (target.removal_policy = 'delete'
      and exists (select from public.user_sync_state p where p.site_id = site and p.user_id = h.id and p.written)
      and (not target.removal_guard
        or not exists (select from public.sync_removals_open(target, array[h.id]))));
  if ours is null then
    return '[]';
  end if;
  perform public.sync_mark_in_doubt(site, ours, array_fill(true, array[cardinality(ours)]), null);
  update public.user_sync_state p set status = 'pending', attempts = 0, due_at = now(), error_code = null, error = null
  where p.site_id = site and p.user_id = any (ours);
  return to_jsonb(ours);
end;
$$;

-- Lets what is held go its way again: it is claimed, and decided about, as if it were new.
create function public.sync_removals_release(site uuid) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform public.sync_removals_lock(array[site]);
  delete from public.site_removals r where r.site_id = site and r.state = 'held';
  perform from public.user_sync_state p
  where p.site_id = site and p.status = 'held' order by p.user_id for no key update;
  update public.user_sync_state p set status = 'pending', due_at = now() where p.site_id = site and p.status = 'held';
  perform nextval('public.sync_version_seq');
end;
$$;

-- Where nothing is guarded any more nothing stays held: nor where all rows are to go because somebody said so. Another
-- database has none of these rows.
create function public.connected_sites_release() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform public.sync_removals_release(new.id);
  if new.disconnected_at is not null then
    delete from public.site_removals r where r.site_id = new.id;
  end if;
  return null;
end;
$$;
create trigger connected_sites_release after update of removal_guard, removal_policy, generation, status, disconnected_at
  on public.connected_sites for each row
  when ((old.removal_guard and not new.removal_guard)
    or (old.removal_policy <> 'keep' and new.removal_policy = 'keep')
    or old.generation <> new.generation
    or (old.status <> 'disconnecting' and new.status = 'disconnecting')
    or (old.disconnected_at is null and new.disconnected_at is not null))
  execute function public.connected_sites_release();

revoke execute on function
  public.sync_pair_there(public.user_sync_state, public.connected_sites),
  public.sync_removals_undecided(public.connected_sites), public.sync_site_users(public.connected_sites),
  public.sync_removals_lock(uuid[]),
  public.sync_removals_too_many(public.connected_sites, bigint, bigint), public.sync_removals_decide(public.connected_sites, text[]),
  public.sync_removals_hold(public.connected_sites, text[]), public.sync_removals_open(public.connected_sites, text[]),
  public.sync_removals_pass(public.connected_sites, uuid), public.sync_removals_release(uuid),
  public.connected_sites_release()
from public, anon, authenticated, service_role;
