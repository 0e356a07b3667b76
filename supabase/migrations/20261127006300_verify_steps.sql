-- What workers ask while they compare a site. A worker reads a page of the site's rows, these functions say what they
-- mean: each is one transaction, refused without the verification's lease, and safe to repeat.
--
-- A difference counts only where nothing was on its way: the pair was settled before the worker began to read, no batch
-- holds it, and the list's row is the one that was written. Then the site had the time to have it, and nobody but the site
-- itself can have changed it since. Times are not compared: sites stamp their own.

-- A row of the site, or one that is not there, beside what its pair was when it was judged.
create type public.verify_row as (
  id text, kind text, active boolean, known boolean, fields jsonb, row_at timestamptz,
  desired bigint, synced bigint, synced_at timestamptz, was text, site_updated_at timestamptz
);

-- Drops findings of all but the newest two verifications of a site, some thousand at a time.
create function public.verify_prune(site uuid) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  old uuid;
  dropped integer;
begin
  select t.id into old from public.site_verifications t
  where t.site_id = site and t.listed and t.finished_at is not null and t.id not in (
    select n.id from public.site_verifications n where n.site_id = site order by n.started_at desc limit 2)
  order by t.started_at limit 1 for update skip locked;
  if not found then
    return;
  end if;
  perform public.verify_count_repaired(old);
  delete from public.site_verify_findings f where (f.verification_id, f.kind, f.user_id) in (
    select o.verification_id, o.kind, o.user_id from public.site_verify_findings o where o.verification_id = old limit 5000);
  get diagnostics dropped = row_count;
  if dropped < 5000 then
    update public.site_verifications t set listed = false where t.id = old;
  end if;
end;
$$;

-- Ends a verification: all was compared, or the reason why it could not be.
create function public.verify_finish(verification uuid, code text default null, reason text default null) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  run public.site_verifications;
begin
  update public.site_verifications t set finished_at = clock_timestamp(), error_code = code, error = reason, page = null,
    lease_id = null, lease_worker = null, lease_until = null
  where t.id = verification and t.finished_at is null returning t.* into run;
  if found and code is null then
    update public.site_verify v set verified_from = run.started_at, verified_generation = run.generation
    where v.site_id = run.site_id;
  end if;
  delete from public.site_verifications t
  where t.site_id = run.site_id and t.started_at < now() - interval '90 days' and not t.listed;
  perform nextval('public.sync_version_seq'); -- open pages follow it
end;
$$;

-- The caller's verification with its lease prolonged; null when the lease is lost or the comparison is pointless, because
-- the site was paused, disconnected or given another database.
create function public.verify_hold(verification uuid, lease uuid, seconds integer) returns public.site_verifications
language plpgsql
security definer
set search_path = ''
as $$
declare
  run public.site_verifications;
  site public.connected_sites;
begin
  update public.site_verifications t set lease_until = now() + make_interval(secs => seconds)
  where t.id = verification and t.lease_id = lease and t.lease_until > now() and t.finished_at is null
  returning t.* into run;
  if run.id is null then
    return null;
  end if;
  select s.* into site from public.connected_sites s where s.id = run.site_id;
  if site.disconnected_at is not null or site.status <> 'active' or site.mapping is not null
    or site.generation <> run.generation then
    perform public.verify_finish(run.id,
      case when site.status = 'paused' then 'site_paused' else 'site_changed' end,
      case
        when site.disconnected_at is not null or site.status = 'disconnecting' then 'The site is being disconnected.'
        when site.status = 'paused' then 'The site was paused meanwhile.'
        when site.mapping is not null then 'The site was given a mapping meanwhile; tables of their own are not compared.'
        else 'The site''s credentials were changed meanwhile.'
      end);
    return null;
  end if;
  return run;
end;
$$;

-- Starts what is due by schedule and gives one verification to the worker for so many seconds, with what is needed to
-- reach its site; null when there is nothing to compare.
create function public.sync_verify_lease(worker text, seconds integer) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  run public.site_verifications;
  site public.connected_sites;
  lease uuid;
