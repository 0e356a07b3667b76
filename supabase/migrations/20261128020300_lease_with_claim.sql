-- What a site waits for comes with its lease when that is little: an edit at four sites takes one call less to each.

-- The first claim of a site just leased: all that is due there, unless that is more than so many users or needs a decision.
-- Null then: sync_claim says. It locks no pair, since one transaction leases several sites, and fan-outs lock in another order.
create function public.sync_claim_little(target public.connected_sites, max_users integer) returns json
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- A new site is looked at first, one in trouble is probed with one user; a scope and removals are judged by sync_claim.
  if target.status <> 'active' or target.take_over is not null or target.failures > 0 or target.scope is not null
    or exists (select from public.site_removals r where r.site_id = target.id and r.state = 'held') then
    return null;
  end if;
  return (select d.answer from public.sync_claim_dirty(target, max_users, false, true, false) d);
end;
$$;

-- Gives ready sites to the worker for so many seconds, those that have waited longest first, as sync_leased_site has them;
-- with "claim", as sync_claim answers, where no more than claim_up_to users are due.
-- A lease that ran out is taken over, and what its worker had on its way is in doubt: of such sites one in a call, because
-- marking pairs of several would lock them in another order than fan-outs do, and the two could deadlock.
-- Returns [] when nothing is ready; fewer than max_sites may leave some.
drop function public.sync_lease_sites(text, integer, integer);
create function public.sync_lease_sites(worker text, seconds integer, max_sites integer, claim_up_to integer default 0) returns json
language plpgsql
security definer
set search_path = ''
as $$
declare
  turn uuid[];
  in_doubt uuid[];
  leased public.connected_sites[];
  answer json;
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
  select array_agg(given.site) into leased from given;
  -- By hand: jsonb takes ten times as long, and json cannot be added to.
  select json_agg((left(public.sync_leased_site(s)::text, -1) || coalesce(', "claim": ' || c.claim::text, '') || '}')::json)
  into answer
  from unnest(leased) s
  cross join lateral (
    select case when claim_up_to > 0 then public.sync_claim_little(s, claim_up_to) end as claim) c;
  return answer;
end;
$$;

revoke execute on function
  public.sync_claim_little(public.connected_sites, integer), public.sync_lease_sites(text, integer, integer, integer)
from public, anon, authenticated;
grant execute on function public.sync_lease_sites(text, integer, integer, integer) to service_role;
