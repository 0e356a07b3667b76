-- Several sites in one call: an edit that goes to four sites waits for one lease instead of four.

-- A leased site as a worker gets it, with what is needed to reach it. One that is being disconnected has its rows deleted.
create function public.sync_leased_site(site public.connected_sites) returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'id', site.id, 'name', site.name, 'kind', site.kind, 'leaseId', site.lease_id,
    'disconnecting', site.status = 'disconnecting',
    'url', site.endpoint_url, 'credentials', site.credentials_sealed,
    'previousCredentials', (
      select coalesce(jsonb_agg(p.secret -> 'sealed'), '[]')
      from jsonb_array_elements(site.previous_secrets) p(secret) where (p.secret ->> 'until')::timestamptz > now()),
    'inspect', site.status = 'active' and site.kind = 'supabase' and site.last_synced_at is not null
      and (site.inspected_at is null or site.inspected_at < now() - interval '1 hour'),
    'removalPolicy', case when site.status = 'disconnecting' then 'delete' else site.removal_policy end,
    'removalColumn', case when site.status <> 'disconnecting' then site.removal_column end,
    'failures', site.failures);
$$;

-- Gives ready sites to the worker for so many seconds, those that have waited longest first, as sync_leased_site has them.
-- A lease that ran out is taken over, and what its worker had on its way is in doubt: of such sites one in a call, because
-- marking pairs of several would lock them in another order than fan-outs do, and the two could deadlock.
-- Returns [] when nothing is ready; fewer than max_sites may leave some.
create function public.sync_lease_sites(worker text, seconds integer, max_sites integer) returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  turn uuid[];
  in_doubt uuid[];
  leased jsonb;
begin
  turn := array(
    select s.id from public.connected_sites s
    where public.sync_site_ready(s)
    order by s.lease_until nulls first
    limit max_sites
    for no key update skip locked);
  if cardinality(turn) = 0 then
    return '[]';
  end if;
  in_doubt := array(select distinct c.site_id from public.sync_claims c where c.site_id = any (turn) order by 1);
  turn := array(select id from unnest(turn) id where id <> all (in_doubt[2:]));
  perform public.sync_mark_in_doubt(c.site_id, c.user_ids, c.upserts, c.run_ids)
  from public.sync_claims c where c.site_id = in_doubt[1];
  delete from public.sync_claims c where c.site_id = in_doubt[1];
  with given as (
    update public.connected_sites s
    set lease_id = gen_random_uuid(), lease_worker = worker, lease_until = now() + make_interval(secs => seconds)
    where s.id = any (turn)
    returning s as site
  )
  select jsonb_agg(public.sync_leased_site(given.site)) into leased from given;
  return leased;
end;
$$;

revoke execute on function
  public.sync_leased_site(public.connected_sites), public.sync_lease_sites(text, integer, integer)
from public, anon, authenticated;
grant execute on function public.sync_lease_sites(text, integer, integer) to service_role;
