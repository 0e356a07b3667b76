-- Where very many removals are held. 2,000 users were put back at once, however many sites there are: at a hundred, that are
-- 200,000 pairs, which took longer than a statement may, so just the largest mistakes could not be undone. And each page of what is
-- held, and each step of a decision, looked at all that is held, 1 s for 100,000: sites came first in their plans.

create index site_removals_held_user_idx on public.site_removals (user_id, site_id) where state = 'held';

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
    cross join lateral (
      select * from public.connected_sites x where x.id = r.site_id and x.disconnected_at is null limit 1
    ) s
    cross join lateral (
      select * from public.departures x where x.site_id = r.site_id and x.user_id = r.user_id and x.departed_at = r.departed_at limit 1
    ) d
    left join lateral (select * from public.user_profiles x where x.id = r.user_id offset 0) u on true
    left join lateral (select * from public.deleted_users x where x.id = r.user_id offset 0) g on true
    where r.state = 'held'
      and (r.site_id, r.user_id) > (coalesce(after_site, removals_held.site, '00000000-0000-0000-0000-000000000000'), coalesce(after_user, ''))
      and r.site_id <= coalesce(removals_held.site, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
      and (coalesce(search, '') = ''
        or position(lower(search) in lower(coalesce(u.email, g.email) || ' ' || coalesce(u.full_name, g.full_name, ''))) > 0
        or starts_with(lower(r.user_id), lower(search)))
    order by r.site_id, r.user_id
    limit max_pairs
  ) h;
$$;

-- Lets up to max_pairs removals through that are held, at one site and of these users unless null. Returns how many.
create or replace function public.removals_approve(site uuid, ids text[], max_pairs integer) returns integer
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
set plan_cache_mode = force_custom_plan -- plans that know for what nobody asked
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
    cross join lateral (
      select * from public.connected_sites x where x.id = r.site_id and x.disconnected_at is null limit 1
    ) s
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

-- Puts up to max_users users back whose removal is held, fewer where there are many sites, in the order of ids after a user;
-- held at that site and of these users unless null. They are back everywhere. Returns {"restored", "conflicts": [ids of those
-- whose e-mail address or Clerk id is another user's now], "changed": [ids of those who stay held, because somebody has
-- changed since what made them leave the scope], "last"}; last is null when nobody is left.
create or replace function public.removals_reject(site uuid, ids text[], after text, max_users integer) returns jsonb
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
set plan_cache_mode = force_custom_plan -- plans that know for what nobody asked
as $$
declare
  sites constant uuid[] := array(select s.id from public.connected_sites s where s.disconnected_at is null);
  -- They are put right at every site: 1 to 2 s, where a statement may take 8.
  most constant integer := least(max_users, greatest(1, 30000 / greatest(1, cardinality(sites))));
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
    cross join lateral (
      select * from public.connected_sites x where x.id = r.site_id and x.disconnected_at is null limit 1
    ) s
    cross join lateral (
      select * from public.departures x where x.site_id = r.site_id and x.user_id = r.user_id and x.departed_at = r.departed_at limit 1
    ) d
    where r.state = 'held' and (removals_reject.site is null or r.site_id = removals_reject.site)
      and (removals_reject.ids is null or r.user_id = any (removals_reject.ids))
      and (removals_reject.after is null or r.user_id > removals_reject.after)
    order by r.user_id limit most
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
    'last', case when cardinality(picked) = most then picked[most] end);
end;
$$;
