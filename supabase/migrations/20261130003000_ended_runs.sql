-- A run whose full syncs were ended by a newer run at some sites only had finished while it went on at the others.

-- Ends the full syncs that stand still at sites in trouble, since a newer one will do all of their work, and the runs that
-- have nothing else left. Returns the sites that users may depend on to come there at all.
create function public.sync_end_standing(sites uuid[]) returns uuid[]
language sql
security definer
set search_path = ''
as $$
  with ended as (
    update public.sync_run_sites r set finished_at = now(), failed = greatest(r.total - r.succeeded, 0)
    from public.connected_sites s
    where r.site_id = any (sites) and r.finished_at is null and r.user_id is null and s.id = r.site_id and s.health <> 'ok'
    returning r.run_id, r.site_id, r.owed
  ), finished as (
    update public.sync_runs r set finished_at = now()
    where r.id in (select run_id from ended) and not exists (
      select from public.sync_run_sites t where t.run_id = r.id and t.finished_at is null
        -- What is ended just now is not seen as such yet.
        and not exists (select from ended e where e.run_id = t.run_id and e.site_id = t.site_id))
  )
  select coalesce(array_agg(e.site_id) filter (where e.owed), '{}') from ended e;
$$;

revoke execute on function public.sync_end_standing(uuid[]) from public, anon, authenticated;

create or replace function public.sync_start_full(kind text, sites uuid[], requested_by text) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  run uuid;
  users bigint := (select count(*) from public.user_profiles where status = 'active');
  owed_sites uuid[];
begin
  -- In the order in which workers lock: the site before its runs.
  perform from public.connected_sites s where s.id = any (sites) order by s.id for no key update;
  owed_sites := public.sync_end_standing(sites);

  insert into public.sync_runs (kind, requested_by, finished_at)
  values (sync_start_full.kind, sync_start_full.requested_by, case when cardinality(sites) = 0 then now() end)
  returning id into run;
  insert into public.sync_run_sites (run_id, site_id, total, owed)
  select run, id, users, sync_start_full.kind = 'site' or id = any (owed_sites) from unnest(sites) id;
  -- Asking by hand is a reason to try a site again at once.
  update public.connected_sites s set retry_at = now() where s.id = any (sites) and s.retry_at > now();
  return jsonb_build_object('runId', run, 'users', users, 'sites', cardinality(sites));
end;
$$;
