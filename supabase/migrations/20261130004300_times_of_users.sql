-- A time that is none, or beyond the years that ISO 8601 spells with four digits, can be written by SQL. With "infinity" a
-- user could not be made newer any more, so no change of it was sent, and no page of the list could end at such a user.

create function public.user_profiles_bound() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.created_at := least(greatest(new.created_at, '0001-01-01 00:00Z'), '9998-12-31 00:00Z');
  new.updated_at := least(greatest(new.updated_at, '0001-01-01 00:00Z'), '9998-12-31 00:00Z');
  return new;
end;
$$;
revoke execute on function public.user_profiles_bound() from public, anon, authenticated, service_role;

-- Fires before user_profiles_stamp, since triggers do so in the order of their names, and leaves a year to be newer in.
create trigger user_profiles_bound before insert or update of created_at, updated_at on public.user_profiles
  for each row when (
    not (new.created_at between '0001-01-01 00:00Z' and '9998-12-31 00:00Z' and new.updated_at between '0001-01-01 00:00Z' and '9998-12-31 00:00Z'))
  execute function public.user_profiles_bound();
alter table public.user_profiles enable always trigger user_profiles_bound;
