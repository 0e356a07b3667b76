-- The removal guard, for all departures: as before, with who left a site's scope among those who left the list.

-- Departures of users whom the site has, about which nothing was decided there: their pairs are dirty, or the news of
-- them is still in the queue. Messages are older than the departures they announce; see user_departures_note.
drop function public.sync_removals_undecided(public.connected_sites);
create function public.sync_removals_undecided(site public.connected_sites)
returns table (user_id text, departed_at timestamptz, outside boolean)
language sql
stable
set search_path = ''
as $$
  with found as (
    -- Pair by pair through the primary key: what the planner makes of a join depends on statistics that are old just when
    -- very many leave at once.
    select d.user_id, d.departed_at, d.outside
    from public.departures d
    cross join lateral (
      select p.* from public.user_sync_state p where p.user_id = d.user_id and p.site_id = site.id limit 1
    ) p
    where d.site_id = site.id and public.sync_pair_there(p, site) and (p.desired_version > p.synced_version
      or d.departed_at >= (select min(q.enqueued_at) from pgmq.q_user_changes q))
  )
  select f.user_id, f.departed_at, f.outside from found f
  where not exists (
    select from public.site_removals r
    where r.site_id = site.id and r.user_id = f.user_id and r.departed_at = f.departed_at);
$$;

-- Of these users, those whose row is at the site and must not be taken away now: their departure is held, or nothing was
-- decided about it (null).
create or replace function public.sync_removals_open(site public.connected_sites, ids text[])
returns table (user_id text, state text)
language sql
stable
set search_path = ''
as $$
  select d.user_id, r.state
  from public.departures d
  cross join lateral (
    select p.* from public.user_sync_state p where p.user_id = d.user_id and p.site_id = site.id limit 1
  ) p
  left join public.site_removals r on r.site_id = site.id and r.user_id = d.user_id and r.departed_at = d.departed_at
  where d.site_id = site.id and d.user_id = any (ids) and public.sync_pair_there(p, site) and coalesce(r.state, 'held') = 'held';
$$;

-- Decides about departures that nothing was decided about at this site, those of `leaving` among them. Judged is all that
-- is undecided: together with the removals of the last hour it is within the threshold, or it is held. Removals that a
-- person approved do not count. Returns the users about whom it decided.
create or replace function public.sync_removals_decide(site public.connected_sites, leaving text[]) returns text[]
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
  outsides boolean[];
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
    verdict := 'held';
    select array_agg(d.user_id), array_agg(d.departed_at), array_agg(d.outside) into ids, times, outsides
    from public.sync_removals_open(site, leaving) o
    join public.departures d on d.site_id = site.id and d.user_id = o.user_id
    where o.state is null;
  else
    select array_agg(u.user_id), array_agg(u.departed_at), array_agg(u.outside) into ids, times, outsides
    from public.sync_removals_undecided(site) u;
    verdict := case
      when public.sync_removals_too_many(site, recent + coalesce(cardinality(ids), 0), public.sync_site_users(site))
      then 'held' else 'allowed' end;
  end if;
  with undecided as (
    select * from unnest(ids, times, outsides) o(id, departed_at, outside)
  ), picked as (
    select u.* from undecided u join unnest(leaving) l(id) on l.id = u.id
    union
    (select u.* from undecided u limit most)
  ), written as (
    insert into public.site_removals as r (site_id, user_id, departed_at, state, outside)
    select site.id, k.id, k.departed_at, verdict, k.outside from picked k order by k.id
    on conflict (site_id, user_id) do update set
      departed_at = excluded.departed_at, state = excluded.state, outside = excluded.outside, since = now()
    returning r.user_id
  )
  select array_agg(w.user_id) into decided from written w;
  return decided;
end;
$$;

-- Puts pairs on hold whose removals are held, and answers who waits for them, of these users. Who is out of the scope is put
-- on hold before the news came through the queue: a full sync comes to such users, and passes over what is on hold.
create or replace function public.sync_removals_hold(site public.connected_sites, ids text[]) returns void
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
declare
  held text[];
  runs uuid[];
