-- What people and scripts ask: a plan, what it says, and to apply it.

-- Drops what nobody needs any more: plans of last week, all but the newest hundred, and what old ones were made of.
create function public.plan_forget() returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.plans p set state = 'refused', moved = array['It is more than a day old.'], ended_at = now()
  where p.state in ('draft', 'planning', 'ready') and p.created_at < now() - interval '1 day';
  delete from public.plan_pages g using public.plans p
  where p.id = g.plan_id and p.state in ('refused', 'failed') and p.created_at < now() - interval '1 day';
  delete from public.plans p where p.id in (
    select o.id from public.plans o
    where o.state <> 'checking' and not o.following and (o.created_at < now() - interval '7 days'
      or o.id not in (select n.id from public.plans n order by n.created_at desc limit 100))
    order by o.created_at limit 20);
end;
$$;

-- Begins a plan. input is what the action would take: {"siteIds"?, "force"} | {"siteId", "scope"} | {"siteId", "mapping",
-- "removalPolicy", "removalColumn"} | {"siteId", "removalPolicy", "removalColumn"} | {"ids" or "query", "change"} | {} for an
-- import, whose users follow by plan_add_users and plan_start. Returns {"id"}, or {"problem": "unknown" | "too_many"}.
create function public.plan_create(action text, input jsonb, requested_by text) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  plan public.plans;
  only_site constant uuid := (input ->> 'siteId')::uuid;
  site_ids constant uuid[] := case when input ? 'siteIds'
    then array(select e::uuid from jsonb_array_elements_text(input -> 'siteIds') e) end;
  becoming constant jsonb := nullif(input -> 'mapping', 'null');
begin
  perform public.plan_forget();
  insert into public.plans (action, input, requested_by, state)
  values (plan_create.action, plan_create.input, plan_create.requested_by, 'draft') returning * into plan;
  insert into public.plan_sites (plan_id, site_id, name, mark, generation, scope, mapping, removal_policy, removal_column,
    match_field, redo_removals, moves, problem)
  select plan.id, s.id, s.name, public.plan_site_mark(s), s.generation + a.moves::integer,
    case plan.action when 'scope' then nullif(input -> 'scope', 'null') else s.scope end,
    a.mapping, a.policy, a.policy_column,
    public.match_field(a.mapping),
    plan.action = 'mapping' and not a.moves and (a.policy, a.policy_column) is distinct from (s.removal_policy, s.removal_column),
    a.moves,
    case
      when s.credentials_sealed is null then 'The site has no credentials yet.'
      when s.take_over is not null and not a.moves then 'The site waits for its take-over: nothing is written before.'
      when s.status = 'paused' then 'The site is paused: what changes waits until it is resumed.'
      when s.status = 'disconnecting' then 'The site is being disconnected.'
    end
  from public.connected_sites s
  cross join lateral (
    select
      case plan.action when 'mapping' then becoming else s.mapping end as mapping,
      case when plan.action in ('mapping', 'removal') then input ->> 'removalPolicy' else s.removal_policy end as policy,
      case when plan.action in ('mapping', 'removal') then input ->> 'removalColumn' else s.removal_column end as policy_column,
      plan.action = 'mapping' and public.site_place(s.mapping) <> public.site_place(becoming) as moves
  ) a
  where s.disconnected_at is null and case
    when plan.action = 'sync_all' then s.status = 'active' and s.credentials_sealed is not null
      and (site_ids is null or s.id = any (site_ids))
    when plan.action in ('bulk', 'import') then true
    else s.id = only_site end;
  if only_site is not null and not found then
    delete from public.plans p where p.id = plan.id;
    return jsonb_build_object('problem', 'unknown');
  end if;
  update public.plan_sites t set phase = 'done' where t.plan_id = plan.id and t.problem is not null;
  if plan.action = 'bulk' and not public.plan_add_bulk(plan) then
    delete from public.plans p where p.id = plan.id;
    return jsonb_build_object('problem', 'too_many');
  end if;
  if plan.action <> 'import' then
    perform public.plan_start(plan.id, null);
  end if;
  return jsonb_build_object('id', plan.id);
