-- Users and pairs in a state whom a search finds: of those who are too many to collect 20,000 were collected to learn that,
-- 2,000 were looked for where the first hundred filled the page, and all were where those in that state are few.

-- About how many users meet conditions on a row called u, from a sample of a thousand; null where users are few.
create function public.user_guess(conditions text) returns real
language plpgsql
stable
set search_path = ''
as $$
declare
  looked constant integer := 1000;
  users real := (select c.reltuples from pg_catalog.pg_class c where c.oid = 'public.user_profiles'::regclass);
  met integer;
begin
  if users < 5 * looked then
    return null;
  end if;
  execute format('select count(*) from public.user_profiles u tablesample system (%s) repeatable (0) where %s',
    (100.0 * looked / users)::numeric(8, 5), conditions) into met;
  return met * users / looked;
end;
$$;
revoke execute on function public.user_guess(text) from public, anon, authenticated;
grant execute on function public.user_guess(text) to service_role;

-- Up to "most" ids of users who match, null when there are more, or twice as many by a guess. All are found by index, never
-- by walking through everybody.
create or replace function public.user_collect(query jsonb, most integer) returns text[]
language plpgsql
stable
set search_path = ''
set enable_seqscan = off
set enable_indexscan = off
set enable_indexonlyscan = off
set max_parallel_workers_per_gather = 0
as $$
declare
  parts text;
  ids text[];
begin
  if public.user_guess(public.user_conditions(query)) > 2 * most then
    return null;
  end if;
  select string_agg(format('select u.id from public.user_profiles u where %s and %s', p.part, public.user_filtered(query)), ' union all ')
  into parts from unnest(public.user_search_parts(query ->> 'search')) p(part);
  execute format('select array_agg(id) from (%s limit %s) found', parts, most + 1) into ids;
  return case when cardinality(ids) > most then null else coalesce(ids, '{}') end;
end;
$$;

-- Users who may be in a state and whom a search may find, sorted, from one on: a superset, to be checked. Null when there
-- are too many to collect.
create or replace function public.sync_candidates(suspects text[], search text, first_id text) returns text[]
language plpgsql
stable
set search_path = ''
as $$
declare
  few constant integer := 5000; -- looked at in the time in which those whom a search finds are
  many constant integer := 20000;
  found_ids text[];
begin
  if search <> '' and (suspects is null or cardinality(suspects) > few) then
    found_ids := public.user_collect(jsonb_build_object('search', search), many);
  end if;
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
-- more where these were not enough, and no further than to the end of the page.
create or replace function public.sync_people_in_state(
  wanted text, sites uuid[], search text, after text, max_users integer
) returns jsonb
language plpgsql
stable
set search_path = ''
set constraint_exclusion = on -- nobody in user_profiles is deleted
as $$
declare
  step integer := 150;
  most constant integer := 2400;
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
    step := least(4 * step, most);
  end loop;
  return answer;
end;
$$;
