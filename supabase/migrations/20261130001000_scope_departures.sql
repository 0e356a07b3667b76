-- Who left the scope of a site because somebody changed the user. A mistake that gives hundreds of users another department
-- is not repeated at the sites that get one department: the removal guard holds it back, as it does when users leave the list.
-- Whom a site loses because its scope was changed goes as before: that is somebody's word about this site, who saw who goes.

alter table public.connected_sites add column scope_version integer not null default 1;
comment on column public.connected_sites.scope_version is 'Counts changes of the scope. What was noted by an older one counts no more.';

-- One row is one departure from one site's scope; `departed_at` tells it from an earlier one, as in user_departures. It ends
-- when the user is in the scope again.
create table public.scope_departures (
  site_id uuid not null,
  user_id text not null,
  scope_version integer not null,
  departed_at timestamptz not null,
  before jsonb not null,
  after jsonb not null,
  primary key (site_id, user_id)
);
comment on column public.scope_departures.before is 'The fields by which the user left, those that the scope looks at, as they were.';
comment on column public.scope_departures.after is 'The same fields as that change left them.';
create index scope_departures_user_idx on public.scope_departures (user_id);
alter table public.scope_departures enable row level security;
revoke all on public.scope_departures from anon, authenticated, service_role;
grant select on public.scope_departures to service_role;

alter table public.site_removals add column outside boolean not null default false;
comment on column public.site_removals.outside is 'The user left the site''s scope, and not the list.';
create index site_removals_outside_idx on public.site_removals (site_id) where state = 'held' and outside;

-- Everybody whom a site is to lose because of what happened to the user: by leaving the list, which is at every site, or its scope.
create view public.departures with (security_invoker = true) as
select s.id as site_id, d.user_id, d.departed_at, d.before, d.after, false as outside
from public.user_departures d cross join public.connected_sites s
union all
select o.site_id, o.user_id, o.departed_at, o.before, o.after, true
from public.scope_departures o
join public.connected_sites s on s.id = o.site_id and s.scope_version = o.scope_version
where not exists (select from public.user_departures d where d.user_id = o.user_id);
revoke all on public.departures from anon, authenticated, service_role;
grant select on public.departures to service_role;