end;
$$;

-- Most users of a planned bulk edit or import: they are written by one statement, far below the 8 s timeout.
create function public.plan_most_changes() returns integer
language sql
immutable
set search_path = ''
as $$
  select 5000;
$$;

-- Adds whom a bulk edit changes. False when they are too many.
create function public.plan_add_bulk(plan public.plans) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  change constant jsonb := plan.input -> 'change';
  matched text[];
  changed integer;
begin
  if plan.input ? 'query' then
    execute format('select array_agg(f.id) from (select u.id from public.user_profiles u where %s limit %s) f',
      public.plan_filter(plan.input -> 'query'), public.plan_most_changes() + 1) into matched;
  else
    matched := array(select u.id from public.user_profiles u
      where u.id in (select jsonb_array_elements_text(plan.input -> 'ids')) limit public.plan_most_changes() + 1);
  end if;
  if cardinality(matched) > public.plan_most_changes() then
    return false;
  end if;
  insert into public.plan_changes (plan_id, user_id, becomes, was)
  select plan.id, u.id, b.becomes, u.updated_at
  from public.user_profiles u
  cross join lateral (
    select public.user_profiles_fields(u) || (
      select coalesce(jsonb_object_agg(e.key, e.value), '{}') from jsonb_each(change) e
      where e.key in ('team', 'department') or e.value <> 'null') as becomes
  ) b
  where u.id = any (matched) and (change = '{}' or b.becomes <> public.user_profiles_fields(u));
  get diagnostics changed = row_count;
  update public.plans p set report = jsonb_build_object('matched', coalesce(cardinality(matched), 0), 'changed', changed)
  where p.id = plan.id;
  return true;
end;
$$;

-- Adds users of an import to a plan: [a line's fields as user_import takes them, "outcome" ("created" | "updated"), "userId"?].
create function public.plan_add_users(plan_id uuid, list jsonb) returns void
language sql
security definer
set search_path = ''
as $$
  insert into public.plan_changes (plan_id, user_id, becomes, was)
  select p.id, i.id,
    case when u.id is not null then public.user_profiles_fields(u) else jsonb_build_object(
      'id', i.id, 'clerk_user_id', i.id, 'full_name', null, 'role', 'user', 'team', null, 'department', null, 'status', 'active',
      'created_at', now(), 'updated_at', now()) end
    || (
      select coalesce(jsonb_object_agg(e.key, e.value), '{}') from jsonb_each(l.given) e
      where e.key in ('full_name', 'team', 'department')
        or (e.key in ('clerk_user_id', 'email', 'role', 'status') and e.value <> 'null')),
    u.updated_at
  from public.plans p
  cross join jsonb_array_elements(list) l(given)
  cross join lateral (select coalesce(l.given ->> 'userId', gen_random_uuid()::text) as id) i
  left join public.user_profiles u on u.id = i.id and l.given ->> 'outcome' = 'updated'
  where p.id = plan_add_users.plan_id and p.state = 'draft' and p.action = 'import'
  on conflict do nothing;
$$;

-- Has a plan's sites compared. What the users are now is noted first: whatever changes from here on is noticed.
create function public.plan_start(plan_id uuid, report jsonb) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  plan public.plans;
begin
  update public.plans p set
    users_mark = public.plan_users_mark(p), report = coalesce(plan_start.report, p.report), state = 'planning'
  where p.id = plan_start.plan_id and p.state = 'draft' returning p.* into plan;
  if not found then
    return;
  end if;
  perform public.audit_write('plan.made', 'plan', plan.id::text, plan.action, null,
    case when plan.action in ('bulk', 'import') then jsonb_build_object('users', plan.report) else plan.input end);
  perform public.plan_advance(plan.id);
end;
$$;

-- A plan as the API shows it; null when there is none.
create function public.plan_read(plan_id uuid) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'id', p.id, 'action', p.action, 'state', case p.state when 'draft' then 'planning' else p.state end,
    'requestedBy', p.requested_by, 'createdAt', p.created_at, 'runId', case when p.state in ('checking', 'applied') then p.run_id end,
    'report', p.report, 'moved', coalesce(to_jsonb(p.moved), '[]'),
    'sites', coalesce((
      select jsonb_agg(jsonb_build_object(
        'siteId', t.site_id, 'site', t.name, 'done', t.phase = 'done', 'looked', t.looked,
        'create', t.creates, 'update', t.updates, 'remove', t.removes,
        'skip', (select coalesce(sum(e.value::bigint), 0) from jsonb_each_text(t.skips) e),
        'skipped', t.skips, 'updatedFields', t.fields, 'problem', t.problem,
        'samples', coalesce((
          select jsonb_agg(jsonb_build_object(
            'kind', m.kind, 'userId', m.user_id, 'email', m.email, 'reason', m.reason, 'fields', m.fields) order by m.kind, m.user_id)
          from public.plan_samples m
          where m.plan_id = p.id and m.site_id = t.site_id and p.state <> 'planning'), '[]')) order by lower(t.name), t.site_id)
      from public.plan_sites t where t.plan_id = p.id), '[]'))
  from public.plans p where p.id = plan_read.plan_id;
