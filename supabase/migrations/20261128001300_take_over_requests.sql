-- What people and scripts ask: what a site's rows are, looking at them, and deciding about them.

-- How the take-over of a site stands; null when there is no such site.
create function public.take_over_read(site_id uuid) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'siteId', s.id,
    'holds', s.take_over is not null,
    'state', case
      when t.site_id is null or t.phase = 'forget' then case when s.take_over is null then 'none' else 'scanning' end
      when t.phase in ('clean', 'done') then 'done'
      when t.phase in ('ready', 'failed') then t.phase
      when t.decided_at is not null then 'applying'
      else 'scanning' end,
    'step', case when t.phase = 'apply' then 'apply' else 'scan' end,
    'scanned', coalesce(t.scanned, 0), 'unlisted', coalesce(t.unlisted, 0),
    'groups', jsonb_build_object(
      'same_id', coalesce((t.groups ->> 'same_id')::bigint, 0), 'same_email', coalesce((t.groups ->> 'same_email')::bigint, 0),
      'same_clerk_id', coalesce((t.groups ->> 'same_clerk_id')::bigint, 0),
      'only_here', coalesce((t.groups ->> 'only_here')::bigint, 0),
      'only_there', coalesce((t.groups ->> 'only_there')::bigint, 0) + coalesce(t.unlisted, 0),
      'conflicting', coalesce((t.groups ->> 'conflicting')::bigint, 0)),
    'ours', coalesce((t.groups ->> 'ours')::bigint, 0),
    'unimportable', coalesce((t.groups ->> 'unimportable')::bigint, 0),
    'linked', coalesce(t.linked, 0), 'imported', coalesce(t.imported, 0), 'left', coalesce(t.left_alone, 0),
    'refused', coalesce(t.refused, 0),
    'runId', t.run_id, 'decidedBy', t.decided_by, 'errorCode', t.error_code, 'error', t.error,
    'startedAt', t.started_at, 'scannedAt', t.scanned_at, 'decidedAt', t.decided_at, 'finishedAt', t.finished_at)
  from public.connected_sites s left join public.site_take_overs t on t.site_id = s.id
  where s.id = take_over_read.site_id and s.disconnected_at is null;
$$;

-- A user of the list as a take-over shows it beside a row.
create function public.take_over_person(u public.user_profiles, matched_by text[]) returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_build_object('id', u.id, 'clerk_user_id', u.clerk_user_id, 'email', u.email, 'full_name', u.full_name,
    'role', u.role, 'team', u.team, 'department', u.department, 'status', u.status, 'matchedBy', coalesce(matched_by, '{}'));
$$;

-- Rows of a group ("refused": those that were refused), or users that are only here, in the order of keys or ids after one:
-- {"items": [{"rowId", "there", "users", "reason", "problem", "why"}], "last": where the next page begins, null at the end}.
-- So many are looked at in one call: a page may be short, and even empty, before the end.
create function public.take_over_items(site_id uuid, kind text, search text, after text, most integer) returns jsonb
language plpgsql
stable
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_variable
declare
  looked_at constant integer := 20000; -- some 100 ms
  site public.connected_sites;
  needle text := lower(coalesce(search, ''));
  answer jsonb;
