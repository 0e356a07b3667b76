-- What people and scripts ask: comparing a site, what came of it, repairing, and how often to look.

-- A verification as the API shows it.
create function public.verify_json(run public.site_verifications) returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'id', run.id, 'siteId', run.site_id, 'requestedBy', run.requested_by, 'repair', run.repair,
    'expected', run.expected, 'equal', run.equal, 'different', run.different, 'missing', run.missing, 'extra', run.extra,
    'skipped', run.skipped, 'repaired', run.repaired, 'listed', run.listed,
    'errorCode', run.error_code, 'error', run.error, 'startedAt', run.started_at)
    || case when run.finished_at is null then '{}' else jsonb_build_object('finishedAt', run.finished_at) end;
$$;

-- Counts what was repaired since it was last asked.
create function public.verify_count_repaired(verification uuid) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  done bigint;
begin
  with settled as (
    select f.kind, f.user_id from public.site_verify_findings f
    join public.site_verifications t on t.id = f.verification_id
    left join public.user_sync_state p on p.user_id = f.user_id and p.site_id = t.site_id
    where f.verification_id = verification and f.repair_version is not null and f.repaired_at is null
      and (p.user_id is null or (p.synced_version >= f.repair_version and p.status not in ('different', 'missing', 'extra')))
    limit 20000
    for update of f skip locked
  ), marked as (
    update public.site_verify_findings f set repaired_at = now() from settled s
    where f.verification_id = verification and f.kind = s.kind and f.user_id = s.user_id
    returning 1
  )
  select count(*) into done from marked;
  if done > 0 then
    update public.site_verifications t set repaired = t.repaired + done where t.id = verification;
  end if;
end;
$$;

-- Starts comparing a site. One that is under way already goes on; with repair, it repairs from there on, and what it has
-- found so far. Returns {"verificationId"}, or {"problem": "unknown" | "webhook" | "mapping" | "credentials" | "paused" |
-- "disconnecting"}.
create function public.request_verify(site_id uuid, repair boolean) returns jsonb
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
  elsif site.mapping is not null then
    return jsonb_build_object('problem', 'mapping');
  elsif site.credentials_sealed is null then
    return jsonb_build_object('problem', 'credentials');
  elsif site.status <> 'active' then
    return jsonb_build_object('problem', site.status);
  end if;
  insert into public.site_verifications as t (site_id, generation, requested_by, repair, expected)
  values (site.id, site.generation, coalesce(public.roster_actor() ->> 'name', 'somebody'), request_verify.repair,
    public.verify_expected(site.id, site.generation))
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
create function public.site_verify_read(site_id uuid) returns jsonb
language sql
security definer
set search_path = ''
as $$
  select public.verify_count_repaired(t.id) from (
    select t.id from public.site_verifications t
    where t.site_id = site_verify_read.site_id order by t.started_at desc limit 2) t;
  select jsonb_build_object(
    'everyMinutes', v.every_minutes, 'onDrift', v.on_drift,
    'nextAt', case when s.kind = 'supabase' and s.mapping is null and s.status = 'active' and s.credentials_sealed is not null then
      coalesce((select max(t.started_at) from public.site_verifications t where t.site_id = s.id), s.created_at)
        + make_interval(mins => v.every_minutes) end,
    'runningId', (select t.id from public.site_verifications t where t.site_id = s.id and t.finished_at is null),
    'last', (
      select public.verify_json(t) from public.site_verifications t
      where t.site_id = s.id and t.finished_at is not null order by t.started_at desc limit 1))
  from public.connected_sites s join public.site_verify v on v.site_id = s.id
  where s.id = site_verify_read.site_id and s.disconnected_at is null;
$$;

-- Sets how often a site is compared (null: only when asked) and whether what differs is repaired by itself. Returns "set",
-- or "unknown" or "webhook" when that cannot be.
create function public.site_verify_set(site_id uuid, every_minutes integer, on_drift text) returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  was public.site_verify;
  becomes public.site_verify;
  site public.connected_sites;
