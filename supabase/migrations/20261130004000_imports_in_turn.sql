-- Imports of the same people at the same moment would each find nobody and make everybody: the second failed as a whole by a
-- constraint, or both waited for each other. Now they write one after the other, a page each time, and who comes second
-- finds who is there.

alter function public.user_import(jsonb, boolean) rename to user_import_alone;

-- Takes lines of an import, [{"line", field: value}], or only tells what would become of them: [{"line", "outcome": "created" |
-- "updated" | "unchanged" | "rejected", "userId", "message"}] in the order of the lines.
create function public.user_import(list jsonb, preview boolean) returns jsonb
language plpgsql
security definer -- as user_import_alone, whose temporary table belongs to whoever came first in a session
set search_path = ''
as $$
begin
  if not preview then
    perform pg_advisory_xact_lock(hashtext('roster.user_import'));
  end if;
  return public.user_import_alone(list, preview);
end;
$$;

revoke execute on function public.user_import_alone(jsonb, boolean) from service_role;
revoke execute on function public.user_import(jsonb, boolean) from public, anon, authenticated;
grant execute on function public.user_import(jsonb, boolean) to service_role;
