-- What people do about removals that are held, of users who left the list or a site's scope. Departures are looked up one by
-- one, as in sync_removals_undecided: what the planner makes of a join took a minute when 20,000 were held all of a sudden.

-- Removals that are held, by site and then user, after a pair, as a JSON array; of one site, and of the users a search
-- matches, unless these are null. `fields`: what made a user leave the site's scope.
create or replace function public.removals_held(site uuid, search text, after_site uuid, after_user text, max_pairs integer) returns jsonb
language sql
stable
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'siteId', h.site_id, 'site', h.site, 'userId', h.user_id, 'email', h.email, 'fullName', h.full_name,
    'departure', h.departure, 'departedAt', h.departed_at, 'heldAt', h.since, 'fields', case when h.departure = 'left_scope' then (
      select jsonb_agg(jsonb_build_object('name', f.key, 'before', f.value, 'after', h.after -> f.key) order by f.key)
      from jsonb_each(h.before) f) else '[]' end) order by h.site_id, h.user_id), '[]')
  from (
    select r.site_id, s.name as site, r.user_id, coalesce(u.email, g.email) as email,
      case when u.id is null then g.full_name else u.full_name end as full_name,
      case when r.outside then 'left_scope' when u.id is null then 'deleted' else 'deactivated' end as departure,
      r.departed_at, r.since, d.before, d.after
    from public.site_removals r
    join public.connected_sites s on s.id = r.site_id and s.disconnected_at is null
    cross join lateral (
      select * from public.departures x where x.site_id = r.site_id and x.user_id = r.user_id and x.departed_at = r.departed_at limit 1
    ) d
    left join lateral (select * from public.user_profiles x where x.id = r.user_id offset 0) u on true
    left join lateral (select * from public.deleted_users x where x.id = r.user_id offset 0) g on true
    where r.state = 'held' and (removals_held.site is null or r.site_id = removals_held.site)
      and (after_site is null or (r.site_id, r.user_id) > (after_site, after_user))
      and (coalesce(search, '') = ''
        or position(lower(search) in lower(coalesce(u.email, g.email) || ' ' || coalesce(u.full_name, g.full_name, ''))) > 0
        or starts_with(lower(r.user_id), lower(search)))
    order by r.site_id, r.user_id
    limit max_pairs
  ) h;
$$;

-- How many removals are held, at one site or all; counted, not from the tallies, for who asks before acting on that.
create or replace function public.removals_count(site uuid) returns bigint
language sql
stable
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
  select count(*)
  from public.site_removals r
  join public.connected_sites s on s.id = r.site_id and s.disconnected_at is null
  cross join lateral (
    select * from public.departures x where x.site_id = r.site_id and x.user_id = r.user_id and x.departed_at = r.departed_at limit 1
  ) d
  where r.state = 'held' and (removals_count.site is null or r.site_id = removals_count.site);
$$;

-- Lets up to max_pairs removals through that are held, at one site and of these users unless null. Returns how many.
create or replace function public.removals_approve(site uuid, ids text[], max_pairs integer) returns integer
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
declare
  approved integer;
begin
  perform public.sync_removals_lock(array(
    select s.id from public.connected_sites s
    where s.disconnected_at is null and (removals_approve.site is null or s.id = removals_approve.site)));
  create temporary table if not exists removals_picked (site_id uuid, user_id text) on commit delete rows;
  truncate pg_temp.removals_picked;
  with picked as (
    select r.site_id, r.user_id
    from public.site_removals r
    join public.connected_sites s on s.id = r.site_id and s.disconnected_at is null
    cross join lateral (
      select * from public.departures x where x.site_id = r.site_id and x.user_id = r.user_id and x.departed_at = r.departed_at limit 1
    ) d
    where r.state = 'held' and (removals_approve.site is null or r.site_id = removals_approve.site)
      and (ids is null or r.user_id = any (ids))
    order by r.user_id, r.site_id limit max_pairs
  ), done as (
    update public.site_removals r set state = 'approved', since = now() from picked
    where r.site_id = picked.site_id and r.user_id = picked.user_id
    returning r.site_id, r.user_id
  )
  insert into pg_temp.removals_picked select done.site_id, done.user_id from done;
  get diagnostics approved = row_count;
  perform from public.user_sync_state p join pg_temp.removals_picked k on k.user_id = p.user_id and k.site_id = p.site_id
  order by p.user_id, p.site_id for no key update of p; -- as sync_mark_dirty does, or the two could deadlock
  update public.user_sync_state p set status = 'pending', due_at = now()
  from pg_temp.removals_picked k where p.user_id = k.user_id and p.site_id = k.site_id and p.status = 'held';
  perform nextval('public.sync_version_seq');
  perform public.audit_write('removals.approved', 'site', s.id::text, s.name, null, jsonb_build_object('users', k.users))
  from (select site_id, count(*) as users from pg_temp.removals_picked group by 1) k
  join public.connected_sites s on s.id = k.site_id;
  return approved;
end;
$$;

-- A field as it was before a departure; as it is, where somebody changed it since then.
drop function public.users_restore(text[]);
drop function public.field_restored(public.user_departures, text, text);
create function public.field_restored(before jsonb, after jsonb, field text, present text) returns text
language sql
immutable
set search_path = ''
as $$
  select case when before ? field and after ->> field is not distinct from present then before ->> field else present end;
$$;