-- The columns of a user that a scope looks at.
create function public.scope_columns(scope jsonb) returns text[]
language sql
immutable
set search_path = ''
as $$
  select coalesce(array_agg(distinct case f #>> '{}' when 'emailDomain' then 'email' else f #>> '{}' end), '{}')
  from jsonb_path_query(scope, 'strict $.**.field') f;
$$;

-- What scopes can look at of a user, whatever the status: the domain of the e-mail address, role, team, department.
create function public.scope_kind(one public.user_profiles) returns text[]
language sql
immutable
set search_path = ''
as $$
  select array[lower(split_part(one.email, '@', -1)), one.role, one.team, one.department];
$$;

-- Notes who left the scope of which site, and who is back in it, whoever did it and however many at once. Whether users are
-- active does not matter here: who comes back to the list under other rules is judged by what the sites had.
create function public.scope_departures_note() returns trigger
language plpgsql
security definer -- whoever may write users may have it noted
set search_path = ''
as $$
declare
  left_at constant timestamptz := clock_timestamp();
  sites uuid[];
  conditions text;
begin
  if not exists (select from public.connected_sites s where s.scope is not null and s.disconnected_at is null) then
    return null;
  end if;
  if tg_op = 'UPDATE' then
    -- Back in the list, but not yet in the scope: that is a departure of now.
    update public.scope_departures d set departed_at = left_at
    where d.user_id = any (array(
      select n.id from new_rows n where n.status = 'active' intersect select o.id from old_rows o where o.status <> 'active'));
    -- Not as a join: its plan is kept from the first edit in a session, and one for one row takes half a minute for ten thousand.
    if not exists (
      select n.id, n.email, n.role, n.team, n.department from new_rows n
      except select o.id, o.email, o.role, o.team, o.department from old_rows o
    ) then
      return null;
    end if;
  elsif not exists (select from public.user_departures d join new_rows n on n.id = d.user_id where d.before ? 'email') then
    return null; -- nobody comes back who was deleted
  end if;
  select array_agg(s.id order by s.id), string_agg(public.scope_condition(s.scope), ', ' order by s.id) into sites, conditions
  from public.connected_sites s where s.scope is not null and s.disconnected_at is null;
  -- One statement for all sites, in which every kind of user is judged once: those whom one edit changes are much alike.
  execute format(
    'with moved as materialized (
      select m.*, public.scope_kind(m.was) as was_kind, public.scope_kind(m.becomes) as becomes_kind from (%s) m
    ), kinds as (
      select m.was_kind as kind from moved m union select m.becomes_kind from moved m
    ), judged as materialized (
      select u.kind, array[%s] as inside
      from (
        select k.kind, ''@'' || k.kind[1] as email, k.kind[2] as role, k.kind[3] as team, k.kind[4] as department, ''active''::text as status
        from kinds k offset 0
      ) u
    ), crossed as materialized (
      select p.was_kind, p.becomes_kind, s.id as site_id, b.inside[s.n] as inside
      from (select distinct m.was_kind, m.becomes_kind from moved m) p
      join judged w on w.kind = p.was_kind
      join judged b on b.kind = p.becomes_kind and b.inside <> w.inside
      cross join unnest($1) with ordinality s(id, n)
      where w.inside[s.n] <> b.inside[s.n]
    ), changed as materialized (
      select m.was, m.becomes, (m.becomes).id as user_id, c.site_id, c.inside
      from moved m join crossed c on c.was_kind = m.was_kind and c.becomes_kind = m.becomes_kind
    ), back as (
      delete from public.scope_departures d using changed c
      where c.inside and d.user_id = c.user_id and d.site_id = c.site_id
    )
    insert into public.scope_departures (site_id, user_id, scope_version, departed_at, before, after)
    select s.id, c.user_id, s.scope_version, $2, f.before, f.after
    from changed c
    join (select x.id, x.scope_version, public.scope_columns(x.scope) as columns from public.connected_sites x where x.id = any ($1) offset 0) s
      on s.id = c.site_id
    cross join lateral (
      select jsonb_object_agg(f.field, f.was) as before, jsonb_object_agg(f.field, f.becomes) as after
      from (values (''email'', (c.was).email, (c.becomes).email), (''role'', (c.was).role, (c.becomes).role),
        (''team'', (c.was).team, (c.becomes).team), (''department'', (c.was).department, (c.becomes).department)) f(field, was, becomes)
      where f.field = any (s.columns) and f.was is distinct from f.becomes
    ) f
    where not c.inside
    on conflict (site_id, user_id) do update set scope_version = excluded.scope_version,
      departed_at = excluded.departed_at, before = excluded.before, after = excluded.after',
    case tg_op
      when 'UPDATE' then 'select o::public.user_profiles as was, n::public.user_profiles as becomes
        from old_rows o join new_rows n on n.id = o.id
        where (o.email, o.role, o.team, o.department) is distinct from (n.email, n.role, n.team, n.department)'
      else 'select jsonb_populate_record(n::public.user_profiles, d.before) as was, n::public.user_profiles as becomes
        from new_rows n join public.user_departures d on d.user_id = n.id where d.before ? ''email'''
    end, conditions) using sites, left_at;
  return null;
end;
$$;

-- Their names come after user_profiles_after_*, as those of user_profiles_departures_* do and for the same reason, and before
-- these, which forget what a deleted user was.
create trigger user_profiles_at_scopes_insert after insert on public.user_profiles
  referencing new table as new_rows for each statement execute function public.scope_departures_note();
create trigger user_profiles_at_scopes_update after update on public.user_profiles
  referencing old table as old_rows new table as new_rows for each statement execute function public.scope_departures_note();
alter table public.user_profiles enable always trigger user_profiles_at_scopes_insert;
alter table public.user_profiles enable always trigger user_profiles_at_scopes_update;

revoke execute on function
  public.scope_columns(jsonb), public.scope_kind(public.user_profiles), public.scope_departures_note()
from public, anon, authenticated, service_role;