begin
  select s.* into site from public.connected_sites s
  where s.id = site_verify_set.site_id and s.disconnected_at is null;
  if not found then
    return 'unknown';
  elsif site.kind = 'webhook' then
    return 'webhook';
  end if;
  select v.* into was from public.site_verify v where v.site_id = site_verify_set.site_id for update;
  update public.site_verify v set every_minutes = site_verify_set.every_minutes, on_drift = site_verify_set.on_drift
  where v.site_id = site_verify_set.site_id returning v.* into becomes;
  if (was.every_minutes, was.on_drift) is distinct from (becomes.every_minutes, becomes.on_drift) then
    perform public.audit_write('site.verify_changed', 'site', site.id::text, site.name,
      jsonb_build_object('every_minutes', was.every_minutes, 'on_drift', was.on_drift),
      jsonb_build_object('every_minutes', becomes.every_minutes, 'on_drift', becomes.on_drift));
  end if;
  return 'set';
end;
$$;

-- A site's comparisons, newest first, those that began before a time.
create function public.verification_list(site_id uuid, before timestamptz, most integer) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(jsonb_agg(public.verify_json(l::public.site_verifications) order by l.started_at desc), '[]') from (
    select * from public.site_verifications t
    where t.site_id = verification_list.site_id and (before is null or t.started_at < before)
    order by t.started_at desc limit most
  ) l;
$$;

-- A comparison and what it found: of a kind, or of all when null, by kind and user id, after a pair of these. Null when
-- there is none.
create function public.verification_read(
  site_id uuid, verification_id uuid, only_kind text, after_kind text, after_user text, most integer
) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  run public.site_verifications;
begin
  perform public.verify_count_repaired(verification_id);
  select t.* into run from public.site_verifications t
  where t.id = verification_id and t.site_id = verification_read.site_id;
  if not found then
    return null;
  end if;
  return public.verify_json(run) || jsonb_build_object('items', (
    select coalesce(jsonb_agg(jsonb_build_object(
        'userId', i.user_id, 'kind', i.kind, 'fields', i.fields, 'foundAt', i.found_at, 'repairedAt', i.repaired_at,
        'repairing', i.repair_version is not null and i.repaired_at is null,
        'email', coalesce(u.email, d.email, (
          select f ->> 'there' from jsonb_array_elements(i.fields) f where f ->> 'name' = 'email'))
      ) order by i.kind, i.user_id), '[]')
    from (
      select f.* from public.site_verify_findings f
      where f.verification_id = run.id and (only_kind is null or f.kind = only_kind)
        and (after_kind is null or (f.kind, f.user_id) > (after_kind, after_user))
      order by f.kind, f.user_id limit most
    ) i
    left join public.user_profiles u on u.id = i.user_id
    left join public.deleted_users d on d.id = i.user_id));
end;
$$;

-- Has rows that were found put right, up to so many: of a kind, and of these users or all when null. Different and missing
-- rows are written again, extra ones removed as the site removes who leaves. Returns {"pairs", "more"}, or {"problem":
-- "unknown" | "outdated" | "kept"}.
create function public.request_verify_repair(site_id uuid, verification_id uuid, kind text, users text[], most integer, first boolean)
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
  pairs := public.verify_repair(run, array[kind], users, most);
  if first then
    perform public.audit_write('site.repair_started', 'site', site.id::text, site.name, null,
      jsonb_strip_nulls(jsonb_build_object('verification_id', run.id, 'kind', kind, 'users', users)));
  end if;
  return jsonb_build_object('pairs', pairs, 'more', pairs = most);
end;
$$;

-- What a worker could do now, comparisons included; see sync_backlog.
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
    ),
    'verifications', (
      select count(*) from public.site_verifications t join ready on ready.id = t.site_id
      where t.finished_at is null and t.retry_at <= now()
    )
  );
$$;

revoke execute on function
  public.verify_json(public.site_verifications), public.verify_count_repaired(uuid), public.request_verify(uuid, boolean),
  public.site_verify_read(uuid), public.site_verify_set(uuid, integer, text),
  public.verification_list(uuid, timestamptz, integer), public.verification_read(uuid, uuid, text, text, text, integer),
  public.request_verify_repair(uuid, uuid, text, text[], integer, boolean)
from public, anon, authenticated, service_role;
grant execute on function
  public.request_verify(uuid, boolean), public.site_verify_read(uuid), public.site_verify_set(uuid, integer, text),
  public.verification_list(uuid, timestamptz, integer), public.verification_read(uuid, uuid, text, text, text, integer),
  public.request_verify_repair(uuid, uuid, text, text[], integer, boolean)
to service_role;
