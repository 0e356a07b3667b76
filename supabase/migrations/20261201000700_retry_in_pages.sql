-- Retrying a site, or everything, wrote every pair that waits there in one statement, also those that wait for nothing but the
-- site: with some hundred thousand of them that took longer than a statement may, and the site was not tried at all. Now what
-- was refused is made due page by page, and the others are due as soon as the site is tried.

-- Makes the next pairs due that were refused or wait after a failure; at this site, or at all when null. Returns how many.
create function public.sync_retry_page(site_id uuid, most integer) returns bigint
language sql
security definer
set search_path = ''
set enable_seqscan = off -- see sync_claim_dirty
set jit = off -- see plans_of_small_tables
as $$
  with picked as materialized (
    select r.user_id, r.site_id
    from public.connected_sites s
    cross join lateral (
      select p.user_id, p.site_id from public.user_sync_state p
      where p.site_id = s.id and p.desired_version > p.synced_version and p.due_at > now() and p.status in ('retrying', 'failed')
      limit most
    ) r
    where s.disconnected_at is null and (sync_retry_page.site_id is null or s.id = sync_retry_page.site_id)
    limit most
  ), waiting as materialized (
    select p.user_id, p.site_id from public.user_sync_state p join picked k on k.user_id = p.user_id and k.site_id = p.site_id
    order by p.user_id, p.site_id -- as sync_mark_dirty does, or the two could deadlock
    for no key update of p
  ), again as (
    update public.user_sync_state p set due_at = now(), attempts = 0
    from waiting w where p.user_id = w.user_id and p.site_id = w.site_id
    returning 1
  )
  select count(*) from again;
$$;

-- Tries again what failed or waits after a failure: one pair, one user, one site, or (both null) everything. What is held
-- waits for a person. Returns how many pairs that are; without a user, 50,000 of them are made due, see sync_retry_page.
create or replace function public.sync_retry(user_id text, site_id uuid) returns bigint
language plpgsql
security definer
set search_path = ''
set enable_seqscan = off -- see plans_of_small_tables
set jit = off
as $$
declare
  pairs bigint;
begin
  -- In the order in which workers lock: the site before its pairs.
  perform from public.connected_sites s
  where s.disconnected_at is null and (sync_retry.site_id is null or s.id = sync_retry.site_id)
  order by s.id for no key update;
  if sync_retry.user_id is null then
    select coalesce(sum(t.pairs), 0)::bigint into pairs
    from public.connected_sites s join public.sync_tallies t on t.site_id = s.id
    where s.disconnected_at is null and (sync_retry.site_id is null or s.id = sync_retry.site_id)
      and t.dirty and (t.status in ('retrying', 'failed') or (s.health <> 'ok' and t.status <> 'held'));
    perform public.sync_retry_page(sync_retry.site_id, 50000);
  else
    with waiting as materialized (
      select p.user_id, p.site_id
      from public.user_sync_state p
      join public.connected_sites s on s.id = p.site_id
      where s.disconnected_at is null and p.desired_version > p.synced_version and p.user_id = sync_retry.user_id
        and (p.status in ('retrying', 'failed') or (s.health <> 'ok' and p.status <> 'held'))
        and (sync_retry.site_id is null or p.site_id = sync_retry.site_id)
      order by p.user_id, p.site_id for no key update of p
    ), again as (
      update public.user_sync_state p set due_at = now(), attempts = 0
      from waiting w where p.user_id = w.user_id and p.site_id = w.site_id
      returning 1
    )
    select count(*) into pairs from again;
  end if;
  update public.connected_sites s set retry_at = now()
  where s.disconnected_at is null and s.retry_at > now() and (sync_retry.site_id is null or s.id = sync_retry.site_id);
  return pairs;
end;
$$;

drop function public.request_retry(text, uuid);

-- See sync_retry. Without a user, call it again with go_on while it returned 50,000 or more: it makes as many more due, and
-- returns how many those were.
create function public.request_retry(user_id text, site_id uuid, go_on boolean default false) returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  pairs bigint;
begin
  if go_on then
    return public.sync_retry_page(request_retry.site_id, 50000);
  end if;
  pairs := public.sync_retry(user_id, site_id);
  if user_id is not null then
    perform public.sync_retry_newer(user_id, site_id);
  end if;
  perform public.audit_write(
    'sync.retried',
    case when user_id is not null then 'user' when site_id is not null then 'site' else 'sync' end,
    coalesce(user_id, site_id::text),
    coalesce(
      (select u.email from public.user_profiles u where u.id = request_retry.user_id),
      (select s.name from public.connected_sites s where s.id = request_retry.site_id)),
    null, jsonb_strip_nulls(jsonb_build_object('pairs', pairs, 'site_id', site_id)));
  return pairs;
end;
$$;

revoke execute on function
  public.sync_retry_page(uuid, integer), public.request_retry(text, uuid, boolean)
from public, anon, authenticated, service_role;
grant execute on function public.request_retry(text, uuid, boolean) to service_role;