begin
  select s.* into site from public.connected_sites s where s.id = site_id;
  if kind = 'only_here' then
    execute format(
      'with looked as materialized (
         select * from public.user_profiles u where u.status = ''active'' and u.id > $2 order by u.id limit $4
       ), found as materialized (
         select u.id from looked u
         where %s and position($3 in lower(concat_ws('' '', u.id, u.email, u.full_name))) > 0
           and not exists (select from public.site_take_over_matches m where m.site_id = $1 and m.user_id = u.id)
           and not exists (select from public.user_sync_state p
             where p.user_id = u.id and p.site_id = $1 and p.generation = $6 and p.written)
         order by u.id limit $5
       )
       select jsonb_build_object(
         ''items'', coalesce((
           select jsonb_agg(jsonb_build_object(''rowId'', null, ''kind'', ''only_here'', ''there'', null, ''reason'', null,
             ''problem'', null, ''why'', null, ''users'', jsonb_build_array(public.take_over_person(u, null))) order by u.id)
           from found f join public.user_profiles u on u.id = f.id), ''[]''),
         ''last'', case when (select count(*) from found) = $5 then (select max(id) from found)
           when (select count(*) from looked) = $4 then (select max(id) from looked) end)',
      coalesce(public.scope_condition(site.scope), 'true'))
    into answer using site_id, coalesce(after, ''), needle, looked_at, most, site.generation;
    return answer;
  end if;
  with looked as materialized (
    select r.* from public.site_take_over_rows r
    where r.site_id = site_id and r.key > coalesce(after, '')
      and case when kind = 'refused' then r.outcome = 'refused' else r.kind = kind end
    order by r.key limit looked_at
  ), found as (
    select l.*, p.users from looked l
    cross join lateral (
      select coalesce(jsonb_agg(public.take_over_person(u, o.matched_by) order by u.id), '[]') as users
      from (
        select m.user_id, m.matched_by from public.site_take_over_matches m where m.site_id = site_id and m.key = l.key
        union all
        select l.user_id, null where l.user_id is not null and not exists (
          select from public.site_take_over_matches m where m.site_id = site_id and m.key = l.key)
        limit 10
      ) o join public.user_profiles u on u.id = o.user_id
    ) p
    where needle = ''
      or position(needle in lower(concat_ws(' ', l.key, l.fields ->> 'email', l.fields ->> 'full_name'))) > 0
      or exists (select from jsonb_array_elements(p.users) e
        where position(needle in lower(concat_ws(' ', e ->> 'id', e ->> 'email', e ->> 'full_name'))) > 0)
    order by l.key limit most
  )
  select jsonb_build_object(
    'items', coalesce((select jsonb_agg(jsonb_build_object(
      'rowId', f.key, 'kind', f.kind, 'there', f.fields, 'users', f.users, 'reason', f.reason, 'problem', f.problem, 'why', f.why)
      order by f.key) from found f), '[]'),
    'last', case when (select count(*) from found) = most then (select max(key) from found)
      when (select count(*) from looked) = looked_at then (select max(key) from looked) end)
  into answer;
  return answer;
end;
$$;

-- Whether a site's rows can be read at all: null, or what stands in the way.
create function public.take_over_problem(site public.connected_sites) returns text
language sql
immutable
set search_path = ''
as $$
  select case
    when site.id is null then 'unknown'
    when site.kind = 'webhook' then 'webhook'
    when site.credentials_sealed is null then 'credentials'
    when site.status = 'disconnecting' then 'disconnecting' end;
$$;

-- Has a site's rows read, anew when that was done before; tries again at once where they could not be read. Returns {}, or {"problem": "unknown" | "webhook" | "credentials" |
-- "disconnecting" | "applying"}.
create function public.request_take_over_scan(site_id uuid) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  site public.connected_sites;
begin
  select s.* into site from public.connected_sites s
  where s.id = request_take_over_scan.site_id and s.disconnected_at is null for no key update;
  if public.take_over_problem(site) is not null then
    return jsonb_build_object('problem', public.take_over_problem(site));
  elsif exists (
    select from public.site_take_overs t where t.site_id = site.id and t.decided_at is not null and t.phase in ('scan', 'drop', 'apply')
  ) then
    -- Where the site could not be read, that is tried again.
    update public.site_take_overs t set retry_at = now() where t.site_id = site.id and t.retry_at > now();
    return case when found then '{}' else jsonb_build_object('problem', 'applying') end;
  end if;
  perform public.take_over_begin(site, public.roster_actor() ->> 'name');
  perform public.audit_write('site.take_over_scanned', 'site', site.id::text, site.name);
  return '{}';
end;
$$;

-- Decides about a site's rows: by group ({"same_id": "link", …}, what is not named is left alone), and about single rows
-- ([{"key", "decision", "userId"?}], userId for whose row it is). The rows are read once more and then it is done, by
-- workers. Returns {"runId"}, or {"problem": "unknown" | "webhook" | "credentials" | "disconnecting" | "none" | "scanning" |
-- "applying" | "rows", "keys"?: rows that are not there}.
create function public.request_take_over(site_id uuid, groups jsonb, rows jsonb) returns jsonb
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_custom_plan
as $$
declare
  site public.connected_sites;
  run public.site_take_overs;
  unknown text[];
  following uuid; -- the sync after it