$$;

-- How far a plan is, for who waits for it: {"state", "moved"}.
create function public.plan_state(plan_id uuid) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object('state', p.state, 'moved', coalesce(to_jsonb(p.moved), '[]'))
  from public.plans p where p.id = plan_state.plan_id;
$$;

-- Begins to apply a plan: what it rests on at the centre is looked at now, the sites are read again, and then it is done.
-- Returns {"runId", "action"}, or {"problem": "unknown" | the state it is in}, or {"moved": [why not]}.
create function public.plan_apply(plan_id uuid, requested_by text) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  plan public.plans;
  reasons text[];
begin
  select p.* into plan from public.plans p where p.id = plan_apply.plan_id for no key update;
  if not found then
    return jsonb_build_object('problem', 'unknown');
  elsif plan.state <> 'ready' then
    return jsonb_build_object('problem', plan.state);
  end if;
  reasons := case when plan.created_at < now() - interval '1 day' then array['It is more than a day old.']
    else public.plan_moved(plan) end;
  if reasons <> '{}' then
    perform public.plan_refuse(plan.id, reasons);
    return jsonb_build_object('moved', to_jsonb(reasons));
  end if;
  insert into public.sync_runs (kind, requested_by)
  values (case when plan.action in ('sync_all', 'bulk', 'import') then 'all' else 'site' end, plan_apply.requested_by)
  returning id into plan.run_id;
  update public.plans p set state = 'checking', run_id = plan.run_id, applied_by = public.roster_actor() where p.id = plan.id;
  update public.plan_sites t set phase = 'rows', cursor = '', page = 0, failures = 0, retry_at = now(),
    lease_id = null, lease_until = null
  where t.plan_id = plan.id and t.problem is null;
  perform public.plan_advance(plan.id);
  return jsonb_build_object('runId', plan.run_id);
end;
$$;

-- Ends a sync of all users, and answers as request_cancel_run; "changed": it is a plan's whose users are changed already, so
-- that what the sites get is their change, whatever becomes of the run.
create function public.request_run_end(run_id uuid) returns text
language sql
security definer
set search_path = ''
as $$
  select case
    when exists (select from public.plans p where p.run_id = request_run_end.run_id and p.following) then 'changed'
    else public.request_cancel_run(request_run_end.run_id) end;
$$;

revoke execute on function public.request_cancel_run(uuid) from service_role;
revoke execute on function
  public.request_run_end(uuid), public.plan_forget(), public.plan_create(text, jsonb, text), public.plan_most_changes(), public.plan_add_bulk(public.plans),
  public.plan_add_users(uuid, jsonb), public.plan_start(uuid, jsonb), public.plan_read(uuid), public.plan_state(uuid),
  public.plan_apply(uuid, text)
from public, anon, authenticated, service_role;
grant execute on function
  public.request_run_end(uuid), public.plan_create(text, jsonb, text), public.plan_add_users(uuid, jsonb), public.plan_start(uuid, jsonb),
  public.plan_read(uuid), public.plan_state(uuid), public.plan_apply(uuid, text)
to service_role;
