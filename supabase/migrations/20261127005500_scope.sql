-- Which users a site gets. Null is everyone; otherwise rules on the user's row:
--   {"field": "role" | "team" | "department" | "status" | "emailDomain", "is": [values, null for none]}
--   {"all": [rules]}, {"any": [rules]}, {"not": rule}
-- scope_condition is the only place that says what a rule means: claims, counts, previews and Why? all ask it.

-- A scope as a condition on a user_profiles row called u, which is never null. Null for null; raises an exception for what is no scope.
create function public.scope_condition(scope jsonb) returns text
language plpgsql
immutable
strict
set search_path = ''
as $$
declare
  part text := case when jsonb_typeof(scope) = 'object' then (select min(k) from jsonb_object_keys(scope) k where k <> 'is') end;
  parts text[];
  field text;
begin
  if part in ('all', 'any') and jsonb_typeof(scope -> part) = 'array' and jsonb_array_length(scope -> part) > 0 then
    parts := array(select public.scope_condition(r.rule) from jsonb_array_elements(scope -> part) r(rule));
    return '(' || array_to_string(parts, case part when 'all' then ' and ' else ' or ' end) || ')';
  elsif part = 'not' then
    return '(not ' || public.scope_condition(scope -> 'not') || ')';
  elsif part = 'field' and jsonb_typeof(scope -> 'is') = 'array' then
    field := case scope ->> 'field'
      when 'role' then 'u.role'
      when 'team' then 'u.team'
      when 'department' then 'u.department'
      when 'status' then 'u.status'
      when 'emailDomain' then 'lower(split_part(u.email, ''@'', -1))'
    end;
    if field is not null then
      -- Not coalesce: null = any ('{}') is false.
      return format('case when %1$s is null then %2$L::boolean else %1$s = any (%3$L::text[]) end', field,
        scope -> 'is' @> '[null]',
        array(select case scope ->> 'field' when 'emailDomain' then lower(v) else v end
          from jsonb_array_elements_text(scope -> 'is') v where v is not null));
    end if;
  end if;
  raise exception 'Not a rule of a scope: %', scope using errcode = '22023';
end;
$$;

alter table public.connected_sites
  add column scope jsonb,
  add constraint connected_sites_scope_valid check (scope is null or public.scope_condition(scope) is not null);
comment on column public.connected_sites.scope is 'Which users this site gets, see scope_condition; null: everyone.';

alter table public.user_sync_state
  drop constraint user_sync_state_status_known,
  add constraint user_sync_state_status_known
    check (status in ('pending', 'synced', 'removed', 'kept', 'retrying', 'failed', 'out_of_scope'));

alter table public.sync_claims add column outside text[];
comment on column public.sync_claims.outside is 'Active users of this batch who are not in the site''s scope; null for none.';

-- Whether a user is in a scope.
create function public.scope_passes(scope jsonb, person public.user_profiles) returns boolean
language plpgsql
stable
set search_path = ''
as $$
declare
  passed boolean;
begin
  execute 'select ' || public.scope_condition(scope) || ' from (select ($1).*) u' into passed using person;
  return passed;
end;
$$;

-- Every rule of a scope with what it says of a user, from the outside in, as rows of {"rule", "passed", "depth"}.
create function public.scope_rules(scope jsonb, person public.user_profiles, depth integer default 0) returns setof jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  part jsonb;
begin
  return next jsonb_build_object('rule', scope, 'passed', public.scope_passes(scope, person), 'depth', depth);
  for part in
    select r from jsonb_array_elements(coalesce(scope -> 'all', scope -> 'any', jsonb_build_array(scope -> 'not'))) r
    where scope ?| array['all', 'any', 'not']
  loop
    return query select public.scope_rules(part, person, depth + 1);
  end loop;
end;
$$;

-- Applies a scope to a claimed batch, judging the very rows that it holds: users outside get the status out_of_scope,
-- and the claim remembers who they are. Takes and returns the users' columns, see sync_claimed.
create function public.sync_claim_scope(claimed public.sync_claims, scope jsonb, users json) returns json
language plpgsql
security definer
set search_path = ''
as $$
declare
  strangers text[];
begin
  execute 'select array_agg(u.id) from rows from (unnest($1), json_array_elements_text($2 -> ''email''),
      json_array_elements_text($2 -> ''role''), json_array_elements_text($2 -> ''team''),
      json_array_elements_text($2 -> ''department''), json_array_elements_text($2 -> ''status''))
      u(id, email, role, team, department, status)
    where u.status = ''active'' and not ' || public.scope_condition(scope) into strangers using claimed.user_ids, users;
  if strangers is null then
    return users;
  end if;
  update public.sync_claims c set
    outside = strangers,
    upserts = array(
      select t.upsert and t.id <> all (strangers) from unnest(c.user_ids, c.upserts) with ordinality t(id, upsert, n) order by n)
  where c.id = claimed.id;
  return users::jsonb || jsonb_build_object('status', (
    select jsonb_agg(case when t.id = any (strangers) then 'out_of_scope' else t.status end order by t.n)
    from rows from (unnest(claimed.user_ids), json_array_elements_text(users -> 'status')) with ordinality t(id, status, n)));
end;
$$;