begin
  -- In the order in which workers lock: the site first.
  select s.* into site from public.connected_sites s
  where s.id = request_take_over.site_id and s.disconnected_at is null for no key update;
  if public.take_over_problem(site) is not null then
    return jsonb_build_object('problem', public.take_over_problem(site));
  end if;
  select t.* into run from public.site_take_overs t where t.site_id = site.id for no key update;
  if run.site_id is null or run.phase in ('clean', 'done', 'failed', 'forget') then
    return jsonb_build_object('problem', case when site.take_over is null then 'none' else 'scanning' end);
  elsif run.phase <> 'ready' then
    return jsonb_build_object('problem', case when run.decided_at is null then 'scanning' else 'applying' end);
  elsif run.generation <> site.generation then
    return jsonb_build_object('problem', 'none');
  end if;
  unknown := array(
    select d.key from jsonb_to_recordset(rows) d(key text)
    where not exists (select from public.site_take_over_rows r where r.site_id = site.id and r.key = d.key and r.kind <> 'ours')
    limit 20);
  if cardinality(unknown) > 0 then
    return jsonb_build_object('problem', 'rows', 'keys', to_jsonb(unknown));
  end if;
  update public.site_take_over_rows r set
    decision = d.decision, decision_user = case when d.decision = 'link' then coalesce(d."userId", r.user_id) end
  from jsonb_to_recordset(rows) d(key text, decision text, "userId" text)
  where r.site_id = site.id and r.key = d.key;

  -- What the site is owed already is what follows the decision; a site that is synced already gets what is dirty.
  select f.run_id into following from public.sync_run_sites f
  where f.site_id = site.id and f.finished_at is null and f.user_id is null order by f.started_at limit 1;
  if following is null then
    following := (public.sync_start_full('site', array[site.id], 'take-over') ->> 'runId')::uuid;
    update public.sync_run_sites f set skip_confirmed = true where f.run_id = following;
  end if;
  update public.site_take_overs t set
    decisions = request_take_over.groups, decided_by = coalesce(public.roster_actor() ->> 'name', 'somebody'), decided_at = clock_timestamp(),
    run_id = following,
    phase = 'scan', pass = t.pass + 1, cursor = '', scanned = 0, unlisted = 0, failures = 0, retry_at = now(),
    error_code = null, error = null
  where t.site_id = site.id;
  perform public.audit_write('site.take_over_decided', 'site', site.id::text, site.name, null,
    jsonb_build_object('groups', request_take_over.groups, 'rows', jsonb_array_length(rows), 'counts', run.groups, 'run_id', following));
  perform nextval('public.sync_version_seq'); -- open pages follow it
  return jsonb_build_object('runId', following);
end;
$$;

-- Why a user is at a site or not, as before; "left": the row there was left to the site.
create or replace function public.pair_why(site_id uuid, user_id text) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'inScope', s.scope is null or public.scope_passes(s.scope, u),
    'rules', case when s.scope is null then '[]' else (select jsonb_agg(r) from public.scope_rules(s.scope, u) r) end,
    'userStatus', u.status, 'status', v.status, 'errorCode', v.error_code, 'error', v.error,
    'written', coalesce(p.written and p.generation = s.generation, false), 'removalPolicy', s.removal_policy,
    'left', exists (
      select from public.site_left_users l where l.site_id = s.id and l.user_id = u.id and l.generation = s.generation))
  from public.connected_sites s
  cross join public.user_profiles u
  join public.user_sync_status v on v.user_id = u.id and v.site_id = s.id
  left join public.user_sync_state p on p.user_id = u.id and p.site_id = s.id
  where s.id = pair_why.site_id and s.disconnected_at is null and u.id = pair_why.user_id;
$$;

revoke execute on function
  public.take_over_read(uuid), public.take_over_person(public.user_profiles, text[]),
  public.take_over_items(uuid, text, text, text, integer), public.take_over_problem(public.connected_sites),
  public.request_take_over_scan(uuid), public.request_take_over(uuid, jsonb, jsonb)
from public, anon, authenticated, service_role;
grant execute on function
  public.take_over_read(uuid), public.take_over_items(uuid, text, text, text, integer),
  public.request_take_over_scan(uuid), public.request_take_over(uuid, jsonb, jsonb)
to service_role;
