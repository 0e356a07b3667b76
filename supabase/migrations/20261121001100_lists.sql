-- Lists that answer at once with a million users and a hundred sites: searching, filtering and sorting users, and
-- finding the pairs in one state.

create schema if not exists extensions;
create extension if not exists pg_trgm with schema extensions;

create index user_profiles_search_idx on public.user_profiles
  using gin (lower(email || ' ' || coalesce(full_name, '')) extensions.gin_trgm_ops);
create index user_profiles_id_search_idx on public.user_profiles (lower(id) text_pattern_ops);
create index user_profiles_name_idx on public.user_profiles (lower(coalesce(full_name, email)), id);
create index user_profiles_updated_at_idx on public.user_profiles (updated_at desc, id desc);
create index user_profiles_role_idx on public.user_profiles (role, created_at desc, id desc);
create index user_profiles_team_idx on public.user_profiles (team, created_at desc, id desc) where team is not null;
create index user_profiles_department_idx on public.user_profiles (department, created_at desc, id desc) where department is not null;
create index user_profiles_inactive_idx on public.user_profiles (created_at desc, id desc) where status = 'inactive';

-- Users who were refused: few, and asked for most often.
create index user_sync_state_refused_idx on public.user_sync_state (site_id, user_id)
  where desired_version > synced_version and status in ('retrying', 'failed');

-- Users who may be waiting, be retried or have failed at a site or anywhere: a superset, to be checked against the
-- status view. Null when there are too many to collect, and for other states: walking through the users finds some at once.
create function public.sync_suspects(wanted text, site uuid) returns text[]
language plpgsql
stable
set search_path = ''
as $$
declare
  many constant integer := 100000; -- collected and sorted in about 0.1 s; among a million users a walk meets one in ten
  suspects text[];
begin
  if coalesce(wanted, '') not in ('pending', 'retrying', 'failed') or exists (
    select from public.connected_sites s
    where wanted = 'failed' and s.credentials_sealed is null and s.disconnected_at is null and (site is null or s.id = site)
  ) then
    return null;
  end if;
  if (
    select coalesce(sum(case wanted when 'pending' then c.pending when 'retrying' then c.retrying else c.failed end), 0)
    from public.sync_site_counts() c where site is null or c.site_id = site
  ) > many then
    return null;
  end if;
  select array_agg(distinct f.user_id) into suspects
  from public.connected_sites s
  cross join lateral (
    -- A site that is well has refused these users itself. Everything that waits at another one shares its state.
    select p.user_id from public.user_sync_state p
    where p.site_id = s.id and s.health = 'ok' and wanted <> 'pending'
      and p.desired_version > p.synced_version and p.status in ('retrying', 'failed')
    union all
    select p.user_id from public.user_sync_state p
    where p.site_id = s.id and (s.health <> 'ok' or wanted = 'pending') and p.desired_version > p.synced_version
    union all
    -- Active users whom the site's full sync has not come to yet may have no pair; it goes by id.
    select u.id from public.user_profiles u
    where (s.health <> 'ok' or wanted = 'pending') and u.status = 'active'
      and u.id > (select min(r.cursor) from public.sync_run_sites r
        where r.site_id = s.id and r.finished_at is null and r.user_id is null)
      and not exists (select from public.user_sync_state p where p.user_id = u.id and p.site_id = s.id)
  ) f
  where s.disconnected_at is null and s.credentials_sealed is not null and (site is null or s.id = site);
  return coalesce(suspects, '{}');
end;
$$;

