-- What searches compare is kept with each user. It was put together again for every row that a search looked at, which took
-- most of its time; and an index that holds it beside the order can be walked without looking at the rows at all.

-- Longer names and addresses are found and sorted by their beginnings: an index takes 2.7 kB.
alter table public.user_profiles
  add column search_name text not null generated always as (lower(left(coalesce(full_name, email), 100))) stored,
  add column search_text text not null generated always as (
    lower(left(email, 254) || ' ' || left(coalesce(full_name, ''), 150))) stored;
comment on column public.user_profiles.search_name is 'By what lists are sorted by name.';
comment on column public.user_profiles.search_text is 'What searches look into; it begins with the e-mail address, so lists by that are in its order.';

drop index public.user_profiles_search_idx;
drop index public.user_profiles_name_idx;
create index user_profiles_search_idx on public.user_profiles using gin (search_text extensions.gin_trgm_ops);
create index user_profiles_name_idx on public.user_profiles (search_name, id) include (search_text);
create index user_profiles_email_order_idx on public.user_profiles (search_text, id);

-- A user as callers get it.
create function public.user_told(one public.user_profiles) returns jsonb
language sql
stable
set search_path = ''
as $$
  select to_jsonb(one) - '{search_name,search_text}'::text[];
$$;
revoke execute on function public.user_told(public.user_profiles) from public, anon, authenticated;
grant execute on function public.user_told(public.user_profiles) to service_role;

-- Adds a user with the given fields; without an id a UUID is made.
create or replace function public.user_create(fields jsonb) returns jsonb
language sql
security definer
set search_path = ''
as $$
  insert into public.user_profiles as u (id, clerk_user_id, email, full_name, role, team, department)
  select coalesce(f.id, gen_random_uuid()::text), f.clerk_user_id, f.email, f.full_name, coalesce(f.role, 'user'),
    f.team, f.department
  from jsonb_to_record(fields) as f(
    id text, clerk_user_id text, email text, full_name text, role text, team text, department text)
  returning public.user_told(u);
$$;

-- Changes the given fields; null when there is no such user.
create or replace function public.user_update(user_id text, fields jsonb) returns jsonb
language sql
security definer
set search_path = ''
as $$
  update public.user_profiles u set
    clerk_user_id = case when fields ? 'clerk_user_id' then fields ->> 'clerk_user_id' else u.clerk_user_id end,
    email = case when fields ? 'email' then fields ->> 'email' else u.email end,
    full_name = case when fields ? 'full_name' then fields ->> 'full_name' else u.full_name end,
    role = case when fields ? 'role' then fields ->> 'role' else u.role end,
    team = case when fields ? 'team' then fields ->> 'team' else u.team end,
    department = case when fields ? 'department' then fields ->> 'department' else u.department end,
    status = case when fields ? 'status' then fields ->> 'status' else u.status end
  where u.id = user_update.user_id
  returning public.user_told(u);
$$;

-- The condition that a search finds a row called u with search_text; "true" for none. Three characters and more are found
-- anywhere in the e-mail address and name, fewer at the beginning of a word, which is all that trigrams can find.
create function public.user_searched(search text) returns text
language sql
immutable
set search_path = ''
as $$
  select case
    when coalesce(search, '') = '' then 'true'
    when length(search) < 3 then format('u.search_text like any (%L)', array[p.pattern || '%', '% ' || p.pattern || '%'])
    else format('u.search_text like %L', '%' || p.pattern || '%')
  end
  from (select public.like_literally(lower(search)) as pattern) p;
$$;

-- The condition for the fields of a query {"status", "role", "team", "department"} (all optional) on a row called u.
create function public.user_filtered(query jsonb) returns text
language sql
immutable
set search_path = ''
as $$
  select coalesce(string_agg(format('u.%I = %L', f.field, query ->> f.field), ' and '), 'true')
  from unnest(array['status', 'role', 'team', 'department']) f(field) where query ->> f.field is not null;
$$;

-- The condition for users of a query {"search", "status", "role", "team", "department"} (all optional), as SQL on a
-- user_profiles row called u. Besides what user_searched says, a search finds the beginning of the id: ids are random and
-- contain everything. https://www.postgresql.org/docs/current/pgtrgm.html
create or replace function public.user_conditions(query jsonb) returns text
language sql
immutable
set search_path = ''
as $$
  select case when coalesce(query ->> 'search', '') = '' then '' else format('(%s or lower(u.id) like %L) and ',
      public.user_searched(query ->> 'search'), public.like_literally(lower(query ->> 'search')) || '%') end
    || public.user_filtered(query);
$$;

revoke execute on function public.user_searched(text), public.user_filtered(jsonb) from public, anon, authenticated;
grant execute on function public.user_searched(text), public.user_filtered(jsonb) to service_role;
