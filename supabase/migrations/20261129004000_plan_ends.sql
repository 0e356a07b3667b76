-- How plans end: what they were made of goes in pieces, and what applies one waits in the order of everybody else.

-- Drops what nobody needs any more: plans of last week, all but the newest hundred, and the pages of those that have ended.
-- A plan for every site has a page for each 500 users of each: so many are dropped at once (some 100 ms), by whoever makes a
-- plan or compares a site, which adds fewer. A plan goes when its pages are gone.
create or replace function public.plan_forget() returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  most_pages constant integer := 20000;
  most_plans constant integer := 20; -- each with up to 5,000 users, and 80 samples a site
  kept constant integer := 100;
begin
  update public.plans p set state = 'refused', ended_at = now(), moved = array[
    case when p.created_at < now() - interval '1 day' then 'It is more than a day old.'
      else format('More than %s plans were made since.', kept) end]
  where p.state in ('draft', 'planning', 'ready') and (p.created_at < now() - interval '1 day'
    or p.id not in (select n.id from public.plans n order by n.created_at desc limit kept));
  delete from public.plan_pages g where (g.plan_id, g.site_id, g.n) in (
    select o.plan_id, o.site_id, o.n from public.plans p join public.plan_pages o on o.plan_id = p.id
    where p.state in ('applied', 'refused', 'failed') limit most_pages for update of o skip locked);
  delete from public.plans p where p.id in (
    select o.id from public.plans o
    where o.state in ('applied', 'refused', 'failed') and not o.following and (o.created_at < now() - interval '7 days'
      or o.id not in (select n.id from public.plans n order by n.created_at desc limit kept))
      and not exists (select from public.plan_pages g where g.plan_id = o.id)
    order by o.created_at limit most_plans for update of o skip locked);
end;
$$;

-- As before, and plans that nobody needs are dropped first.
create or replace function public.sync_plan_lease(seconds integer) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  held public.plan_sites;
  plan public.plans;
  site public.connected_sites;
begin
  perform public.plan_forget();
  perform public.plan_follow();
  loop
    select t.* into held from public.plan_sites t join public.plans p on p.id = t.plan_id
    where t.phase = 'rows' and t.retry_at <= now() and p.state in ('planning', 'checking')
      and (t.lease_until is null or t.lease_until <= now())
    order by p.state, p.created_at, t.site_id limit 1 -- "checking" comes first
    for no key update of t skip locked;
    if not found then
      return null;
    end if;
    update public.plan_sites t set lease_id = gen_random_uuid(), lease_until = now() + make_interval(secs => seconds)
    where t.plan_id = held.plan_id and t.site_id = held.site_id returning t.* into held;
    select p.* into plan from public.plans p where p.id = held.plan_id;
    select s.* into site from public.connected_sites s where s.id = held.site_id;
    exit when site.credentials_sealed is not null;
    perform public.sync_plan_wait(plan.id, site.id, held.lease_id, 'disconnected', 'The site was disconnected meanwhile.', null);
  end loop;
  return jsonb_build_object(
    'planId', plan.id, 'failures', held.failures,
    'passesConfirmed', plan.action = 'sync_all' and not coalesce((plan.input ->> 'force')::boolean, false),
    'countsStrangers', plan.action in ('sync_all', 'scope', 'mapping'),
    'site', jsonb_build_object(
      'id', site.id, 'name', site.name, 'kind', site.kind, 'leaseId', held.lease_id, 'url', site.endpoint_url,
      'credentials', site.credentials_sealed, 'removalPolicy', held.removal_policy, 'removalColumn', held.removal_column,
      'mapping', held.mapping));
end;
$$;

-- As before; plan_forget drops its pages.
create or replace function public.plan_refuse(plan uuid, reasons text[]) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  one public.plans;
begin
  update public.plans p set state = 'refused', moved = reasons, ended_at = now()
  where p.id = plan and p.state in ('ready', 'checking') returning p.* into one;
  if not found then
    return;
  end if;
  update public.sync_runs r set finished_at = now(), cancelled_at = now() where r.id = one.run_id and r.finished_at is null;
  perform set_config('request.headers', public.plan_headers(one), true) where one.applied_by is not null;
  perform public.audit_write('plan.refused', 'plan', one.id::text, one.action, null, jsonb_build_object('moved', reasons));
end;
$$;

-- As before; the sites are locked before the users, and plan_forget drops its pages.
create or replace function public.plan_release(plan public.plans) returns void
language plpgsql
security definer
set search_path = ''
set lock_timeout = '3s' -- while this waits for the users, everybody who writes them waits for this
as $$
declare
  moved text[];
  sites uuid[];
  one public.plan_sites;
  made uuid;
begin
  perform set_config('request.headers', public.plan_headers(plan), true);
  select array_agg(t.site_id order by t.site_id) into sites
  from public.plan_sites t where t.plan_id = plan.id and t.problem is null;
  -- In the order in which a take-over locks: the site before users.
  perform from public.connected_sites s where s.id = any (sites) order by s.id for no key update;
  lock table public.user_profiles in share row exclusive mode;
  moved := public.plan_moved(plan) || array(
    select 'Its run was cancelled.' from public.sync_runs r where r.id = plan.run_id and r.cancelled_at is not null);
  if moved <> '{}' then
    perform public.plan_refuse(plan.id, moved);
    return;
  end if;
  select t.* into one from public.plan_sites t where t.plan_id = plan.id limit 1;
  case plan.action
    when 'sync_all' then
      made := (public.sync_start_full('all', coalesce(sites, '{}'), plan.requested_by) ->> 'runId')::uuid;
      update public.sync_run_sites r set skip_confirmed = not coalesce((plan.input ->> 'force')::boolean, false)
      where r.run_id = made;
    when 'scope' then
      made := (public.site_set_scope(one.site_id, one.scope) ->> 'runId')::uuid;
    when 'mapping' then
      made := (public.site_set_mapping(one.site_id, one.mapping, one.removal_policy, one.removal_column) ->> 'runId')::uuid;
    when 'removal' then
      perform public.site_set_removal(one.site_id, one.removal_policy, one.removal_column);
      update public.user_sync_state p set run_id = plan.run_id
      where p.site_id = one.site_id and p.desired_version > p.synced_version and p.written and p.wanted_at = now(); -- just now
    else
      perform public.plan_write_users(plan);
  end case;
  if made is not null then
    perform public.plan_adopt(plan.run_id, made);
    delete from public.plan_changes c where c.plan_id = plan.id;
  else
    -- Such changes go their usual way; the run is told how far they are.
    insert into public.sync_run_sites (run_id, site_id, user_id, total)
    select plan.run_id, t.site_id, '', t.creates + t.updates + t.removes from public.plan_sites t
    where t.plan_id = plan.id and t.problem is null;
  end if;
  update public.plans p set state = 'applied', ended_at = now(), following = made is null where p.id = plan.id;
  perform public.audit_write('plan.applied', 'plan', plan.id::text, plan.action, null,
    jsonb_build_object('run_id', plan.run_id));
end;
$$;