begin
  perform public.sync_removals_lock(array[site.id]);
  select array_agg(r.user_id) into held
  from public.site_removals r
  join public.departures d on d.site_id = r.site_id and d.user_id = r.user_id and d.departed_at = r.departed_at
  cross join lateral ( -- through the primary key, as in sync_removals_undecided
    select p.* from public.user_sync_state p where p.user_id = r.user_id and p.site_id = r.site_id limit 1
  ) p
  where r.site_id = site.id and r.state = 'held' and r.user_id = any (ids)
    and (p.desired_version > p.synced_version or r.outside) and public.sync_pair_there(p, site)
    and (p.status <> 'held' or p.due_at < 'infinity');
  if held is null then
    return;
  end if;
  perform from public.user_sync_state p
  where p.site_id = site.id and p.user_id = any (held) order by p.user_id for no key update; -- as everybody locks pairs
  update public.user_sync_state p set
    desired_version = case when p.desired_version > p.synced_version then p.desired_version else nextval('public.sync_version_seq') end,
    wanted_at = case when p.desired_version > p.synced_version then p.wanted_at else now() end,
    status = 'held', due_at = 'infinity', attempts = 0, error_code = null, error = null
  where p.site_id = site.id and p.user_id = any (held);
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

-- Whether one of these active users is in a site's scope by now. Whose row was left to the site is outside anyway.
create function public.sync_back_in_scope(site public.connected_sites, ids text[]) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  back boolean := false;
begin
  if ids is not null and site.scope is not null then
    execute 'select exists (
      select from public.user_profiles u where u.id = any ($1) and u.status = ''active'' and ' || public.scope_condition(site.scope) || '
        and not exists (select from public.site_left_users l where l.site_id = $2 and l.user_id = u.id and l.generation = $3))'
    into back using ids, site.id, site.generation;
  end if;
  return back;
end;
$$;

-- Whether a claim may leave as it is. False when removals in it are held, which are no longer due then, or when a user
-- came back meanwhile: the caller gives it up and claims again. Looked at in the claim itself, so that nothing comes between.
-- Only departures are guarded: rows that nobody ever listed go because somebody said so, and so do those that the site's
-- scope leaves out since it was changed.
create or replace function public.sync_removals_pass(site public.connected_sites, claim uuid) returns boolean
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
declare
  leaving text[];
  strangers text[];
begin
  if exists (select from public.site_removals r where r.site_id = site.id and r.state = 'held') then
    delete from public.site_removals r
    where r.site_id = site.id and r.state = 'held' and r.user_id = any (array( -- not as a join, which read all that is held for each
      select t.user_id from public.sync_claims c, unnest(c.user_ids, c.upserts) t(user_id, upsert) where c.id = claim and t.upsert));
  end if;
  if not site.removal_guard or site.removal_policy = 'keep' then
    return true;
  end if;
  select array_agg(t.user_id), array_agg(t.user_id) filter (where t.user_id = any (c.outside)) into leaving, strangers
  from public.sync_claims c, unnest(c.user_ids, c.upserts) t(user_id, upsert)
  cross join lateral (
    select p.* from public.user_sync_state p where p.user_id = t.user_id and p.site_id = site.id limit 1
  ) p
  where c.id = claim and not t.upsert and public.sync_pair_there(p, site);
  if leaving is null then
    return true;
  end if;
  if exists (select from public.sync_removals_open(site, leaving) o where o.state is null) then
    leaving := leaving || public.sync_removals_decide(site, leaving);
  end if;
  perform public.sync_removals_hold(site, leaving);
  return not exists (select from public.sync_removals_open(site, leaving))
    and not exists (
      select from public.user_profiles u where u.id = any (leaving) and u.status = 'active' and u.id <> all (coalesce(strangers, '{}')))
    and not public.sync_back_in_scope(site, strangers);
end;
$$;

-- Ends holds at these sites whose departure is over, of these users unless null: their pairs go their way again.
create function public.sync_removals_end(sites uuid[], ids text[]) returns void
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
declare
  ended_sites uuid[];
  ended_users text[];
