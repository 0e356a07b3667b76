-- Pairs and users in a state whom a search finds. Of the many who may be in that state those were asked who are not even
-- meant, and the list of them was sorted again for every few.

-- Everybody of whom sites may have rows, in the list and gone from it, as searches compare them.
create view public.user_people with (security_invoker = true) as
select u.id, u.full_name, u.email, u.status, u.version, u.search_text from public.user_profiles u
union all
select d.id, d.full_name, d.email, 'deleted', 0, lower(left(d.email, 254) || ' ' || left(coalesce(d.full_name, ''), 150))
from public.deleted_users d;
revoke all on public.user_people from anon, authenticated, service_role;
grant select on public.user_people to service_role;

-- Users who may be in a state and whom a search may find, sorted, from one on: a superset, to be checked. Null when there
-- are too many to collect.
create function public.sync_candidates(suspects text[], search text, first_id text) returns text[]
language plpgsql
stable
set search_path = ''
as $$
declare
  few constant integer := 20000;
  found_ids text[] := case when search <> '' then public.user_collect(jsonb_build_object('search', search), few) end;
begin
  if suspects is null and found_ids is null then
    return null;
  end if;
  return array(
    select distinct i.id from unnest(coalesce(found_ids, suspects)) i(id)
    where i.id >= first_id and (found_ids is null or suspects is null or i.id in (select s.id from unnest(suspects) s(id)))
    order by i.id);
end;
$$;

-- Users in a state at one of these sites (at any when null), by id, after one; see sync_people. Looks at a few at a time,
-- and no further than to the end of the page.
create or replace function public.sync_people_in_state(
  wanted text, sites uuid[], search text, after text, max_users integer
) returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  step constant integer := case when search <> '' then 2000 else 150 end;
  conditions text := public.user_conditions(jsonb_build_object('search', search))
    || case when wanted in ('removed', 'kept') then ' and u.status <> ''active''' else '' end;
  last_seen text := coalesce(after, '');
  ids text[] := public.sync_candidates(public.sync_suspects_at(wanted, sites), search, last_seen);
  seen integer := 0;
  candidates text[];
  found_page jsonb;
  answer jsonb := '[]';
begin
  loop
    if ids is not null then
      candidates := ids[seen + 1:seen + step];
      seen := seen + step;
    else
      execute format(
        'select array(select i.id from (
           (select u.id from public.user_profiles u where %1$s and u.id > $1 order by u.id limit $2)
           union all
           (select u.id from public.user_people u where u.status = ''deleted'' and %1$s and u.id > $1 order by u.id limit $2)
         ) i order by i.id limit $2)', conditions) into candidates using last_seen, step;
      last_seen := candidates[step];
    end if;
    -- The state as a value, so that it is asked in order and no further than to the end of the page.
    execute format(
      'select jsonb_agg(to_jsonb(page) order by page.user_id) from (
         select '''' as key, u.id as user_id, u.full_name, u.email, u.status, u.version
         from (
           select * from public.user_people u where u.id = any ($1) and u.id > $5 and %s order by u.id offset 0
         ) u
         where (select true from public.user_sync_status v
           where v.user_id = u.id and v.status = $2 and ($3 is null or v.site_id = any ($3)) limit 1)
         order by u.id limit $4
       ) page', conditions)
      into found_page
      using candidates, wanted, sites, max_users - jsonb_array_length(answer), coalesce(after, '');
    answer := answer || coalesce(found_page, '[]');
    exit when jsonb_array_length(answer) >= max_users or cardinality(candidates) < step;
  end loop;
  return answer;
end;
$$;

-- Pairs in one state (any when null), at one site (all when null), of the users a search finds (all when null), by user id
-- and then site id, after a pair: rows of the status view.
create or replace function public.sync_pairs(
  wanted text, site uuid, search text, after_user text, after_site uuid, max_pairs integer
) returns setof public.user_sync_status
language plpgsql
stable
set search_path = ''
as $$
declare
  step constant integer := case when search <> '' then 2000 else 500 end;
  conditions text := public.user_conditions(jsonb_build_object('search', search));
  ids text[] := public.sync_candidates(public.sync_suspects(wanted, site), search, coalesce(after_user, ''));
  seen integer := 0;
  users text[];
  looked integer;
  first_user text := after_user;
  skipped text; -- the last user of the page before
  found_pairs integer := 0;
  got integer;
begin
  loop
    if ids is not null then
      users := ids[seen + 1:seen + step];
      seen := seen + step;
    else
      users := array(
        select i.id from (
          (select u.id from public.user_profiles u
            where (first_user is null or u.id >= first_user) and u.id is distinct from skipped
              and (wanted is null or wanted not in ('removed', 'kept') or u.status = 'inactive')
            order by u.id limit step)
          union all
          (select d.id from public.deleted_users d
            where (first_user is null or d.id >= first_user) and d.id is distinct from skipped
            order by d.id limit step)
        ) i
        order by i.id limit step);
      first_user := users[step];
      skipped := first_user;
    end if;
    looked := cardinality(users);
    if search <> '' then
      execute format('select array(select u.id from public.user_people u where u.id = any ($1) and %s)', conditions)
        into users using users;
    end if;
    return query
      select v.* from public.user_sync_status v
      where v.user_id = any (users) and (sync_pairs.site is null or v.site_id = sync_pairs.site)
        and (wanted is null or v.status = wanted)
        and (after_user is null or (v.user_id, v.site_id) > (after_user, after_site))
      order by v.user_id, v.site_id
      limit max_pairs - found_pairs;
    get diagnostics got = row_count;
    found_pairs := found_pairs + got;
    exit when found_pairs >= max_pairs or looked < step;
  end loop;
end;
$$;

revoke execute on function public.sync_candidates(text[], text, text) from public, anon, authenticated;
grant execute on function public.sync_candidates(text[], text, text) to service_role;
