-- Comparing sites whose rows do not stand under the users' ids: those with a mapping, and those where rows were linked to
-- users (site_row_keys). The worker says whose a row is and what it should be, since mappings are applied there; what that
-- means is judged here, by the same rules as everywhere.

-- Whether rows of this site are found by their keys.
create function public.site_keyed(site public.connected_sites) returns boolean
language sql
stable
set search_path = ''
as $$
  select site.mapping is not null or exists (
    select from public.site_row_keys k where k.site_id = site.id and k.generation = site.generation);
$$;

alter table public.site_verifications
  add column mapping jsonb,
  add column keyed boolean not null default false;
comment on column public.site_verifications.keyed is 'Rows are found by their keys, see site_keyed; by the mapping that the site had when this began.';

-- The caller's verification with its lease prolonged; null when the lease is lost or the comparison is pointless, because
-- the site was paused, disconnected, given another database or another mapping.
create or replace function public.verify_hold(verification uuid, lease uuid, seconds integer) returns public.site_verifications
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
  if site.disconnected_at is not null or site.status <> 'active'
    or site.generation <> run.generation or site.mapping is distinct from run.mapping
    or public.site_keyed(site) <> run.keyed then
    perform public.verify_finish(run.id,
      case when site.status = 'paused' then 'site_paused' else 'site_changed' end,
      case
        when site.disconnected_at is not null or site.status = 'disconnecting' then 'The site is being disconnected.'
        when site.status = 'paused' then 'The site was paused meanwhile.'
        when site.mapping is distinct from run.mapping then 'The site''s mapping was changed meanwhile.'
        when site.generation <> run.generation then 'The site''s credentials were changed meanwhile.'
        else 'Rows of the site were linked to users meanwhile.'
      end);
    return null;
  end if;
  return run;
end;
$$;

-- Starts what is due by schedule and gives one verification to the worker for so many seconds, with what is needed to
-- reach its site; null when there is nothing to compare.
create or replace function public.sync_verify_lease(worker text, seconds integer) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  run public.site_verifications;
  site public.connected_sites;
  lease uuid;
begin
  insert into public.site_verifications (site_id, generation, repair, expected, mapping, keyed)
  select s.id, s.generation, v.on_drift = 'repair', public.verify_expected(s.id, s.generation), s.mapping, public.site_keyed(s)
  from public.connected_sites s join public.site_verify v on v.site_id = s.id
  where s.disconnected_at is null and s.status = 'active' and s.kind = 'supabase' and s.credentials_sealed is not null
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
        'removalPolicy', site.removal_policy, 'removalColumn', site.removal_column,
        'mapping', run.mapping, 'keyed', run.keyed));
  end loop;
end;
$$;

-- Whose rows a compared site has under these keys, or under which keys these users' rows stand: [{"id", "key", "user":
-- the list's row, null when there is none}]. field is what the site's match column is filled from: where nothing is
-- recorded of a user, the row stands under that. Only with the verification's lease.
create function public.sync_verify_owners(verification uuid, lease uuid, field text, keys text[], users text[]) returns jsonb
language sql
stable
security definer
set search_path = ''
set enable_seqscan = off
as $$
  with run as (
    select t.site_id, t.generation from public.site_verifications t
    where t.id = verification and t.lease_id = lease and t.lease_until > now() and t.finished_at is null
  ), recorded as (
    select k.user_id as id, k.key from run r
    join public.site_row_keys k on k.site_id = r.site_id and k.generation = r.generation
    where k.key = any (keys) or k.user_id = any (users)
  ), guessed as (
    select g.id, g.key from run r cross join (
      select u.id, u.id as key from public.user_profiles u where field = 'id' and u.id = any (keys)
      union all
      select u.id, u.clerk_user_id from public.user_profiles u where field = 'clerk_user_id' and u.clerk_user_id = any (keys)
      union all
      select u.id, u.email from public.user_profiles u
      where field = 'email' and lower(u.email) in (select lower(e) from unnest(keys) e) and u.email = any (keys)
      union all
      select u.id, case field when 'id' then u.id when 'email' then u.email else u.clerk_user_id end
      from public.user_profiles u where u.id = any (users)
    ) g
    where not exists (
      select from public.site_row_keys k where k.site_id = r.site_id and k.generation = r.generation
        and (k.user_id = g.id or k.key = g.key))
  )
  select coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'key', f.key, 'user', to_jsonb(u))), '[]')
  from (select * from recorded union select * from guessed) f
  left join public.user_profiles u on u.id = f.id;
