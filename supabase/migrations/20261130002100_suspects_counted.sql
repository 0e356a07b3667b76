-- Whether those who may be in a state are few enough to collect was asked of sync_site_counts, which also looks for the oldest
-- waiting pair of each site: 13,000 rows with 100 sites, each time somebody was looked for within a state.

-- What a pair is that nothing has been tried for, by the health of its site.
create function public.sync_open_state(health text) returns text
language sql
immutable
set search_path = ''
as $$
  select case health when 'blocked' then 'failed' when 'degraded' then 'retrying' else 'pending' end;
$$;

-- How many pairs sync_suspects_at would have to collect, from the tallies.
create function public.sync_suspects_counted(wanted text, sites uuid[]) returns bigint
language sql
stable
set search_path = ''
as $$
  select coalesce(sum(case
    when wanted = c.open and c.status <> 'disconnecting' then greatest(c.waiting, a.users - c.settled)
    when wanted = c.open then c.waiting
    when c.health <> 'blocked' then c.refused else 0 end), 0)::bigint
  from (
    select s.status, s.health, public.sync_open_state(s.health) as open,
      coalesce(sum(t.pairs) filter (where t.dirty and t.status <> 'held'), 0) as waiting,
      coalesce(sum(t.pairs) filter (where t.dirty and t.status = wanted and wanted <> 'pending'), 0) as refused,
      coalesce(sum(t.pairs) filter (
        where not t.dirty and t.status in ('synced', 'different', 'missing', 'out_of_scope')), 0) as settled
    from public.connected_sites s
    left join public.sync_tallies t on t.site_id = s.id and t.generation = s.generation
    where s.disconnected_at is null and s.credentials_sealed is not null and (sites is null or s.id = any (sites))
    group by s.id
  ) c
  cross join (select coalesce(sum(t.users), 0) as users from public.user_tallies t where t.status = 'active') a;
$$;

-- Users who may be in a state at a site: see sync_suspects_at, which asks site by site, and only where there can be some. In
-- one statement everything of each site would be read.
create function public.sync_suspects_of(wanted text, site public.connected_sites, most integer) returns text[]
language plpgsql
stable
set search_path = ''
as $$
declare
  suspects text[] := '{}';
  cursor text;
begin
  if wanted in ('kept', 'held') then
    return array(
      select p.user_id from public.user_sync_state p where wanted = 'kept' and p.site_id = site.id and p.status = 'kept' limit most)
      || array(
      select p.user_id from public.user_sync_state p where wanted = 'held' and p.site_id = site.id and p.status = 'held' limit most);
  elsif wanted = public.sync_open_state(site.health) then
    -- Also of a site in trouble: a removal that is held says so.
    suspects := array(
      select p.user_id from public.user_sync_state p
      where p.site_id = site.id and p.desired_version > p.synced_version and p.status <> 'held' limit most);
    cursor := (select min(r.cursor) from public.sync_run_sites r
      where r.site_id = site.id and r.finished_at is null and r.user_id is null);
    -- Active users whom a full sync has not come to yet may have no pair; it goes by id.
    if cursor is not null then
      suspects := suspects || array(
        select u.id from public.user_profiles u
        where u.status = 'active' and u.id > cursor
          and not exists (select from public.user_sync_state p where p.user_id = u.id and p.site_id = site.id)
        limit most);
    end if;
  elsif wanted <> 'pending' and site.health <> 'blocked' then
    suspects := array(
      select p.user_id from public.user_sync_state p
      where p.site_id = site.id and p.status = wanted and p.status in ('retrying', 'failed')
        and p.desired_version > p.synced_version limit most);
  end if;
  return suspects;
end;
$$;

-- Users who are waiting, retried, failed, kept or held at one of these sites (at any when null), or whose row was found
-- different, missing or extra there, but for what changes meanwhile. Null when there are too many to collect, and for other
-- states: walking through the users finds some at once.
create or replace function public.sync_suspects_at(wanted text, sites uuid[]) returns text[]
language plpgsql
stable
set search_path = ''
as $$
declare
  many constant integer := 100000; -- collected and sorted in about 0.1 s; among a million users a walk meets one in ten
  suspects text[] := '{}';
  site public.connected_sites;
begin
  if wanted in ('different', 'missing', 'extra') then
    suspects := array(
      select p.user_id from public.user_sync_state p
      where p.status in ('different', 'missing', 'extra') and p.status = wanted and (sites is null or p.site_id = any (sites))
      limit many + 1);
    return case when cardinality(suspects) <= many then suspects end;
  end if;
  if wanted not in ('pending', 'retrying', 'failed', 'kept', 'held') or exists (
    select from public.connected_sites s
    where wanted = 'failed' and s.credentials_sealed is null and s.disconnected_at is null
      and (sites is null or s.id = any (sites))
  ) or wanted not in ('kept', 'held') and public.sync_suspects_counted(wanted, sites) > many then
    return null;
  end if;
  for site in
    select s.* from public.connected_sites s
    where s.disconnected_at is null and s.credentials_sealed is not null and (sites is null or s.id = any (sites))
  loop
    suspects := suspects || public.sync_suspects_of(wanted, site, many);
  end loop;
  return suspects;
end;
$$;

revoke execute on function
  public.sync_suspects_counted(text, uuid[]), public.sync_open_state(text),
  public.sync_suspects_of(text, public.connected_sites, integer)
from public, anon, authenticated;
grant execute on function
  public.sync_suspects_counted(text, uuid[]), public.sync_open_state(text),
  public.sync_suspects_of(text, public.connected_sites, integer)
to service_role;
