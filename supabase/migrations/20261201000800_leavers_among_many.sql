-- Who leaves was looked for among everybody who ever left: with 200,000 inactive users, one who was deactivated took 0.6 s at
-- every site, a minute at a hundred. Those about whom nothing is decided are found from what a site waits for, which is less.

create index scope_departures_departed_at_idx on public.scope_departures (site_id, departed_at);

-- Departures of users whom the site has, about which nothing was decided there: their pairs are dirty, or the news of
-- them is still in the queue. Messages are older than the departures they announce; see user_departures_note.
create or replace function public.sync_removals_undecided(site public.connected_sites)
returns table (user_id text, departed_at timestamptz, outside boolean)
language plpgsql
stable
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
  announced constant timestamptz := (select min(q.enqueued_at) from pgmq.q_user_changes q);
  waiting constant bigint := (
    select coalesce(sum(t.pairs), 0) from public.sync_tallies t where t.site_id = site.id and t.dirty and t.status <> 'held');
  gone constant bigint := (select coalesce(sum(t.users), 0) from public.user_tallies t where t.status <> 'active');
begin
  return query
  with found as (
    -- What is held, or was given up, is never undecided: news of its user makes it due.
    select d.user_id, d.departed_at, d.outside
    from public.user_sync_state p
    cross join lateral (
      select * from public.departures x where x.site_id = p.site_id and x.user_id = p.user_id limit 1
    ) d
    where waiting <= greatest(gone, 20000)
      and p.site_id = site.id and p.desired_version > p.synced_version and p.due_at < 'infinity' and public.sync_pair_there(p, site)
    union
    -- Pair by pair through the primary key: what the planner makes of a join depends on statistics that are old just when
    -- very many leave at once.
    select d.user_id, d.departed_at, d.outside
    from public.departures d
    cross join lateral (
      select p.* from public.user_sync_state p where p.user_id = d.user_id and p.site_id = site.id limit 1
    ) p
    where d.site_id = site.id and public.sync_pair_there(p, site)
      and (d.departed_at >= announced or (waiting > greatest(gone, 20000) and p.desired_version > p.synced_version))
  )
  select f.user_id, f.departed_at, f.outside from found f
  where not exists (
    select from public.site_removals r
    where r.site_id = site.id and r.user_id = f.user_id and r.departed_at = f.departed_at);
end;
$$;
