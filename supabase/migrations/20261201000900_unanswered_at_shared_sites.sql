-- A shared site that did not answer was taken for having each user of the batch from Roster. A row of the site's own under the
-- key of one of them was written over when the site came back, and taken away when that user left. It is told by what it holds,
-- as after a worker's death.

create or replace function public.sync_settle_states(target public.connected_sites, settling public.sync_outcome[]) returns void
language sql
security definer
set search_path = ''
set enable_seqscan = off -- see plans_of_small_tables
set plan_cache_mode = force_custom_plan
as $$
  insert into public.user_sync_state as p
    (user_id, site_id, desired_version, synced_version, generation, status, written, attempts, due_at, attempted_at,
     synced_at, row_updated_at, run_id, error_code, error)
  select t.user_id, target.id, t.version,
    case when t.kind in ('failed', 'returned') then 0 else t.version end,
    target.generation,
    case t.kind
      when 'upserted' then 'synced'
      when 'removed' then 'removed'
      when 'deactivated' then 'removed'
      when 'skipped' then 'removed'
      when 'kept' then 'kept'
      when 'failed' then case when t.retry_in is null then 'failed' else 'retrying' end
      else 'pending'
    end,
    -- An attempt without an answer may have landed. At a shared site the row may be the site's own, see sync_mark_in_doubt.
    t.kind in ('upserted', 'deactivated', 'kept') or (t.kind = 'returned' and t.upsert and not target.shared),
    case when t.kind = 'failed' then t.attempt else 0 end,
    case when t.kind = 'failed' then coalesce(now() + make_interval(secs => t.retry_in), 'infinity') else now() end,
    case when t.kind not in ('skipped', 'kept') then now() end,
    case when t.kind in ('upserted', 'removed', 'deactivated') then now() end,
    case when t.kind = 'upserted' then t.row_time end,
    -- What comes again is still what this run asked for.
    case when t.kind = 'returned' then t.run_id end,
    case when t.kind = 'failed' then t.error_code end,
    case when t.kind = 'failed' then t.error end
  from unnest(settling) t
  where t.kind <> 'returned' or t.error_code is not null
  order by t.user_id
  on conflict (user_id, site_id) do update set
    desired_version = greatest(p.desired_version, excluded.desired_version),
    synced_version = greatest(
      excluded.synced_version, case when p.generation = excluded.generation then p.synced_version else 0 end),
    generation = excluded.generation,
    -- A removal takes back what was written before it was claimed, not what was put in doubt since.
    written = excluded.written
      or ((excluded.status not in ('removed', 'kept') or p.desired_version > excluded.desired_version)
        and p.written and (p.generation = excluded.generation or target.kind = 'webhook')),
    wanted_at = case when p.desired_version > p.synced_version then p.wanted_at else now() end,
    attempted_at = coalesce(excluded.attempted_at, p.attempted_at),
    -- A refused row leaves the site what it had.
    row_updated_at = case
      when excluded.status in ('retrying', 'failed') then p.row_updated_at else excluded.row_updated_at end,
    synced_at = coalesce(excluded.synced_at, case when p.generation = excluded.generation then p.synced_at end),
    (status, attempts, due_at, run_id, error_code, error) = (
      select p.status, p.attempts, p.due_at, coalesce(p.run_id, excluded.run_id), p.error_code, p.error
      where p.desired_version > excluded.desired_version or excluded.status = 'pending'
      union all
      select excluded.status, excluded.attempts, excluded.due_at, null, excluded.error_code, excluded.error
      where p.desired_version <= excluded.desired_version and excluded.status <> 'pending'
    );

  -- A user whose row is gone from the list needs no pair once the site's is gone too. A row that stays there is
  -- remembered: the site's removal policy may change, and the user may come back.
  delete from public.user_sync_state p
  using unnest(settling) t
  where p.user_id = t.user_id and p.site_id = target.id and t.kind in ('removed', 'skipped')
    and p.desired_version <= p.synced_version
    and not exists (select from public.user_profiles u where u.id = p.user_id);
$$;
