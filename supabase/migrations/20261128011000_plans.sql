-- Plans: what an action would do at each site, found by comparing with the sites, and then done exactly so or not at all.

create table public.plans (
  id uuid primary key default gen_random_uuid(),
  action text not null,
  input jsonb not null,
  state text not null default 'planning',
  requested_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  users_mark jsonb not null default '{}',
  report jsonb not null default '{}',
  run_id uuid,
  applied_by jsonb,
  moved text[],
  following boolean not null default false,
  constraint plans_action_known check (action in ('sync_all', 'scope', 'mapping', 'removal', 'bulk', 'import')),
  constraint plans_state_known check (state in ('draft', 'planning', 'ready', 'checking', 'applied', 'refused', 'failed'))
);
create index plans_created_at_idx on public.plans (created_at);
create index plans_following_idx on public.plans (ended_at) where following;
comment on column public.plans.state is 'draft: users are being added to it; planning: sites are being compared; checking: they are once more, before it is applied.';
comment on column public.plans.users_mark is 'What the users in reach were before the comparing began; see plan_users_mark.';
comment on column public.plans.report is 'Of a bulk edit or an import: what becomes of the users in the list.';
comment on column public.plans.applied_by is 'Who applies it, for the audit log; a worker does the last step.';
comment on column public.plans.following is 'It is applied, and its run is told how far the sites are; see plan_follow.';
comment on column public.plans.moved is 'Why it was refused, or what could not be read.';

-- A site of a plan, as it is to be, and how far it has been compared.
create table public.plan_sites (
  plan_id uuid not null references public.plans (id) on delete cascade,
  site_id uuid not null,
  name text not null,
  mark jsonb not null,
  generation integer not null,
  scope jsonb,
  mapping jsonb,
  removal_policy text not null,
  removal_column text,
  match_field text not null,
  redo_removals boolean not null default false,
  moves boolean not null default false,
  phase text not null default 'rows',
  cursor text not null default '',
  page integer not null default 0,
  looked bigint not null default 0,
  found bigint not null default 0,
  creates bigint not null default 0,
  updates bigint not null default 0,
  removes bigint not null default 0,
  departures bigint not null default 0,
  skips jsonb not null default '{}',
  fields jsonb not null default '{}',
  problem text,
  failures integer not null default 0,
  retry_at timestamptz not null default now(),
  lease_id uuid,
  lease_until timestamptz,
  primary key (plan_id, site_id),
  constraint plan_sites_phase_known check (phase in ('rows', 'done'))
) with (fillfactor = 50);
create index plan_sites_waiting_idx on public.plan_sites (retry_at) where phase = 'rows';
comment on column public.plan_sites.mark is 'The site''s settings when the plan was made; see plan_site_mark.';
comment on column public.plan_sites.moves is 'Another table than now: where that has rows, a take-over comes first.';
comment on column public.plan_sites.found is 'Rows there of the users who were looked at.';
comment on column public.plan_sites.departures is 'Of the removals those that the removal guard counts.';
comment on column public.plan_sites.problem is 'Why nothing can be said of this site.';

-- What was seen of a page of users, as a digest: so much is enough to know whether it is still so.
create table public.plan_pages (
  plan_id uuid not null,
  site_id uuid not null,
  n integer not null,
  digest text not null,
  marks text[],
  primary key (plan_id, site_id, n),
  foreign key (plan_id, site_id) references public.plan_sites (plan_id, site_id) on delete cascade
);
comment on column public.plan_pages.marks is 'Of the first pages one for each user, so that it can be said who moved.';

create table public.plan_samples (
  plan_id uuid not null,
  site_id uuid not null,
  kind text not null,
  user_id text not null,
  email text not null,
  reason text,
  fields jsonb not null,
  primary key (plan_id, site_id, kind, user_id),
  foreign key (plan_id, site_id) references public.plan_sites (plan_id, site_id) on delete cascade,
  constraint plan_samples_kind_known check (kind in ('create', 'update', 'remove', 'skip'))
);

-- Users that a bulk edit or an import changes, as they are to be.
create table public.plan_changes (
  plan_id uuid not null references public.plans (id) on delete cascade,
  user_id text not null,
  becomes jsonb not null,
  was timestamptz,
  primary key (plan_id, user_id)
);
comment on column public.plan_changes.was is 'updated_at of the row it is made from; null for a new user.';

alter table public.plans enable row level security;
alter table public.plan_sites enable row level security;
alter table public.plan_pages enable row level security;
alter table public.plan_samples enable row level security;
alter table public.plan_changes enable row level security;
revoke all on public.plans, public.plan_sites, public.plan_pages, public.plan_samples, public.plan_changes
  from anon, authenticated, service_role;