begin
  insert into public.site_verifications (site_id, generation, repair, expected)
  select s.id, s.generation, v.on_drift = 'repair', public.verify_expected(s.id, s.generation)
  from public.connected_sites s join public.site_verify v on v.site_id = s.id
  where s.disconnected_at is null and s.status = 'active' and s.kind = 'supabase' and s.mapping is null and s.credentials_sealed is not null
    and s.health = 'ok' and s.last_synced_at is not null
    and coalesce((select max(t.started_at) from public.site_verifications t where t.site_id = s.id), s.created_at)
      < now() - make_interval(mins => v.every_minutes)
  on conflict (site_id) where finished_at is null do nothing;

  loop
    select t.* into run from public.site_verifications t
    where t.finished_at is null and t.retry_at <= now() and (t.lease_until is null or t.lease_until <= now())
    order by t.started_at limit 1
    for no key update skip locked;
    if not found then
      return null;
    end if;
    lease := gen_random_uuid();
    update public.site_verifications t
    set lease_id = lease, lease_worker = worker, lease_until = now() + make_interval(secs => seconds)
    where t.id = run.id;
    run := public.verify_hold(run.id, lease, seconds);
    continue when run.id is null; -- that one has ended
    select s.* into site from public.connected_sites s where s.id = run.site_id;
    return jsonb_build_object(
      'verificationId', run.id, 'phase', run.phase, 'cursor', run.cursor, 'now', clock_timestamp(),
      'failures', run.failures,
      'site', jsonb_build_object(
        'id', site.id, 'name', site.name, 'kind', site.kind, 'leaseId', run.lease_id,
        'url', site.endpoint_url, 'credentials', site.credentials_sealed,
        'removalPolicy', site.removal_policy, 'removalColumn', site.removal_column));
  end loop;
end;
$$;

-- How many rows a site should have, from the tallies.
create function public.verify_expected(site uuid, site_generation integer) returns bigint
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(sum(t.pairs), 0)::bigint from public.sync_tallies t
  where t.site_id = site and t.generation = site_generation and not t.dirty
    and t.status in ('synced', 'different', 'missing', 'kept');
$$;

-- Has pairs written again whose findings are of these kinds (of these users, or all when null), so many at most. A row
-- that is newer at the site would win by its time, so the list's row is made newer still. Returns how many there were.
create function public.verify_repair(run public.site_verifications, kinds text[], users text[], most integer) returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
  picked text[];
begin
  select array_agg(p.user_id) into picked from (
    select f.user_id from public.site_verify_findings f
    where f.verification_id = run.id and f.kind = any (kinds) and f.repair_version is null
      and (users is null or f.user_id = any (users))
    order by f.user_id limit most
  ) p;
  if picked is null then
    return 0;
  end if;
  -- In the order in which fan-outs lock, or the two could deadlock.
  perform from public.user_sync_state p
  where p.site_id = run.site_id and p.user_id = any (picked) order by p.user_id for no key update;
  update public.user_profiles u set
    version = u.version + 1, updated_at = greatest(u.updated_at, f.site_updated_at + interval '1 microsecond')
  from public.site_verify_findings f
  where f.verification_id = run.id and f.kind = 'different' and f.user_id = any (picked) and u.id = f.user_id
    and f.site_updated_at > u.updated_at
    and exists (select from public.user_sync_state p
      where p.user_id = f.user_id and p.site_id = run.site_id and p.status = 'different' and p.desired_version <= p.synced_version);
  insert into public.user_sync_state as p (user_id, site_id, desired_version, generation, written, run_id)
  select f.user_id, run.site_id, nextval('public.sync_version_seq'), run.generation, true, run.id
  from public.site_verify_findings f
  left join public.user_sync_state q on q.user_id = f.user_id and q.site_id = run.site_id
  where f.verification_id = run.id and f.kind = any (kinds) and f.user_id = any (picked)
    -- Written since, or on its way: nothing is left to repair.
    and case when q.user_id is null then f.kind = 'extra' else q.status = f.kind and q.desired_version <= q.synced_version end
    -- Not even when told: who belongs there by now is no extra row.
    and (f.kind <> 'extra' or not exists (select from public.user_profiles u where u.id = f.user_id and u.status = 'active'))
  order by f.user_id
  on conflict (user_id, site_id) do update set
    desired_version = excluded.desired_version, generation = excluded.generation, written = true, run_id = excluded.run_id,
    row_updated_at = null, status = 'pending', attempts = 0, due_at = now(), wanted_at = now(), error_code = null, error = null;
  update public.site_verify_findings f set repair_version = coalesce(
    (select p.desired_version from public.user_sync_state p where p.user_id = f.user_id and p.site_id = run.site_id), 0)
  where f.verification_id = run.id and f.kind = any (kinds) and f.user_id = any (picked);
  return cardinality(picked);
