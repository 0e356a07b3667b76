-- Another removal policy locked every row that Roster wrote at the site, and read the pairs of all sites to find them: with
-- a million users that takes longer than a statement may.

create index user_sync_state_outside_idx on public.user_sync_state (site_id, user_id)
  where written and status in ('removed', 'out_of_scope');

-- Sets what a removal does at a site and has it done to the users who are already inactive or gone. Whose leaving is still
-- to be fanned out goes by the new policy anyway.
create or replace function public.site_set_removal(site_id uuid, policy text, deactivate_column text) returns boolean
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off
as $$
declare
  site constant uuid := site_set_removal.site_id;
  gone text[];
begin
  update public.connected_sites s set removal_policy = policy, removal_column = deactivate_column
  where s.id = site and s.disconnected_at is null;
  if not found then
    return false;
  end if;
  -- Each of these has an index; only who is synced is in none.
  gone := array(
    select c.user_id from (
      select p.user_id from public.user_sync_state p where p.site_id = site and p.written and p.status in ('removed', 'out_of_scope')
      union
      select p.user_id from public.user_sync_state p where p.site_id = site and p.status = 'kept'
      union
      select p.user_id from public.user_sync_state p where p.site_id = site and p.status = 'held'
      union
      select p.user_id from public.user_sync_state p where p.site_id = site and p.status in ('different', 'missing', 'extra')
      union
      select p.user_id from public.user_sync_state p where p.site_id = site and p.desired_version > p.synced_version
    ) c
    cross join lateral (
      select p.written, p.status from public.user_sync_state p where p.user_id = c.user_id and p.site_id = site offset 0) p
    where p.written and (p.status = 'out_of_scope' or not exists (
      select from public.user_profiles u where u.id = c.user_id and u.status = 'active' offset 0)));
  -- In the order in which fan-outs lock, or the two could deadlock.
  perform from public.user_sync_state p where p.site_id = site and p.user_id = any (gone) order by p.user_id for update;
  update public.user_sync_state p set
    desired_version = nextval('public.sync_version_seq'), status = 'pending', attempts = 0, due_at = now(), wanted_at = now()
  where p.site_id = site and p.user_id = any (gone) and p.written;
  return true;
end;
$$;