-- What a plan rests on at a site, apart from its rows.
create function public.plan_site_mark(site public.connected_sites) returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'status', site.status, 'take-over', site.take_over, 'database', site.generation, 'credentials', site.credentials_sealed is not null,
    'mapping', site.mapping, 'scope', site.scope,
    'removal policy', jsonb_build_array(site.removal_policy, site.removal_column),
    'removal guard', jsonb_build_array(site.removal_guard, site.removal_guard_percent, site.removal_guard_at_least),
    'held removals', (select count(*) from public.site_removals r where r.site_id = site.id and r.state = 'held'));
$$;

-- The users a plan rests on: all of them, or those it changes and, where they were chosen by a filter, whom that chooses.
-- Rows never go back to an earlier updated_at, so an equal sum means that none was touched.
create function public.plan_users_mark(plan public.plans) returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  condition text := 'true';
  mark jsonb;
begin
  if plan.action in ('bulk', 'import') then
    if not plan.input ? 'query' then
      return '{}';
    end if;
    condition := public.plan_filter(plan.input -> 'query');
    execute format('select jsonb_build_object(''users'', count(*), ''sum'', sum(hashtextextended(u.id, 0))) from public.user_profiles u where %s',
      condition) into mark;
    return mark;
  end if;
  select jsonb_build_object('users', count(*), 'sum', sum(hashtextextended(u.id, (extract(epoch from u.updated_at) * 1000000)::bigint)))
  into mark from public.user_profiles u;
  return mark;
end;
$$;

-- A filter of users as a condition on a user_profiles row called u; see user_find.
create function public.plan_filter(query jsonb) returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  state constant text := query ->> 'syncStatus';
  site constant uuid := (query ->> 'siteId')::uuid;
  -- Otherwise every user would be looked at to find the few who failed.
  suspects constant text[] := case when state is not null then public.sync_suspects(state, site) end;
begin
  return public.user_conditions(query)
    || case when state is null then '' else ' and ' || public.user_in_state(state, site) end
    || case when suspects is null then '' else format(' and u.id = any (%L::text[])', suspects) end;
end;
$$;

-- What moved at the centre since a plan was made, in sentences; none when nothing did.
create function public.plan_moved(plan public.plans) returns text[]
language plpgsql
stable
set search_path = ''
as $$
declare
  moved text[] := '{}';
  named constant integer := 10;
begin
  moved := moved || array(
    select format('%s: its %s changed.', t.name, e.key)
    from public.plan_sites t
    join public.connected_sites s on s.id = t.site_id and s.disconnected_at is null
    -- Once for each site: what is held there is counted.
    cross join lateral (select public.plan_site_mark(s) as mark offset 0) now
    cross join lateral jsonb_each(t.mark) e
    where t.plan_id = plan.id and now.mark -> e.key is distinct from e.value
    order by t.name, e.key limit named);
  moved := moved || array(
    select format('%s is no longer connected.', t.name) from public.plan_sites t
    where t.plan_id = plan.id and not exists (
      select from public.connected_sites s where s.id = t.site_id and s.disconnected_at is null)
    order by t.name limit named);
  if plan.action in ('bulk', 'import') then
    moved := moved || array(
      select format('The list: %s was changed.', coalesce(u.email, c.becomes ->> 'email'))
      from public.plan_changes c left join public.user_profiles u on u.id = c.user_id
      where c.plan_id = plan.id and c.was is distinct from u.updated_at order by c.user_id limit named);
    moved := moved || array(
      select format('The list: %s belongs to somebody else by now.', c.becomes ->> 'email')
      from public.plan_changes c join public.user_profiles u on lower(u.email) = lower(c.becomes ->> 'email') and u.id <> c.user_id
      where c.plan_id = plan.id and not exists (
        select from public.plan_changes o where o.plan_id = plan.id and o.user_id = u.id)
      limit named);
    if exists (
      select from public.connected_sites s
      where s.disconnected_at is null and s.created_at > plan.created_at
    ) then
      moved := moved || 'A site was added.'::text;
    end if;
  end if;
  if public.plan_users_mark(plan) is distinct from plan.users_mark then
    moved := moved || case
      when plan.action = 'bulk' then array['The list: other users match by now.']
      else coalesce(nullif(array(
        select format('The list: %s was changed.', u.email) from public.user_profiles u
        where u.updated_at > plan.created_at order by u.updated_at desc limit named), '{}'),
        array['The list: users were removed.'])
    end;
  end if;
  return moved;
end;
$$;

revoke execute on function
  public.plan_site_mark(public.connected_sites), public.plan_users_mark(public.plans), public.plan_filter(jsonb),
  public.plan_moved(public.plans)
from public, anon, authenticated, service_role;