-- Starts a full sync of a site whose rules for its rows have changed. What was claimed by the old ones does not settle,
-- and nobody counts as confirmed by it. Returns the run's id, null while the site has no credentials.
create function public.site_start_over(site_id uuid, requested_by text) returns uuid
language plpgsql
security definer
set search_path = ''
as $$
declare
  run uuid;
begin
  update public.connected_sites s set
    lease_id = null, lease_worker = null, lease_until = null,
    health = 'ok', failures = 0, error_code = null, error = null, retry_at = now()
  where s.id = site_start_over.site_id and s.credentials_sealed is not null;
  if not found then
    return null;
  end if;
  run := (public.sync_start_full('site', array[site_start_over.site_id], site_start_over.requested_by) ->> 'runId')::uuid;
  -- A batch may have settled after this transaction began and before it had the site's row.
  update public.sync_run_sites r set started_at = clock_timestamp() where r.run_id = run;
  return run;
end;
$$;

-- Sets a site's scope and brings the site in line with it. Returns {"found", "runId"}.
create function public.site_set_scope(site_id uuid, scope jsonb) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  wanted jsonb := nullif(site_set_scope.scope, 'null');
  was jsonb;
begin
  select s.scope into was from public.connected_sites s
  where s.id = site_set_scope.site_id and s.disconnected_at is null and s.status <> 'disconnecting' for no key update;
  if not found then
    return jsonb_build_object('found', false);
  end if;
  if was is not distinct from wanted then
    return jsonb_build_object('found', true, 'runId', null);
  end if;
  update public.connected_sites s set scope = wanted where s.id = site_set_scope.site_id;
  return jsonb_build_object('found', true, 'runId', public.site_start_over(site_set_scope.site_id, 'scope'));
end;
$$;

-- What a scope would mean at a site: {"users": active ones, "inScope", "added", "removed"} as counts, and up to ten of
-- those who would be added and removed; null when there is no such site. A row that was deactivated or kept for somebody
-- who left counts as gone.
create function public.scope_preview(site_id uuid, scope jsonb) returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  wanted jsonb := nullif(scope_preview.scope, 'null');
  site public.connected_sites;
  judged text;
  answer jsonb;
  samples jsonb;
begin
  select s.* into site from public.connected_sites s where s.id = scope_preview.site_id and s.disconnected_at is null;
  if not found then
    return null;
  end if;
  judged := format(
    '(select u.id, u.email, u.full_name, %s as inside,
        coalesce(p.written and (p.generation = %s or %L) and p.status not in (''out_of_scope'', ''removed'', ''kept''), false) as there
      from public.user_profiles u left join public.user_sync_state p on p.user_id = u.id and p.site_id = %L
      where u.status = ''active'') j',
    coalesce(public.scope_condition(wanted), 'true'), site.generation, site.kind = 'webhook', site.id);
  execute 'select jsonb_build_object(''users'', count(*), ''inScope'', count(*) filter (where inside),
      ''added'', count(*) filter (where inside and not there), ''removed'', count(*) filter (where there and not inside))
    from ' || judged into answer;
  execute format(
    'select jsonb_build_object(
      ''addedSample'', coalesce((select jsonb_agg(to_jsonb(a) - ''inside'' - ''there'') from (
        select * from %1$s where inside and not there order by id limit 10) a), ''[]''),
      ''removedSample'', coalesce((select jsonb_agg(to_jsonb(r) - ''inside'' - ''there'') from (
        select * from %1$s where there and not inside order by id limit 10) r), ''[]''))', judged) into samples;
  return answer || samples;
end;
$$;

-- Why a user is at a site or not: {"inScope", "rules": [{"rule", "passed", "depth"}], "userStatus", "written", "status",
-- "errorCode", "error", "removalPolicy"}; null when there is no such user or site.
create function public.pair_why(site_id uuid, user_id text) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'inScope', s.scope is null or public.scope_passes(s.scope, u),
    'rules', case when s.scope is null then '[]' else (select jsonb_agg(r) from public.scope_rules(s.scope, u) r) end,
    'userStatus', u.status, 'status', v.status, 'errorCode', v.error_code, 'error', v.error,
    'written', coalesce(p.written and p.generation = s.generation, false), 'removalPolicy', s.removal_policy)
  from public.connected_sites s
  cross join public.user_profiles u
  join public.user_sync_status v on v.user_id = u.id and v.site_id = s.id
  left join public.user_sync_state p on p.user_id = u.id and p.site_id = s.id
  where s.id = pair_why.site_id and s.disconnected_at is null and u.id = pair_why.user_id;
$$;

revoke execute on function
  public.scope_condition(jsonb),
  public.scope_passes(jsonb, public.user_profiles),
  public.scope_rules(jsonb, public.user_profiles, integer),
  public.sync_claim_scope(public.sync_claims, jsonb, json),
  public.site_start_over(uuid, text),
  public.site_set_scope(uuid, jsonb),
  public.scope_preview(uuid, jsonb),
  public.pair_why(uuid, text)
from public, anon, authenticated;
grant execute on function
  public.site_set_scope(uuid, jsonb),
  public.scope_preview(uuid, jsonb),
  public.pair_why(uuid, text)
to service_role;