end;
$$;

-- Records what was judged: pairs whose state did not move meanwhile are marked, listed, and repaired when the
-- verification does that by itself. Returns how many are what, as {"different", "missing", "extra", "skipped"}.
create function public.verify_apply(run public.site_verifications, site public.connected_sites, judged public.verify_row[]) returns jsonb
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
as $$
declare
  listed_extras constant integer := 10000; -- a site with a million users of its own should not fill the centre with them
  held public.verify_row[];
  counts jsonb;
  changed integer;
begin
  if judged is null then
    return '{}';
  end if;
  perform from public.user_sync_state p
  where p.site_id = site.id and p.user_id in (select j.id from unnest(judged) j) order by p.user_id for no key update;
  select array_agg(j::public.verify_row order by j.id) into held
  from unnest(judged) j
  left join public.user_sync_state p on p.user_id = j.id and p.site_id = site.id
  where (p.desired_version, p.synced_version, p.synced_at) is not distinct from (j.desired, j.synced, j.synced_at);

  select jsonb_build_object(
    'different', count(*) filter (where j.kind = 'different'), 'missing', count(*) filter (where j.kind = 'missing'),
    'extra', count(*) filter (where j.kind = 'extra'), 'equal', count(*) filter (where j.kind = 'equal'),
    'skipped', coalesce(cardinality(judged), 0) - count(*)) into counts
  from unnest(held) j;

  update public.user_sync_state p set
    status = case when j.kind in ('equal', 'gone')
      then case when j.active then 'synced' when site.removal_policy = 'keep' and j.kind = 'equal' then 'kept' else 'removed' end
      else j.kind end,
    written = p.written and p.generation = site.generation,
    generation = site.generation,
    drifted_at = case when j.kind in ('equal', 'gone') then null when p.status = j.kind then p.drifted_at else now() end,
    drifted_fields = case when j.kind = 'different' then array(select f ->> 'name' from jsonb_array_elements(j.fields) f) end,
    drifted_row_at = case when j.kind not in ('equal', 'gone') then j.row_at end,
    row_updated_at = case when j.kind = 'equal' and j.active then j.row_at end
  from unnest(held) j
  where p.user_id = j.id and p.site_id = site.id
    and (p.status <> j.kind or p.generation <> site.generation
      or p.drifted_fields is distinct from case when j.kind = 'different' then array(select f ->> 'name' from jsonb_array_elements(j.fields) f) end);
  get diagnostics changed = row_count;
  -- A user the list knows as one who left, never written there by Roster.
  insert into public.user_sync_state (user_id, site_id, desired_version, generation, status, drifted_at)
  select j.id, site.id, 0, site.generation, 'extra', now()
  from unnest(held) j where j.kind = 'extra' and j.known and j.desired is null
  order by j.id
  on conflict do nothing;
  -- Who is in no list and at no site needs no pair.
  delete from public.user_sync_state p using unnest(held) j
  where p.user_id = j.id and p.site_id = site.id and j.kind = 'gone' and not j.known;

  delete from public.site_verify_findings f using unnest(held) j
  where f.verification_id = run.id and f.user_id = j.id and f.kind <> j.kind
    and f.kind in ('different', 'missing', 'extra'); -- a look at the key for each
  insert into public.site_verify_findings as f (verification_id, kind, user_id, fields, site_updated_at)
  select run.id, j.kind, j.id, coalesce(j.fields, '[]'), j.site_updated_at
  from unnest(held) j
  where j.kind in ('different', 'missing')
    or (j.kind = 'extra' and (j.desired is not null or run.extra < listed_extras))
  on conflict (verification_id, kind, user_id) do update set
    fields = excluded.fields, site_updated_at = excluded.site_updated_at;
  if run.repair then
    perform public.verify_repair(run, array['different', 'missing'], array(
      select j.id from unnest(held) j where j.kind in ('different', 'missing')), null);
  elsif changed > 0 then
    perform nextval('public.sync_version_seq'); -- open pages follow it
  end if;
  return counts;
end;
$$;

