-- What people do about removals that are held.

-- Removals that are held, by site and then user, after a pair, as a JSON array; of one site, and of the users a search
-- matches, unless these are null.
create function public.removals_held(site uuid, search text, after_site uuid, after_user text, max_pairs integer) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'siteId', h.site_id, 'site', h.site, 'userId', h.user_id, 'email', h.email, 'fullName', h.full_name,
    'departure', h.departure, 'departedAt', h.departed_at, 'heldAt', h.since) order by h.site_id, h.user_id), '[]')
  from (
    select r.site_id, s.name as site, r.user_id, coalesce(u.email, g.email) as email,
      case when u.id is null then g.full_name else u.full_name end as full_name,
      case when u.id is null then 'deleted' else 'deactivated' end as departure, r.departed_at, r.since
    from public.site_removals r
    join public.connected_sites s on s.id = r.site_id and s.disconnected_at is null
    join public.user_departures d on d.user_id = r.user_id and d.departed_at = r.departed_at
    left join public.user_profiles u on u.id = r.user_id
    left join public.deleted_users g on g.id = r.user_id
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
create function public.removals_count(site uuid) returns bigint
language sql
stable
security definer
set search_path = ''
as $$
  select count(*)
  from public.site_removals r
  join public.connected_sites s on s.id = r.site_id and s.disconnected_at is null
  join public.user_departures d on d.user_id = r.user_id and d.departed_at = r.departed_at
  where r.state = 'held' and (removals_count.site is null or r.site_id = removals_count.site);
$$;

-- Lets up to max_pairs removals through that are held, at one site and of these users unless null. Returns how many.
create function public.removals_approve(site uuid, ids text[], max_pairs integer) returns integer
language plpgsql
security definer
set search_path = ''
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
    join public.user_departures d on d.user_id = r.user_id and d.departed_at = r.departed_at
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

-- Puts users back as they were before they left. A field that somebody changed since then stays as it is. Fails when
-- another user has one's e-mail address or Clerk id by now.
create function public.users_restore(ids text[]) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.user_profiles u set
    status = 'active',
    email = public.field_restored(d, 'email', u.email),
    clerk_user_id = public.field_restored(d, 'clerk_user_id', u.clerk_user_id),
    full_name = public.field_restored(d, 'full_name', u.full_name),
    role = public.field_restored(d, 'role', u.role),
    team = public.field_restored(d, 'team', u.team),
    department = public.field_restored(d, 'department', u.department)
  from public.user_departures d
  where d.user_id = u.id and u.id = any (ids) and u.status <> 'active';
  insert into public.user_profiles (id, clerk_user_id, email, full_name, role, team, department, status, created_at)
  select g.id, public.field_restored(d, 'clerk_user_id', g.clerk_user_id), public.field_restored(d, 'email', g.email),
    public.field_restored(d, 'full_name', g.full_name), public.field_restored(d, 'role', g.role),
    public.field_restored(d, 'team', g.team), public.field_restored(d, 'department', g.department), 'active', g.created_at
  from public.deleted_users g join public.user_departures d on d.user_id = g.id
  where g.id = any (ids) and not exists (select from public.user_profiles u where u.id = g.id);
end;
$$;

create function public.field_restored(departure public.user_departures, field text, present text) returns text
language sql
immutable
set search_path = ''
as $$
  select case
    when departure.before ? field and departure.after ->> field is not distinct from present then departure.before ->> field
    else present
  end;
$$;

-- Puts up to max_users users back whose removal is held, in the order of ids after a user; held at that site and of
-- these users unless null. They are back everywhere. Returns {"restored", "conflicts": [ids of those whose e-mail address
-- or Clerk id is another user's now], "last"}; last is null when nobody is left.
create function public.removals_reject(site uuid, ids text[], after text, max_users integer) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  picked text[];
  one text;
  conflicts text[] := '{}';
  restored text[];
begin
  perform public.sync_removals_lock(array(select s.id from public.connected_sites s where s.disconnected_at is null));
  select array_agg(h.user_id order by h.user_id) into picked
  from (
    select distinct r.user_id
    from public.site_removals r
    join public.connected_sites s on s.id = r.site_id and s.disconnected_at is null
    join public.user_departures d on d.user_id = r.user_id and d.departed_at = r.departed_at
    where r.state = 'held' and (removals_reject.site is null or r.site_id = removals_reject.site)
      and (removals_reject.ids is null or r.user_id = any (removals_reject.ids))
      and (removals_reject.after is null or r.user_id > removals_reject.after)
    order by r.user_id limit max_users
  ) h;
  perform from public.user_profiles u where u.id = any (picked) order by u.id for no key update;
  begin
    perform public.users_restore(picked);
  exception when unique_violation then
    foreach one in array picked loop
      begin
        perform public.users_restore(array[one]);
      exception when unique_violation then
        conflicts := conflicts || one;
      end;
    end loop;
  end;
  restored := array(select unnest(picked) except select unnest(conflicts));
  delete from public.site_removals r where r.user_id = any (restored) and r.state = 'held';
  perform from public.user_sync_state p where p.user_id = any (restored) and p.status = 'held'
  order by p.user_id, p.site_id for no key update;
  update public.user_sync_state p set status = 'pending', due_at = now()
  where p.user_id = any (restored) and p.status = 'held';
  perform nextval('public.sync_version_seq');
  if cardinality(restored) > 0 then
    perform public.audit_write('removals.rejected', 'sync', removals_reject.site::text, s.name, null,
      jsonb_build_object('users', cardinality(restored)))
    from (select 1) one left join public.connected_sites s on s.id = removals_reject.site;
  end if;
  return jsonb_build_object('restored', cardinality(restored), 'conflicts', to_jsonb(conflicts),
    'last', case when cardinality(picked) = max_users then picked[max_users] end);
end;
$$;

-- Sets a site's removal guard; what is null stays. False when there is no such site.
create function public.site_set_removal_guard(site_id uuid, enabled boolean, percent integer, at_least integer) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  was public.connected_sites;
  becomes public.connected_sites;
begin
  select s.* into was from public.connected_sites s
  where s.id = site_set_removal_guard.site_id and s.disconnected_at is null for no key update;
  if not found then
    return false;
  end if;
  update public.connected_sites s set
    removal_guard = coalesce(enabled, s.removal_guard),
    removal_guard_percent = coalesce(percent, s.removal_guard_percent),
    removal_guard_at_least = coalesce(at_least, s.removal_guard_at_least),
    updated_at = now()
  where s.id = was.id returning s.* into becomes;
  if (was.removal_guard, was.removal_guard_percent, was.removal_guard_at_least)
    is distinct from (becomes.removal_guard, becomes.removal_guard_percent, becomes.removal_guard_at_least) then
    perform public.audit_write('site.updated', 'site', was.id::text, was.name,
      jsonb_build_object('removal_guard', public.site_removal_guard(was)),
      jsonb_build_object('removal_guard', public.site_removal_guard(becomes)));
  end if;
  return true;
end;
$$;

create function public.site_removal_guard(site public.connected_sites) returns text
language sql
immutable
set search_path = ''
as $$
  select case when site.removal_guard
    then format('more than %s users and %s %%', site.removal_guard_at_least, site.removal_guard_percent) else 'off' end;
$$;

-- Forgets decisions that nothing asks for any more. Called by the workers now and then.
create function public.removals_forget() returns void
language sql
security definer
set search_path = ''
as $$
  delete from public.site_removals r
  where r.since < now() - interval '1 day' and not exists (
    select from public.user_sync_state p where p.user_id = r.user_id and p.site_id = r.site_id and p.written);
$$;

revoke execute on function
  public.removals_held(uuid, text, uuid, text, integer), public.removals_approve(uuid, text[], integer),
  public.removals_count(uuid),
  public.users_restore(text[]), public.field_restored(public.user_departures, text, text),
  public.removals_reject(uuid, text[], text, integer),
  public.site_set_removal_guard(uuid, boolean, integer, integer), public.site_removal_guard(public.connected_sites),
  public.removals_forget()
from public, anon, authenticated, service_role;
grant execute on function
  public.removals_held(uuid, text, uuid, text, integer), public.removals_approve(uuid, text[], integer),
  public.removals_count(uuid),
  public.removals_reject(uuid, text[], text, integer),
  public.site_set_removal_guard(uuid, boolean, integer, integer), public.removals_forget()
to service_role;