$$;

-- Judges a page of the site's rows and records what it means. held_ids are of users in a batch on its way. Rows with
-- "fields" were compared by the worker, with the list's row of the time "comparedWith". Returns how many rows are what.
create or replace function public.verify_judge(
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
      case when e.r ? 'fields' then e.r -> 'fields' = '[]'
        else (t.clerk_user_id, t.email, t.full_name, t.role, t.team, t.department)
          is not distinct from (u.clerk_user_id, u.email, u.full_name, u.role, u.team, u.department) end as same,
      e.r ? 'fields' and (e.r ->> 'comparedWith')::timestamptz is distinct from u.updated_at as outdated,
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
        when not l.settled or l.outdated or l.status not in ('synced', 'different', 'missing')
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
      case when k.kind in ('different', 'extra') then coalesce(k.r -> 'fields',
        public.verify_fields(k.r, case when k.kind = 'different' then to_jsonb(k.u) end, site.removal_column)) end,
      k.row_at, k.desired_version, k.synced_version, k.synced_at, k.status, k.site_updated_at)::public.verify_row)
      filter (where k.kind in ('different', 'extra') or (k.kind = 'equal' and k.status in ('different', 'missing', 'extra')))
    into counts, skipped, judged
  from kinds k;
  perform public.verify_skip(site.id, skipped);
  return public.verify_sum(counts, public.verify_apply(run, site, judged));
end;
$$;