-- Adds counts to a verification and passes its cursors on. step: {"phase": what comes next, "cursor", "lookedTo"}.
create function public.verify_advance(verification uuid, counts jsonb, step jsonb) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.site_verifications t set
    equal = t.equal + coalesce((counts ->> 'equal')::bigint, 0),
    different = t.different + coalesce((counts ->> 'different')::bigint, 0),
    missing = t.missing + coalesce((counts ->> 'missing')::bigint, 0),
    extra = t.extra + coalesce((counts ->> 'extra')::bigint, 0),
    skipped = t.skipped + coalesce((counts ->> 'skipped')::bigint, 0),
    phase = case step ->> 'phase' when 'pairs' then 'pairs' else t.phase end,
    cursor = coalesce(step ->> 'cursor', t.cursor), looked_to = coalesce(step ->> 'lookedTo', t.looked_to),
    page = null, failures = 0, error_code = null, error = null
  where t.id = verification;
  if step ->> 'phase' = 'done' then
    perform public.verify_finish(verification);
  end if;
end;
$$;

-- The answer to a worker: what comes next ("rows", "pairs", "done"), after which row of the site, and whom to look for first.
create function public.verify_answer(step jsonb, look text[]) returns jsonb
language sql
volatile
set search_path = ''
as $$
  select jsonb_build_object('kind', 'held', 'phase', step -> 'phase', 'cursor', coalesce(step ->> 'cursor', ''),
    'look', coalesce(to_jsonb(look), '[]'), 'now', clock_timestamp());
$$;

-- Judges a page of the site's rows and records what it means. held_ids are of users in a batch on its way. Returns how many
-- rows are what.
create function public.verify_judge(
  run public.site_verifications, site public.connected_sites, began timestamptz, page_rows jsonb, held_ids text[]
) returns jsonb
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
as $$
declare
  judged public.verify_row[];
  skipped text[];
  counts jsonb;
begin
  with looked as (
    select e.r, t.active as active_there, t.updated_at as site_updated_at, u, u.id as known_id, d.id as deleted_id, t.id,
      u.status as user_status, u.updated_at as row_at,
      p.desired_version, p.synced_version, p.synced_at, p.status, p.row_updated_at, p.drifted_row_at,
      p.user_id is null or (p.generation <> site.generation and p.desired_version <= p.synced_version) as unpaired,
      t.id in (select unnest(held_ids)) as is_held,
      (t.clerk_user_id, t.email, t.full_name, t.role, t.team, t.department)
        is not distinct from (u.clerk_user_id, u.email, u.full_name, u.role, u.team, u.department) as same,
      coalesce(p.desired_version <= p.synced_version and p.generation = site.generation and coalesce(p.synced_at < began, true)
        and p.user_id not in (select unnest(held_ids)), false) as settled
    from jsonb_array_elements(page_rows) e(r)
    cross join lateral jsonb_to_record(e.r) as t(id text, clerk_user_id text, email text, full_name text, role text, team text,
      department text, active text, updated_at timestamptz)
    left join public.user_profiles u on u.id = t.id
    left join public.deleted_users d on d.id = t.id
    left join public.user_sync_state p on p.user_id = t.id and p.site_id = site.id
  ), kinds as materialized ( -- each row is judged once, not for every count
    select l.*, case
      when l.user_status = 'active' then case
        when not l.settled or l.status not in ('synced', 'different', 'missing')
          or case l.status when 'synced' then l.row_updated_at else l.drifted_row_at end is distinct from l.row_at
          then 'skipped'
        when l.same and coalesce(l.active_there, 'true') = 'true' then 'equal'
        else 'different' end
      when l.unpaired then case
        -- Removed after it was read: its pair may be gone already, the log knows.
        when l.is_held or exists (
          select from public.user_sync_log g
          where g.user_id = l.id and g.site_id = site.id and g.operation = 'remove' and g.created_at >= began) then 'skipped'
        else 'extra' end
      when not l.settled or l.status not in ('removed', 'kept', 'extra') then 'skipped'
      when l.status = 'kept' or site.removal_policy = 'keep' then 'equal'
      when site.removal_policy = 'deactivate' and l.active_there = 'false' then 'equal'
      else 'extra' end as kind
    from looked l
  )
  select
    jsonb_build_object(
      'equal', count(*) filter (where k.kind = 'equal' and k.status not in ('different', 'missing', 'extra')),
      'skipped', count(*) filter (where k.kind = 'skipped')),
    -- On their way, and it may turn out that there is nothing to send.
    array_agg(k.id) filter (where k.kind = 'skipped' and k.row_updated_at = k.row_at),
    array_agg(row(
      k.id, k.kind, coalesce(k.user_status = 'active', false), k.known_id is not null or k.deleted_id is not null,
      case when k.kind in ('different', 'extra')
        then public.verify_fields(k.r, case when k.kind = 'different' then to_jsonb(k.u) end, site.removal_column) end,
      k.row_at, k.desired_version, k.synced_version, k.synced_at, k.status, k.site_updated_at)::public.verify_row)
      filter (where k.kind in ('different', 'extra') or (k.kind = 'equal' and k.status in ('different', 'missing', 'extra')))
    into counts, skipped, judged
  from kinds k;
  perform public.verify_skip(site.id, skipped);
  return public.verify_sum(counts, public.verify_apply(run, site, judged));
