-- Sync All Users writes whom a site does not have as the list has them. With force it writes everybody again, for rows
-- that were changed at a site by somebody else.
drop function public.request_sync_all(uuid[], text);
create function public.request_sync_all(site_ids uuid[], requested_by text, force boolean) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  started jsonb := public.sync_all_start(site_ids, requested_by);
begin
  update public.sync_run_sites r set skip_confirmed = not force where r.run_id = (started ->> 'runId')::uuid;
  perform public.audit_write('sync.started', 'run', started ->> 'runId', null, null,
    jsonb_strip_nulls(started - 'runId' || jsonb_build_object('site_ids', site_ids, 'force', nullif(force, false))));
  return started;
end;
$$;
revoke execute on function public.request_sync_all(uuid[], text, boolean) from public, anon, authenticated;
grant execute on function public.request_sync_all(uuid[], text, boolean) to service_role;
