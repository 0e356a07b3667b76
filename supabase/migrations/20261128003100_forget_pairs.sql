-- A disconnected site's pairs were deleted in one statement, which for a million users takes longer than a statement may:
-- such a site could not be disconnected. Now the first are, and workers go on with the others. Nobody sees what is left:
-- whatever shows pairs asks for sites that are connected.

alter table public.connected_sites add column forget_cursor text;
comment on column public.connected_sites.forget_cursor is
  'Once disconnected: the last user id whose pair was deleted; null when all are.';

-- Deletes the next pairs of sites that are disconnected. True when some may be left.
create function public.sync_forget_pairs() returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  -- Pairs of all sites that one step walks over: some 30 ms, and 0.5 s when all of them are to be deleted.
  walked constant integer := 50000;
  site public.connected_sites;
  upto text;
begin
  select s.* into site from public.connected_sites s where s.forget_cursor is not null
  order by s.disconnected_at limit 1 for no key update skip locked;
  if not found then
    return false;
  end if;
  select p.user_id into upto from public.user_sync_state p
  where p.user_id > site.forget_cursor order by p.user_id offset walked limit 1;
  -- In the order in which fan-outs lock, or the two could deadlock.
  perform from public.user_sync_state p
  where p.site_id = site.id and p.user_id > site.forget_cursor and (upto is null or p.user_id <= upto)
  order by p.user_id for update;
  delete from public.user_sync_state p
  where p.site_id = site.id and p.user_id > site.forget_cursor and (upto is null or p.user_id <= upto);
  update public.connected_sites s set forget_cursor = upto where s.id = site.id;
  return true;
end;
$$;

-- What is due from time to time: see sync_log_maintain and sync_forget_pairs. True when a step is left.
create function public.sync_maintain() returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform public.sync_log_maintain();
  return public.sync_forget_pairs();
end;
$$;

-- Disconnects a site: its credentials are wiped and nothing is sent there again. Rows at the site stay, and so does the
-- log. False when there is no such site.
create or replace function public.site_disconnect(site_id uuid) returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  runs uuid[];
begin
  update public.connected_sites s set
    disconnected_at = now(), forget_cursor = '', credentials_sealed = null, key_last_four = null, previous_secrets = '[]',
    lease_id = null, lease_worker = null, lease_until = null
  where s.id = site_disconnect.site_id and s.disconnected_at is null;
  if not found then
    return false;
  end if;
  with ended as (
    update public.sync_run_sites r set finished_at = now(), total = r.succeeded + r.failed
    where r.site_id = site_disconnect.site_id and r.finished_at is null
    returning r.run_id
  )
  select array_agg(run_id) into runs from ended;
  perform public.sync_finish_runs(coalesce(runs, '{}'));
  delete from public.sync_claims c where c.site_id = site_disconnect.site_id;
  perform public.sync_forget_pairs();
  return true;
end;
$$;

revoke execute on function public.sync_forget_pairs(), public.sync_maintain() from public, anon, authenticated;
grant execute on function public.sync_maintain() to service_role;