-- Compares a page of a keyed site's rows: [{"id": whose it is, or its key and "stranger" when it is nobody's, "key", "fields":
-- [{"name", "here", "there"}] in which it differs, or all that it has, "comparedWith", "active"?, "updated_at"}]; [] when
-- there are no more. reached is the key of the last one. Answers as sync_verify_page does; missing rows are looked for
-- user by user afterwards, since keys are in no order that the list knows.
create function public.sync_verify_keyed_page(
  verification uuid, lease uuid, seconds integer, began timestamptz, page_rows jsonb, reached text
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
  counts jsonb;
  step jsonb;
begin
  run := public.verify_hold(verification, lease, seconds);
  if run.id is null then
    return jsonb_build_object('kind', 'lost');
  end if;
  select s.* into site from public.connected_sites s where s.id = run.site_id;
  if run.in_order then
    update public.site_verifications t set in_order = false where t.id = run.id returning t.* into run;
  end if;
  -- A stranger's key may be the id of a user whose row is another one.
  select jsonb_agg(case when e.r ? 'stranger' and (
      exists (select from public.user_profiles u where u.id = e.r ->> 'id')
      or exists (select from public.deleted_users d where d.id = e.r ->> 'id'))
    then e.r || jsonb_build_object('id', 'row ' || (e.r ->> 'id')) else e.r end order by e.n) into page_rows
  from jsonb_array_elements(page_rows) with ordinality e(r, n);
  counts := public.verify_judge(run, site, began, coalesce(page_rows, '[]'),
    array(select distinct unnest(c.user_ids) from public.sync_claims c where c.site_id = site.id));
  step := jsonb_build_object('phase', case when page_rows is null then 'pairs' else 'rows' end,
    'cursor', coalesce(reached, run.cursor), 'lookedTo', '');
  perform public.verify_advance(run.id, counts, step);
  perform public.verify_prune(site.id);
  return public.verify_answer(step, null);
end;
$$;

-- Starts comparing a site. One that is under way already goes on; with repair, it repairs from there on, and what it has
-- found so far. Returns {"verificationId"}, or {"problem": "unknown" | "webhook" | "credentials" | "paused" |
-- "disconnecting"}.
create or replace function public.request_verify(site_id uuid, repair boolean) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  site public.connected_sites;
  run public.site_verifications;
begin
  select s.* into site from public.connected_sites s where s.id = request_verify.site_id and s.disconnected_at is null;
  if not found then
    return jsonb_build_object('problem', 'unknown');
  elsif site.kind = 'webhook' then
    return jsonb_build_object('problem', 'webhook');
  elsif site.credentials_sealed is null then
    return jsonb_build_object('problem', 'credentials');
  elsif site.status <> 'active' then
    return jsonb_build_object('problem', site.status);
  end if;
  insert into public.site_verifications as t (site_id, generation, requested_by, repair, expected, mapping, keyed)
  values (site.id, site.generation, coalesce(public.roster_actor() ->> 'name', 'somebody'), request_verify.repair,
    public.verify_expected(site.id, site.generation), site.mapping, public.site_keyed(site))
  on conflict (site_id) where finished_at is null do update set
    repair = t.repair or excluded.repair, retry_at = now()
  returning t.* into run;
  if run.repair and run.different + run.missing > 0 then
    perform public.verify_repair(run, array['different', 'missing'], null, 10000);
  end if;
  perform public.audit_write('site.verify_started', 'site', site.id::text, site.name, null,
    jsonb_build_object('verification_id', run.id, 'repair', request_verify.repair));
  return jsonb_build_object('verificationId', run.id);
end;
$$;

-- How a site is compared, and the newest comparisons; null when there is no such site.
create or replace function public.site_verify_read(site_id uuid) returns jsonb
language sql
security definer
set search_path = ''
as $$
  select public.verify_count_repaired(t.id) from (
    select t.id from public.site_verifications t
    where t.site_id = site_verify_read.site_id order by t.started_at desc limit 2) t;
  select jsonb_build_object(
    'everyMinutes', v.every_minutes, 'onDrift', v.on_drift,
    'nextAt', case when s.kind = 'supabase' and s.status = 'active' and s.credentials_sealed is not null then
      coalesce((select max(t.started_at) from public.site_verifications t where t.site_id = s.id), s.created_at)
        + make_interval(mins => v.every_minutes) end,
    'runningId', (select t.id from public.site_verifications t where t.site_id = s.id and t.finished_at is null),
    'last', (
      select public.verify_json(t) from public.site_verifications t
      where t.site_id = s.id and t.finished_at is not null order by t.started_at desc limit 1))
  from public.connected_sites s join public.site_verify v on v.site_id = s.id
  where s.id = site_verify_read.site_id and s.disconnected_at is null;
$$;

-- Has rows that were found put right, up to so many: of a kind, and of these users or all when null. Different and missing
-- rows are written again, extra ones removed as the site removes who leaves. Returns {"pairs", "more"}, or {"problem":
-- "unknown" | "outdated" | "kept"}.
create or replace function public.request_verify_repair(site_id uuid, verification_id uuid, kind text, users text[], most integer, first boolean)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  run public.site_verifications;
  site public.connected_sites;
  pairs integer;
begin
  select t.* into run from public.site_verifications t
  where t.id = request_verify_repair.verification_id and t.site_id = request_verify_repair.site_id;
  select s.* into site from public.connected_sites s where s.id = run.site_id and s.disconnected_at is null;
  if site.id is null then
    return jsonb_build_object('problem', 'unknown');
  elsif not run.listed or run.generation <> site.generation then
    return jsonb_build_object('problem', 'outdated');
  elsif kind = 'extra' and site.removal_policy = 'keep' then
    return jsonb_build_object('problem', 'kept');
  end if;
  if kind = 'extra' and public.site_keyed(site) then
    -- Where the rows of nobody stand, so that they are found when they are removed.
    insert into public.site_row_keys (site_id, user_id, generation, key)
    select site.id, f.user_id, site.generation, regexp_replace(f.user_id, '^row ', '')
    from public.site_verify_findings f
    where f.verification_id = run.id and f.kind = 'extra' and f.repair_version is null
      and (users is null or f.user_id = any (users))
      and not exists (select from public.user_profiles u where u.id = f.user_id)
      and not exists (select from public.deleted_users d where d.id = f.user_id)
    order by f.user_id limit most
    on conflict do nothing;
  end if;
  pairs := public.verify_repair(run, array[kind], users, most);
  if first then
    perform public.audit_write('site.repair_started', 'site', site.id::text, site.name, null,
      jsonb_strip_nulls(jsonb_build_object('verification_id', run.id, 'kind', kind, 'users', users)));
  end if;
  return jsonb_build_object('pairs', pairs, 'more', pairs = most);
end;
$$;

revoke execute on function
  public.site_keyed(public.connected_sites), public.sync_verify_owners(uuid, uuid, text, text[], text[]),
  public.sync_verify_keyed_page(uuid, uuid, integer, timestamptz, jsonb, text)
from public, anon, authenticated, service_role;
grant execute on function
  public.sync_verify_owners(uuid, uuid, text, text[], text[]),
  public.sync_verify_keyed_page(uuid, uuid, integer, timestamptz, jsonb, text)
to service_role;
