-- Another address of an endpoint may well be the same receiver, so removals are held there as before. But such a pair kept the
-- number of the old address: the full sync at the new one met it on every page, could neither remove nor pass over it, and
-- never went on; and the counts of the site called it pending. A pair that is held belongs to the endpoint as it is now.

create or replace function public.sync_removals_hold(site public.connected_sites, ids text[]) returns void
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
declare
  held text[];
  runs uuid[];
  present integer;
begin
  perform public.sync_removals_lock(array[site.id]);
  select array_agg(r.user_id) into held
  from public.site_removals r
  join public.departures d on d.site_id = r.site_id and d.user_id = r.user_id and d.departed_at = r.departed_at
  cross join lateral ( -- through the primary key, as in sync_removals_undecided
    select p.* from public.user_sync_state p where p.user_id = r.user_id and p.site_id = r.site_id limit 1
  ) p
  where r.site_id = site.id and r.state = 'held' and r.user_id = any (ids)
    and (p.desired_version > p.synced_version or r.outside) and public.sync_pair_there(p, site)
    and (p.status <> 'held' or p.due_at < 'infinity');
  if held is null then
    return;
  end if;
  -- Another address may have been saved for an endpoint since this claim began.
  select s.generation into present from public.connected_sites s where s.id = site.id and s.kind = 'webhook';
  perform from public.user_sync_state p
  where p.site_id = site.id and p.user_id = any (held) order by p.user_id for no key update; -- as everybody locks pairs
  update public.user_sync_state p set
    desired_version = case when p.desired_version > p.synced_version then p.desired_version else nextval('public.sync_version_seq') end,
    wanted_at = case when p.desired_version > p.synced_version then p.wanted_at else now() end,
    status = 'held', due_at = 'infinity', attempts = 0, error_code = null, error = null,
    generation = coalesce(present, p.generation),
    synced_at = case when p.generation = coalesce(present, p.generation) then p.synced_at end,
    row_updated_at = case when p.generation = coalesce(present, p.generation) then p.row_updated_at end
  where p.site_id = site.id and p.user_id = any (held);
  -- Open pages look at this number to see that states have changed.
  perform nextval('public.sync_version_seq');
  with ended as (
    update public.sync_run_sites r set finished_at = now(), failed = 1
    where r.site_id = site.id and r.user_id = any (held) and r.finished_at is null
    returning r.run_id
  )
  select array_agg(distinct run_id) into runs from ended;
  if runs is not null then
    perform public.sync_finish_runs(runs);
  end if;
end;
$$;

update public.user_sync_state p set generation = s.generation, synced_at = null, row_updated_at = null
from public.connected_sites s
where s.id = p.site_id and s.kind = 'webhook' and p.status = 'held' and p.generation <> s.generation;