-- A text as a pattern for LIKE that means just itself.
create function public.like_literally(given text) returns text
language sql
immutable
set search_path = ''
as $$
  select replace(replace(replace(given, '\', '\\'), '%', '\%'), '_', '\_');
$$;

-- The condition for users of a query {"search", "status", "role", "team", "department"} (all optional), as SQL on a
-- user_profiles row called u. A search of three characters and more is found anywhere in the e-mail address and name, a
-- shorter one at the beginning of a word, which is all that trigrams can find, and both at the beginning of the id: ids
-- are random and contain everything. https://www.postgresql.org/docs/current/pgtrgm.html
create function public.user_conditions(query jsonb) returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  words constant text := 'lower(u.email || '' '' || coalesce(u.full_name, ''''))';
  conditions text := 'true';
  search text := coalesce(query ->> 'search', '');
  pattern text := public.like_literally(lower(search));
  field text;
begin
  if search <> '' then
    conditions := format('(%s like any (%L) or lower(u.id) like %L)', words,
      case when length(search) < 3 then array[pattern || '%', '% ' || pattern || '%'] else array['%' || pattern || '%'] end,
      pattern || '%');
  end if;
  foreach field in array array['status', 'role', 'team', 'department'] loop
    if query ->> field is not null then
      conditions := conditions || format(' and u.%I = %L', field, query ->> field);
    end if;
  end loop;
  return conditions;
end;
$$;

-- The condition that a user is in a state at some site, or at that one.
create function public.user_in_state(state text, site uuid) returns text
language sql
immutable
set search_path = ''
as $$
  select format('exists (select from public.user_sync_status v where v.user_id = u.id and v.status = %L', state)
    || case when site is null then ')' else format(' and v.site_id = %L)', site) end
    || case when state in ('removed', 'kept') then ' and u.status = ''inactive''' else '' end;
$$;

-- Up to "most" ids of users who match, null when there are more. Planned for few: that is what it is asked for.
create function public.user_collect(query jsonb, most integer) returns text[]
language plpgsql
stable
set search_path = ''
set enable_seqscan = off
as $$
declare
  ids text[];
begin
  execute format('select array_agg(id) from (select u.id from public.user_profiles u where %s limit %s) found',
    public.user_conditions(query), most + 1) into ids;
  return case when cardinality(ids) > most then null else coalesce(ids, '{}') end;
end;
$$;

-- Users who match a query (see user_conditions; also "syncStatus" and "siteId", see user_in_state), sorted by
-- "created_at", "updated_at", "full_name" or "email", descending with "-" in front, after the row with
-- [sort key, id], as a JSON array of {"key", "user"}.
create function public.user_find(query jsonb, sort text, after jsonb, max_users integer) returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  few constant integer := 2000; -- found by index and sorted in some 10 ms; more are soon met by walking in order
  conditions text := public.user_conditions(query);
  direction text := case when left(sort, 1) = '-' then 'desc' else 'asc' end;
  key text := case ltrim(sort, '-')
    when 'full_name' then 'lower(coalesce(u.full_name, u.email))'
    when 'email' then 'lower(u.email)'
    when 'updated_at' then 'u.updated_at'
    else 'u.created_at'
  end;
  state text := query ->> 'syncStatus';
  site uuid := query ->> 'siteId';
  ids text[];
  answer jsonb;
begin
  if query ->> 'search' <> '' then
    ids := public.user_collect(query, few);
  end if;
  if state is not null then
    ids := coalesce(ids, public.sync_suspects(state, site));
    conditions := conditions || ' and ' || public.user_in_state(state, site);
  end if;
  if ids is not null then
    conditions := conditions || ' and u.id = any ($1)';
  end if;
  if after is not null then
    conditions := conditions || format(' and (%s, u.id) %s (%L::%s, %L)', key, case direction when 'desc' then '<' else '>' end,
      after ->> 0, case when key like 'lower%' then 'text' else 'timestamptz' end, after ->> 1);
  end if;
  execute format(
    'select jsonb_agg(jsonb_build_object(''key'', page.key, ''user'', page.person)) from (
       select %1$s as key, to_jsonb(u) as person from public.user_profiles u where %2$s
       order by %1$s %3$s, u.id %3$s limit %4$s
     ) page', key, conditions, direction, max_users) into answer using ids;
  return coalesce(answer, '[]');
end;
$$;

-- How many users match a query (see user_find), counted up to "most" and no further.
create function public.user_count(query jsonb, most integer) returns integer
language plpgsql
stable
set search_path = ''
as $$
declare
  state text := query ->> 'syncStatus';
  site uuid := query ->> 'siteId';
  conditions text := public.user_conditions(query);
  ids text[];
  matching integer;
begin
  if state is not null then
    ids := public.sync_suspects(state, site);
    conditions := conditions || ' and ' || public.user_in_state(state, site);
  end if;
  if ids is not null then
    conditions := conditions || ' and u.id = any ($1)';
  end if;
  execute format('select count(*) from (select from public.user_profiles u where %s limit %s) found', conditions, most)
    into matching using ids;
  return matching;
end;
$$;

-- The roles, teams and departments there are, up to 500 each, found by skipping through their indexes.
create function public.user_facets() returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  facet text;
  found_values jsonb;
  facets jsonb := '{}';
begin
  foreach facet in array array['role', 'team', 'department'] loop
    execute format(
      'with recursive found as (
         (select u.%1$I as value, 1 as n from public.user_profiles u where u.%1$I is not null order by u.%1$I limit 1)
         union all
         select (select u.%1$I from public.user_profiles u where u.%1$I > f.value order by u.%1$I limit 1), f.n + 1
         from found f where f.value is not null and f.n < 500
       )
       select coalesce(jsonb_agg(value), ''[]'') from found where value is not null', facet) into found_values;
    facets := facets || jsonb_build_object(facet || 's', found_values);
  end loop;
  return facets;
end;
$$;

-- Pairs in one state (any when null), at one site (all when null), of the users a search matches (all when null), by
-- user id and then site id, after a pair: rows of the status view.
create function public.sync_pairs(wanted text, site uuid, search text, after_user text, after_site uuid, max_pairs integer)
returns setof public.user_sync_status
language plpgsql
stable
set search_path = ''
as $$
declare
  page_users constant integer := 500;
  suspects text[];
  users text[];
  first_user text := after_user;
  skipped text; -- the last user of the page before
  found_pairs integer := 0;
  got integer;
begin
  if search <> '' then
    suspects := public.user_collect(jsonb_build_object('search', search), 20000);
  end if;
  suspects := coalesce(suspects, public.sync_suspects(wanted, site));
  loop
    if suspects is not null then
      users := array(
        select s.id from unnest(suspects) s(id)
        where (first_user is null or s.id >= first_user) and s.id is distinct from skipped
        order by s.id limit page_users);
    else
      users := array(
        select i.id from (
          (select u.id from public.user_profiles u
            where (first_user is null or u.id >= first_user) and u.id is distinct from skipped
              and (wanted is null or wanted not in ('removed', 'kept') or u.status = 'inactive')
            order by u.id limit page_users)
          union all
          (select d.id from public.deleted_users d
            where (first_user is null or d.id >= first_user) and d.id is distinct from skipped
            order by d.id limit page_users)
        ) i
        order by i.id limit page_users);
    end if;
    return query
      select v.* from public.user_sync_status v
      where v.user_id = any (users) and (sync_pairs.site is null or v.site_id = sync_pairs.site)
        and (wanted is null or v.status = wanted)
        and (after_user is null or (v.user_id, v.site_id) > (after_user, after_site))
        and (coalesce(search, '') = '' or position(lower(search) in lower(v.email || ' ' || coalesce(v.full_name, ''))) > 0
          or starts_with(lower(v.user_id), lower(search)))
      order by v.user_id, v.site_id
      limit max_pairs - found_pairs;
    get diagnostics got = row_count;
    found_pairs := found_pairs + got;
    exit when found_pairs >= max_pairs or cardinality(users) < page_users;
    first_user := users[page_users];
    skipped := first_user;
  end loop;
end;
$$;

-- The states of these users at these sites (all when null), as [{"userId", "states": {site id: status}, "reasons": {site
-- id: error code, where there is one}}]; users who are nowhere are left out.
create function public.sync_matrix(user_ids text[], site_ids uuid[]) returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('userId', r.user_id, 'states', r.states, 'reasons', r.reasons)), '[]')
  from (
    select v.user_id, jsonb_object_agg(v.site_id, v.status) as states,
      coalesce(jsonb_object_agg(v.site_id, v.error_code) filter (where v.error_code is not null), '{}') as reasons
    from public.user_sync_status v
    where v.user_id = any (user_ids) and (site_ids is null or v.site_id = any (site_ids))
    group by v.user_id
  ) r;
$$;

-- Why pairs fail or are retried, most users first: [{"siteId", "site", "status", "errorCode", "error", "users",
-- "userIds"}] with up to three of the users. A site in trouble is one entry, whatever waits for it.
create function public.sync_causes(max_causes integer) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  with refused as (
    select p.site_id, p.status, p.error_code, count(*) as users, min(p.error) as error,
      (array_agg(p.user_id order by p.attempted_at desc nulls last))[1:3] as user_ids
    from public.user_sync_state p join public.connected_sites s on s.id = p.site_id and s.generation = p.generation
    where s.disconnected_at is null and s.credentials_sealed is not null and s.health = 'ok'
      and p.desired_version > p.synced_version and p.status in ('retrying', 'failed')
    group by 1, 2, 3
  ), causes as (
    select s.id, s.name, r.status, r.error_code, r.error, r.users, to_jsonb(r.user_ids) as user_ids
    from refused r join public.connected_sites s on s.id = r.site_id
    union all
    select s.id, s.name, case s.health when 'blocked' then 'failed' else 'retrying' end, s.error_code, s.error,
      c.failed + c.retrying, '[]'::jsonb
    from public.sync_site_counts() c join public.connected_sites s on s.id = c.site_id
    where s.health <> 'ok'
  )
  select coalesce(jsonb_agg(jsonb_build_object('siteId', l.id, 'site', l.name, 'status', l.status, 'errorCode', l.error_code,
    'error', l.error, 'users', l.users, 'userIds', l.user_ids) order by l.users desc), '[]')
  from (select * from causes order by users desc limit max_causes) l;
$$;

-- What open pages follow: the overview, and a mark for each list that moves when the list may have changed.
create function public.sync_pulse() returns jsonb
language sql
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'overview', public.sync_overview(),
    'marks', jsonb_build_object(
      -- Every change of a user is announced in this queue.
      'users', (select q.last_value from pgmq.q_user_changes_msg_id_seq q),
      'log', (select l.last_value from public.user_sync_log_id_seq l),
      'states', (select v.last_value from public.sync_version_seq v),
      'runs', (select max(r.started_at) from public.sync_runs r),
      'sites', (select md5(string_agg(concat_ws(' ', s.id, s.updated_at, s.status, s.health, s.error_code, s.key_last_four, s.disconnected_at),
        ',' order by s.id)) from public.connected_sites s)));
$$;

revoke execute on function
  public.sync_suspects(text, uuid), public.like_literally(text), public.user_conditions(jsonb),
  public.user_in_state(text, uuid), public.user_collect(jsonb, integer),
  public.user_find(jsonb, text, jsonb, integer), public.user_count(jsonb, integer), public.user_facets(),
  public.sync_pairs(text, uuid, text, text, uuid, integer), public.sync_matrix(text[], uuid[]),
  public.sync_causes(integer), public.sync_pulse()
from public, anon, authenticated;
grant execute on function
  public.sync_suspects(text, uuid), public.like_literally(text), public.user_conditions(jsonb),
  public.user_in_state(text, uuid), public.user_collect(jsonb, integer),
  public.user_find(jsonb, text, jsonb, integer), public.user_count(jsonb, integer), public.user_facets(),
  public.sync_pairs(text, uuid, text, text, uuid, integer), public.sync_matrix(text[], uuid[]),
  public.sync_causes(integer), public.sync_pulse()
to service_role;