-- Puts users back as they were before they left: the list, and the scope of this site (of any when null) where their removal
-- is held. Of what was changed several times the last change is undone. Fails when another user has one's e-mail address or
-- Clerk id by now.
create function public.users_restore(site uuid, ids text[]) returns void
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
begin
  with notes as (
    select d.user_id, d.departed_at, d.before, d.after, true as gone from public.user_departures d where d.user_id = any (ids)
    union all
    select d.user_id, d.departed_at, d.before, d.after, false
    from public.scope_departures d
    join public.site_removals r on r.site_id = d.site_id and r.user_id = d.user_id and r.state = 'held'
    join public.connected_sites s on s.id = d.site_id and s.scope_version = d.scope_version and s.disconnected_at is null
    where d.user_id = any (ids) and (users_restore.site is null or d.site_id = users_restore.site)
  ), fields as (
    select distinct on (n.user_id, f.key) n.user_id, f.key, f.value as before, n.after -> f.key as after
    from notes n cross join jsonb_each(n.before) f
    order by n.user_id, f.key, n.departed_at desc
  ), was as (
    select f.user_id, jsonb_object_agg(f.key, f.before) as before, jsonb_object_agg(f.key, f.after) as after,
      exists (select from notes n where n.user_id = f.user_id and n.gone) as gone
    from fields f group by f.user_id
  )
  update public.user_profiles u set
    status = case when w.gone then 'active' else u.status end,
    email = public.field_restored(w.before, w.after, 'email', u.email),
    clerk_user_id = public.field_restored(w.before, w.after, 'clerk_user_id', u.clerk_user_id),
    full_name = public.field_restored(w.before, w.after, 'full_name', u.full_name),
    role = public.field_restored(w.before, w.after, 'role', u.role),
    team = public.field_restored(w.before, w.after, 'team', u.team),
    department = public.field_restored(w.before, w.after, 'department', u.department)
  from was w
  where w.user_id = u.id;
  insert into public.user_profiles (id, clerk_user_id, email, full_name, role, team, department, status, created_at)
  select g.id, public.field_restored(d.before, d.after, 'clerk_user_id', g.clerk_user_id),
    public.field_restored(d.before, d.after, 'email', g.email), public.field_restored(d.before, d.after, 'full_name', g.full_name),
    public.field_restored(d.before, d.after, 'role', g.role), public.field_restored(d.before, d.after, 'team', g.team),
    public.field_restored(d.before, d.after, 'department', g.department), 'active', g.created_at
  from public.deleted_users g join public.user_departures d on d.user_id = g.id
  where g.id = any (ids) and not exists (select from public.user_profiles u where u.id = g.id);
end;
$$;

-- Puts up to max_users users back whose removal is held, in the order of ids after a user; held at that site and of
-- these users unless null. They are back everywhere. Returns {"restored", "conflicts": [ids of those whose e-mail address
-- or Clerk id is another user's now], "changed": [ids of those who stay held, because somebody has changed since what made
-- them leave the scope], "last"}; last is null when nobody is left.
create or replace function public.removals_reject(site uuid, ids text[], after text, max_users integer) returns jsonb
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
declare
  sites constant uuid[] := array(select s.id from public.connected_sites s where s.disconnected_at is null);
  picked text[];
  one text;
  conflicts text[] := '{}';
  changed text[];
  restored integer;
begin
  perform public.sync_removals_lock(sites);
  select array_agg(h.user_id order by h.user_id) into picked
  from (
    select distinct r.user_id
    from public.site_removals r
    join public.connected_sites s on s.id = r.site_id and s.disconnected_at is null
    cross join lateral (
      select * from public.departures x where x.site_id = r.site_id and x.user_id = r.user_id and x.departed_at = r.departed_at limit 1
    ) d
    where r.state = 'held' and (removals_reject.site is null or r.site_id = removals_reject.site)
      and (removals_reject.ids is null or r.user_id = any (removals_reject.ids))
      and (removals_reject.after is null or r.user_id > removals_reject.after)
    order by r.user_id limit max_users
  ) h;
  perform from public.user_profiles u where u.id = any (picked) order by u.id for no key update;
  begin
    perform public.users_restore(removals_reject.site, picked);
  exception when unique_violation then
    foreach one in array picked loop
      begin
        perform public.users_restore(removals_reject.site, array[one]);
      exception when unique_violation then
        conflicts := conflicts || one;
      end;
    end loop;
  end;
  perform public.sync_removals_end(sites, picked);
  changed := array(
    select distinct r.user_id from public.site_removals r
    where r.site_id = any (sites) and r.state = 'held' and r.user_id = any (picked) and r.user_id <> all (conflicts)
      and (removals_reject.site is null or r.site_id = removals_reject.site)
    order by 1);
  restored := coalesce(cardinality(picked), 0) - cardinality(conflicts) - cardinality(changed);
  if restored > 0 then
    perform public.audit_write('removals.rejected', 'sync', removals_reject.site::text, s.name, null,
      jsonb_build_object('users', restored))
    from (select 1) one left join public.connected_sites s on s.id = removals_reject.site;
  end if;
  return jsonb_build_object('restored', restored, 'conflicts', to_jsonb(conflicts), 'changed', to_jsonb(changed),
    'last', case when cardinality(picked) = max_users then picked[max_users] end);
end;
$$;

revoke execute on function
  public.users_restore(uuid, text[]), public.field_restored(jsonb, jsonb, text, text)
from public, anon, authenticated, service_role;