end;
$$;

-- Compares a page of the site's rows: [{"id", "clerk_user_id", "email", "full_name", "role", "team", "department",
-- "active"?, "updated_at"}] in the order in which the site gave them, those that follow the cursor; [] when there are none.
-- began: a time of the centre before the page was asked for. Returns {"kind": "lost"}, or {"kind": "held", "phase": what
-- comes next ("rows", "pairs", "done"), "cursor": where, "look": ids, "now"}. The ids are of users who should be in the
-- page and are not: the worker looks for each of them at the site and says what it saw to sync_verify_looked.
create function public.sync_verify_page(verification uuid, lease uuid, seconds integer, began timestamptz, page_rows jsonb) returns jsonb
language plpgsql
security definer
set search_path = ''
-- A page is a thousand rows found by key, whatever the statistics of tables that have just grown say.
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  most_looked constant integer := 1000;
  run public.site_verifications;
  site public.connected_sites;
  ids text[];
  ordered boolean;
  upto text; -- how far the page reaches; null: to the end
  absent text[];
  on_their_way text[];
  cut text;
  held_ids text[];
  counts jsonb;
  step jsonb;
begin
  run := public.verify_hold(verification, lease, seconds);
  if run.id is null then
    return jsonb_build_object('kind', 'lost');
  end if;
  select s.* into site from public.connected_sites s where s.id = run.site_id;
  held_ids := array(select distinct unnest(c.user_ids) from public.sync_claims c where c.site_id = site.id);

  select array_agg(r.id order by r.n), coalesce(bool_and(r.id > r.before), true) into ids, ordered
  from (
    select e.r ->> 'id' as id, e.n, lag(e.r ->> 'id', 1, run.cursor) over (order by e.n) as before
    from jsonb_array_elements(page_rows) with ordinality e(r, n)
  ) r;
  upto := ids[cardinality(ids)];

  if ordered and run.in_order then
    select array_agg(g.id order by g.id) filter (where g.settled),
      array_agg(g.id) filter (where not g.settled and g.row_updated_at = g.updated_at),
      case when count(*) > most_looked then max(g.id) end
      into absent, on_their_way, cut
    from (
      (
        select u.id, p.row_updated_at, u.updated_at,
          coalesce(p.desired_version <= p.synced_version and coalesce(p.synced_at < began, true)
            and case p.status when 'synced' then p.row_updated_at else p.drifted_row_at end = u.updated_at
            and p.user_id not in (select unnest(held_ids)), false) as settled
        from public.user_profiles u
        join public.user_sync_state p on p.user_id = u.id and p.site_id = site.id and p.generation = site.generation
          and p.status in ('synced', 'different', 'missing', 'pending')
        where u.status = 'active' and u.id > run.looked_to and (upto is null or u.id <= upto)
          and u.id not in (select unnest(ids))
        order by u.id limit most_looked + 1
      )
      union all
      (
        -- Rows that should not have been there and may be gone now.
        select p.user_id, null, null, true
        from public.user_sync_state p
        where p.site_id = site.id and p.status in ('different', 'missing', 'extra') and p.status = 'extra'
          and p.desired_version <= p.synced_version and p.user_id > run.looked_to and (upto is null or p.user_id <= upto)
          and p.user_id not in (select unnest(ids))
        order by p.user_id limit most_looked + 1
      )
      order by 1 limit most_looked + 1
    ) g;
  end if;
  if cut is not null then
    -- More gaps than can be looked at at once: the page comes again when these have been.
    step := jsonb_build_object('phase', 'rows', 'cursor', run.cursor, 'lookedTo', cut);
  else
    if not ordered and run.in_order then
      update public.site_verifications t set in_order = false where t.id = run.id returning t.* into run;
    end if;
    counts := public.verify_judge(run, site, began, page_rows, held_ids);
    step := jsonb_build_object(
      'phase', case when upto is not null then 'rows' when run.in_order then 'done' else 'pairs' end,
      'cursor', coalesce(upto, run.cursor),
      'lookedTo', case when upto is null and not run.in_order then '' else coalesce(upto, run.looked_to) end);
  end if;
  perform public.verify_skip(site.id, on_their_way);
  if cardinality(absent) > 0 then
    update public.site_verifications t set page = jsonb_build_object('counts', coalesce(counts, '{}'), 'step', step)
    where t.id = run.id;
  else
    perform public.verify_advance(run.id, counts, step);
  end if;
  perform public.verify_prune(site.id);
  return public.verify_answer(step, absent);