begin
  perform public.sync_removals_lock(sites);
  with ended as (
    delete from public.site_removals r
    where r.site_id = any (sites) and r.state = 'held' and (ids is null or r.user_id = any (ids)) and not exists (
      select from public.departures d where d.site_id = r.site_id and d.user_id = r.user_id and d.departed_at = r.departed_at)
    returning r.site_id, r.user_id
  )
  select array_agg(e.site_id), array_agg(e.user_id) into ended_sites, ended_users from ended e;
  perform from public.user_sync_state p join unnest(ended_sites, ended_users) e(site_id, user_id) using (user_id, site_id)
  order by p.user_id, p.site_id for no key update of p;
  update public.user_sync_state p set status = 'pending', due_at = now()
  from unnest(ended_sites, ended_users) e(site_id, user_id)
  where p.user_id = e.user_id and p.site_id = e.site_id and p.status = 'held';
  perform nextval('public.sync_version_seq');
end;
$$;

-- Another scope is somebody's word about whom the site gets: of what was noted by the old one, departures whose removal is
-- held stay so while the new scope leaves these users out as well, since nobody decided about them; the others are over.
create function public.connected_sites_rescope() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if tg_when = 'BEFORE' then
    new.scope_version := old.scope_version + 1;
    return new;
  end if;
  perform public.sync_removals_lock(array[new.id]);
  if new.scope is not null then
    execute 'update public.scope_departures d set scope_version = $1
      from public.site_removals r, public.user_profiles u
      where d.site_id = $2 and r.site_id = $2 and r.user_id = d.user_id and r.departed_at = d.departed_at and r.state = ''held''
        and u.id = d.user_id and not ' || public.scope_condition(new.scope) using new.scope_version, new.id;
  end if;
  delete from public.scope_departures d where d.site_id = new.id and d.scope_version <> new.scope_version;
  perform public.sync_removals_end(array[new.id], null);
  return null;
end;
$$;
create trigger connected_sites_rescope before update of scope on public.connected_sites
  for each row when (old.scope is distinct from new.scope) execute function public.connected_sites_rescope();
create trigger connected_sites_rescoped after update of scope on public.connected_sites
  for each row when (old.scope is distinct from new.scope) execute function public.connected_sites_rescope();

-- As before; and who left the scope of a site that is no more is forgotten.
create or replace function public.connected_sites_release() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform public.sync_removals_release(new.id);
  if new.disconnected_at is not null then
    delete from public.site_removals r where r.site_id = new.id;
    delete from public.scope_departures d where d.site_id = new.id;
  end if;
  return null;
end;
$$;

-- A new removal policy is applied to those who left before, because somebody said so. What is undecided stays so.
create or replace function public.site_removals_of_policy() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.site_removals (site_id, user_id, departed_at, state, outside)
  select new.id, p.user_id, d.departed_at, 'approved', d.outside
  from public.user_sync_state p join public.departures d on d.site_id = p.site_id and d.user_id = p.user_id
  where p.site_id = new.id and p.written and p.status in ('removed', 'kept', 'out_of_scope') and p.desired_version <= p.synced_version
  order by p.user_id
  on conflict (site_id, user_id) do update set
    departed_at = excluded.departed_at, state = 'approved', outside = excluded.outside, since = now();
  return null;
end;
$$;

-- Forgets departures and decisions that nothing asks for any more. Called by the workers now and then.
create or replace function public.removals_forget() returns void
language sql
security definer
set search_path = ''
as $$
  delete from public.scope_departures d
  where d.departed_at < now() - interval '1 day' and not exists (
    select from public.user_sync_state p where p.user_id = d.user_id and p.site_id = d.site_id and p.written);
  delete from public.site_removals r
  where r.since < now() - interval '1 day' and not exists (
    select from public.user_sync_state p where p.user_id = r.user_id and p.site_id = r.site_id and p.written);
$$;

revoke execute on function
  public.sync_removals_undecided(public.connected_sites), public.sync_back_in_scope(public.connected_sites, text[]),
  public.sync_removals_end(uuid[], text[]), public.connected_sites_rescope()
from public, anon, authenticated, service_role;
