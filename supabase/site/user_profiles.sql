-- Roster: what a connected site needs. Run this once in the site's own Supabase project: SQL Editor, New query, paste,
-- Run. It may be run again at any time. A table that is already there keeps its rows, columns, policies and grants.

do $$
begin
  if to_regclass('public.user_profiles') is null then
    create table public.user_profiles (
      id text primary key,
      clerk_user_id text unique not null,
      email text unique not null,
      full_name text,
      role text default 'user',
      team text,
      department text,
      created_at timestamptz default now(),
      updated_at timestamptz default now()
    );
    -- Nobody but the project's secret key may read or write. Add policies and grants of your own for what your app
    -- lets its users see.
    alter table public.user_profiles enable row level security;
    revoke all on public.user_profiles from public, anon, authenticated;
  end if;
end;
$$;

grant select, insert, update, delete on public.user_profiles to service_role;

-- A late retry must never put an older row over a newer one. Roster works without this guard; with it, a delayed
-- message cannot show your app an old name even for a moment.
create or replace function public.user_profiles_refuse_older() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if new.updated_at < old.updated_at then
    return null; -- the row stays as it is, and the answer to Roster does not name it
  end if;
  return new;
end;
$$;
revoke execute on function public.user_profiles_refuse_older() from public, anon, authenticated;

-- Triggers fire in the order of their names. Last, so that it sees the time that a trigger of yours may put on every row.
drop trigger if exists user_profiles_refuse_older on public.user_profiles;
drop trigger if exists zz_user_profiles_refuse_older on public.user_profiles;
create trigger zz_user_profiles_refuse_older before update on public.user_profiles
  for each row execute function public.user_profiles_refuse_older();
