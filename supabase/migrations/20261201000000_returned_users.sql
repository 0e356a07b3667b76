-- Users who were deactivated, then deleted and then put in the list again with another team left the sites that get their old
-- team unguarded: what is known of a departure was only what deactivating had changed. Who is deleted is remembered whole.

create function public.user_departures_complete() returns trigger
language plpgsql
security definer -- whoever may delete users may have it noted
set search_path = ''
set enable_hashjoin = off -- see rows_before_and_after
set enable_mergejoin = off
as $$
begin
  update public.user_departures d set before = public.user_profiles_fields(o::public.user_profiles) || d.before
  from old_rows o where d.user_id = o.id and o.status <> 'active';
  return null;
end;
$$;

create trigger user_profiles_departures_deleted after delete on public.user_profiles
  referencing old table as old_rows for each statement execute function public.user_departures_complete();
alter table public.user_profiles enable always trigger user_profiles_departures_deleted;

revoke execute on function public.user_departures_complete() from public, anon, authenticated, service_role;

-- Who is gone already.
update public.user_departures d set before = to_jsonb(g) - '{id,created_at,updated_at,deleted_at}'::text[] || d.before
from public.deleted_users g
where g.id = d.user_id and not d.before ? 'email';
