-- A session keeps the plan that it made while a table was empty, until the table is analyzed, a minute or more after a
-- first sync has filled it. What a worker asks in that minute read all pairs for each site: 1.5 s a lease with 100,000 of
-- them. So all that workers call finds pairs and users by their indexes, whatever the tables looked like (sync_claim_dirty
-- and sync_settle do so already).

alter function public.sync_mark_in_doubt(uuid, text[], boolean[], uuid[]) set enable_seqscan = off;
alter function public.sync_claim_due(public.connected_sites, integer, boolean) set enable_seqscan = off;
alter function public.sync_claim_removals(uuid, uuid, integer) set enable_seqscan = off;
alter function public.sync_mark_removals(public.connected_sites, integer) set enable_seqscan = off;
alter function public.sync_removals_pass(public.connected_sites, uuid) set enable_seqscan = off;
alter function public.sync_removals_hold(public.connected_sites, text[]) set enable_seqscan = off;
alter function public.sync_settle_states(public.connected_sites, public.sync_outcome[]) set enable_seqscan = off;
alter function public.sync_settle_states(public.connected_sites, public.sync_outcome[]) set plan_cache_mode = force_custom_plan;
alter function public.sync_settle_log(public.connected_sites, public.sync_claims, public.sync_outcome[]) set enable_seqscan = off;
alter function public.sync_record_newest(uuid, uuid, jsonb) set enable_seqscan = off;
alter function public.sync_row_keys(uuid, uuid, text[], text[]) set enable_seqscan = off;
alter function public.sync_record_row_keys(uuid, uuid, jsonb) set enable_seqscan = off;
-- Of one user, asked for by the dashboard and by scripts. They go through all sites, without an index, which older versions
-- of PostgreSQL take for so much work then that they would compile it.
alter function public.sync_user_start(text, text) set enable_seqscan = off;
alter function public.sync_user_start(text, text) set jit = off;
alter function public.sync_retry(text, uuid) set enable_seqscan = off;
alter function public.sync_retry(text, uuid) set jit = off;
alter function public.request_sync_pair(text, uuid, text) set enable_seqscan = off;

-- Says which of these users' rows at a leased site may lose a value to another user: those that Roster is going to write
-- or delete there by itself, so not those whose removal is held, and at a shared site none but rows that it has written
-- there. Their pairs become dirty and due in this transaction, so whatever happens next, each of these rows is put right.
-- Returns their ids as a JSON array; none when the lease is no longer the caller's.
create or replace function public.sync_displace(site uuid, lease uuid, users text[]) returns jsonb
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
as $$
declare
  target public.connected_sites;
  ours text[];
begin
  select s.* into target from public.connected_sites s
  where s.id = site and s.lease_id = lease and s.lease_until > now();
  if not found then
    return '[]';
  end if;
  if target.removal_guard and target.removal_policy = 'delete'
    and exists (select from public.sync_removals_open(target, users) o where o.state is null) then
    perform public.sync_removals_decide(target, users);
  end if;
  select array_agg(h.id) into ours
  from unnest(users) h(id)
  left join lateral (select x.status from public.user_profiles x where x.id = h.id offset 0) u on true
  left join lateral (
    select x.status, x.written, x.generation from public.user_sync_state x where x.user_id = h.id and x.site_id = target.id offset 0
  ) p on true
  where (not target.shared or (p.written and p.generation = target.generation))
    -- Roster would not put the row of somebody outside the scope right again.
    and ((u.status = 'active' and p.status is distinct from 'out_of_scope')
      or (target.removal_policy = 'delete' and p.written
        and (not target.removal_guard or not exists (select from public.sync_removals_open(target, array[h.id])))));
  if ours is null then
    return '[]';
  end if;
  perform public.sync_mark_in_doubt(site, ours, array_fill(true, array[cardinality(ours)]), null);
  update public.user_sync_state p set status = 'pending', attempts = 0, due_at = now(), error_code = null, error = null
  where p.site_id = site and p.user_id = any (ours);
  return to_jsonb(ours);
end;
$$;

-- When the first of a site's dirty pairs is due; null when there is none. In the order of the index of what is due: asked
-- whether there is one, PostgreSQL may take any index of a table that looks empty.
create function public.sync_site_due_at(site uuid) returns timestamptz
language sql
stable
set search_path = ''
set enable_seqscan = off
as $$
  select p.due_at from public.user_sync_state p
  where p.site_id = site and p.desired_version > p.synced_version
  order by p.due_at limit 1;
$$;

-- Whether a worker could do something at this site now.
create or replace function public.sync_site_ready(site public.connected_sites) returns boolean
language sql
stable
set search_path = ''
set enable_seqscan = off
as $$
  select site.disconnected_at is null
    and site.status in ('active', 'disconnecting')
    and site.credentials_sealed is not null
    and site.retry_at <= now()
    and (site.lease_until is null or site.lease_until <= now())
    and (
      coalesce(public.sync_site_due_at(site.id) <= now(), false)
      or exists (
        select from public.sync_run_sites r
        where r.site_id = site.id and r.finished_at is null and r.user_id is null
      )
      or exists (select from public.sync_claims c where c.site_id = site.id)
      or (site.status = 'active' and site.kind = 'supabase' and site.last_synced_at is not null
        and (site.inspected_at is null or site.inspected_at < now() - interval '1 hour'))
      -- Rows are left to be marked, or none is left at all and the end has to be made.
      or (site.status = 'disconnecting' and (site.removal_cursor is not null or public.sync_site_due_at(site.id) is null))
    );
$$;

-- Whether a leased site has anything left to do now.
create or replace function public.sync_site_has_more(site uuid) returns boolean
language sql
stable
security definer
set search_path = ''
set enable_seqscan = off
as $$
  select coalesce(public.sync_site_due_at(site) <= now(), false)
    or exists (select from public.sync_run_sites r where r.site_id = site and r.finished_at is null and r.user_id is null)
    or exists (select from public.sync_claims c where c.site_id = site);
$$;

revoke execute on function public.sync_site_due_at(uuid) from public, anon, authenticated;