end;
$$;

-- What differs between a site's row and the list's: [{"name", "here", "there"}]; all that the site has where the list has none.
create function public.verify_fields(there jsonb, here jsonb, removal_column text) returns jsonb
language sql
immutable
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('name', f.name, 'here', f.here, 'there', f.there) order by f.n), '[]')
  from (
    select c.n, c.name, here ->> c.name as here, there ->> c.name as there
    from unnest(array['clerk_user_id', 'email', 'full_name', 'role', 'team', 'department']) with ordinality c(name, n)
    where case when here is null then there ->> c.name is not null else here ->> c.name is distinct from there ->> c.name end
    union all
    select 7, removal_column, case when here is null then 'false' else 'true' end, there ->> 'active'
    where removal_column is not null
      and there ->> 'active' = case when here is null then 'true' else 'false' end
  ) f;
$$;

create function public.verify_sum(one jsonb, other jsonb) returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_object_agg(e.key, e.total) from (
    select b.key, sum(b.value::bigint) as total
    from (select * from jsonb_each_text(one) union all select * from jsonb_each_text(other)) b group by b.key
  ) e;
$$;

-- Notes that nothing was seen of these pairs.
create function public.verify_skip(site uuid, users text[]) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  if coalesce(cardinality(users), 0) = 0 then
    return;
  end if;
  perform from public.user_sync_state p
  where p.site_id = verify_skip.site and p.user_id = any (users) order by p.user_id for no key update;
  update public.user_sync_state p set verify_skipped_at = clock_timestamp()
  where p.site_id = verify_skip.site and p.user_id = any (users);
end;
$$;

-- Where the site's order of ids is not the list's: the next users who should be there, to be looked for. Answers as
-- sync_verify_page does.
create function public.sync_verify_pairs(verification uuid, lease uuid, seconds integer) returns jsonb
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
set enable_hashjoin = off
as $$
declare
  run public.site_verifications;
  site public.connected_sites;
  look text[];
begin
  run := public.verify_hold(verification, lease, seconds);
  if run.id is null then
    return jsonb_build_object('kind', 'lost');
  end if;
  select s.* into site from public.connected_sites s where s.id = run.site_id;
  look := array(
    select i.id from (
      (select u.id from public.user_profiles u
        join public.user_sync_state p on p.user_id = u.id and p.site_id = site.id and p.generation = site.generation
        where u.id > run.looked_to and u.status = 'active' order by u.id limit 1000)
      union
      (select p.user_id from public.user_sync_state p
        where p.site_id = site.id and p.status in ('different', 'missing', 'extra') and p.status = 'extra'
          and p.user_id > run.looked_to order by p.user_id limit 1000)
    ) i order by i.id limit 1000);
  if cardinality(look) = 0 then
    perform public.verify_advance(run.id, '{}', '{"phase": "done"}');
    return public.verify_answer('{"phase": "done"}', null);
  end if;
  return public.verify_answer(jsonb_build_object('phase', 'pairs', 'cursor', run.cursor), look);
end;
$$;

-- What a worker saw of the users it was to look for: absent are those of looked whose row is not at the site. began: a
-- time of the centre before it looked. Answers as sync_verify_page does.
create function public.sync_verify_looked(
  verification uuid, lease uuid, seconds integer, began timestamptz, looked text[], absent text[]
) returns jsonb
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  run public.site_verifications;
  site public.connected_sites;
  judged public.verify_row[];
  counts jsonb;
  step jsonb;
