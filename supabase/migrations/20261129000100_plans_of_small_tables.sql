-- A session keeps the plan that it made while a table was empty, until the table is analyzed, a minute or more after a
-- first sync has filled it. What a worker asks in that minute read all pairs for each site: 1.5 s a lease with 100,000 of
-- them. So all that workers call finds pairs and users by their indexes, whatever the tables looked like (sync_claim_dirty
-- and sync_settle do so already).

alter function public.sync_site_ready(public.connected_sites) set enable_seqscan = off;
alter function public.sync_site_has_more(uuid) set enable_seqscan = off;
alter function public.sync_mark_in_doubt(uuid, text[], boolean[], uuid[]) set enable_seqscan = off;
alter function public.sync_claim_due(public.connected_sites, integer, boolean) set enable_seqscan = off;
alter function public.sync_claim_removals(uuid, uuid, integer) set enable_seqscan = off;
alter function public.sync_mark_removals(public.connected_sites, integer) set enable_seqscan = off;
alter function public.sync_removals_pass(public.connected_sites, uuid) set enable_seqscan = off;
alter function public.sync_removals_hold(public.connected_sites, text[]) set enable_seqscan = off;
alter function public.sync_settle_states(public.connected_sites, public.sync_outcome[]) set enable_seqscan = off;
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