begin
  run := public.verify_hold(verification, lease, seconds);
  if run.id is null then
    return jsonb_build_object('kind', 'lost');
  end if;
  select s.* into site from public.connected_sites s where s.id = run.site_id;
  select array_agg(row(
      a.id, case when u.status = 'active' then 'missing' else 'gone' end, coalesce(u.status = 'active', false), u.id is not null,
      null, u.updated_at, p.desired_version, p.synced_version, p.synced_at, p.status, null
    )::public.verify_row) into judged
  from unnest(absent) a(id)
  join public.user_sync_state p on p.user_id = a.id and p.site_id = site.id and p.generation = site.generation
  left join public.user_profiles u on u.id = a.id
  where p.desired_version <= p.synced_version and coalesce(p.synced_at < began, true)
    and not exists (select from public.sync_claims c where c.site_id = site.id and a.id = any (c.user_ids))
    and case when u.status = 'active'
      then p.status in ('synced', 'different', 'missing')
        and case p.status when 'synced' then p.row_updated_at else p.drifted_row_at end = u.updated_at
      else p.status = 'extra' end
    -- Counted before: both ways of looking may come to it.
    and not exists (
      select from public.site_verify_findings f
      where f.verification_id = run.id and f.kind = 'missing' and f.user_id = a.id);
  -- Of all others nothing can be said: they came in between, or are on their way.
  if run.phase = 'rows' then
    perform public.verify_skip(site.id, array(
      select x from unnest(looked) x except select j.id from unnest(judged) j));
  end if;
  counts := public.verify_apply(run, site, judged);
  step := coalesce(run.page -> 'step',
    jsonb_build_object('phase', run.phase, 'cursor', run.cursor, 'lookedTo', (select max(x) from unnest(looked) x)));
  perform public.verify_advance(run.id, public.verify_sum(coalesce(run.page -> 'counts', '{}'), counts), step);
  return public.verify_answer(step, null);
end;
$$;

-- The site could not be read: tried again after so many seconds, five times in a row; null: not again. Also gives the
-- verification back when its worker stops: no code, and at once.
create function public.sync_verify_wait(verification uuid, lease uuid, code text, reason text, retry_in double precision) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.site_verifications t set
    lease_id = null, lease_worker = null, lease_until = null, page = null,
    failures = t.failures + (code is not null)::integer, error_code = code, error = reason,
    retry_at = now() + make_interval(secs => coalesce(retry_in, 0))
  where t.id = verification and t.lease_id = lease and t.finished_at is null;
  if found and code is not null and (
    retry_in is null or (select t.failures > 5 from public.site_verifications t where t.id = verification)
  ) then
    perform public.verify_finish(verification, code, reason);
  end if;
end;
$$;

revoke execute on function
  public.verify_prune(uuid), public.verify_finish(uuid, text, text), public.verify_hold(uuid, uuid, integer),
  public.verify_expected(uuid, integer), public.verify_repair(public.site_verifications, text[], text[], integer),
  public.verify_apply(public.site_verifications, public.connected_sites, public.verify_row[]),
  public.verify_advance(uuid, jsonb, jsonb), public.verify_answer(jsonb, text[]),
  public.verify_judge(public.site_verifications, public.connected_sites, timestamptz, jsonb, text[]), public.verify_fields(jsonb, jsonb, text), public.verify_sum(jsonb, jsonb),
  public.verify_skip(uuid, text[]), public.sync_verify_lease(text, integer),
  public.sync_verify_page(uuid, uuid, integer, timestamptz, jsonb), public.sync_verify_pairs(uuid, uuid, integer),
  public.sync_verify_looked(uuid, uuid, integer, timestamptz, text[], text[]),
  public.sync_verify_wait(uuid, uuid, text, text, double precision)
from public, anon, authenticated;
grant execute on function
  public.sync_verify_lease(text, integer),
  public.sync_verify_page(uuid, uuid, integer, timestamptz, jsonb), public.sync_verify_pairs(uuid, uuid, integer),
  public.sync_verify_looked(uuid, uuid, integer, timestamptz, text[], text[]),
  public.sync_verify_wait(uuid, uuid, text, text, double precision)
to service_role;
